"""One creditor cannot stop another: each has so many requests at work, and the next ones wait in its own line."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import busy

AT_ONCE: Final = 2  # of one creditor, or of one provider's webhooks: each holds one connection and one body
LINE: Final = 64  # who comes when so many are there is sent away at once
PATIENCE: Final = 10.0  # seconds in the line
STRANGERS: Final = "strangers"  # keys that were not shown to be valid yet are looked up in one line


@dataclass
class _Line:
    """Those who are at work or wait for it."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    there: int = 0


class Turns:
    """ASGI middleware before a body is read: one that waits outside costs nobody anything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lines: dict[str, _Line] = {}
        self._owners: dict[bytes, str] = {}  # by the hash of a key's header: which creditor's it was shown to be

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on in its turn; 503 with Retry-After where the line is too long or too slow."""
        path = scope["path"] if scope["type"] == "http" else ""
        if not path.startswith(("/v1/", "/webhooks/")):
            await self._app(scope, receive, send)
            return
        key = sha256(dict(scope["headers"]).get(b"authorization", b"")).digest()
        name = self._owners.get(key, STRANGERS) if path.startswith("/v1/") else path
        line = self._lines.setdefault(name, _Line())
        if line.there >= LINE:
            await _send_away(scope, receive, _counting(line, send))
            return
        line.there += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await line.free.acquire()
        except TimeoutError:
            await _send_away(scope, receive, _counting(line, send))
        else:
            try:
                await self._app(scope, receive, _counting(line, send))
            finally:
                line.free.release()
        finally:
            line.there -= 1
            if not line.there:
                self._lines.pop(name, None)
        if creditor := scope.get("state", {}).get("creditor"):
            self._owners[key] = f"creditor {creditor}"


async def _send_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 503, after what is sent was taken off the wire: else the connection is reset, and the answer with it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while (await receive()).get("more_body"):
                pass
    await busy().response(scope)(scope, receive, send)


def _counting(line: _Line, send: Send) -> Send:
    """The same, with how many more may come at this moment (RateLimit header fields for HTTP, an IETF draft)."""

    async def counted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.append("RateLimit-Policy", f'"at-once";q={LINE};qu="concurrent-requests"')
            headers.append("RateLimit", f'"at-once";r={LINE - line.there}')
        await send(message)

    return counted
