"""What the cases do next, day by day, as they stand now: messages, calls and hand-offs, and the money they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DAYS: Final = 7

# By the days of the home country: who plans work looks at one calendar.
COMING = text("""
select cast(c.next_at at time zone :zone as date) as day, c.next_kind as kind, c.next_step as step, c.next_channel as channel,
  i.currency, count(*) as cases, sum(c.balance) as balance
from dunning_case c join invoice i on i.id = c.invoice_id
where c.state = 'open' and c.next_at >= :now and c.next_at < :until
  and (cast(:of_creditors as text[]) is null or c.creditor_id = any(cast(:of_creditors as text[])))
group by 1, 2, 3, 4, 5 order by 1, 6 desc
""")


@dataclass(frozen=True, slots=True)
class Coming:
    """So many cases that do the same on a day; `balance` is what they are about, in `currency`."""

    day: date
    kind: str
    step: str | None
    channel: str | None
    currency: str
    cases: int
    balance: Decimal


async def coming(
    connection: AsyncConnection, creditors: Sequence[str] | None, zone: str, now: datetime
) -> list[Coming]:
    """The next action of every open case of these creditors within the days ahead; of all of them where None."""
    values: dict[str, Any] = {"now": now, "until": now + timedelta(days=DAYS), "zone": zone}
    values["of_creditors"] = None if creditors is None else list(creditors)
    return [Coming(*row) for row in (await connection.execute(COMING, values)).all()]
