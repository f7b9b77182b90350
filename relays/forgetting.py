"""What requests were answered, open pages were told and counts are of is forgotten after its time: at the start, and hourly."""

import asyncio
from datetime import timedelta

import structlog

from facts import clock, page_changes, pieces, received
from facts.database import Database

log = structlog.get_logger()

EVERY = timedelta(hours=1)


class Forgetting:
    """Forgets while a worker runs. Many may run at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Forget until cancelled. Whatever goes wrong is logged and tried again in an hour."""
        while True:
            try:
                await self.forget()
            except Exception as error:
                log.error("forgetting_failed", exc_info=error)
            await asyncio.sleep(EVERY.total_seconds())

    async def forget(self) -> int:
        """Forget all whose time is over; gives how many answers."""
        async with self._database.transaction() as connection:
            await pieces.unmark(connection, await clock.now(connection))
        forgotten = 0
        while True:
            async with self._database.transaction() as connection:
                some = await received.forget(connection, await clock.now(connection))
                some += await page_changes.forget(connection)
            if not some:
                return forgotten
            forgotten += some
