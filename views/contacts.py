"""Which way debtors prefer to get in touch, and about what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

COUNT = text("""
select channel, topic, count(*) as contacts, count(distinct debtor_id) as debtors from reply
where creditor_id = :creditor and happened_at >= :since and automatic is null
group by channel, topic order by contacts desc, channel, topic
""")


@dataclass(frozen=True, slots=True)
class Count:
    """How many contacts came by one channel about one topic, and of how many debtors. Machines' mail is none."""

    channel: str
    topic: str | None
    contacts: int
    debtors: int


async def count(connection: AsyncConnection, creditor: str, since: datetime) -> list[Count]:
    """The contacts of a creditor's debtors since a moment, the most first."""
    return [Count(*row) for row in (await connection.execute(COUNT, {"creditor": creditor, "since": since})).all()]
