"""An open page of the desk stays true: by one stream it hears who calls, who else is there, and that something changed.

Over the wire go kinds of changes, ids of calls and names of people who work here. That a page waits is no look at it: who is
gone is signed out in time, and hears no more.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from domain.desk.roles import Act
from facts import page_changes
from facts.desk import presence
from facts.desk.incoming_calls import ringing
from web.desk.door import AtDesk, NotHere, ToWatch, needs
from web.desk.open_pages import OpenPage, OpenPages
from web.desk.pages import HEADERS
from web.desk.shown import Shown, Stands, stands
from web.invoice_page.live import Following, Seen
from web.invoice_page.streams import Streams, TooMany

router = APIRouter(include_in_schema=False)

MOST_OF_SESSION: Final = 4  # browsers have few connections to one place, and pages need some
ASKS_AGAIN: Final = "10"  # seconds, where there is no stream

ToHear = Annotated[AtDesk, Depends(needs(Act.CALL, looks=False))]
What = Annotated[str, Query(alias="at", max_length=30, description="What the page shows that may change.")]
Last = Annotated[str, Query(max_length=200, description="Up to where the page has seen.")]
LastEventId = Annotated[str, Header(alias="Last-Event-ID")]


class Live(Following):
    """The stream of a page, which is open as long as it lasts."""

    def __init__(self, streams: Streams, pages: OpenPages, page: OpenPage, seen: Seen) -> None:
        super().__init__(streams, page.stream, seen)
        self._pages, self._page = pages, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        self._pages.enter(self._page)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pages.leave(self._page)


@router.get("/desk/live")
async def live(at: ToWatch, what: What = "", last: Last = "", last_event_id: LastEventId = "") -> Response:
    """What is new to a page, as server-sent events: `calls`, `here`, `stands`, and kinds of changes."""
    shown = Shown.of(what)
    if what and shown is None:
        raise NotHere
    if shown is None and not (at.user.may(Act.CALL) and at.user.hears_calls):
        return Response(status_code=204, headers=HEADERS)  # there is nothing to hear: a browser does not come again
    streams, session = at.services.streams, at.signed_in.token_hash
    try:
        stream = streams.enter(f"desk/{session}", f"desk/{at.user.id}", most=MOST_OF_SESSION)
    except TooMany:
        return Response(status_code=503, headers=HEADERS | {"Retry-After": ASKS_AGAIN})
    stream.deaf_to = presence.KIND
    try:
        seen = await _seen(at, shown, last_event_id or last)
    except BaseException:
        streams.leave(stream)
        raise
    return Live(streams, at.services.open_pages, OpenPage(session, shown, stream), seen)


async def _seen(at: AtDesk, shown: Shown | None, last: str) -> Seen:
    """What a page has seen of what it shows: all until now where it does not say. Raises NotHere."""
    async with at.opened() as (connection, now):
        how: Stands | None = Stands("") if shown is None else await stands(connection, at.user, shown, now)
        if how is None:
            raise NotHere
        here = await page_changes.here(connection)
    seen = page_changes.position(last) if last else here
    if seen is None or not here.knows_since(seen):
        return Seen(how.case, how.debtor, here, True)
    return Seen(how.case, how.debtor, seen, False)


@router.get("/desk/live/calls")
async def ringing_now(at: ToHear) -> Response:
    """Which calls ring for whoever asks, once: for whoever cannot be told by a stream."""
    if not at.user.hears_calls:
        return Response(status_code=204, headers=HEADERS)
    async with at.opened() as (connection, _):
        calls = await ringing(connection, at.user.id)
    return JSONResponse([str(call.id) for call in calls], headers=HEADERS)
