"""What a creditor's process of today sent on a day: the latest that was told of a day counts, and all of it is kept."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.comparison import Sent
from facts.database import to_json

KEEP = text("""
insert into other_process_day (creditor_id, day, sent, by, happened_at)
values (:creditor, :day, cast(:sent as jsonb), :by, :now)
""")
TOLD = text("""
select distinct on (day) day, sent from other_process_day
where creditor_id = :creditor and day between :first and :last order by day, id desc
""")
TELLING = text("select distinct creditor_id from other_process_day where day >= :since order by creditor_id")


async def keep(
    connection: AsyncConnection, creditor: str, day: date, sent: Sequence[Sent], by: str, now: datetime
) -> None:
    """This is all that the other process sent on that day, whatever was told of it before."""
    told = [[each.invoice, each.message, each.channel] for each in sent]
    await connection.execute(KEEP, {"creditor": creditor, "day": day, "sent": to_json(told), "by": by, "now": now})


async def told(connection: AsyncConnection, creditor: str, first: date, last: date) -> dict[date, list[Sent]]:
    """What it sent, by day, of the days from the first to the last of which anything was told."""
    rows = (await connection.execute(TOLD, {"creditor": creditor, "first": first, "last": last})).all()
    return {row.day: [Sent(number, message, row.day, channel) for number, message, channel in row.sent] for row in rows}


async def telling(connection: AsyncConnection, since: date) -> list[str]:
    """The creditors that have told of a day since then."""
    return list((await connection.execute(TELLING, {"since": since})).scalars())
