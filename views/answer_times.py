"""How long an answer takes: of four in five that were given in the last days, by the way that the words came; and whether
somebody is there now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.desk.presence import GONE_AFTER, SOMEBODY_ANSWERS

LATELY = timedelta(days=7)
FEWEST = 20  # of fewer nothing can be said

# From the words to the first answer, or to when a person had read them, if that came first: by phone, say.
TAKEN = text(f"""
select (select coalesce(json_object_agg(channel, extract(epoch from most)), '{{}}') from (
select channel, percentile_cont(0.8) within group (order by taken) as most from (
  select r.channel, least(r.done_at, (select min(a.happened_at) from answer a where a.reply_id = r.id)) - r.happened_at as taken
  from reply r
  where r.creditor_id = :creditor and r.done_at > :since and r.done_by <> 'purr' and r.taken_by is null and r.automatic is null
) answered group by channel having count(*) >= :fewest) usual) as within, {SOMEBODY_ANSWERS} as is_there
""")


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Within which time four of five are answered or read, by channel, and whether somebody has the inbox open."""

    within: Mapping[str, timedelta]
    is_there: bool


async def answer_times(connection: AsyncConnection, creditor: str, now: datetime) -> AnswerTimes:
    """Those of the last seven days, by channel; none of a channel for fewer than 20."""
    values = {"creditor": creditor, "since": now - LATELY, "fewest": FEWEST, "gone_after": GONE_AFTER}
    row = (await connection.execute(TAKEN, values)).one()
    within = {channel: timedelta(seconds=float(seconds)) for channel, seconds in row.within.items()}
    return AnswerTimes(within, row.is_there)
