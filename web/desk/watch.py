"""An open case stays true: its page hears at once that something changed, and who else looks at it while it is looked at.

Over the wire go that something changed, of what kind, and names of people who work here. A page that waits keeps nobody signed
in, and hears nothing more once its session is over.
"""

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Annotated, ClassVar, Final

import structlog
from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError
from starlette.types import Message, Receive, Scope, Send

from domain.desk.parts import Part, parts_of
from facts import page_changes
from facts.desk import presence, sessions
from facts.desk.within import sees_case
from relays.away import first_line
from web.desk.door import AtDesk, ToWatch
from web.invoice_page.live import ASKS_AGAIN, Following, Seen
from web.invoice_page.streams import Stream, TooMany
from web.pages import HEADERS

router = APIRouter(include_in_schema=False)
log = structlog.get_logger()

TAB: Final = 9  # bytes of a tab's name, which nobody else knows

Last = Annotated[str, Query(max_length=200, description="Up to where the page has seen.")]
LastEventId = Annotated[str, Header(alias="Last-Event-ID")]


class Watching(Following):
    """A stream of changes, and of who else looks; each round asks whether the session still holds."""

    told: ClassVar[str] = "here"
    """The event by which a round tells what it found, where that is new."""

    def __init__(self, at: AtDesk, stream: Stream, seen: Seen) -> None:
        super().__init__(at.services.streams, stream, seen)
        self._at, self._tab = at, secrets.token_urlsafe(TAB)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and look around from when the answer has begun."""
        begun = asyncio.Event()

        async def sends(message: Message) -> None:
            await send(message)
            begun.set()

        looking = asyncio.create_task(self._look_around(begun, sends))
        try:
            await super().__call__(scope, receive, sends)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await self._leave()

    async def _look_around(self, begun: asyncio.Event, send: Send) -> None:
        await begun.wait()
        told: list[str] | None = None
        while not self._stream.ends:
            try:
                others = await self._others()
                if others is None:
                    self._stream.end()
                    return
                if others != told:
                    told = others
                    body = f"event: {self.told}\ndata: {json.dumps(others)}\n\n".encode()
                    await send({"type": "http.response.body", "body": body, "more_body": True})
            except (OSError, DBAPIError, TimeoutError) as error:  # the page stays, and its next round asks again
                log.debug("presence_unreachable", error=first_line(error))
            await asyncio.sleep(presence.EVERY.total_seconds())

    async def _others(self) -> list[str] | None:
        """Who else is there; None where the session is over, or the case is no longer theirs to see."""
        at, case = self._at, self._seen.case
        async with at.services.database.transaction() as connection:
            if not (
                await sessions.holds(connection, at.signed_in.token_hash)
                and await sees_case(connection, at.reach, case)
            ):
                return None
            if Part.PRESENCE not in parts_of(at.user.roles):
                return []
            return list(await presence.looks(connection, case, self._tab, at.user.id))

    async def _leave(self) -> None:
        with suppress(OSError, DBAPIError, TimeoutError):  # a row that stays is silent, and so nobody
            async with self._at.services.database.transaction() as connection:
                await presence.leaves(connection, self._seen.case, self._tab)


@router.get("/desk/watch/{creditor}/{number:path}")
async def watch(at: ToWatch, creditor: str, number: str, last: Last = "", last_event_id: LastEventId = "") -> Response:
    """What changes in a case, as server-sent events; `here` names who else looks at it."""
    streams, mine = at.services.streams, f"desk/{at.user.id}"
    try:
        stream = streams.enter(mine, mine)
    except TooMany:
        return Response(status_code=503, headers=HEADERS | {"Retry-After": ASKS_AGAIN})
    try:
        seen = page_changes.position(last_event_id or last)
        async with at.services.database.transaction() as connection:
            case = await at.case(connection, creditor, number)
            here = await page_changes.here(connection)
    except BaseException:
        streams.leave(stream)
        raise
    if seen is None or not here.knows_since(seen):
        return Watching(at, stream, Seen(case, None, here, True))
    return Watching(at, stream, Seen(case, None, seen, False))
