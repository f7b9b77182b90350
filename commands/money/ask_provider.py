"""Asking a provider what became of a payment of which no news has come."""

import structlog

from connectors.payment_providers.provider import PaymentProvider, ProviderError, ProviderUnavailable, Seen
from domain.countries.calendar import Calendar
from facts import clock
from facts.database import Database
from facts.money import payment_attempts
from facts.money.payment_attempts import Attempt, Merchant, MoneyReceived

log = structlog.get_logger()


async def ask_provider(
    database: Database, provider: PaymentProvider, attempt: Attempt, calendar: Calendar
) -> Seen | None:
    """Record what the provider shows of a payment under way, just as its webhook would have told it; gives what it shows.

    It is asked about the payment as it was opened, whatever the creditor has changed since. None for one that the provider
    will not tell of. Raises ProviderUnavailable: the same may work in a moment.
    """
    if attempt.provider_id is None:
        return None
    async with database.transaction() as connection:
        owed = await payment_attempts.is_owed(connection, attempt.id)
    try:
        seen = await provider.settle(attempt.provider_id, attempt.amount, attempt.currency, attempt.merchant, owed=owed)
    except ProviderUnavailable:
        raise
    except ProviderError as error:
        log.warning("payment_not_seen", provider=attempt.provider, attempt=str(attempt.id), reason=str(error))
        return None
    async with database.transaction() as connection:
        now = await clock.now(connection)
        match seen.state:
            case "paid":
                merchant = Merchant(attempt.provider, attempt.merchant, attempt.merchant is None, "")
                money = MoneyReceived(merchant, seen.payment, seen.amount, seen.currency, attempt.id)
                await payment_attempts.paid(connection, money, now, calendar.local_date(now))
            case "approved":
                await payment_attempts.processing(connection, attempt.id)
            case "over":
                await payment_attempts.abandoned(connection, attempt.id, "ended at the provider", now)
    return seen
