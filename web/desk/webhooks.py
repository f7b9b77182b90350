"""Webhooks to creditors' systems: each endpoint with how its messages fared, sent again, paused and resumed."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.roles import Act
from facts.desk.audit import About
from facts.desk.within import creditors_within
from facts.refusals import Refused
from facts.webhooks import outgoing
from facts.webhooks.outgoing import Endpoint
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

AtWebhooks = Annotated[AtDesk, Depends(needs(Act.USERS))]
Typed = Annotated[str, Form(max_length=200)]
MOST: Final = 50  # messages of an endpoint


@router.get("/desk/webhooks")
async def see_endpoints(at: AtWebhooks) -> Response:
    """Every endpoint of their creditors."""
    async with at.opened() as (connection, _):
        of = set(await creditors_within(connection, at.reach))
        endpoints = [each for each in await outgoing.list_endpoints(connection, None) if each.creditor in of]
    return at.page("webhooks.html.j2", endpoints=endpoints, chosen=None, messages=(), why=None)


@router.get("/desk/webhooks/{id}")
async def see_endpoint(at: AtWebhooks, id: UUID) -> Response:
    """One endpoint, with its newest messages."""
    async with at.opened() as (connection, _):
        return await _page(at, connection, await _endpoint(at, connection, id))


@router.post("/desk/webhooks/{id}/replay")
async def replay(at: AtWebhooks, id: UUID, message: Typed = "") -> Response:
    """Send again, under the same ids: one message, or all that failed or were dropped."""
    return await _do(at, id, "webhooks_replayed", message or None)


@router.post("/desk/webhooks/{id}/pause")
async def pause(at: AtWebhooks, id: UUID) -> Response:
    """Send nothing there any more; what was on its way is kept for a replay."""
    return await _do(at, id, "webhook_paused")


@router.post("/desk/webhooks/{id}/resume")
async def resume(at: AtWebhooks, id: UUID) -> Response:
    """Tell of what happens from now on."""
    return await _do(at, id, "webhook_resumed")


async def _do(at: AtDesk, id: UUID, what: str, message: str | None = None) -> Response:
    try:
        async with at.opened() as (connection, now):
            endpoint = await _endpoint(at, connection, id)
            if what == "webhooks_replayed":
                await outgoing.replay(connection, endpoint, message=message)
            elif what == "webhook_paused":
                await outgoing.disable(connection, id, f"paused at the desk by {at.user.name}")
            else:
                await outgoing.enable(connection, endpoint)
            await at.did(connection, what, now, about=About(creditor=endpoint.creditor), detail={"endpoint": str(id)})
    except Refused as refused:
        async with at.opened() as (connection, _):
            return await _page(at, connection, await _endpoint(at, connection, id), status=409, why=str(refused))
    return at.done(f"/desk/webhooks/{id}", what)


async def _page(
    at: AtDesk, connection: AsyncConnection, endpoint: Endpoint, *, status: int = 200, why: str | None = None
) -> Response:
    messages = await outgoing.list_messages(connection, endpoint.id, None, MOST)
    facts = {"endpoints": [endpoint], "chosen": endpoint, "messages": messages}
    return at.page("webhooks.html.j2", status=status, why=why, **facts)


async def _endpoint(at: AtDesk, connection: AsyncConnection, id: UUID) -> Endpoint:
    endpoint = await outgoing.find(connection, None, id)
    if endpoint is None or endpoint.creditor not in await creditors_within(connection, at.reach):
        raise NotHere
    return endpoint
