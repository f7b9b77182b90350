"""Which cases a command to many is about: those of a filter, held for a reason, or of named invoices."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.planner.action import ActionKind, in_few_words
from facts import clock
from facts.database import Database
from views.filters import Filter, NotUnderstood
from views.lists import PLANNED_FOR_ITS_VALUES
from views.names import misnamed
from views.status import CASES, SHOWN, CaseStatus

PAGE = 200  # cases that are read, and acted on, in one transaction
HELD_FOR = "case_id in (select case_id from hold where released_at is null and reason_code = :reason)"
REASONS = text("""
select distinct h.reason_code from hold h join dunning_case c on c.id = h.case_id
where h.released_at is null and (cast(:creditor as text) is null or c.creditor_id = :creditor) order by 1
""")
OF_NUMBERS = text("""
select n.creditor || '/' || n.number as name, c.id as case_id
from unnest(cast(:creditors as text[]), cast(:numbers as text[])) n(creditor, number)
left join (invoice i join dunning_case c on c.invoice_id = i.id) on i.creditor_id = n.creditor and i.number = n.number
""")


SUMS, OF_SUMS = "select currency, count(*) as cases, sum(balance) as owed", "true group by currency order by cases desc"
COMING = """
select next_kind, split_part(next_step, '#', 1) as step, next_channel, min(next_at) as first, max(next_at) as last,
  count(*) as cases
"""
OF_COMING = "true group by next_kind, step, next_channel order by cases desc, next_kind limit 8"


@dataclass(frozen=True, slots=True)
class ComingOfMany:
    """What many cases do next, from when to when (UTC); None where they wait for news."""

    kind: str | None
    step: str | None
    channel: str | None
    first: datetime | None
    last: datetime | None
    cases: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the cases, and what of the named invoices is none, or none that fits."""

    cases: Sequence[CaseStatus]
    next: int | None
    """Where the page after it begins; None where nothing follows."""
    walked: int
    """How much further it is along the whole."""
    unknown: Sequence[str] = ()
    left_out: int = 0

    @property
    def steps(self) -> dict[int, str]:
        """What each of the cases does next, in a few words."""
        return {
            each.case_id: in_few_words(each.next_kind or ActionKind.WAIT, each.next_step, each.next_channel)
            for each in self.cases
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: every part narrows the open cases down. They are read page by page, oldest first, each once."""

    wanted: Filter
    held_for: str | None = None
    invoices: Sequence[tuple[str, str]] | None = None
    """Creditors with numbers."""
    creditor: str | None = None
    """Whose cases alone, where a creditor asks."""

    @property
    def whose(self) -> str | None:
        """The one creditor whose cases they are; None where they may be of several."""
        return self.creditor or self.wanted.creditor

    async def length(self, connection: AsyncConnection) -> int:
        """How long the whole is: cases, or the named invoices. Raises NotUnderstood for what names nothing there is."""
        if why := await misnamed(connection, self.wanted, self.creditor, numbers=True):
            raise NotUnderstood(why)
        if self.held_for is not None:
            reasons = (await connection.execute(REASONS, {"creditor": self.creditor})).scalars().all()
            if self.held_for not in reasons:
                there = ", ".join(reasons) or "no holds"
                raise NotUnderstood(f"no case is held for {self.held_for}: there are {there}")
        if self.invoices is not None:
            return len(self.invoices)
        statement, values = await self._asked(connection, "select count(*)")
        return int((await connection.execute(statement, values)).scalar_one())

    async def summed(self, connection: AsyncConnection) -> list[tuple[str, int, Decimal]]:
        """How many they are and how much is owed of them, by currency."""
        statement, values = await self._asked(connection, SUMS, OF_SUMS)
        return [(row.currency, row.cases, row.owed) for row in (await connection.execute(statement, values)).all()]

    async def debtors(self, connection: AsyncConnection) -> int:
        """How many debtors they are of."""
        statement, values = await self._asked(connection, "select count(distinct debtor_id)")
        return int((await connection.execute(statement, values)).scalar_one())

    async def coming(self, connection: AsyncConnection) -> list[ComingOfMany]:
        """What they do next, those alike together, the most first."""
        statement, values = await self._asked(connection, COMING, OF_COMING)
        return [ComingOfMany(*row) for row in (await connection.execute(statement, values)).all()]

    async def pages(self, database: Database) -> AsyncGenerator[tuple[AsyncConnection, Page], None]:
        """Page by page, each in a transaction of its own, which ends when the next page is asked for."""
        begin: int | None = 0
        while begin is not None:
            async with database.transaction() as connection:
                page = await self.page(connection, begin)
                yield connection, page
            begin = page.next

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
        theirs = "creditor = :creditor" if self.creditor is not None else "true"
        conditions = f"{self.wanted.sql()} and {states} and {held} and {theirs} and {further}"
        statement = text(f"{what} from ({CASES}) c where {conditions}")
        asked = self.wanted.values | {"creditor": self.whose, "reason": self.held_for} | dict(more or {})
        asked["now"] = await clock.now(connection, self.whose)
        await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES)
        return statement, {name: asked[name] for name in statement.compile().params}
