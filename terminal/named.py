"""What is named by its number, or by the id that a creditor reads out of an answer, a webhook or a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.ids import BadId, CreditorIds, Kind, plain_number
from facts import clock
from facts.parties import id_keys
from terminal.output import Misuse, Refusal

THINGS: Final[Mapping[Kind, clock.Thing]] = {
    Kind.PAYMENT: "payment",
    Kind.REFUND: "refund",
    Kind.REPLY: "reply",
    Kind.TASK: "task",
    Kind.HAND_OFF: "hand-off",
    Kind.PARTNER_MESSAGE: "message to the partner",
}


async def named(connection: AsyncConnection, kind: Kind, written: str) -> tuple[int, datetime]:
    """Its number, and what time it is for its creditor. Raises Misuse for what is neither, Refusal for nobody's id."""
    number = plain_number(written)
    if number is None:
        number = await _opened(connection, kind, written)
    return number, await clock.now_for(connection, THINGS[kind], number)


async def _opened(connection: AsyncConnection, kind: Kind, written: str) -> int:
    if not written.startswith(f"{kind}_"):
        raise Misuse(
            f"{written!r} names no {kind.words[-1]}: write its number, or the id that its creditor has: {kind}_…"
        )
    for creditor, key in await id_keys.of_all(connection):
        try:
            return CreditorIds(creditor, key).opened(kind, written)
        except BadId:
            continue
    raise Refusal(f"no {kind.words[-1]} {written}: it is no creditor's")
