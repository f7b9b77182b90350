"""A service that may not be blocked, by what is known of its debtor's life, is opened at once where it is blocked."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.parties.standing import Says, Thing, standing_of
from facts.collection import service_blocks
from facts.parties import life_events
from facts.parties.debtors import Debtor
from planning.service import Planning

BLOCKED = text("""
select c.id, i.issue_date from service_block b join dunning_case c on c.id = b.case_id join invoice i on i.id = c.invoice_id
where c.debtor_id = :debtor and b.unblocked_at is null order by c.id
""")


async def open_services(connection: AsyncConnection, planning: Planning, debtor: Debtor, now: datetime) -> None:
    """Open the debtor's services that are blocked and would not be blocked now: for a danger, a stop, a pause …"""
    blocked = (await connection.execute(BLOCKED, {"debtor": debtor.id})).all()
    if not blocked:
        return
    today, law = moment_in(debtor.country, now).day, planning.law_of(debtor.country)
    standing = standing_of(await life_events.told(connection, debtor.id), today, law)
    free = [each.id for each in blocked if standing.says(Thing.BLOCK, each.issue_date) is not Says.ALLOWED]
    await service_blocks.free(connection, free, now)
