"""Payments that were begun and never heard of again."""

import structlog
from temporalio import activity

from facts import clock
from facts.database import Database
from facts.money import payment_attempts

log = structlog.get_logger()


class Payments:
    """What is given up for all debtors. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def give_up_payments(self) -> int:
        """Give up the payments that were begun an hour ago and not heard of since; gives how many. Money may still come."""
        async with self._database.transaction() as connection:
            given_up = await payment_attempts.abandon_stale(connection, await clock.now(connection))
        if given_up:
            log.info("payments_given_up", count=given_up)
        return given_up
