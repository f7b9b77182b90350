"""No more emails: one click in the mail program (RFC 8058), or a button on a page; neither needs a link to an invoice.

The address comes with each email that no law wants sent, sealed, and says of which email it is. Mail programs post to it
without cookies and without having seen a page; fetching it changes nothing.
"""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.silence import Emailed, emailed, wishes
from connectors.links import BadLink
from facts import clock
from web.pages import page, words
from web.services import Here, Services

router = APIRouter(tags=["invoice page"], include_in_schema=False)


@router.head("/i/{sealed}/unsubscribe")
@router.get("/i/{sealed}/unsubscribe")
async def asks(sealed: str, services: Here) -> HTMLResponse:
    """The question, or what holds now."""
    async with services.database.transaction() as connection:
        return _page(sealed, await _found(services, connection, sealed))


@router.post("/i/{sealed}/unsubscribe")
async def unsubscribes(
    sealed: str,
    services: Here,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """No more emails to this address, or again. A mail program gets its answer at once, a person is led back to the page."""
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        await wishes(connection, await _found(services, connection, sealed), now, silence=again != "yes")
        if one_click:
            return _page(sealed, await _found(services, connection, sealed))
    return RedirectResponse(f"/i/{sealed}/unsubscribe", 303)


async def _found(services: Services, connection: AsyncConnection, sealed: str) -> Emailed:
    found = await emailed(connection, services.links.unsubscribed(sealed))
    if found is None:
        raise BadLink("this email is not known any more")
    return found


def _page(sealed: str, found: Emailed) -> HTMLResponse:
    name, _, domain = found.address.partition("@")
    return page(
        "unsubscribe.html.j2",
        here=f"/i/{sealed}/unsubscribe",
        language=found.language,
        t=words(found.language),
        creditor=found.creditor_name,
        look=found.look,
        logo=found.look and found.look.logo,
        address=f"{name[:1]}•••@{domain}",
        silent=found.silent,
        written_to=found.state == "valid",
    )
