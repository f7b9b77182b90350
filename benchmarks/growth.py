"""What one case, payment, look or watch costs in a small book and in a large one.

Both books stand side by side in one server and are asked in turn, so that a busy machine slows both alike.
`PURR_GROWTH_INVOICES` makes the large book smaller, for a try.
"""

import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import httpx
import psycopg

from benchmarks.book import DELIVERIES, fill
from config.embedded import start_postgres
from config.logs import configure_logs
from config.settings import Settings
from connectors.links import Link, Links
from domain.moment import moment_in
from facts.cases.load import load_case
from facts.database import Database
from facts.migrate import migrate
from facts.money import payments
from facts.money.payments import Payment
from facts.operations import sweep
from facts.operations.vital_signs import vital_signs
from views import status
from web.app import create_app

SMALL, LARGE = 19_998, 999_999
GOAL = 1.3  # how many times what it costs in the small book
ROUNDS = 200
LEARNING = 12  # rounds before them, in which the connections learn their statements
SWEPT = 500  # cases of one page of the sweep
LINK_SECRET = "a-link-secret-of-32-characters-and-more"


@dataclass(frozen=True, slots=True)
class Book:
    """A database with so many invoices, the web app that stands before it, and what is asked of them."""

    invoices: int
    now: datetime
    database: Database
    web: httpx.AsyncClient
    links: Links

    async def load(self, case: int) -> None:
        """A case's facts, as every decision reads them."""
        async with self.database.transaction() as connection:
            await load_case(connection, case, self.now)

    async def booking(self, case: int) -> None:
        """Money with its reference and all that is owed; not kept, so that the disk is not measured."""
        payment = Payment(
            creditor="acme",
            source="bank",
            source_id=f"growth-{time.perf_counter_ns()}",
            amount=Decimal("938.00"),
            currency="NOK",
            booked_on=moment_in("NO", self.now).day,
            reference=f"{case:012}",
        )
        async with self.database.engine.connect() as connection:
            booked = await payments.book(connection, payment, self.now)
            assert booked.status == "booked", booked
            await connection.rollback()

    async def look(self, case: int) -> None:
        """A person opens the page from the latest message."""
        link = self.links.url(Link(case, case * DELIVERIES), moment_in("NO", self.now).day)
        answer = await self.web.get(link, headers={"user-agent": "Mozilla/5.0"})
        assert answer.status_code == 200, answer.text

    async def status(self, case: int) -> None:
        """Where a case stands and what happened in it."""
        async with self.database.transaction() as connection:
            assert await status.status(connection, "acme", f"{case}", self.now)
            await status.timeline(connection, case)

    async def sweep_page(self, case: int) -> None:
        """A page of the cases that should be running."""
        async with self.database.transaction() as connection:
            await sweep.watched(connection, self.now, after=case // 2, most=SWEPT)

    async def metrics(self, _case: int) -> None:
        """How well the cases are served, as it is asked every few seconds."""
        async with self.database.transaction() as connection:
            await vital_signs(connection, self.now)


ASKED: dict[str, Callable[[Book, int], Awaitable[None]]] = {
    "LOAD of one case": Book.load,
    "a booking": Book.booking,
    "a look at the page": Book.look,
    "status": Book.status,
    "sweep page": Book.sweep_page,
    "metrics": Book.metrics,
}


@asynccontextmanager
async def _book(server_url: str, invoices: int) -> AsyncIterator[Book]:
    """A filled book of its own in a running server."""
    url = new_database(server_url, f"book_{invoices}")
    migrate(url)
    started = time.perf_counter()
    now = await fill(url, invoices)
    print(f"{invoices:,} invoices filled in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    database = Database(url, pool_size=2)
    settings = Settings(database_url=url, link_secrets=(LINK_SECRET,), log_level="warning")
    configure_logs(settings)
    transport = httpx.ASGITransport(create_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://purr.example") as web:
        yield Book(invoices, now, database, web, Links((LINK_SECRET,), "http://purr.example"))
    await database.close()


def new_database(server_url: str, name: str) -> str:
    """A new database on the server; gives its URL."""
    with psycopg.connect(server_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    head, _, query = server_url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


async def _seconds(book: Book, ask: Callable[[Book, int], Awaitable[None]], random: Random) -> float:
    """What one asking takes of an open case by chance; the second of two, so that the disk is not measured."""
    case = 4 * random.randint(1, book.invoices // 4)
    await ask(book, case)
    start = time.perf_counter()
    await ask(book, case)
    return time.perf_counter() - start


async def run(seed: int) -> dict[str, dict[str, Any]]:
    """Each thing's median in both books and their ratio."""
    large = int(os.environ.get("PURR_GROWTH_INVOICES", LARGE)) // 3 * 3
    random = Random(seed)
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="purr-growth-") as folder:
        server = start_postgres(Path(folder))
        try:
            async with AsyncExitStack() as stack:
                books = [await stack.enter_async_context(_book(server.url, size)) for size in (SMALL, large)]
                for name, ask in ASKED.items():
                    for _ in range(LEARNING):
                        for book in books:
                            await _seconds(book, ask, random)
                    rounds = [[await _seconds(book, ask, random) for book in books] for _ in range(ROUNDS)]
                    small_ms, large_ms = (1000 * median(times) for times in zip(*rounds, strict=True))
                    figures[name] = {
                        f"ms_at_{SMALL}": round(small_ms, 2),
                        f"ms_at_{large}": round(large_ms, 2),
                        "ratio": round(large_ms / small_ms, 2),
                        "goal": GOAL,
                    }
                    print(f"{name}: {figures[name]}", file=sys.stderr, flush=True)
        finally:
            server.stop()
    return figures
