"""How long the desk takes to find, to list and to show in a book of a million invoices of twenty creditors: 95 of 100 searches
within 100 ms, and of all other pages within 150, each a whole page as the server makes it.

Beside them stands a page that asks for nothing but who is signed in, which all others have in common.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy import text

from benchmarks.book import fill
from benchmarks.desk_book import FAMILY, GIVEN, KID, OF_LONG, fill_for_desk
from benchmarks.growth import LARGE, new_database
from benchmarks.meter import Meter
from config.embedded import start_postgres
from config.files import HOME
from config.logs import configure_logs
from config.settings import Settings
from domain.desk.roles import Role
from domain.moment import moment_in
from domain.money.references import new_reference
from facts.database import Database
from facts.desk import sessions
from facts.desk.users import Registration, keep_user
from facts.migrate import migrate
from web.app import create_app

FOUND, SHOWN = 100, 150  # milliseconds
ROUNDS, LEARNING = 60, 6  # searches of each kind, and those before them in which the connections learn their statements
# All of them are the creditor's that everybody who is measured sees.
IDS = {
    "replies": "select id from reply where creditor_id = 'c7' and sender = 'kunde@example.no' order by id limit 500",
    "long": "select max(id) from reply where creditor_id = 'c7' and sender = 'drift@example.no'",
    "calls": "select id from task where creditor_id = 'c7' and kind = 'call' and done_at is null",
    "day": "select max(happened_at) - interval '200 days' from desk_audit",
    "older": "select (extract(epoch from max(happened_at) - interval '4 years') * 1000000)::bigint from desk_audit",
}
SECRET = "a-link-secret-of-a-benchmark-with-48-characters-"


async def run() -> dict[str, dict[str, Any]]:
    """The 95th of a hundred of each, and what they take of the processors; `PURR_DESK_INVOICES` makes the book smaller."""
    invoices = int(os.environ.get("PURR_DESK_INVOICES", LARGE)) // 60 * 60
    with tempfile.TemporaryDirectory(prefix="purr-desk-") as folder:
        server = start_postgres(Path(folder))
        try:
            url = new_database(server.url, "desk")
            migrate(url)
            now = await fill(url, invoices, ())
            await fill_for_desk(url, invoices, now)
            settings = Settings(
                database_url=url,
                temporal_address="127.0.0.1:1",
                link_secrets=(SECRET,),
                state_folder=Path(folder) / "state",
                public_url="https://purr.example",
            )
            configure_logs(settings)
            database = Database(url, pool_size=2)
            found = await _measured(settings, database, invoices, Meter(None, server.server.get_pid() or 0))
            await database.close()
        finally:
            server.stop()
    return {
        name: {f"ms_p95_at_{invoices}": figure, "goal": goal, "cpu_ms": cpu}
        for name, (figure, cpu, goal) in found.items()
    }


async def _measured(
    settings: Settings, database: Database, invoices: int, meter: Meter
) -> dict[str, tuple[float, float, int]]:
    """For each kind of page the 95th of a hundred and the mean of what the processors do, in milliseconds, and its goal."""
    app = create_app(settings, database)
    figures = {}
    ids = await _ids(database)
    for whose, creditors in (("all creditors", None), ("one of them", ("c7",)), ("three of them", ("c3", "c7", "c11"))):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=settings.public_url,
            cookies={"__Host-desk": await _signed_in(database, creditors)},
        ) as client:
            for what, (path, goal) in {**_found(invoices), **_listed(), **_shown(invoices, ids)}.items():
                shown, cpu = await _timed(client, path, meter)
                figures[f"{what}, {whose}"] = (shown, cpu, goal)
                print(f"{what}, {whose}: {shown} ms, of the processors {cpu} ms", file=sys.stderr, flush=True)
    return figures


async def _ids(database: Database) -> Mapping[str, Sequence[Any]]:
    """By what the pages of one thing are asked for: threads, calls, a day of the audit, and a place years back in a timeline."""
    async with database.transaction() as connection:
        return {name: (await connection.execute(text(asked))).scalars().all() for name, asked in IDS.items()}


async def _signed_in(database: Database, creditors: tuple[str, ...] | None) -> str:
    name = f"anne{len(creditors or ())}"
    given = Registration(name, f"{name}@desk.example", "Anne Agerup", (Role.AGENT, Role.CREDIT_MANAGER), creditors)
    async with database.transaction() as connection:
        user = await keep_user(connection, given, "benchmark", datetime.now(UTC))
        return await sessions.begin(connection, user, None)


async def _timed(client: httpx.AsyncClient, path: Callable[[Random], str], meter: Meter) -> tuple[float, float]:
    random, times, used = Random(7), [], 0.0
    for turn in range(LEARNING + ROUNDS):
        if turn == LEARNING:
            used = meter.cpu_ms()
        asked = path(random)
        started = time.perf_counter()
        answer = await client.get(asked)
        times.append(1000 * (time.perf_counter() - started))
        assert answer.status_code in (200, 303), (asked, answer.status_code)
    used = meter.cpu_ms() - used
    return round(sorted(times[LEARNING:])[ROUNDS * 95 // 100], 1), round(used / ROUNDS, 1)


def _found(invoices: int) -> Mapping[str, tuple[Callable[[Random], str], int]]:
    kid = new_reference("NO", KID)

    def named(random: Random) -> str:
        return f"{random.choice(GIVEN)} {random.choice(FAMILY)}"

    def slipped(random: Random) -> str:
        name = named(random)
        place = random.randrange(1, len(name) - 2)
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]

    said: Mapping[str, Callable[[Random], str]] = {
        "a name": named,
        "a name with a slip": slipped,
        "the commonest name": lambda _: f"{GIVEN[0]} {FAMILY[0]}",
        "the commonest family name": lambda _: FAMILY[0],
        "the beginning of a name": lambda random: named(random)[:-3],
        "a first name": lambda random: random.choice(GIVEN),
        "a phone number": lambda random: f"+479{10_000_000 + random.randrange(1, invoices // 3)}",
        "an email address": lambda random: f"kunde{10_000_000 + random.randrange(1, invoices // 3)}@example.no",
        "a customer number": lambda random: str(100_000 + random.randrange(1, invoices // 3)),
        "an invoice number": lambda random: str(20_000_000 + random.randrange(1, invoices // 20)),
        "a KID": lambda _: kid,
        "a KID with a slip": lambda random: _swapped(kid, random.randrange(3, 8)),
        "an amount": lambda random: f"{100 + random.randrange(400_000) / 100:.2f}".replace(".", ","),
        "nothing that there is": lambda random: f"Qwxz{random.randrange(10**6)} Zzyk",
    }
    return {f"finding {what}": (_find(each), FOUND) for what, each in said.items()}


def _find(said: Callable[[Random], str]) -> Callable[[Random], str]:
    return lambda random: f"/desk/find?q={quote(said(random))}"


def _swapped(kid: str, place: int) -> str:
    return kid[:place] + kid[place + 1] + kid[place] + kid[place + 2 :]


def _listed() -> Mapping[str, tuple[Callable[[Random], str], int]]:
    week = moment_in(HOME, datetime.now(UTC)).day
    filters = (
        "",
        "hold=yes",
        "disputed=yes",
        "flagged=yes",
        f"due>={week},due<={week + timedelta(days=6)}",
        f"due<{week - timedelta(days=90)}",
        "amount>=4000",
        "amount>=10000",
        "creditor=c7",
        "customer=100777",
        "state=closed",
        "outcome=withdrawn",
    )
    pages = {f"list {each}".strip(): _page(f"/desk/list?where={quote(each)}") for each in filters}
    return {what: (path, SHOWN) for what, path in (pages | {"first page": _page("/desk/")}).items()}


def _shown(invoices: int, ids: Mapping[str, Sequence[Any]]) -> Mapping[str, tuple[Callable[[Random], str], int]]:
    """The pages of one thing: of those by chance, and of those with years of story."""

    def one(random: Random) -> str:
        return f"/desk/case/c7/{20_000_000 + random.randrange(1, invoices // 20)}"

    def long(random: Random) -> str:
        return f"/desk/case/c7/L{random.randrange(2, OF_LONG)}"

    debtor, older = invoices // 3 + 7, ids["older"][0]
    day = moment_in(HOME, ids["day"][0]).day
    pages: Mapping[str, Callable[[Random], str]] = {
        "a bare page": _page("/desk/find"),
        "a case": one,
        "a case of a long story": long,
        "a case with hundreds of lines": _page("/desk/case/c7/L1"),
        "a person": lambda random: f"/desk/debtor/{6 + 20 * random.randrange(1, invoices // 60)}",
        "a person with 200 invoices": _page(f"/desk/debtor/{debtor}"),
        "what is older of 200 invoices": _page(f"/desk/debtor/{debtor}?before={older}-1-1-diary"),
        "what was paid on 200 invoices": _page(f"/desk/debtor/{debtor}?kind=paid"),
        "the inbox": _page("/desk/inbox"),
        "the inbox of who has read": _page("/desk/inbox?shown=done"),
        "a thread": lambda random: f"/desk/inbox/{random.choice(ids['replies'])}",
        "a thread of 600 messages": _page(f"/desk/inbox/{ids['long'][0]}"),
        "the queues": _page("/desk/queues"),
        "the queue of tasks": _page("/desk/queues/tasks"),
        "the queue of money": _page("/desk/queues/money"),
        "the calls": _page("/desk/calls"),
        "a call": lambda random: f"/desk/calls/{random.choice(ids['calls'])}",
        "the audit": _page("/desk/audit"),
        "the audit of somebody": lambda random: f"/desk/audit?by=agent{random.randrange(40)}",
        "the audit of an act": _page("/desk/audit?what=hold"),
        "the audit of an act that nobody does": _page("/desk/audit?what=refund"),
        "the audit of an invoice": lambda random: (
            f"/desk/audit?invoice={20_000_000 + random.randrange(1, invoices // 20)}"
        ),
        "the audit of a day": _page(f"/desk/audit?since={day}&until={day}"),
    }
    return {what: (path, SHOWN) for what, path in pages.items()}


def _page(path: str) -> Callable[[Random], str]:
    return lambda _: path
