"""The invoice page: its time beside the same template on a bare Starlette page, and thousands of them open at once."""

import asyncio
import os
import random
import resource
import socket
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import psutil
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from benchmarks.book import DELIVERIES, fill
from benchmarks.meter import Meter, compare
from config.embedded import EmbeddedPostgres, start_postgres
from config.logs import configure_logs
from config.settings import Settings
from connectors.links import Link, Links
from domain.moment import moment_in
from facts.database import Database
from facts.migrate import migrate
from web import pages
from web.app import create_app
from web.pages import html

SECRET = "a-link-secret-of-a-benchmark-with-48-characters-"
PAGES = 3_000
OF_A_NETWORK = 100
WARM = 100  # pages that are opened and closed before anything is measured
UPDATES, PAUSE = 300, 0.02
LATEST = 5.0  # seconds that an update is waited for
SERVED, OPEN = 300, 5  # invoices in the book, and one of them that is not paid
FETCHES, ROUNDS = 100, 7
OF_THE_POLICY = text("""
update delivery_case c
set step = (array['invoice', 'due-date-reminder', 'reminder', 'due-date-reminder', 'reminder'])[1 + (d.serial - 1) % 5]
from delivery d where d.id = c.delivery_id
""")
PAID = text("""
insert into ledger_entry
  (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, :invoice, 'credit', 'principal', -1, 'NOK', issue_date, 'credit note', gen_random_uuid(),
  clock_timestamp()
from invoice where id = :invoice
""")


@dataclass
class OpenPage:
    """A page that is open in some browser, and when it heard that something changed."""

    reader: StreamReader
    writer: StreamWriter
    heard: list[float] = field(default_factory=list)

    async def listen(self) -> None:
        """Hear until the page is closed."""
        async for line in self.reader:
            if line.startswith(b"data:"):
                self.heard.append(perf_counter())


async def served() -> dict[str, Any]:
    """CPU-ms of the invoice page, web app and database together, beside its template with the same facts on Starlette."""
    with tempfile.TemporaryDirectory(prefix="purr-page-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_postgres(folder)
        try:
            migrate(server.url)
            await _filled(server.url, SERVED)
            figures = await _served(server, folder)
        finally:
            server.stop()
    return figures | {"goal": 0.5}


async def _served(server: EmbeddedPostgres, folder: Path) -> dict[str, Any]:
    database = Database(server.url, pool_size=2)
    settings = Settings(
        database_url=server.url, temporal_address="127.0.0.1:1", link_secrets=(SECRET,), state_folder=folder
    )
    configure_logs(settings)
    ours = create_app(settings, database)
    shown: dict[str, Any] = {}

    def kept(template: str, **facts: Any) -> str:
        shown.update(template=template, facts=facts)
        return html(template, **facts)

    with patch.object(pages, "html", kept):
        await _fetched(ours, _link(OPEN))
    template, facts = shown["template"], shown["facts"]

    async def bare_page(_request: Request) -> HTMLResponse:
        return HTMLResponse(html(template, **facts), headers=pages.HEADERS)

    bare = Starlette(routes=[Route("/i/{key}", bare_page)])

    async def fetch(app: ASGIApp) -> None:
        for _ in range(FETCHES):
            await _fetched(app, _link(OPEN))

    postmaster = server.server.get_pid() or 0
    meter = Meter(postmaster, postmaster)  # there is no Temporal here; what a postmaster itself does is nothing
    figures = await compare(meter, lambda _: fetch(ours), lambda _: fetch(bare), pieces=FETCHES, rounds=ROUNDS)
    await database.close()
    return figures


async def _fetched(app: ASGIApp, path: str) -> bytes:
    """A page, without a network or a client of its own weight in between."""
    body, status, over, asked = (
        b"",
        0,
        asyncio.Event(),
        iter([{"type": "http.request", "body": b"", "more_body": False}]),
    )

    async def receive() -> Message:
        for message in asked:
            return message
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal body, status
        status = message.get("status", status)
        body += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            over.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"the page was answered with {status}")
    return body


async def open_pages() -> dict[str, Any]:
    """How much memory an open page takes on the web app, how soon it hears, and what it hears that is not its own."""
    many = int(os.environ.get("PURR_OPEN_PAGES", PAGES))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="purr-pages-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_postgres(folder)
        try:
            migrate(server.url)
            await _filled(server.url, many)
            database = Database(server.url, pool_size=2)
            async with _web_app(server.url, folder) as (process, port):
                figures = await _measured(database, process, port, many)
            await database.close()
        finally:
            server.stop()
    return figures | {"goal_kib": 32, "goal_ms": 1000}


async def _measured(database: Database, process: psutil.Process, port: int, many: int) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        for invoice in range(1, min(WARM, many) + 1):
            await stack.enter_async_context(_open(port, invoice))
    await asyncio.sleep(2)
    before = process.memory_info().rss
    async with AsyncExitStack() as stack:
        opened = {}
        for invoice in range(1, many + 1):
            opened[invoice] = await stack.enter_async_context(_open(port, invoice))
        await asyncio.sleep(2)
        kib = (process.memory_info().rss - before) / many / 1024
        told = await _updated(database, opened)
        delays = sorted(delay for delay in told if delay is not None)
        at_others = sum(len(page.heard) for page in opened.values()) - len(delays)
        return {
            "pages": many,
            "kib_a_page": round(kib, 1),
            "updates": len(told),
            "median_ms": round(1000 * delays[len(delays) // 2]),
            "p95_ms": round(1000 * delays[int(0.95 * len(delays))]),
            "not_heard": len(told) - len(delays),
            "heard_elsewhere": at_others,
        }


async def _updated(database: Database, opened: dict[int, OpenPage]) -> list[float | None]:
    """How long each update of a page took to be heard there, in seconds from its commit; None where it was not heard."""
    chosen = random.Random(14).sample(sorted(opened), min(UPDATES, len(opened)))
    committed = {}
    for invoice in chosen:
        async with database.transaction() as connection:
            await connection.execute(PAID, {"invoice": invoice})
        committed[invoice] = perf_counter()
        await asyncio.sleep(PAUSE)
    await asyncio.sleep(LATEST)
    return [min((heard - at for heard in opened[invoice].heard), default=None) for invoice, at in committed.items()]


async def _filled(database_url: str, invoices: int) -> None:
    """A book whose deliveries were steps of its policy."""
    await fill(database_url, invoices)
    database = Database(database_url, pool_size=1)
    async with database.transaction() as connection:
        await connection.execute(OF_THE_POLICY)
    await database.close()


def _link(invoice: int) -> str:
    """The path of an invoice's page, as its third delivery carried it."""
    today = moment_in("NO", datetime.now(UTC)).day
    return Links([SECRET], "").url(Link(invoice, (invoice - 1) * DELIVERIES + 3), today)


@asynccontextmanager
async def _open(port: int, invoice: int) -> AsyncIterator[OpenPage]:
    """A page's stream, from one of many networks."""
    neighbour = f"127.0.{1 + invoice // OF_A_NETWORK}.1"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(neighbour, 0))
    asked = f"GET {_link(invoice)}/events?last=0-1:1: HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {'x' * 120}\r\n\r\n"
    writer.write(asked.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(f"the page of invoice {invoice} was not opened: {head.decode()}")
    await reader.readuntil(b"data:")  # that it has to read all, as it could not say what it had seen
    page = OpenPage(reader, writer)
    listening = asyncio.create_task(page.listen())
    try:
        yield page
    finally:
        listening.cancel()
        writer.close()


@asynccontextmanager
async def _web_app(database_url: str, folder: Path) -> AsyncIterator[tuple[psutil.Process, int]]:
    """The web app in a process of its own, as `python -m web` runs it: the process, and its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = {
        "PURR_DATABASE_URL": database_url,
        "PURR_LINK_SECRETS": SECRET,
        "PURR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PURR_WEB_HOST": "127.0.0.1",
        "PURR_WEB_PORT": str(port),
        "PURR_STATE_FOLDER": str(folder),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web", env=os.environ | settings, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        for _ in range(600):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        await process.wait()
