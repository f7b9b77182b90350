"""How long lists, their filters and the metrics take in a book of a million invoices: the goal is 100 ms for each."""

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.book import STANDING, fill
from benchmarks.growth import LARGE, new_database
from config.embedded import start_postgres
from facts.database import Database
from facts.migrate import migrate
from facts.operations.vital_signs import vital_signs
from terminal.where import filter_of, matching
from views import filters
from views.invoices import INVOICES
from views.listed import DEBTORS, PAYMENTS
from views.lists import Listed, read_page

GOAL = 100  # milliseconds
ROUNDS = 15
TYPED = ("", "creditor=acme", "hold=yes", "due<2026-01-01", "amount>500", "amount>5000", "number=77")
ASKED: Mapping[str, tuple[Listed, tuple[str, ...]]] = {
    "/v1/invoices": (
        INVOICES,
        ("", "state=open", "hold=yes", "due<2020-01-01", "amount>500", "amount>5000", "number=77", "outcome=withdrawn"),
    ),
    "/v1/debtors": (DEBTORS, ("", "customer=77")),
    "/v1/payments": (PAYMENTS, ("", "state=review", "reference=000000000077", "amount>5000", "invoice=77")),
}


async def run() -> dict[str, dict[str, Any]]:
    """The median of each. `PURR_LISTS_INVOICES` makes the book smaller, for a try."""
    invoices = int(os.environ.get("PURR_LISTS_INVOICES", LARGE)) // 3 * 3
    with tempfile.TemporaryDirectory(prefix="purr-lists-") as folder:
        server = start_postgres(Path(folder))
        try:
            url = new_database(server.url, "lists")
            migrate(url)
            now = await fill(url, invoices, STANDING)
            database = Database(url, pool_size=2)
            figures = await _measured(database, now)
            await database.close()
        finally:
            server.stop()
    return {name: {f"ms_at_{invoices}": figure, "goal": GOAL} for name, figure in figures.items()}


async def _measured(database: Database, now: datetime) -> dict[str, float]:
    things = [f"list {written}".strip() for written in TYPED]
    things += [f"{path} {written}".strip() for path, (_, several) in ASKED.items() for written in several]
    figures = {}
    for thing in [*things, "metrics"]:
        times = []
        for _ in range(ROUNDS):
            async with database.transaction() as connection:
                started = time.perf_counter()
                await _asked(connection, thing, now)
                times.append(1000 * (time.perf_counter() - started))
        figures[thing] = round(median(times), 1)
        print(f"{thing}: {figures[thing]} ms", file=sys.stderr, flush=True)
    return figures


async def _asked(connection: AsyncConnection, thing: str, now: datetime) -> None:
    what, _, written = thing.partition(" ")
    if what == "metrics":
        await vital_signs(connection, now)
    elif what == "list":
        await matching(connection, filter_of(written), most=50)
    else:
        listed, _ = ASKED[what]
        await read_page(connection, listed, "acme", filters.filter_of(written, listed.words), now, limit=25)
