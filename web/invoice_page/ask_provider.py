"""Asking a provider what became of a payment, for a debtor who is back before the news of it.

What it tells is booked at once, so a form asks and no page that is only fetched: the page's script sends it at a few looks,
and anybody presses its button.
"""

from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from limits import parse

from commands.money import ask_provider as command
from connectors.payment_providers.provider import ProviderUnavailable
from web.invoice_page.link import ByPaper, Holder
from web.invoice_page.paying import looks_of

log = structlog.get_logger()
router = APIRouter(tags=["invoice page"], include_in_schema=False)

ASKED_OF_ONE: Final = parse("10 per minute")  # about one payment


@router.post("/i/{key}/look")
async def look(holder: ByPaper, back: Annotated[str, Form(max_length=10)] = "") -> Response:
    """Ask, and on to the next look at the page, which shows what was told."""
    await _ask(holder)
    return RedirectResponse(f"{holder.page}?back={looks_of(back) + 1}", 303)


async def _ask(holder: Holder) -> None:
    """Record what the provider shows of the payment under way.

    A provider that does not answer changes nothing: the webhook still comes. Raises BadLink.
    """
    services = holder.services
    async with holder.opened() as opened:
        attempt = (await opened.payable()).open_attempt
    if attempt is None or attempt.provider not in services.providers:
        return
    if not services.limiter.hit(ASKED_OF_ONE, "provider asked", str(attempt.id)):
        return
    try:
        await command.ask_provider(services.database, services.providers[attempt.provider], attempt, services.calendar)
    except ProviderUnavailable as error:
        log.warning("payment_not_seen", provider=attempt.provider, attempt=str(attempt.id), reason=str(error))
