"""The inbox stays true while it is open: it hears what is written, and the debtor on their page that somebody is there."""

from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.roles import Act
from facts import clock, page_changes
from facts.desk import at_inbox, sessions
from facts.desk.threads import thread_of
from views.inbox import Filter, counts
from web.desk.door import AtDesk, NotHere, needs
from web.desk.thread import ReplyId
from web.desk.watch import Watching
from web.invoice_page.live import ASKS_AGAIN, Seen
from web.invoice_page.streams import Stream, TooMany
from web.pages import HEADERS

router = APIRouter(include_in_schema=False)

TELLS_EVERY: Final = 2  # rounds in which the open pages of a thread's debtor hear that somebody is there

ToWatchInbox = Annotated[AtDesk, Depends(needs(Act.ANSWER, looks=False))]


class AtInbox(Watching):
    """A stream of what is new in a thread or in the list; each round says that somebody is there."""

    told = "stands"

    def __init__(self, at: AtDesk, stream: Stream, seen: Seen, reply: int | None) -> None:
        super().__init__(at, stream, seen)
        self._reply, self._round = reply, 0

    async def _others(self) -> list[str] | None:
        """How the thread stands, or the list; None where the session is over, or the thread somebody else's."""
        async with self._at.services.database.transaction() as connection:
            if not await sessions.holds(connection, self._at.signed_in.token_hash):
                return None
            await at_inbox.is_there(connection, self._tab, self._at.user.id)
            return await self._stands(connection)

    async def _stands(self, connection: AsyncConnection) -> list[str] | None:
        if self._reply is None:
            now = await clock.now(connection)
            return [str(await counts(connection, self._at.reach, Filter(self._at.user.id), now))]
        found = await thread_of(connection, self._at.reach, self._reply)
        if found is None:
            return None
        if self._round % TELLS_EVERY == 0:
            await at_inbox.tell_pages(connection, found.debtors)
        self._round += 1
        return [found.seen]

    async def _leave(self) -> None:
        with suppress(OSError, DBAPIError, TimeoutError):  # a row that stays is silent, and so nobody
            async with self._at.services.database.transaction() as connection:
                await at_inbox.leaves(connection, self._tab)


@router.get("/desk/inbox/watch")
async def watch_list(at: ToWatchInbox) -> Response:
    """That something changed in the list, as server-sent events."""
    return await _watch(at, None)


@router.get("/desk/inbox/{reply}/watch")
async def watch_thread(at: ToWatchInbox, reply: ReplyId) -> Response:
    """That something was written, answered or read in a thread, as server-sent events."""
    return await _watch(at, reply)


async def _watch(at: AtDesk, reply: int | None) -> Response:
    streams, mine = at.services.streams, f"desk/{at.user.id}"
    try:
        stream = streams.enter(mine, mine)
    except TooMany:
        return Response(status_code=503, headers=HEADERS | {"Retry-After": ASKS_AGAIN})
    try:
        async with at.services.database.transaction() as connection:
            found = await thread_of(connection, at.reach, reply) if reply is not None else None
            if reply is not None and found is None:
                raise NotHere
            here = await page_changes.here(connection)
    except BaseException:
        streams.leave(stream)
        raise
    return AtInbox(at, stream, Seen(0, found.debtor if found else None, here, False), reply)
