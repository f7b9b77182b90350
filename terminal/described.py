"""Which cases a command to many is about: those of a filter, held for a reason, or of the invoices in a file."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.invoice_files.reader import read_invoices
from domain.invoices.incoming import IncomingInvoice
from terminal.output import Misuse
from terminal.parse import existing
from terminal.where import filter_of, matching
from views.filters import Filter
from views.status import CaseStatus

HELD_FOR = text("select case_id from hold where released_at is null and reason_code = :reason")
REASONS = text("select distinct reason_code from hold where released_at is null order by reason_code")


@dataclass(frozen=True, slots=True)
class Description:
    """What was typed: every part narrows the cases down."""

    wanted: Filter
    held_for: str | None
    invoices: frozenset[tuple[str, str]] | None
    """Creditors with numbers, of a file."""

    async def cases(self, connection: AsyncConnection) -> list[CaseStatus]:
        """The open cases that fit, those that act soonest first."""
        found, _ = await matching(connection, self.wanted)
        if self.held_for is not None:
            held = set((await connection.execute(HELD_FOR, {"reason": self.held_for})).scalars())
            if not held:
                reasons = (await connection.execute(REASONS)).scalars()
                raise Misuse(f"no case is held for {self.held_for}: there are {', '.join(reasons) or 'no holds'}")
            found = [case for case in found if case.case_id in held]
        if self.invoices is not None:
            found = [case for case in found if (case.creditor, case.invoice) in self.invoices]
        return found


def described(where: str | None, held_for: str | None, file: Path | None) -> Description | None:
    """What was typed about many cases; None where nothing was."""
    if where is None and held_for is None and file is None:
        return None
    wanted = filter_of(where or "")
    if where is not None and not wanted.conditions:
        raise Misuse("an empty --where would mean every case: write state=open if you mean that")
    return Description(wanted, held_for, None if file is None else _invoices_in(file, wanted))


def _invoices_in(file: Path, wanted: Filter) -> frozenset[tuple[str, str]]:
    """The invoices that an import of the file would be about; where it names no creditor, the filter does."""
    named = [value for word, sign, value in wanted.conditions if (word.column, sign) == ("creditor", "=")]
    found = set()
    for each in read_invoices(existing([file])):
        if isinstance(each.model, IncomingInvoice):
            creditor = each.model.creditor or next(iter(named), None)
            if creditor is None:
                raise Misuse(f"{file} names no creditor: add --where creditor=ID")
            found.add((creditor, each.model.number))
    if not found:
        raise Misuse(f"{file} has no invoice that can be read: `import --dry-run` says why")
    return frozenset(found)
