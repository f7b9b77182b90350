"""Which cases a command to many is about: those of a filter, held for a reason, or of the invoices in a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.invoice_files.reader import read_invoices
from domain.invoices.incoming import IncomingInvoice
from terminal.output import Misuse
from terminal.parse import existing
from terminal.where import check, filter_of, moment_of
from views.filters import Filter
from views.lists import PLANNED_FOR_ITS_VALUES
from views.status import CASES, SHOWN, CaseStatus

PAGE = 200  # cases that are read, and acted on, in one transaction
HELD_FOR = "case_id in (select case_id from hold where released_at is null and reason_code = :reason)"
REASONS = text("select distinct reason_code from hold where released_at is null order by reason_code")
OF_NUMBERS = text("""
select n.creditor || '/' || n.number as name, c.id as case_id
from unnest(cast(:creditors as text[]), cast(:numbers as text[])) n(creditor, number)
left join (invoice i join dunning_case c on c.invoice_id = i.id) on i.creditor_id = n.creditor and i.number = n.number
""")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the cases, and what of a file's numbers names no invoice, or none that fits."""

    cases: Sequence[CaseStatus]
    next: int | None
    """Where the page after it begins; None where nothing follows."""
    walked: int
    """How much further it is along the whole."""
    unknown: Sequence[str] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Description:
    """What was typed: every part narrows the open cases down. They are read page by page, oldest first, each once."""

    wanted: Filter
    held_for: str | None
    invoices: Sequence[tuple[str, str]] | None
    """Creditors with numbers, of a file."""
    unreadable: int = 0
    """How much of the file is no invoice that can be read."""

    async def length(self, connection: AsyncConnection) -> int:
        """How long the whole is: cases, or the invoices of a file. Raises Misuse for what names nothing there is."""
        await check(connection, self.wanted)
        if self.held_for is not None:
            reasons = (await connection.execute(REASONS)).scalars().all()
            if self.held_for not in reasons:
                raise Misuse(f"no case is held for {self.held_for}: there are {', '.join(reasons) or 'no holds'}")
        if self.invoices is not None:
            return len(self.invoices)
        statement, values = await self._asked(connection, "select count(*)")
        return int((await connection.execute(statement, values)).scalar_one())

    async def page(self, connection: AsyncConnection, begin: int = 0) -> Page:
        """The cases from where a page begins. Whoever has changed those before misses none, and meets none again."""
        if self.invoices is None:
            further = f"case_id > :after order by case_id limit {PAGE}"
            cases = await self._cases(connection, further, after=begin)
            return Page(cases, cases[-1].case_id if len(cases) == PAGE else None, len(cases))
        named = self.invoices[begin : begin + PAGE]
        numbers = {"creditors": [creditor for creditor, _ in named], "numbers": [number for _, number in named]}
        known = (await connection.execute(OF_NUMBERS, numbers)).all()
        ids = [row.case_id for row in known if row.case_id is not None]
        cases = await self._cases(connection, "case_id = any(:cases) order by case_id", cases=ids)
        return Page(
            cases,
            begin + PAGE if begin + PAGE < len(self.invoices) else None,
            len(named),
            [row.name for row in known if row.case_id is None],
            len(ids) - len(cases),
        )

    async def _cases(self, connection: AsyncConnection, further: str, **more: Any) -> list[CaseStatus]:
        statement, values = await self._asked(connection, f"select {SHOWN}", further, more)
        return [CaseStatus(*row) for row in (await connection.execute(statement, values)).all()]

    async def _asked(
        self, connection: AsyncConnection, what: str, further: str = "true", more: Mapping[str, Any] | None = None
    ) -> tuple[TextClause, dict[str, Any]]:
        states = "true" if self.wanted.names_state else "state = 'open'"
        held = HELD_FOR if self.held_for is not None else "true"
        statement = text(f"{what} from ({CASES}) c where {self.wanted.sql()} and {states} and {held} and {further}")
        asked = (
            self.wanted.values
            | {"now": await moment_of(connection, self.wanted), "reason": self.held_for}
            | dict(more or {})
        )
        await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES)
        return statement, {name: asked[name] for name in statement.compile().params}


def described(where: str | None, held_for: str | None, file: Path | None) -> Description | None:
    """What was typed about many cases; None where nothing was."""
    if where is None and held_for is None and file is None:
        return None
    wanted = filter_of(where or "")
    if where is not None and not wanted.conditions:
        raise Misuse("an empty --where would mean every case: write state=open if you mean that")
    return Description(wanted, held_for, *((None,) if file is None else _invoices_in(file, wanted)))


def _invoices_in(file: Path, wanted: Filter) -> tuple[Sequence[tuple[str, str]], int]:
    """The invoices that an import of the file would be about, and how many cannot be read.

    Where it names no creditor, the filter does.
    """
    named = [value for word, sign, value in wanted.conditions if (word.column, sign) == ("creditor", "=")]
    found, unreadable = dict[tuple[str, str], None](), 0  # each once, in the file's order
    for each in read_invoices(existing([file])):
        if isinstance(each.model, IncomingInvoice):
            creditor = each.model.creditor or next(iter(named), None)
            if creditor is None:
                raise Misuse(f"{file} names no creditor: add --where creditor=ID")
            found[(creditor, each.model.number)] = None
        unreadable += each.model is None
    if not found:
        raise Misuse(f"{file} has no invoice that can be read: `import --dry-run` says why")
    return tuple(found), unreadable
