"""How long an answer takes: of four in five that were given in the last days, by the way that the words came."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LATELY = timedelta(days=7)
FEWEST = 20  # of fewer nothing can be said

# From the words to the first answer, or to when a person had read them, if that came first: by phone, say.
TAKEN = text("""
select channel, percentile_cont(0.8) within group (order by taken) as most from (
  select r.channel, least(r.done_at, (select min(a.happened_at) from answer a where a.reply_id = r.id)) - r.happened_at as taken
  from reply r
  where r.creditor_id = :creditor and r.done_at > :since and r.done_by <> 'purr' and r.taken_by is null and r.automatic is null
) answered group by channel having count(*) >= :fewest
""")


async def answer_times(connection: AsyncConnection, creditor: str, now: datetime) -> Mapping[str, timedelta]:
    """Within which time four of five were answered or read in the last seven days, by channel; none for fewer than 20."""
    values = {"creditor": creditor, "since": now - LATELY, "fewest": FEWEST}
    return {row.channel: row.most for row in await connection.execute(TAKEN, values)}
