"""Invoices and credit notes from files: looked at without anything running, or stored so that their cases start."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.invoice_files.read_invoice import ReadInvoice
from channels.invoice_files.reader import read_invoices
from channels.invoice_files.report import import_report
from terminal import output
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


class Summary:
    """What an import came to: rejections and warnings are told as they come, entries are kept for machines."""

    def __init__(self) -> None:
        self.counts = Counter(accepted=0, rejected=0)
        self.cases: Counter[str] = Counter()
        self.entries: list[dict[str, Any]] = []

    def take(self, entries: list[dict[str, Any]]) -> None:
        """Some more entries of the report."""
        for entry in entries:
            self.counts[entry["status"]] += 1
            if entry.get("case"):
                self.cases[entry["case"]] += 1
            if output.in_json():
                self.entries.append(entry)
                continue
            name = f"{entry['file']}: {entry['number'] or 'no number'}"
            if entry["reason"]:
                print(f"rejected {name}: {entry['reason']}")
            for warning in entry["warnings"]:
                print(f"warning {name}: {warning}")

    def tell(self, accepted: str) -> int:
        """The answer, with the exit code."""
        words = f"{self.counts['accepted']} {accepted}, {self.counts['rejected']} rejected"
        words += "".join(f"; cases {what}: {count}" for what, count in self.cases.items())
        output.answer(dict(self.counts) | {"invoices": self.entries}, words)
        return 1 if self.counts["rejected"] else 0
