"""Which cases a command to many is about, as it was typed: a filter, a reason of holds, the invoices in a file."""

from collections.abc import Sequence
from pathlib import Path

from connectors.invoice_files.reader import read_invoices
from domain.invoices.incoming import IncomingInvoice
from terminal.output import Misuse
from terminal.parse import existing
from terminal.where import filter_of
from views.filters import Filter
from views.selected import Selection


def described(where: str | None, held_for: str | None, file: Path | None) -> tuple[Selection | None, int]:
    """What was typed about many cases, None where nothing was; and how much of the file cannot be read."""
    if where is None and held_for is None and file is None:
        return None, 0
    wanted = filter_of(where or "")
    if where is not None and not wanted.conditions:
        raise Misuse("an empty --where would mean every case: write state=open if you mean that")
    if file is None:
        return Selection(wanted, held_for), 0
    invoices, unreadable = _invoices_in(file, wanted)
    return Selection(wanted, held_for, invoices), unreadable


def _invoices_in(file: Path, wanted: Filter) -> tuple[Sequence[tuple[str, str]], int]:
    """The invoices that an import of the file would be about, and how many cannot be read.

    Where it names no creditor, the filter does.
    """
    found, unreadable = dict[tuple[str, str], None](), 0  # each once, in the file's order
    for each in read_invoices(existing([file])):
        if isinstance(each.model, IncomingInvoice):
            creditor = each.model.creditor or wanted.creditor
            if creditor is None:
                raise Misuse(f"{file} names no creditor: add --where creditor=ID")
            found[(creditor, each.model.number)] = None
        unreadable += each.model is None
    if not found:
        raise Misuse(f"{file} has no invoice that can be read: `import --dry-run` says why")
    return tuple(found), unreadable
