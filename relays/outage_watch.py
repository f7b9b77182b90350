"""Messages leave soon after their provider is back: one tries for all, and when something is taken, all are told."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from facts import clock
from facts.database import Database
from facts.operations import outages
from relays.away import Away

log = structlog.get_logger()

EVERY = timedelta(seconds=10)
ASKED_EVERY = timedelta(minutes=1)
PAGE = 500


class OutageWatch:
    """Watches while a worker runs. Many may: each outage is one's at a time. How fast all leave, the queues' rates say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Watch until cancelled. Whatever goes wrong is logged and tried again.

        At a start all that wait are told: a person may have mended a key or a folder.
        """
        started, away = False, Away()
        while True:
            try:
                if not started:
                    await self._call_all(None)
                started = True
                await self.look()
                if away.ends():
                    log.info("outages_watched")
            except (OSError, DBAPIError) as error:
                if away.begins():
                    log.warning("outages_not_watched", error=type(error).__name__)
            await asyncio.sleep(EVERY.total_seconds())

    async def look(self) -> int:
        """Let one try whether an outage is over, and all where it is; gives how many cases were told."""
        asked: list[int] = []
        back: list[str] = []
        async with self._database.transaction() as connection:
            for outage in await outages.to_look_at(connection):
                if outage.answered:
                    back.append(outage.channel)
                    await outages.over(connection, outage.channel)
                    continue
                asked += await outages.call(connection, outage.channel, 1)
                await outages.ask_later(connection, outage.channel, ASKED_EVERY)
        await self._tell(asked)
        called = 0
        for channel in back:
            called += await self._call_all(channel)
            log.info("provider_back", channel=channel, cases=called)
        return len(asked) + called

    async def _call_all(self, channel: str | None) -> int:
        called = 0
        while True:
            async with self._database.transaction() as connection:
                page = await outages.call(connection, channel, PAGE)
            if not page:
                return called
            await self._tell(page)
            called += len(page)

    async def _tell(self, cases: list[int]) -> None:
        async with self._database.transaction() as connection:
            await outages.tell_called(connection, cases, await clock.now(connection))
