"""A message that stayed without an answer, as whoever settles it needs it: what, to whom, when, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.desk.within import OF_CREDITOR
from facts.going_on import GOES_ON

OF_ITS_ROUND: Final = f"""
from delivery q join delivery_case dc on dc.delivery_id = q.id join dunning_case c on c.id = dc.case_id
join invoice i on i.id = c.invoice_id
where q.state = 'claimed' and {OF_CREDITOR.format(creditor="q.creditor_id")} and {GOES_ON} and c.round = dc.round
"""
"""SQL: deliveries of somebody's reach that have no answer, with the cases whose rounds they are of."""
UNANSWERED = text(f"""
select q.id, q.serial, q.creditor_id as creditor, i.number as invoice, c.id as case, dc.step, q.channel, q.message,
  (select name from debtor where id = q.debtor_id) as debtor, q.claimed_at as since, q.attempt,
  (select address from contact_point where id = q.contact_point_id) as address
{OF_ITS_ROUND} and q.serial = :serial order by c.id limit 1
""")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A message that may or may not have been sent; `case` is the first of those that it serves, `since` UTC."""

    id: UUID
    serial: int
    creditor: str
    invoice: str
    case: int
    step: str
    channel: str
    message: str
    debtor: str
    since: datetime
    attempt: int
    address: str | None


async def unanswered(connection: AsyncConnection, reach: Reach, serial: int) -> Unanswered | None:
    """The message of this number, where it is within reach and has no answer yet."""
    values = {"serial": serial, "of_creditors": reach.values["of_creditors"]}
    found = (await connection.execute(UNANSWERED, values)).one_or_none()
    return None if found is None else Unanswered(*found)
