"""Whoever has a page open hears that something on it changed: one connection listens for all, and an idle page costs none.

A stream says what kind of thing changed and up to where its page is told; the page asks for the rest by its link. The
streams of a process are few for one link and one network, so that a greedy neighbour leaves room for all others.
"""

import asyncio
import random
from collections import Counter
from contextvars import Context
from typing import Any, Final

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.types import Send

from facts import page_changes
from facts.database import Database
from facts.page_changes import CHANNEL, RIGHTS, Position
from relays.away import Away, first_line
from relays.wake_ups import wake_ups, woken_within

log = structlog.get_logger()

MOST: Final = 5_000  # streams of a process
MOST_OF_NETWORK: Final = 200  # a house, an office, or the many behind one address of a mobile network
MOST_OF_LINK: Final = 8  # more than a person's tabs and devices
TOGETHER_WITHIN: Final = 0.1  # seconds: what changes in the meantime is read at once
LOOKS_EVERY: Final = 1.0  # seconds, where no notification comes: one may be lost
PINGS_EVERY: Final = 25.0  # seconds: proxies hang up on whoever says nothing for a minute
LASTS: Final = 600.0  # seconds, a fifth more or less: then the browser comes again, and is asked for its rights again
ENDS_WITHIN: Final = 60.0  # seconds: who has not taken the end by then is hung up on


class TooMany(Exception):
    """No more streams now: of this link, of its network, or of this process. The page asks from time to time instead."""


class Stream:
    """One open page. It hears of changes from when it is known what it has seen and where to send."""

    __slots__ = (
        "_sending",
        "case",
        "deaf_to",
        "debtor",
        "ends",
        "ends_at",
        "kinds",
        "link",
        "network",
        "news",
        "pings_at",
        "seen",
        "send",
        "task",
        "told",
    )

    def __init__(self, link: str, network: str) -> None:
        self.link, self.network = link, network
        self.case: int | None = None
        self.debtor: int | None = None  # whose account it shows, and not one case
        self.deaf_to: str | None = None  # a kind of change that is none on its page
        self.seen: Position | None = None
        self.send: Send | None = None
        self.task: asyncio.Task[Any] | None = None  # whose the request is
        self.kinds: set[str] = set()  # changed, and not sent yet
        self.told: dict[str, str] = {}  # how things stand, by their names
        self.news: dict[str, str] = {}  # of these what is not sent yet
        self.ends = False
        self.pings_at = self.ends_at = 0.0  # by the loop's clock
        self._sending: asyncio.Task[None] | None = None

    def tell(self, name: str, stands: str) -> None:
        """Tell how something of this name stands, where that is another than was told."""
        if self.told.get(name) != stands:
            self.told[name] = self.news[name] = stands
            self.put()

    def put(self) -> None:
        """Send what there is: the end, changes, news, or a ping. While a part is on its way, the rest waits for it."""
        if self._sending is not None or self.send is None:
            return
        self.pings_at = asyncio.get_running_loop().time() + PINGS_EVERY
        body = b""
        if not self.ends:  # after its end the browser comes again with the last position that it got
            data = f"data: {' '.join(sorted(self.kinds))}\n" if self.kinds else ""
            news = "".join(f"event: {name}\ndata: {stands}\n\n" for name, stands in self.news.items())
            body = f"id: {self.seen}\n{data}\n{news}".encode()
        self.kinds, self.news = set(), {}
        self._sending = asyncio.create_task(_send(self.send, body, self.ends))
        self._sending.add_done_callback(self._sent)
        if self.ends:
            self.send = None

    def end(self) -> None:
        """End as soon as what is on its way is sent."""
        self.ends = True
        self.put()

    def _sent(self, sending: "asyncio.Task[None]") -> None:
        self._sending = None
        if not sending.cancelled() and (error := sending.exception()) is not None:
            log.debug("stream_lost", error=first_line(error))  # its request ends by itself
        elif self.kinds or self.news or self.ends:
            self.put()


class Streams:
    """The streams of this process. It listens as long as there is one."""

    def __init__(self, database: Database) -> None:
        """Prepare; nothing is asked of the database yet."""
        self._database = database
        self._streams: set[Stream] = set()
        self._of_case: dict[int, set[Stream]] = {}
        self._of_debtor: dict[int, set[Stream]] = {}
        self._links: Counter[str] = Counter()
        self._networks: Counter[str] = Counter()
        self._new: list[Position] = []  # what those have seen who came since the last look
        self._woken = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def enter(self, link: str, network: str, most: int | None = None) -> Stream:
        """A place for one more, until it leaves, where its link has fewer than `most`, as a rule MOST_OF_LINK. Raises TooMany."""
        links, networks = self._links[link], self._networks[network]
        if len(self._streams) >= MOST or links >= (most or MOST_OF_LINK) or networks >= MOST_OF_NETWORK:
            raise TooMany("there are as many streams as may be")
        stream = Stream(link, network)
        self._streams.add(stream)
        self._links[link] += 1
        self._networks[network] += 1
        return stream

    def follow(self, stream: Stream, seen: Position, send: Send) -> None:
        """From now on the stream hears what its page has not seen."""
        now = asyncio.get_running_loop().time()
        stream.seen, stream.send, stream.task = seen, send, asyncio.current_task()
        stream.pings_at, stream.ends_at = now + PINGS_EVERY, now + LASTS * random.uniform(0.8, 1.2)
        if stream.debtor is not None:
            self._of_debtor.setdefault(stream.debtor, set()).add(stream)
        elif stream.case is not None:
            self._of_case.setdefault(stream.case, set()).add(stream)
        if stream.kinds or stream.news:
            stream.put()
        self._new.append(seen)
        self._woken.set()
        if self.rests:
            following = self._follow()
            self._following = asyncio.create_task(following, name="follow page changes", context=Context())

    def leave(self, stream: Stream) -> None:
        """The page is gone."""
        stream.send = None
        if stream not in self._streams:
            return
        self._streams.discard(stream)
        for counted, key in ((self._links, stream.link), (self._networks, stream.network)):
            counted[key] -= 1
            if counted[key] <= 0:
                del counted[key]
        for streams, whose in ((self._of_case, stream.case), (self._of_debtor, stream.debtor)):
            if whose is not None and whose in streams:
                streams[whose].discard(stream)
                if not streams[whose]:
                    del streams[whose]
        self._woken.set()

    def __len__(self) -> int:
        """How many pages are open."""
        return len(self._streams)

    @property
    def rests(self) -> bool:
        """Whether nobody listens, as nobody has to be told."""
        return self._following is None or self._following.done()

    async def close(self) -> None:
        """Listen no longer."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        """Tell every stream what it has not seen, until there is none. Whatever goes wrong is tried again."""
        while self._streams:
            async with wake_ups(self._database, CHANNEL) as self._woken:
                await self._look_as_long_as_somebody_is_there()

    async def _look_as_long_as_somebody_is_there(self) -> None:
        away, loop = Away(), asyncio.get_running_loop()
        seen: Position | None = None
        while self._streams:
            self._woken.clear()
            new, self._new = self._new, []
            # Who comes may have seen less than who is here. What they have seen they hear no second time, whoever they are.
            known = [*new, seen] if seen is not None else new
            try:
                if known:
                    seen = await self._look(min(known, key=lambda each: each.low))
                if away.ends():
                    log.info("page_changes_reached")
            except (OSError, DBAPIError, TimeoutError) as error:
                self._new += new
                if away.begins():
                    log.warning("page_changes_unreachable", error=first_line(error))
            except Exception as error:
                self._new += new
                log.error("page_changes_failed", exc_info=error)
            self._keep_up(loop.time())
            await asyncio.sleep(TOGETHER_WITHIN)
            await woken_within(self._woken, LOOKS_EVERY)

    async def _look(self, earliest: Position) -> Position:
        """Tell those who are here what happened since."""
        here = {stream for stream in self._streams if stream.send is not None}
        async with self._database.transaction() as connection:
            seen, changes = await page_changes.since(connection, earliest, list(self._of_case), list(self._of_debtor))
        told = set()
        for change in changes:
            whose = self._of_case.get(change.case) if change.debtor is None else self._of_debtor.get(change.debtor)
            for stream in here.intersection(whose or ()):
                if stream.seen is not None and change.kind != stream.deaf_to and not stream.seen.saw(change.written_in):
                    stream.kinds.add(change.kind)
                    stream.ends |= change.kind == RIGHTS
                    told.add(stream)
        for stream in here:  # who came meanwhile may have seen less than was looked for
            stream.seen = seen
        for stream in told:
            stream.put()
        return seen

    def _keep_up(self, now: float) -> None:
        """Ping who heard nothing for a while, and part with those whose time is over."""
        for stream in list(self._streams):
            if stream.task is not None and now > stream.ends_at + ENDS_WITHIN:
                stream.task.cancel()  # who takes nothing does not take the end either
            elif now > stream.ends_at > 0:
                stream.end()
            elif now > stream.pings_at > 0:
                stream.put()


async def _send(send: Send, body: bytes, ends: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": not ends})
