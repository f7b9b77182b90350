"""The outbox: a new fact wakes its case exactly once. News leaves in order, is retried with patience, then set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MAX_ATTEMPTS = 30  # with the pauses below about a day
LONGEST_PAUSE = 3600  # seconds

QUEUE_NEWS = """insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at)
  select case_id, signal, seq, 0, clock_timestamp(), happened_at from news returning case_id, seq"""
"""SQL: the rows of `news` are queued; a part of `TELL` and of the statements that store facts and their news together."""
# Locks the cases in the order of their ids, so that two writers never wait for each other in a circle.
TELL = text(f"""
with news as (
  update dunning_case c set news_seq = c.news_seq + 1
  from (select id from dunning_case where id = any(:cases) and (state = 'open' or :reopens) order by id for update) o
  where c.id = o.id
  returning c.id as case_id, cast(:signal as text) as signal, c.news_seq as seq, cast(:now as timestamptz) as happened_at),
queued as ({QUEUE_NEWS})
select case_id, seq, pg_notify('outbox', '') from queued
""")
TAKE = text("""
select o.id, o.case_id, o.signal, o.seq, o.attempts, c.creditor_id, i.number, d.id as debtor_id, d.customer_number,
       d.country, i.segment, i.due_date, c.balance, c.looked_at is null as starts
from outbox o
join dunning_case c on c.id = o.case_id join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
where o.dead_at is null and o.ready_at <= clock_timestamp()
order by o.id limit :most
for update of o skip locked
""")
SENT = text("delete from outbox where id = any(:ids)")
FORGET = text("delete from outbox where case_id = :case and seq > :seen")
# Wall time: how long to wait for a server that is away has nothing to do with the case's clock.
RETRY = text("""
update outbox set attempts = attempts + 1, error = :error,
    ready_at = clock_timestamp() + make_interval(secs => least(:longest, power(2, least(attempts, 12)))),
    dead_at = case when attempts + 1 >= :most then clock_timestamp() end
where id = any(:ids)
""")
LAG = text("""
select count(*) as waiting, (select count(*) from outbox where dead_at is not null) as dead,
       coalesce(extract(epoch from clock_timestamp() - min(recorded_at)), 0) as oldest
from outbox where dead_at is null
""")
REVIVE = text("update outbox set dead_at = null, attempts = 0, ready_at = clock_timestamp() where dead_at is not null")


@dataclass(frozen=True, slots=True)
class QueuedNews:
    """One piece of news on its way to a case, with what a start of the case shows in the web UI."""

    id: int
    case_id: int
    signal: str
    seq: int
    attempts: int
    creditor_id: str
    number: str
    debtor_id: int
    customer_number: str | None
    country: str
    segment: str | None
    due_date: date
    balance: Decimal
    starts: bool  # no run has looked at the case yet


async def tell(
    connection: AsyncConnection, cases: Sequence[int], signal: str, now: datetime, *, reopens: bool = False
) -> dict[int, int]:
    """Put news for the open cases among `cases` into the outbox; with `reopens` for closed ones too.

    Gives each told case's sequence number. Part of the caller's transaction: no fact without its news.
    """
    if not cases:
        return {}
    values: dict[str, Any] = {"cases": list(cases), "signal": signal, "now": now, "reopens": reopens}
    told = (await connection.execute(TELL, values)).all()
    return {row.case_id: row.seq for row in told}


async def take(connection: AsyncConnection, most: int) -> list[QueuedNews]:
    """Up to `most` pieces of news, oldest first, locked until the transaction ends; others skip them."""
    rows = (await connection.execute(TAKE, {"most": most})).all()
    return [QueuedNews(*row) for row in rows]


async def sent(connection: AsyncConnection, ids: list[int]) -> None:
    """These have arrived: forget them."""
    await connection.execute(SENT, {"ids": ids})


async def forget(connection: AsyncConnection, case: int, seen: int) -> None:
    """News that this very transaction put in after `seen` is not sent: the case is looking at it now."""
    await connection.execute(FORGET, {"case": case, "seen": seen})


async def retry_later(connection: AsyncConnection, ids: list[int], error: str) -> None:
    """These did not arrive: try again after a growing pause, and set aside after `MAX_ATTEMPTS`."""
    await connection.execute(RETRY, {"ids": ids, "error": error[:500], "longest": LONGEST_PAUSE, "most": MAX_ATTEMPTS})


async def lag(connection: AsyncConnection) -> dict[str, float]:
    """How many wait, how many were set aside, and the age of the oldest in seconds."""
    row = (await connection.execute(LAG)).one()
    return {"waiting": row.waiting, "dead": row.dead, "oldest_seconds": float(row.oldest)}


async def revive(connection: AsyncConnection) -> int:
    """Try the ones set aside again; gives how many."""
    return (await connection.execute(REVIVE)).rowcount
