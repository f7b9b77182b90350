"""An open page stays true: it hears that something changed, by a stream or when it asks, and reads itself anew by its link.

Over the wire goes that something changed, of what kind, and up to where the page is told. What it shows it gets from
where it got it before, with the same rights.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from connectors.links import BadLink
from facts import page_changes
from facts.page_changes import ALL, Position
from web.invoice_page.account import check_opens
from web.invoice_page.link import ByLink, ByPaper, Holder, NotProven, Opened
from web.invoice_page.messages import shows_all
from web.invoice_page.streams import Stream, Streams, TooMany
from web.pages import HEADERS
from web.strangers import network

router = APIRouter(tags=["invoice page"], include_in_schema=False)

COMES_AGAIN: Final = b"retry: 3000\n\n"  # milliseconds, after a stream has ended
ASKS_AGAIN: Final = "30"  # seconds, where there is no stream

Last = Annotated[str, Query(description="Up to where the page has seen.")]
LastEventId = Annotated[str, Header(alias="Last-Event-ID")]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows, and what it has seen of it: all until `position`, or nothing that can be told any more."""

    case: int
    debtor: int | None  # whose account it is
    position: Position
    is_behind: bool


Whose = Callable[[Opened], Awaitable[tuple[int, int | None]]]
"""The case that a page shows, and the debtor where it shows all of theirs. Raises BadLink."""


class Following(Response):
    """A stream of changes until the page is gone, its time is over or its rights end. It waits without a connection."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, stream: Stream, seen: Seen) -> None:
        super().__init__(headers=HEADERS | {"X-Accel-Buffering": "no"})
        del self.headers["Content-Length"]
        self._streams, self._stream, self._seen = streams, stream, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. What there is to tell is sent by `Streams`, beside this: an idle page costs one waiting task."""
        stream, seen = self._stream, self._seen
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": COMES_AGAIN, "more_body": True})
            stream.case, stream.debtor = seen.case, seen.debtor
            stream.kinds = {ALL} if seen.is_behind else set()
            scope["state"]["ends_at_shutdown"] = stream.end
            self._streams.follow(stream, seen.position, send)
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._streams.leave(stream)


@router.get("/i/{key}/events")
async def events(request: Request, holder: ByPaper, last: Last = "", last_event_id: LastEventId = "") -> Response:
    """What changes on the invoice page, as server-sent events."""
    return await _follow(request, holder, last_event_id or last, _of_invoice)


@router.get("/i/{key}/account/events")
async def account_events(
    request: Request, holder: ByPaper, last: Last = "", last_event_id: LastEventId = ""
) -> Response:
    """What changes on the debtor's account, as server-sent events."""
    return await _follow(request, holder, last_event_id or last, _of_account)


@router.get("/i/{key}/messages/events")
async def messages_events(
    request: Request, holder: ByLink, last: Last = "", last_event_id: LastEventId = ""
) -> Response:
    """What changes where the conversation stands, as server-sent events."""
    return await _follow(request, holder, last_event_id or last, _of_messages)


@router.get("/i/{key}/changes")
async def changes(holder: ByPaper, last: Last = "") -> Response:
    """What changed on the invoice page since: for whoever cannot be told by a stream."""
    return await _since(holder, last, _of_invoice)


@router.get("/i/{key}/account/changes")
async def account_changes(holder: ByPaper, last: Last = "") -> Response:
    """What changed on the debtor's account since."""
    return await _since(holder, last, _of_account)


@router.get("/i/{key}/messages/changes")
async def messages_changes(holder: ByLink, last: Last = "") -> Response:
    """What changed where the conversation stands since."""
    return await _since(holder, last, _of_messages)


async def _follow(request: Request, holder: Holder, last: str, whose: Whose) -> Response:
    streams = holder.services.streams
    try:
        stream = streams.enter(holder.here, network(request))
    except TooMany:
        return Response(status_code=503, headers=HEADERS | {"Retry-After": ASKS_AGAIN})
    try:
        seen, _ = await _seen(holder, last, whose, tells=False)
    except BaseException:
        streams.leave(stream)
        raise
    return Following(streams, stream, seen)


async def _since(holder: Holder, last: str, whose: Whose) -> Response:
    seen, kinds = await _seen(holder, last, whose, tells=True)
    told: dict[str, Any] = {"at": str(seen.position), "changed": sorted(kinds)}
    return JSONResponse(told, headers=HEADERS)


async def _seen(holder: Holder, last: str, whose: Whose, *, tells: bool) -> tuple[Seen, set[str]]:
    """What the page shows and has seen; with `tells` up to now, and the kinds of what changed since. Raises BadLink."""
    seen = page_changes.position(last)
    async with holder.opened() as opened:
        case, debtor = await whose(opened)
        here = opened.seen
        if seen is None or not here.knows_since(seen):
            return Seen(case, debtor, here, True), {ALL}
        if not tells:
            return Seen(case, debtor, seen, False), set()
        cases, debtors = ([], [debtor]) if debtor is not None else ([case], [])
        here, changes = await page_changes.since(opened.connection, seen, cases, debtors)
        return Seen(case, debtor, here, False), {change.kind for change in changes}


async def _of_invoice(opened: Opened) -> tuple[int, None]:
    return await page_changes.case_of(opened.connection, opened.link.invoice), None


async def _of_account(opened: Opened) -> tuple[int, int]:
    found = await opened.payable()
    try:
        await check_opens(opened, found)
    except NotProven as not_any_more:  # the page asks for the proof, when it reads itself anew
        raise BadLink("what was proven does not count any more") from not_any_more
    return found.case, found.debtor


async def _of_messages(opened: Opened) -> tuple[int, int | None]:
    found = await opened.payable()
    return found.case, found.debtor if await shows_all(opened, found) else None
