"""An answer as a partner told it, over its API or ours: whose hand-off it names, and what it comes to."""

from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.collection.answers import Taken, take_answer
from connectors.collection_partner.answers import Answer
from connectors.ids import BadId, CreditorIds, Kind
from facts import clock
from facts.parties import id_keys
from facts.refusals import Unknown


async def take_told(connection: AsyncConnection, told: Answer) -> Taken:
    """Do what follows from it, at its creditor's clock. Raises Unknown, Conflict and Refused, as `take_answer` does."""
    try:
        ids = CreditorIds(told.creditor, await id_keys.of_creditor(connection, told.creditor))
        hand_off = ids.opened(Kind.HAND_OFF, told.hand_off)
    except (BadId, NoResultFound) as error:
        raise Unknown(f"no hand-off {told.hand_off} of creditor {told.creditor}") from error
    now = await clock.now(connection, told.creditor)
    return await take_answer(connection, told.creditor, hand_off, told.meant(), now)
