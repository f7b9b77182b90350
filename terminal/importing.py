"""Invoices and credit notes from files: looked at without anything running, or stored so that their cases start."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from channels.invoice_files.read_invoice import ReadInvoice
from channels.invoice_files.reader import read_invoices
from channels.invoice_files.report import import_report
from terminal import output
from terminal.import_summary import Summary
from terminal.paths import existing

AT_ONCE = 200  # invoices that are in memory together, and in one transaction

app = typer.Typer()


@app.command("import")
def import_invoices(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="UBL, CSV or JSON files, or folders of them.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check: no server, no database.")] = False,
    creditor: Annotated[
        str | None, typer.Option(help="Whose invoices they are: its id. Those of another creditor are rejected.")
    ] = None,
) -> int:
    """Import invoices and credit notes and start their cases. One that is bad is rejected alone."""
    batches = in_batches(read_invoices(existing(paths)), AT_ONCE)
    summary = Summary()
    if dry_run:
        for batch in batches:
            summary.take(import_report(batch)["invoices"])
        return summary.tell("accepted")
    from terminal.storing import store_all  # the database is for those who store

    hint = store_all(batches, creditor, summary)
    code = summary.tell("stored")
    if hint:
        output.hint(hint)
    return code


def in_batches(read: Iterable[ReadInvoice], most: int) -> Iterator[list[ReadInvoice]]:
    """The invoices read, so many at a time: a big file never stands in memory whole."""
    remaining = iter(read)
    while batch := list(islice(remaining, most)):
        yield batch
