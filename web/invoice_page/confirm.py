"""The link that asks whether an address which a debtor gave is theirs: it goes there alone, and says nothing of an invoice.

Whoever opens it learns which creditor asks, and no more: the address may be a stranger's, by a slip or on purpose. Opening it
confirms nothing, for machines open links in mails.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from commands.debtor import confirmed_contact
from commands.debtor.given_contact import ToConfirm
from connectors.links import BadLink
from domain.moment import Moment
from facts import clock
from messages.languages import locale_of
from web import outside_message
from web.outside_message import OutsideMessage
from web.pages import page, words
from web.services import Here, Services

router = APIRouter(tags=["invoice page"], include_in_schema=False)

PURPOSE = "confirm address"
WIDTH = 5  # bytes of a contact point


@router.head("/c/{token}")
@router.get("/c/{token}")
async def asks(token: str, services: Here) -> HTMLResponse:
    """The question, or what came of it."""
    async with services.database.transaction() as connection:
        found = await _asked(services, connection, token, await clock.now(connection))
    language = locale_of(found.language, found.country, found.debtor_kind)
    return page(
        "confirm.html.j2",
        here=f"/c/{token}",
        creditor=found.creditor_name,
        language=language,
        t=words(language),
        confirmed=found.confirmed,
        asks=found.asks,
    )


@router.post("/c/{token}")
async def confirms(token: str, services: Here) -> Response:
    """Yes, it is right."""
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        await _asked(services, connection, token, now)
        await confirmed_contact.confirms(connection, _point(services, token), now)
    return RedirectResponse(f"/c/{token}", 303)


def ask_each(services: Services, asked: Sequence[ToConfirm], background: BackgroundTasks, now: Moment) -> None:
    """Send each address its link, once what was given is stored."""
    for to in asked:
        background.add_task(outside_message.send, services, _message(services, to), now)


def _message(services: Services, to: ToConfirm) -> OutsideMessage:
    language = locale_of(to.language, to.country, to.debtor_kind)
    t = words(language)
    token = services.links.seal(to.contact_point.to_bytes(WIDTH), PURPOSE)
    link = f"{services.settings.public_url.rstrip('/')}/c/{token}"
    return OutsideMessage(
        about="address to confirm",
        id=str(uuid4()),
        channel=to.channel,
        address=to.address,
        name="",
        creditor=to.creditor,
        creditor_name=to.creditor_name,
        language=language,
        subject=t["confirm_subject"].format(creditor=to.creditor_name),
        text=t["confirm_text"].format(creditor=to.creditor_name, link=link),
    )


def _point(services: Services, token: str) -> int:
    return int.from_bytes(services.links.opened(token, PURPOSE))


async def _asked(services: Services, connection: Any, token: str, now: datetime) -> Any:
    found = await confirmed_contact.asked_by(connection, _point(services, token), now)
    if found is None:
        raise BadLink("this address is not known any more")
    return found
