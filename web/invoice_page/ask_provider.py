"""Asking a provider what became of a payment, for a debtor who is back before the news of it."""

import structlog

from connectors.payment_providers.provider import ProviderError
from facts import clock
from facts.money import payment_attempts
from facts.money.payment_attempts import MoneyReceived
from web.invoice_page.link import Holder

log = structlog.get_logger()


async def ask_provider(holder: Holder) -> None:
    """Record what the provider shows of the payment under way, just as its webhook would have told it.

    A provider that does not answer changes nothing: the webhook still comes. Raises BadLink.
    """
    services = holder.services
    async with holder.opened() as opened:
        attempt = (await opened.payable()).open_attempt
    if attempt is None or attempt.provider_id is None or attempt.provider not in services.providers:
        return
    provider = services.providers[attempt.provider]
    try:
        seen = await provider.settle(attempt.provider_id, attempt.amount, attempt.currency, attempt.merchant)
    except ProviderError as error:
        log.warning("payment_not_seen", provider=attempt.provider, attempt=str(attempt.id), reason=str(error))
        return
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        match seen.state:
            case "paid":
                merchant = services.methods[attempt.provider].merchant_of(attempt.merchant)
                money = MoneyReceived(merchant, seen.payment, seen.amount, seen.currency, attempt.id)
                await payment_attempts.paid(connection, money, now, services.today(now))
            case "approved":
                await payment_attempts.processing(connection, attempt.id)
            case "over":
                await payment_attempts.abandoned(connection, attempt.id, "ended at the provider", now)
