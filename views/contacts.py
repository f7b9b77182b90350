"""Which way debtors prefer to get in touch, and about what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

COUNT = text("""
select channel, topic, count(*) as contacts, count(distinct debtor_id) as debtors from reply
where creditor_id = :creditor and happened_at >= :since and happened_at < coalesce(cast(:until as timestamptz), 'infinity')
  and automatic is null
group by channel, topic order by contacts desc, channel, topic
""")


@dataclass(frozen=True, slots=True)
class Count:
    """How many contacts came by one channel about one topic, and of how many debtors. Machines' mail is none."""

    channel: str
    topic: str | None
    contacts: int
    debtors: int


async def count(
    connection: AsyncConnection, creditor: str, since: datetime, until: datetime | None = None
) -> list[Count]:
    """The contacts of a creditor's debtors since a moment, and before another one if it is named; the most first."""
    values = {"creditor": creditor, "since": since, "until": until}
    return [Count(*row) for row in (await connection.execute(COUNT, values)).all()]
