"""What is owed is summed up from the ledger now and then, so that a report reads what came since and not all of it."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError

from facts import clock
from facts.database import Database
from facts.money import receivables

log = structlog.get_logger()

EVERY = timedelta(hours=1)
WORTH = 5_000  # entries: fewer are read as fast as their sums
TRIES = 60  # somebody is nearly always posting, and seldom for long
PAUSE = timedelta(seconds=1)


class SummingUp:
    """Sums up while a worker runs. Many may run at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Sum up until cancelled. Whatever goes wrong is logged and tried again in an hour; reports are right without it."""
        while True:
            try:
                await self.sum_up()
            except Exception as error:
                log.error("summing_up_failed", exc_info=error)
            await asyncio.sleep(EVERY.total_seconds())

    async def sum_up(self) -> int:
        """Sum up all that the ledger has by now, where it is worth it; gives in how many parts."""
        async with self._database.transaction() as connection:
            if await receivables.not_summed_up(connection) < WORTH:
                return 0
        through = await self._whole_through()
        left, parts = 1, 0
        while left:
            async with self._database.transaction() as connection:
                left = await receivables.sum_up(connection, through, await clock.now(connection))
            parts += 1
        return parts

    async def _whole_through(self) -> int:
        tries = 0
        while True:
            try:
                async with self._database.transaction() as connection:
                    return await receivables.whole_through(connection)
            except OperationalError:
                tries += 1
                if tries == TRIES:
                    raise
            await asyncio.sleep(PAUSE.total_seconds())
