"""Whoever sends slowly, or nothing, is hung up on; whoever sends a request in time is answered."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from config.settings import Settings
from simulator.emulators.providers import listening_on, served
from web.__main__ import serving
from web.patience import Patient

WAIT = 5.0
ASK = b"POST / HTTP/1.1\r\nHost: purr\r\nContent-Length: 4\r\n\r\n"


class Hasty(Patient):
    """The same, for a test that does not wait."""

    headers_within = 0.2
    body_within = 0.4


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    with listening_on(0) as listener:
        config = uvicorn.Config(_app, http=Hasty, lifespan="off", log_config=None, access_log=False)
        async with served(config, listener):
            yield listener.getsockname()[1]


async def talk(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that is answered until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        async with asyncio.timeout(WAIT):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "parts", [(), (b"POST / HT",), (b"POST / HTTP/1.1\r\nHost: purr\r\n", b"X-Slow: 1\r\n"), (ASK,), (ASK, b"ab")]
)
async def test_who_does_not_finish_a_request_is_hung_up_on(port: int, parts: tuple[bytes, ...]) -> None:
    assert b"200 OK" not in await talk(port, *parts)


async def test_headers_that_drip_are_hung_up_on_however_often_something_comes(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\n")
    async with asyncio.timeout(WAIT):
        while not reader.at_eof() and reader.exception() is None:
            writer.write(b"a: b\r\n")
            await asyncio.sleep(0.05)
    writer.close()


@pytest.mark.parametrize("times", [1, 3])
async def test_who_finishes_in_time_is_answered_as_often_as_asked(port: int, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(ASK + b"abcd")
        async with asyncio.timeout(WAIT):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert await reader.readexactly(4) == b"abcd"
        await asyncio.sleep(0.25)  # longer than headers are waited for: between requests something else counts
    writer.close()


async def test_the_web_app_is_served_with_patience_where_the_settings_say(web_settings: Settings) -> None:
    config = serving(web_settings.model_copy(update={"web_host": "127.0.0.9", "web_port": 8099}))
    assert (config.host, config.port, config.http) == ("127.0.0.9", 8099, Patient)
    with listening_on(0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with served(config, listener), httpx.AsyncClient(base_url=address, trust_env=False) as client:
            assert (await client.get("/healthz")).json() == {"status": "up"}
