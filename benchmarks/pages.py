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

import psutil
from sqlalchemy import text

from benchmarks.book import DELIVERIES, fill
from config.embedded import start_postgres
from connectors.links import Link, Links
from domain.moment import moment_in
from facts.database import Database
from facts.migrate import migrate

SECRET = "a-link-secret-of-a-benchmark-with-48-characters-"
PAGES = 3_000
OF_A_NETWORK = 100
WARM = 100  # pages that are opened and closed before anything is measured
UPDATES, PAUSE = 300, 0.02
LATEST = 5.0  # seconds that an update is waited for
PAID = text("""
insert into ledger_entry
  (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, :invoice, 'credit', 'principal', -1, 'NOK', current_date, 'credit note', gen_random_uuid(),
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


async def open_pages() -> dict[str, Any]:
    """How much memory an open page takes on the web app, how soon it hears, and what it hears that is not its own."""
    pages = int(os.environ.get("PURR_OPEN_PAGES", PAGES))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="purr-pages-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_postgres(folder)
        try:
            migrate(server.url)
            await fill(server.url, pages)
            database = Database(server.url, pool_size=2)
            async with _web_app(server.url, folder) as (process, port):
                figures = await _measured(database, process, port, pages)
            await database.close()
        finally:
            server.stop()
    return figures | {"goal_kib": 32, "goal_ms": 1000}


async def _measured(database: Database, process: psutil.Process, port: int, pages: int) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        for invoice in range(1, min(WARM, pages) + 1):
            await stack.enter_async_context(_open(port, invoice))
    await asyncio.sleep(2)
    before = process.memory_info().rss
    async with AsyncExitStack() as stack:
        opened = {}
        for invoice in range(1, pages + 1):
            opened[invoice] = await stack.enter_async_context(_open(port, invoice))
        await asyncio.sleep(2)
        kib = (process.memory_info().rss - before) / pages / 1024
        told = await _updated(database, opened)
        delays = sorted(delay for delay in told if delay is not None)
        at_others = sum(len(page.heard) for page in opened.values()) - len(delays)
        return {
            "pages": pages,
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


@asynccontextmanager
async def _open(port: int, invoice: int) -> AsyncIterator[OpenPage]:
    """A page's stream, from one of many networks."""
    link = Links([SECRET], "").url(
        Link(invoice, (invoice - 1) * DELIVERIES + 3), moment_in("NO", datetime.now(UTC)).day
    )
    neighbour = f"127.0.{1 + invoice // OF_A_NETWORK}.1"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(neighbour, 0))
    asked = f"GET {link}/events?last=0-1:1: HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {'x' * 120}\r\n\r\n"
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
