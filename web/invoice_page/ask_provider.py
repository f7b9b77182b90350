"""Asking a provider what became of a payment, for a debtor who is back before the news of it."""

import structlog

from commands.money import ask_provider as command
from connectors.payment_providers.provider import ProviderUnavailable
from web.invoice_page.link import Holder

log = structlog.get_logger()


async def ask_provider(holder: Holder) -> None:
    """Record what the provider shows of the payment under way.

    A provider that does not answer changes nothing: the webhook still comes. Raises BadLink.
    """
    services = holder.services
    async with holder.opened() as opened:
        attempt = (await opened.payable()).open_attempt
    if attempt is None or attempt.provider not in services.providers:
        return
    try:
        await command.ask_provider(services.database, services.providers[attempt.provider], attempt, services.calendar)
    except ProviderUnavailable as error:
        log.warning("payment_not_seen", provider=attempt.provider, attempt=str(attempt.id), reason=str(error))
