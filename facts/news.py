"""News for cases: a new fact that can change a decision wakes its case, through the outbox, exactly once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Locks the cases in the order of their ids, so that two writers never wait for each other in a circle.
TELL = text("""
with told as (
    update dunning_case c set news_seq = c.news_seq + 1
    from (select id from dunning_case where id = any(:cases) and (state = 'open' or :reopens) order by id for update) o
    where c.id = o.id
    returning c.id, c.news_seq),
queued as (
    insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at)
    select id, :signal, news_seq, 0, clock_timestamp(), :now from told
    returning case_id, seq)
select case_id, seq, pg_notify('outbox', '') from queued
""")


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
