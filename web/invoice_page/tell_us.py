"""The sentences of the invoice page: paid, need more time, danger, not me. Each is a form that does what it says."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from commands.debtor.replies import said_on_page
from domain.agreements.pauses import USUAL_DAYS
from domain.parties.replies import Meaning
from facts.deliveries.replies import plain
from facts.money.payment_attempts import Payable
from facts.parties import debtors
from facts.refusals import Refused
from web.invoice_page.arrange import NOT_ME, arranged
from web.invoice_page.link import ByLink, Holder, Opened
from web.invoice_page.once import Once, once_of

router = APIRouter(tags=["invoice page"], include_in_schema=False)

LONGEST = 2000  # characters of what somebody writes

Words = Annotated[str, Form(max_length=LONGEST)]


@router.post("/i/{key}/paid")
async def already_paid(
    holder: ByLink, on: Annotated[str, Form(max_length=10)] = "", words: Words = "", once: Once = ""
) -> Response:
    """The debtor has paid: the money is looked for, and the case waits some days for it."""
    told = words.strip()
    return await _told(holder, "paid", Meaning.PAID, f"{_day(on)}{told}".strip(), once, says_all=not told)


@router.post("/i/{key}/more-time")
async def more_time(
    holder: ByLink,
    words: Words = "",
    reason: Annotated[str, Form(max_length=40)] = Meaning.NEEDS_TIME,
    once: Once = "",
) -> Response:
    """No day and no plan that is offered fits: the case pauses, as long as its policy gives for the reason."""
    why = next((each for each in USUAL_DAYS if each == reason), Meaning.NEEDS_TIME)
    told = words.strip()
    return await _told(
        holder,
        "more-time",
        why,
        told,
        once,
        needed=why is Meaning.NEEDS_TIME,
        says_all=why is not Meaning.NEEDS_TIME and not told,
    )


@router.post("/i/{key}/danger")
async def danger(holder: ByLink, words: Words = "", once: Once = "") -> Response:
    """It is dangerous to be without the service: until somebody has read that, it is not blocked, and opened at once."""
    return await _told(holder, "danger", Meaning.IN_DANGER, words.strip(), once)


@router.post("/i/{key}/not-me")
async def not_me(holder: ByLink) -> Response:
    """The link reached somebody else: the address is not used again, and the link shows nothing any more."""

    async def told(opened: Opened, found: Payable) -> None:
        connection, planning, now = opened.connection, holder.services.planning, opened.now
        address, by = await opened.reached(), opened.speaker
        await said_on_page(connection, planning, found.case, Meaning.NOT_ME, "", now, address=address, said_by=by)

    return await arranged(holder, NOT_ME, told)


async def _told(
    holder: Holder, what: str, meaning: Meaning, words: str, once: str, *, needed: bool = False, says_all: bool = False
) -> Response:
    async def told(opened: Opened, found: Payable) -> None:
        connection, planning, now = opened.connection, holder.services.planning, opened.now
        if not await debtors.first_time(connection, "page", once_of(found.case, what, once, meaning, words), now):
            return  # this very form came before
        if needed and not words:
            raise Refused("nothing was written")
        if found.over or found.facts.balance <= 0:
            raise Refused("nothing is asked for")
        by = opened.speaker
        await said_on_page(connection, planning, found.case, meaning, plain(words), now, says_all=says_all, said_by=by)

    return await arranged(holder, what, told)


def _day(given: str) -> str:
    """The day of payment as it was picked, before the words; nothing where it is no day."""
    try:
        return f"{date.fromisoformat(given).isoformat()}. "
    except ValueError:
        return ""
