"""Whoever has a page of the desk open hears that they are called: one connection listens for all, and says ids alone.

A stream tells which calls ring for whoever is signed in, each time that this changes: what it told before does not matter,
so nothing is lost and nothing comes twice.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from contextvars import Context
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.types import Send

from facts.database import Database
from facts.desk.incoming_calls import CHANNEL, ringing_for
from relays.away import Away, first_line
from relays.wake_ups import wake_ups, woken_within

log = structlog.get_logger()

MOST: Final = 2_000  # streams of a process
MOST_OF_SESSION: Final = 3  # browsers have few connections to one place, and pages need some
TOGETHER_WITHIN: Final = 0.1  # seconds: what is told in the meantime is read at once
LOOKS_EVERY: Final = 5.0  # seconds, where no notification comes: one may be lost, or a session end
PINGS_EVERY: Final = 25.0  # seconds: proxies hang up on whoever says nothing for a minute
LASTS: Final = 600.0  # seconds, a fifth more or less: then the browser comes again, and is asked for its rights again
TAKEN_WITHIN: Final = 60.0  # seconds: who takes nothing for so long is hung up on
PING: Final = b": \n\n"


class Line:
    """One open page of somebody's session."""

    __slots__ = ("_news", "calls", "ends", "session")

    def __init__(self, session: str) -> None:
        self.session = session
        self.calls: Sequence[str] | None = None  # not known yet
        self.ends = False
        self._news = asyncio.Event()

    def ring(self, calls: Sequence[str]) -> None:
        """Tell it which calls ring."""
        if calls != self.calls:
            self.calls = calls
            self._news.set()

    def end(self) -> None:
        """There is nothing more to tell it."""
        self.ends = True
        self._news.set()

    async def tell(self, send: Send) -> None:
        """Send what there is to tell, and each change of it, until it ends or its time is over."""
        loop = asyncio.get_running_loop()
        until, told = loop.time() + LASTS * random.uniform(0.8, 1.2), PING
        while not self.ends and loop.time() < until:
            self._news.clear()
            said = told if self.calls is None else f"data: {json.dumps(list(self.calls))}\n\n".encode()
            body, told = PING if said == told else said, said
            async with asyncio.timeout(TAKEN_WITHIN):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await woken_within(self._news, PINGS_EVERY)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Lines:
    """The open pages of this process. It listens as long as there is one."""

    def __init__(self, database: Database) -> None:
        """Prepare; nothing is asked of the database yet."""
        self._database = database
        self._lines: set[Line] = set()
        self._sessions: Counter[str] = Counter()
        self._woken = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def enter(self, session: str) -> Line | None:
        """One more, until it leaves; None where there are as many as may be."""
        if len(self._lines) >= MOST or self._sessions[session] >= MOST_OF_SESSION:
            return None
        line = Line(session)
        self._lines.add(line)
        self._sessions[session] += 1
        self._woken.set()
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow(), name="follow incoming calls", context=Context())
        return line

    def leave(self, line: Line) -> None:
        """The page is gone."""
        self._lines.discard(line)
        self._sessions[line.session] -= 1
        if not self._sessions[line.session]:
            del self._sessions[line.session]
        self._woken.set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._lines)

    async def close(self) -> None:
        """Listen no longer."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        away = Away()
        while self._lines:
            async with wake_ups(self._database, CHANNEL) as self._woken:
                while self._lines:
                    self._woken.clear()
                    try:
                        await self._look()
                        if away.ends():
                            log.info("incoming_calls_reached")
                    except (OSError, DBAPIError, TimeoutError) as error:
                        if away.begins():
                            log.warning("incoming_calls_unreachable", error=first_line(error))
                    except Exception as error:
                        log.error("incoming_calls_failed", exc_info=error)
                    await asyncio.sleep(TOGETHER_WITHIN)
                    await woken_within(self._woken, LOOKS_EVERY)

    async def _look(self) -> None:
        lines = set(self._lines)
        async with self._database.transaction() as connection:
            found = await ringing_for(connection, sorted({line.session for line in lines}))
        for line in lines:
            if line.session in found:
                line.ring(found[line.session])
            else:
                line.end()  # signed out, or wants to hear of none
