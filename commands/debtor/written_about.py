"""Whom the words of somebody with many clients may be about: whoever was written about there of late, else any of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.parties.addresses import address_key
from domain.parties.speakers import Asker, speaker_of
from domain.parties.standing import standing_of
from facts.parties import life_events
from planning.service import Planning

ANSWERED_WITHIN = timedelta(days=7)
WRITTEN_ABOUT = text("""
select distinct l.debtor_id from delivery l join contact_point p on p.id = l.contact_point_id
where l.debtor_id = any(cast(:debtors as int[])) and l.claimed_at > :since and l.accepted_at is not null
  and p.address_key = :key
""")
COUNTRY = text("select country from debtor where id = :debtor")


async def may_be_about(
    connection: AsyncConnection, owners: Sequence[Any], address: str, now: datetime
) -> tuple[Sequence[Any], bool]:
    """Whom of the owners of an address words may be about that name none, and whether that is one of several clients.

    A household's address is each one's own: what is said there is said for all. Who stands in for several speaks of one.
    """
    if len(owners) < 2 or not any(owner.stands_in for owner in owners):
        return owners, False
    asked = {"debtors": [owner.id for owner in owners], "key": address_key(address), "since": now - ANSWERED_WITHIN}
    lately = set((await connection.execute(WRITTEN_ABOUT, asked)).scalars())
    left = [owner for owner in owners if owner.id in lately] or owners
    return left, len(left) > 1


async def speaker(connection: AsyncConnection, planning: Planning, debtor: int, now: datetime) -> Asker | None:
    """As whom somebody speaks for a debtor today."""
    country = (await connection.execute(COUNTRY, {"debtor": debtor})).scalar_one()
    events, today = await life_events.told(connection, debtor), moment_in(country, now).day
    return speaker_of(standing_of(events, today, planning.law_of(country)))
