"""The pages of the desk that are open in this process: one look for all tells each what is new to it.

Each hears who calls its agent, who else is where it is, and that what it shows stands otherwise; and ends where its session
does, or where what it shows is not theirs to see any more. How something stands is told anew when it is another, and what was
told before does not matter: so nothing is lost, and nothing comes twice. What changes on the case or the debtor of a page is
told beside this, as to the debtor's own page.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.parts import Part, parts_of
from facts import clock
from facts.database import Database
from facts.desk import presence, sessions
from facts.desk.incoming_calls import CHANNEL, ringing_for
from facts.desk.presence import Tab
from facts.desk.users import User
from relays.away import Away, first_line
from relays.wake_ups import wake_ups, woken_within
from web.desk.shown import Shown, Stands, stands
from web.invoice_page.streams import Stream

log = structlog.get_logger()

TAB: Final = 9  # bytes of a tab's name, which nobody else knows
TOGETHER_WITHIN: Final = 0.1  # seconds: what is told in the meantime is read at once
TELLS_EVERY: Final = 2 * presence.EVERY.total_seconds()  # the debtor of an open thread hears that somebody is there


@dataclass(eq=False, slots=True)
class OpenPage:
    """One open page of somebody's session."""

    session: str
    shown: Shown | None
    stream: Stream
    tab: str = field(default_factory=lambda: secrets.token_urlsafe(TAB))
    tells_at: float = 0.0  # by the loop's clock


class OpenPages:
    """The open pages of this process. It looks as long as there is one."""

    def __init__(self, database: Database) -> None:
        """Prepare; nothing is asked of the database yet."""
        self._database = database
        self._pages: set[OpenPage] = set()
        self._left: set[str] = set()  # tabs of pages that are gone, until it is written
        self._woken = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def enter(self, page: OpenPage) -> None:
        """One more, until it leaves."""
        self._pages.add(page)
        self._woken.set()
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow(), name="follow the desk", context=Context())

    def leave(self, page: OpenPage) -> None:
        """The page is gone: nobody is there by it from the next look on, which comes after one that still had it."""
        self._pages.discard(page)
        if page.shown is not None:
            self._left.add(page.tab)
        self._woken.set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._pages)

    async def close(self) -> None:
        """Look no longer."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        away = Away()
        while self._pages or self._left:
            async with wake_ups(self._database, CHANNEL) as self._woken:
                while self._pages or self._left:
                    self._woken.clear()
                    try:
                        await self._look()
                        if away.ends():
                            log.info("desk_reached")
                    except (OSError, DBAPIError, TimeoutError) as error:
                        if away.begins():
                            log.warning("desk_unreachable", error=first_line(error))
                    except Exception as error:
                        log.error("desk_look_failed", exc_info=error)
                    await asyncio.sleep(TOGETHER_WITHIN)
                    await woken_within(self._woken, presence.EVERY.total_seconds())

    async def _look(self) -> None:
        pages, left = list(self._pages), sorted(self._left)
        async with self._database.transaction() as connection:
            await presence.leave(connection, left)
            tokens = sorted({page.session for page in pages})
            users = await sessions.who_are_signed_in(connection, tokens)
            calls = await ringing_for(connection, tokens)
            shown = await _stand(connection, pages, users)
            seen = {page for page in shown if Part.PRESENCE in parts_of(users[page.session].roles)}
            await presence.are_there(
                connection, [Tab(page.tab, users[page.session].id, shown[page].place) for page in seen]
            )
            there = await presence.who_is_at(connection, sorted({shown[page].place for page in seen}))
            if debtors := self._to_tell(shown):
                await presence.tell_pages(connection, debtors)
        self._left.difference_update(left)
        for page in pages:
            user, how = users.get(page.session), shown.get(page)
            if user is None or (how is None and (page.shown is not None or page.session not in calls)):
                page.stream.end()  # signed out, not theirs any more, or wants to hear of no call and shows nothing
                continue
            page.stream.tell("calls", json.dumps(calls.get(page.session, [])))
            if how is not None:
                others = presence.others(there[how.place], user.id) if page in seen else []
                page.stream.tell("here", json.dumps(others))
                if how.state is not None:
                    page.stream.tell("stands", json.dumps(how.state))

    def _to_tell(self, shown: Mapping[OpenPage, Stands]) -> Sequence[int]:
        """The debtors who hear now that somebody has their thread open: at once, and from time to time."""
        now, debtors = asyncio.get_running_loop().time(), set[int]()
        for page, how in shown.items():
            if how.answered and now >= page.tells_at:
                page.tells_at = now + TELLS_EVERY
                debtors.update(how.answered)
        return sorted(debtors)


async def _stand(
    connection: AsyncConnection, pages: Sequence[OpenPage], users: Mapping[str, User]
) -> Mapping[OpenPage, Stands]:
    """How what each page shows stands, without those whose users may not see it; asked once for all tabs of somebody."""
    now, known = await clock.now(connection), dict[tuple[int, Shown], Stands | None]()
    found = dict[OpenPage, Stands]()
    for page in pages:
        user = users.get(page.session)
        if user is None or page.shown is None:
            continue
        if (user.id, page.shown) not in known:
            known[user.id, page.shown] = await stands(connection, user, page.shown, now)
        how = known[user.id, page.shown]
        if how is not None:
            found[page] = how
    return found
