"""Payments that were begun and never heard of again."""

from collections.abc import Mapping

import structlog
from temporalio import activity

from activities.jobs.each import for_each
from commands.money.ask_provider import ask_provider
from connectors.payment_providers.provider import PaymentProvider, ProviderUnavailable
from domain.countries.calendar import Calendar
from facts import clock
from facts.database import Database
from facts.money import payment_attempts
from facts.money.payment_attempts import Attempt

log = structlog.get_logger()


class Payments:
    """What is given up for all debtors. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database, providers: Mapping[str, PaymentProvider], calendar: Calendar) -> None:
        """`providers` are asked before a payment is given up; `calendar` is the one by whose days money is booked."""
        self._database, self._providers, self._calendar = database, providers, calendar

    @activity.defn
    async def give_up_payments(self) -> int:
        """Give up the payments that were begun an hour ago and that nobody finished; gives how many.

        Their provider is asked first: one that was paid is booked, one that is on its way is waited for, and one whose
        provider does not answer is asked again in an hour. Money may still come after all.
        """
        async with self._database.transaction() as connection:
            stale = await payment_attempts.stale(connection, await clock.now(connection))
        given_up = await for_each(stale, self._ask, lambda attempt: str(attempt.id), "payment_not_seen")
        if given_up:
            log.info("payments_given_up", count=given_up)
        return given_up

    async def _ask(self, attempt: Attempt) -> int:
        provider = self._providers.get(attempt.provider)
        try:
            seen = await ask_provider(self._database, provider, attempt, self._calendar) if provider else None
        except ProviderUnavailable as error:
            log.warning("payment_not_seen", provider=attempt.provider, attempt=str(attempt.id), reason=str(error))
            return 0
        if seen is not None and seen.state != "open":
            return int(seen.state == "over")
        if attempt.state == "processing":  # the debtor has done their part
            return 0
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            await payment_attempts.abandoned(connection, attempt.id, "no news from the provider", now)
        return 1
