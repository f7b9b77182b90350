"""Somebody calls in: each debtor whose number it is may be the one. A number proves nobody, so a person calls back."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import OWNERS, heard, lock_cases_of
from commands.debtor.said import Said
from planning.service import Planning

WORDS = "(called, and waits to be called back)"

WAITS = text("""
select debtor_id from reply
where debtor_id = any(cast(:debtors as int[])) and channel = 'phone' and sender = :number and done_at is null
""")


async def called(connection: AsyncConnection, planning: Planning, number: str, now: datetime) -> int:
    """Put a call into the thread of each debtor, of whatever creditor, who has the number: gives how many have it.

    Who called before and waits still is not noted again. Nothing hard goes out before somebody has called back, or has
    had the time to.
    """
    rows = (await connection.execute(OWNERS, {"channel": "sms", "address": number})).all()
    owners = [row for row in rows if row.has_it] or rows
    await lock_cases_of(connection, owners)
    asked = {"debtors": [owner.id for owner in owners], "number": number}
    waiting = set((await connection.execute(WAITS, asked)).scalars())
    shared = len({owner.name_key for owner in owners}) > 1
    for owner in owners:
        if owner.id not in waiting:
            await heard(
                connection, planning, owner, Said("phone", WORDS, None, number, shared=shared, proven=False), now
            )
    return len(owners)
