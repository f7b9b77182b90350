"""Invoices and credit notes from files: looked at without anything running, or stored so that their cases start."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import in_batches, read_invoices
from connectors.invoice_files.report import import_report
from terminal import output
from terminal.dry_run import DryRun
from terminal.import_summary import Summary
from terminal.output import Refusal
from terminal.parse import existing
from terminal.past_due import PastDue, past_due

AT_ONCE = 200  # invoices that are in memory together, and in one transaction

app = typer.Typer()


@app.command("import")
def import_invoices(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="UBL, CSV or JSON files, or folders of them.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only read and check, with what the database knows where there is one.")
    ] = False,
    creditor: Annotated[
        str | None, typer.Option(help="Whose invoices they are: its id. Those of another creditor are rejected.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask when new invoices are past due.")] = False,
) -> int:
    """Import invoices and credit notes and start their cases. One that is bad is rejected alone.

    Where new invoices are past due it says what would go out first, and asks.
    """
    files = existing(paths)
    summary = Summary()
    if dry_run:
        return _dry_run(files, creditor, summary)
    from terminal.storing import rehearse, store_all  # the database is for those who store

    summary.past_due = rehearse(in_batches(read_invoices(files), AT_ONCE), creditor)
    if summary.past_due.invoices:
        _ask(summary.past_due, yes)
    hint = store_all(in_batches(read_invoices(files), AT_ONCE), creditor, summary)
    code = summary.tell("stored")
    if hint:
        output.hint(hint)
    return code


def _dry_run(files: Sequence[Path], creditor: str | None, summary: Summary) -> int:
    """What a real run would come to: with what the facts know where there is a database, else by the files alone."""
    judging = DryRun(creditor)

    def take(judged: list[ReadInvoice], moments: Mapping[str | None, datetime] | None = None) -> None:
        summary.take(import_report(judged)["invoices"])
        wall, known = datetime.now(UTC), moments or {}
        for read in judged:
            now = known.get(creditor or read.model.creditor, wall) if read.model else wall
            for invoice in past_due([read], now):
                summary.past_due.add(invoice)

    def batches() -> Iterator[list[ReadInvoice]]:
        return in_batches(read_invoices(files), AT_ONCE)

    alone = not _names_a_database()
    if not alone:
        from terminal.known import judge  # the database is for those who have one

        try:
            judge(batches(), creditor, judging, take)
        except Refusal as away:
            if summary.counts.total():
                raise
            output.hint(f"{away}: judged by the files alone")
            alone = True
    if alone:
        for batch in batches():
            take(judging.take(batch))
    take(judging.rest())
    code = summary.tell("accepted")
    if summary.past_due.invoices:
        output.hint(f"invoices: {summary.past_due.counted()}: the import asks before it starts those that are new")
    return code


def _names_a_database() -> bool:
    """Whether the environment names a database, or something runs here that has one."""
    folder = output.state() or Path(os.environ.get("PURR_STATE_FOLDER") or ".local")
    return bool(output.state() or os.environ.get("PURR_DATABASE_URL")) or (folder / "run.json").is_file()


def _ask(found: PastDue, yes: bool) -> None:
    """Go on only where a person agrees to what would go out; a machine says so beforehand."""
    told = found.rehearsed()
    if yes:
        output.hint(told)
    elif not output.in_words() or not sys.stdin.isatty():
        raise Refusal(f"{told}. Nothing is stored: tell with already_sent what was sent before, then import with --yes")
    elif not typer.confirm(f"{told}. Go on?", err=True):
        raise Refusal("nothing is stored")
