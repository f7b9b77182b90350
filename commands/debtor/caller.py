"""Somebody calls in: each debtor whose number it is may be the one. A number proves nobody, so a person calls back."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import OWNERS, hear_each, lock_cases_of
from commands.debtor.said import Said
from domain.parties.addresses import address_key
from planning.service import Planning

WORDS = "(called, and waits to be called back)"

WAITS = text("""
select coalesce(r.debtor_id, k.debtor_id) from reply r left join reply_candidate k on k.reply_id = r.id
where r.sender = :number and r.channel = 'phone' and r.done_at is null
""")


async def called(connection: AsyncConnection, planning: Planning, number: str, now: datetime) -> int:
    """Put a call into the thread of each debtor, of whatever creditor, who has the number: gives how many have it.

    Who called before and waits still is not noted again. Nothing hard goes out before somebody has called back, or has
    had the time to.
    """
    rows = (await connection.execute(OWNERS, {"channel": "sms", "key": address_key(number)})).all()
    owners = [row for row in rows if row.has_it] or rows
    await lock_cases_of(connection, owners)
    waiting = set((await connection.execute(WAITS, {"number": number})).scalars())
    shared = len({owner.name_key for owner in owners}) > 1
    said = Said("phone", WORDS, None, number, shared=shared, proven=False)
    await hear_each(connection, planning, owners, said, now, passed_over=waiting)
    return len(owners)
