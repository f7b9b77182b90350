"""Cases that somebody at the desk keeps at hand: from any page that shows one, and away again."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from facts.desk.pins import pin, unpin
from web.desk.door import HOME, ToLook, own_path

router = APIRouter(include_in_schema=False)

Back = Annotated[str, Form()]


@router.post("/desk/pin/{creditor}/{number:path}")
async def keep(at: ToLook, creditor: str, number: str, back: Back = HOME) -> Response:
    """Keep a case at hand."""
    async with at.opened() as (connection, now):
        await pin(connection, at.user.name, await at.case(connection, creditor, number), now)
    return at.done(own_path(back), "pinned")


@router.post("/desk/unpin/{creditor}/{number:path}")
async def put_away(at: ToLook, creditor: str, number: str, back: Back = HOME) -> Response:
    """Keep it at hand no more."""
    async with at.opened() as (connection, _):
        await unpin(connection, at.user.name, await at.case(connection, creditor, number))
    return at.done(own_path(back), "unpinned")
