"""The four sentences of the invoice page: paid, need more time, disagree, not me. Each is a form that does what it says.

The signed link is the authority for these forms too (see `web.invoice_page.pay`).
"""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import Link
from domain.parties.replies import Meaning
from facts.deliveries import replies
from facts.deliveries.replies import said_on_page
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from web.invoice_page.arrange import NOT_ME, arranged
from web.invoice_page.page import address_of
from web.services import Here, Services

router = APIRouter(tags=["invoice page"], include_in_schema=False)

LONGEST = 2000  # characters of what somebody writes

Words = Annotated[str, Form(max_length=LONGEST)]


@router.post("/i/{token}/paid")
async def already_paid(
    token: str, services: Here, on: Annotated[str, Form(max_length=10)] = "", words: Words = ""
) -> Response:
    """The debtor has paid: the case waits until somebody has looked for the money."""
    return await _told(services, token, "paid", Meaning.PAID, f"{_day(on)}{words}".strip())


@router.post("/i/{token}/more-time")
async def more_time(token: str, services: Here, words: Words = "") -> Response:
    """No day and no plan that is offered fits: the case waits until somebody has read why."""
    return await _told(services, token, "more-time", Meaning.NEEDS_TIME, words.strip(), needed=True)


@router.post("/i/{token}/disagree")
async def disagree(token: str, services: Here, words: Words = "") -> Response:
    """The debtor disagrees: the invoice is disputed until somebody has resolved it."""
    return await _told(services, token, "disagree", Meaning.DISAGREES, words.strip(), needed=True)


@router.post("/i/{token}/not-me")
async def not_me(token: str, services: Here) -> Response:
    """The link reached somebody else: the address is not used again, and the link shows nothing any more."""

    async def told(connection: AsyncConnection, found: Payable, link: Link, now: datetime) -> None:
        address = await address_of(connection, link)
        today = services.today(now)
        await said_on_page(connection, found.case, Meaning.NOT_ME, "", now, today, address=address)

    return await arranged(services, token, NOT_ME, told)


async def _told(
    services: Services, token: str, what: str, meaning: Meaning, words: str, *, needed: bool = False
) -> Response:
    async def told(connection: AsyncConnection, found: Payable, link: Link, now: datetime) -> None:
        if needed and not words:
            raise Refused("nothing was written")
        if found.over or found.balance <= 0:
            raise Refused("nothing is asked for")
        await said_on_page(connection, found.case, meaning, replies.plain(words), now, services.today(now))

    return await arranged(services, token, what, told)


def _day(given: str) -> str:
    """The day of payment as it was picked, before the words; nothing where it is no day."""
    try:
        return f"{date.fromisoformat(given).isoformat()}. "
    except ValueError:
        return ""
