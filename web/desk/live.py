"""An open page of the desk hears that somebody is called, by a stream or when it asks. Neither is a look at a page.

Who is gone is signed out in time, and hears no more.
"""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from domain.desk.roles import Act
from facts.desk.incoming_calls import ringing
from web.desk.door import AtDesk, needs
from web.desk.lines import Line, Lines
from web.desk.pages import HEADERS

router = APIRouter(include_in_schema=False)

Waits = Annotated[AtDesk, Depends(needs(Act.CALL, looks=False))]

COMES_AGAIN: Final = b"retry: 3000\n\n"  # milliseconds, after a stream has ended
ASKS_AGAIN: Final = "10"  # seconds, where there is no stream


class Following(Response):
    """What rings for somebody, until the page is gone, its time is over or its session ends. It waits without a connection."""

    media_type = "text/event-stream"

    def __init__(self, lines: Lines, line: Line) -> None:
        super().__init__(headers=HEADERS | {"X-Accel-Buffering": "no"})
        del self.headers["Content-Length"]
        self._lines, self._line = lines, line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        tasks: list[asyncio.Task[None]] = []
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": COMES_AGAIN, "more_body": True})
            scope["state"]["ends_at_shutdown"] = self._line.end
            tasks = [asyncio.create_task(self._line.tell(send)), asyncio.create_task(gone())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._lines.leave(self._line)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@router.get("/desk/live")
async def live(at: Waits) -> Response:
    """Which calls ring for whoever asks, as server-sent events: their ids."""
    if not at.user.hears_calls:
        return Response(status_code=204, headers=HEADERS)  # a browser does not come again
    lines = at.services.desk_lines
    line = lines.enter(at.signed_in.token_hash)
    if line is None:
        return Response(status_code=503, headers=HEADERS | {"Retry-After": ASKS_AGAIN})
    return Following(lines, line)


@router.get("/desk/live/calls")
async def ringing_now(at: Waits) -> Response:
    """The same once: for whoever cannot be told by a stream."""
    if not at.user.hears_calls:
        return Response(status_code=204, headers=HEADERS)
    async with at.opened() as (connection, _):
        calls = await ringing(connection, at.user.id)
    return JSONResponse([str(call.id) for call in calls], headers=HEADERS)
