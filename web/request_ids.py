"""Every request has an id, its caller's own or one of ours: in every answer, every problem and every log line."""

import re
from collections.abc import Iterable
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES: Final = ("X-Request-Id", "Request-Id")
FIT: Final = re.compile(r"[A-Za-z0-9._:=+/-]{1,128}", re.ASCII)  # what can stand in a header and a log as it is


class RequestIds:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _own(scope["headers"]) or f"req_{uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in NAMES:
                    headers[name] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, named)


def request_id_of(scope: Scope) -> str:
    """The id of a request."""
    known: str = scope["state"]["request_id"]
    return known


def _own(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The caller's own id, where it sent one that is fit to be repeated."""
    given = dict(headers)
    values = (given.get(name.lower().encode(), b"").decode("latin-1") for name in NAMES)
    return next((value for value in values if FIT.fullmatch(value)), None)
