"""START by WhatsApp from a number that nobody has there yet: where it is one person's own phone, they have agreed to it."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import lock_cases_of, owners_of
from commands.debtor.written_about import speaker
from domain.parties.speakers import DEBTOR
from facts.clock import is_live
from facts.parties import debtors
from facts.parties.debtors import Operator
from planning.service import Planning

REASON = "START"
CHANNEL = "direct_message"

HAS_WHATSAPP = text(f"""
select exists (select from contact_point p join debtor d on d.id = p.debtor_id
  where p.channel = '{CHANNEL}' and p.address = :number and {is_live("d.creditor_id")})
""")


async def has_whatsapp(connection: AsyncConnection, number: str) -> bool:
    """Whether a number is known by WhatsApp, in whatever state: START there takes a STOP back, and is no new agreement."""
    return bool((await connection.execute(HAS_WHATSAPP, {"number": number})).scalar_one())


async def agrees_to_whatsapp(connection: AsyncConnection, planning: Planning, number: str, now: datetime) -> int:
    """The one whose phone it is agrees to be written to there, at every creditor: gives of how many debtors that is known.

    None where nobody has the number, or people of several names do: who of them wrote is not known, and a person decides.
    Who stands in for several debtors is one.
    """
    owners = [owner for owner in await owners_of(connection, CHANNEL, number, now) if owner.has_it]
    if len({None if owner.stands_in else owner.name_key for owner in owners}) != 1:
        return 0
    await lock_cases_of(connection, owners)
    for owner in owners:
        by = await speaker(connection, planning, owner.id, now) if owner.stands_in else None
        debtor = await debtors.by_id(connection, owner.id)
        theirs = [(CHANNEL, number, owner.stands_in)]
        await debtors.change(connection, debtor, debtor, theirs, now, Operator(by or DEBTOR, REASON))
    return len(owners)
