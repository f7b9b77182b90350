"""What was answered, told or counted is forgotten after its time, and files that no fact names: at the start, and hourly."""

import asyncio
from datetime import timedelta

import structlog

from connectors.attachment_folder import AttachmentFolder
from facts import clock, page_changes, pieces, received
from facts.database import Database
from facts.deliveries import reply_files
from facts.desk import incoming_calls

log = structlog.get_logger()

EVERY = timedelta(hours=1)


class Forgetting:
    """Forgets while a worker runs. Many may run at once."""

    def __init__(self, database: Database, attachments: AttachmentFolder) -> None:
        self._database = database
        self._attachments = attachments
        self._unnamed: set[str] = set()

    async def run(self) -> None:
        """Forget until cancelled. Whatever goes wrong is logged and tried again in an hour."""
        while True:
            try:
                await self.forget()
                await self.forget_files()
            except Exception as error:
                log.error("forgetting_failed", exc_info=error)
            await asyncio.sleep(EVERY.total_seconds())

    async def forget(self) -> int:
        """Forget all whose time is over; gives how many answers."""
        async with self._database.transaction() as connection:
            await pieces.unmark(connection, await clock.now(connection))
            await incoming_calls.forget(connection)
        forgotten = 0
        while True:
            async with self._database.transaction() as connection:
                some = await received.forget(connection, await clock.now(connection))
                some += await page_changes.forget(connection)
            if not some:
                return forgotten
            forgotten += some

    async def forget_files(self) -> int:
        """Remove the attachments that no fact has named at two looks running; gives how many.

        A file lies there a moment before its fact is stored: so one look proves nothing.
        """
        there = await asyncio.to_thread(self._attachments.names)
        async with self._database.transaction() as connection:
            unnamed = set(there) - await reply_files.named(connection, there)
        gone = unnamed & self._unnamed
        await asyncio.to_thread(self._attachments.drop, gone)
        self._unnamed = unnamed - gone
        if gone:
            log.info("attachments_forgotten", count=len(gone))
        return len(gone)
