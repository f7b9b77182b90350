"""What people at the desk have confirmed of what came in: of words that still stand, and of nobody who objects to guesses.

What is made up in test mode teaches nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.message_classes import MessageClass
from facts.clock import is_live
from facts.prediction.of_whom import OBJECTS

LONGEST = 1000  # characters of a message that teaches: who writes more says more than was confirmed
KEPT_FOR = timedelta(days=730)  # what people asked for longer ago is asked for in other words today
MOST = 5_000  # the latest: what a night has time for

CONFIRMED = text(f"""
select r.id as reply, d.language, r.text, array_agg(v.kind order by v.kind) as kinds, max(v.happened_at) as at
from reply_verdict v
join reply r on r.id = v.reply_id and r.text <> '' and length(r.text) <= :longest join debtor d on d.id = r.debtor_id
where v.happened_at > :since and v.verdict in ('confirmed', 'changed')
  and (select true from reply_verdict w where w.reply_id = r.id and w.verdict = 'rejected' limit 1) is null
  and not {OBJECTS}
  and {is_live("d.creditor_id")}
group by r.id, r.text, d.language order by r.id desc limit :most
""")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A message with the classes that a person confirmed, the last of them `at` (UTC)."""

    reply: int
    language: str
    text: str
    kinds: tuple[MessageClass, ...]
    at: datetime


async def read(connection: AsyncConnection, now: datetime) -> Sequence[Confirmed]:
    """What was confirmed until now, the latest first. A message of which anything was rejected teaches nothing."""
    values = {"longest": LONGEST, "since": now - KEPT_FOR, "most": MOST, "now": now}
    rows = await connection.execute(CONFIRMED, values)
    return [Confirmed(row.reply, row.language, row.text, tuple(map(MessageClass, row.kinds)), row.at) for row in rows]
