"""Wake-ups by PostgreSQL's LISTEN: who empties a queue of facts hears at once when something is committed to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog

from facts.database import Database
from relays.away import Away, first_line

log = structlog.get_logger()

RETRY_SECONDS = 1.0


@asynccontextmanager
async def wake_ups(database: Database, channel: str) -> AsyncIterator[asyncio.Event]:
    """An event that is set at every notification on `channel`. LISTEN needs a connection of its own.

    Notifications are lost while that connection is: poll behind it.
    """
    woken = asyncio.Event()
    listening = asyncio.create_task(_listen(database, channel, woken), name=f"listen {channel}")
    try:
        yield woken
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def woken_within(woken: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most so many seconds.

    Not with `asyncio.wait_for`: under Python 3.11 that loses a cancel in the moment of the wake-up, and who waits never stops.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


async def _listen(database: Database, channel: str, woken: asyncio.Event) -> None:
    url = database.url.replace("postgresql+psycopg://", "postgresql://", 1)
    away = Away()
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(channel)))
                if away.ends():
                    log.info("listen_found", channel=channel)
                async for _ in connection.notifies():
                    woken.set()
        except (OSError, psycopg.Error) as error:
            if away.begins():
                log.warning("listen_lost", channel=channel, error=first_line(error))
            await asyncio.sleep(RETRY_SECONDS)
