"""How many messages each step of a policy sent on a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

COUNTED = text("""
select dc.step, d.channel, count(*) as sent
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
join policy_text p on p.hash = c.policy_hash
where d.accepted_at >= :begins and d.accepted_at < :ends and p.name = :policy
  and (cast(:of_creditors as text[]) is null or c.creditor_id = any(cast(:of_creditors as text[])))
group by 1, 2
""")


async def steps_of_a_day(
    connection: AsyncConnection, policy: str, creditors: Sequence[str] | None, begins: datetime, ends: datetime
) -> Mapping[tuple[str, str], int]:
    """How many each step sent by each channel between two moments (UTC), of these creditors or of all where None."""
    values = {"policy": policy, "begins": begins, "ends": ends}
    asked = values | {"of_creditors": None if creditors is None else list(creditors)}
    rows = (await connection.execute(COUNTED, asked)).all()
    return {(row.step, row.channel): row.sent for row in rows}
