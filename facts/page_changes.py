"""What an open page has not shown yet: changes by the transactions that made them, since the snapshot that the page has seen.

Transactions commit in another order than they begin, so no number that they draw says what somebody has missed. A
snapshot does: it names those that were under way. So a position is a snapshot, and what was missed is exactly the rest.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "pages"
"""Where PostgreSQL wakes whoever follows: a notification says nothing else, and is sent at the commit."""
ALL = "all"
"""The kind of change of a page that is older than what is kept: anything may have changed."""
KEPT_FOR = timedelta(days=1)
AT_ONCE = 10_000  # changes that are forgotten in one transaction
RIGHTS = "rights"
"""The kind of change after which a link may open nothing any more."""

CASE = text("select id from dunning_case where invoice_id = :invoice")
HERE = "extract(epoch from clock_timestamp())::bigint as at, pg_current_snapshot()::text as snapshot"
"""SQL: the position of a statement's snapshot, for `reached`."""
NOW = text(f"select {HERE}")
# What a restored backup brings along was written by transactions of another server: those to come are none of them.
SINCE = text(f"""
with here as (select (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint as ends)
select {HERE},
  (select coalesce(json_agg(json_build_array(case_id, debtor_id, kind, written_in)), '[]') from (
    select p.case_id, null as debtor_id, p.kind, p.written_in from page_change p
    where p.case_id = any(cast(:cases as int[])) and p.written_in >= :low and p.written_in < (select ends from here)
    union all
    select p.case_id, c.debtor_id, p.kind, p.written_in from dunning_case c join page_change p on p.case_id = c.id
    where c.debtor_id = any(cast(:debtors as int[])) and p.written_in >= :low
      and p.written_in < (select ends from here)) told) as changes
""")
# Wall time: it is pages in browsers that are waited for.
FORGET = text("""
with old as (
  delete from page_change where ctid = any(array(
    select ctid from page_change where recorded_at < clock_timestamp() - cast(:kept_for as interval) limit :most))
  returning kind)
select count(*) from old
""")
WRITTEN = re.compile(r"(\d{1,11})-(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19}){0,999})?)", re.ASCII)
"""A position as it goes to a browser and back."""


@dataclass(frozen=True, slots=True)
class Position:
    """What somebody has seen: all that was committed at one moment of the database, in seconds by its clock."""

    at: int
    low: int  # the transactions before this one are seen, or were rolled back
    ends: int  # from this one on none is
    under_way: frozenset[int]  # nor is any of these

    def saw(self, transaction: int) -> bool:
        """Whether what this transaction wrote is seen."""
        return transaction < self.low or (transaction < self.ends and transaction not in self.under_way)

    def knows_since(self, seen: "Position") -> bool:
        """Whether all that happened after an earlier position is still kept here; not of another database's."""
        return seen.ends <= self.ends and 0 <= self.at - seen.at < KEPT_FOR.total_seconds()

    def __str__(self) -> str:
        """As it is written down."""
        return f"{self.at}-{self.low}:{self.ends}:{','.join(map(str, sorted(self.under_way)))}"


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of thing that changed on the page of a case; with the debtor where the debtor's account was asked for."""

    case: int
    debtor: int | None
    kind: str
    written_in: int


def position(written: str) -> Position | None:
    """The position that was written down; None where this is none."""
    found = WRITTEN.fullmatch(written)
    if found is None:
        return None
    at, low, ends, under_way = found.groups()
    return Position(int(at), int(low), int(ends), frozenset(map(int, filter(None, under_way.split(",")))))


def reached(at: int, snapshot: str) -> Position:
    """The position of a snapshot, as `HERE` tells it: what is read in it is seen."""
    found = position(f"{at}-{snapshot}")
    if found is None:
        raise ValueError(f"PostgreSQL gave a snapshot of another form: {snapshot}")
    return found


async def case_of(connection: AsyncConnection, invoice: int) -> int:
    """The case whose changes the page of an invoice shows."""
    case: int = (await connection.execute(CASE, {"invoice": invoice})).scalar_one()
    return case


async def here(connection: AsyncConnection) -> Position:
    """The position now."""
    return reached(*(await connection.execute(NOW)).one())


async def since(
    connection: AsyncConnection, seen: Position, cases: Sequence[int] = (), debtors: Sequence[int] = ()
) -> tuple[Position, list[Change]]:
    """The position now, and what changed after `seen` on the pages of these cases and on the accounts of these debtors."""
    values = {"cases": list(cases), "debtors": list(debtors), "low": seen.low}
    at, snapshot, changes = (await connection.execute(SINCE, values)).one()
    found = (Change(*change) for change in changes)
    return reached(at, snapshot), [change for change in found if not seen.saw(change.written_in)]


async def forget(connection: AsyncConnection) -> int:
    """Forget changes that are older than `KEPT_FOR`, a good many at a time; gives how many there were."""
    values = {"kept_for": KEPT_FOR, "most": AT_ONCE}
    return int((await connection.execute(FORGET, values)).scalar_one())
