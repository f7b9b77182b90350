"""How long the desk takes to find, and to list, in a book of a million invoices of twenty creditors: 95 of 100 searches within
100 ms, and of lists and first pages within 150, each a whole page as the server makes it.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy import text

from benchmarks.book import POLICY, fill
from benchmarks.growth import LARGE, new_database
from config.embedded import start_postgres
from config.files import HOME
from config.logs import configure_logs
from config.settings import Settings
from domain.desk.roles import Role
from domain.moment import moment_in
from domain.money.matching.names import name_key
from domain.money.references import new_reference
from facts.database import Database
from facts.desk import sessions
from facts.desk.users import Registration, keep_user
from facts.migrate import migrate
from facts.parties.creditors import CreditorDetails, register
from web.app import create_app

FOUND, LISTED = 100, 150  # milliseconds
ROUNDS, LEARNING = 60, 6  # searches of each kind, and those before them in which the connections learn their statements
CREDITORS = 20
KID = "00640271001"
SECRET = "a-link-secret-of-a-benchmark-with-48-characters-"

GIVEN_NAMES = """Anne Jan Inger Per Kari Bjørn Marit Ole Ingrid Lars Liv Kjell Eva Knut Berit Arne Astrid Svein Bjørg Thomas Hilde
Hans Anna Geir Solveig Tor Marianne Morten Randi Terje Ida Odd Nina Erik Maria Martin Elisabeth Andreas Kristin John Bente
Magnus Heidi Ola Silje Trond Hanne Tore Linda Harald Tone Gunnar Tonje Rolf Camilla Mohammed Olena Fatima Nora Emma"""
BEGINNINGS = """Hans Johans Ols Lars Anders Peders Nils Kristians Jens Karls Johns Petters Eriks Bergs Hauge Haug Hagen Johannes
Andreas Jacobs Halvors Jørgens Dahl Lund Moen Berg Sol Strand Nord Sør Vest Øst Lille Store Bakke Myr Fjell Sand Vik Eng"""
ENDS = "en sen stad dal vik heim nes land bø rud mo li haugen bakken lien moen"
GIVEN = GIVEN_NAMES.split()
FAMILY = [f"{begins}{ends}" for ends in ENDS.split() for begins in BEGINNINGS.split()]

BOOK = (
    # A few names are very common, and most are rare.
    """
insert into debtor (id, creditor_id, key, customer_number, kind, name, name_key, known_as, language, country, address,
    protected_address, happened_at)
select n, 'c' || 1 + n % 20, 'customer ' || n, (100000 + n)::text, 'consumer', p.name, p.key, jsonb_build_array(p.key), 'nb',
    'NO', '["Storgata 1", "0155 Oslo"]', false, :now
from generate_series(1, :invoices / 3) n
cross join lateral (select
    1 + floor(:given * power((n::bigint * 7919 % 100003) / 100003.0, 2))::int as one,
    1 + floor(:family * power((n::bigint * 104729 % 100019) / 100019.0, 3))::int as two) at
join bench_name p on p.given = at.one and p.family = at.two
""",
    """
insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, last_confirmed_at, happened_at)
select d.id, w.channel, a.address, a.address, 'valid', false, :now, :now
from debtor d cross join (values ('email', 'kunde', '@example.no'), ('sms', '+479', '')) w(channel, before, after)
cross join lateral (select w.before || (10000000 + d.id) || w.after as address) a
""",
    # Each creditor has the numbers of the others, and amounts of all sizes.
    """
insert into invoice (id, creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
    reference, account, happened_at)
select n, d.creditor_id, d.id, (20000000 + n / 20)::text, (20000000 + n / 20)::text, :today - n % 700, :today - n % 700 + 14,
    :today - n % 700 + 14, 'NOK', 100 + (n::bigint * 37 % 400000) / 100.0, lpad(n::text, 12, '0'), '12345678903', :now
from generate_series(1, :invoices) n join debtor d on d.id = 1 + n % (:invoices / 3)
""",
    """
insert into dunning_case (id, creditor_id, invoice_id, debtor_id, policy_hash, round, state, outcome, news_seq, principal,
    fee, next_kind, next_at, next_why, flag, looked_at, happened_at)
select i.id, i.creditor_id, i.id, i.debtor_id, :policy, 1, case when i.id % 10 = 0 then 'open' else 'closed' end,
    case when i.id % 10 > 0 then 'paid' end, 3, case when i.id % 10 = 0 then i.amount else 0 end,
    case when i.id % 20 = 0 then 38 else 0 end, 'wait', :now + i.id % 90 * interval '1 day', 'by the plan',
    case i.id % 1000 when 10 then 'no address' end, :now, :now
from invoice i
""",
    """
insert into hold (case_id, by, reason_code, happened_at) select id, 'anne', 'asked', :now from dunning_case where id % 500 = 0
""",
    """
insert into dispute (case_id, by, reason_code, happened_at) select id, 'anne', 'asked', :now from dunning_case where id % 700 = 0
""",
)
FILLED = "debtor, contact_point, invoice, dunning_case, hold, dispute, creditor"


async def run() -> dict[str, dict[str, Any]]:
    """The 95th of a hundred of each. `PURR_DESK_INVOICES` makes the book smaller, for a try."""
    invoices = int(os.environ.get("PURR_DESK_INVOICES", LARGE)) // 60 * 60
    with tempfile.TemporaryDirectory(prefix="purr-desk-") as folder:
        server = start_postgres(Path(folder))
        try:
            url = new_database(server.url, "desk")
            migrate(url)
            now = await fill(url, invoices, ())
            await _fill(url, invoices, now)
            settings = Settings(
                database_url=url,
                temporal_address="127.0.0.1:1",
                link_secrets=(SECRET,),
                state_folder=Path(folder) / "state",
                public_url="https://purr.example",
            )
            configure_logs(settings)
            database = Database(url, pool_size=2)
            found = await _measured(settings, database, invoices)
            await database.close()
        finally:
            server.stop()
    return {name: {f"ms_p95_at_{invoices}": figure, "goal": goal} for name, (figure, goal) in found.items()}


async def _fill(url: str, invoices: int, now: datetime) -> None:
    names = [
        {"given": one, "family": two, "name": (name := f"{given} {family}"), "key": name_key(name)}
        for one, given in enumerate(GIVEN, start=1)
        for two, family in enumerate(FAMILY, start=1)
    ]
    database = Database(url)
    async with database.transaction() as connection:
        for number in range(1, CREDITORS + 1):
            details = CreditorDetails(
                id=f"c{number}", name=f"Creditor {number}", accounts=(f"A-{number}",), consumer_policy=POLICY
            )
            await register(connection, details, now)
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for setting in ("session_replication_role = replica", "synchronous_commit = off", "enable_seqscan = on"):
            await connection.execute(text(f"set {setting}"))
        await connection.execute(text("create temp table bench_name (given int, family int, name text, key text)"))
        await connection.execute(text("insert into bench_name values (:given, :family, :name, :key)"), names)
        policy = (await connection.execute(text("select hash from policy_text"))).scalar_one()
        asked = {"invoices": invoices, "policy": policy, "now": now, "today": moment_in(HOME, now).day}
        asked |= {"given": len(GIVEN), "family": len(FAMILY)}
        for statement in BOOK:
            filling = text(statement)
            await connection.execute(filling, {name: asked[name] for name in filling.compile().params})
        kid = {"id": invoices // 2, "reference": new_reference("NO", KID)}
        await connection.execute(text("update invoice set reference = :reference where id = :id"), kid)
        await connection.execute(text(f"vacuum analyze {FILLED}"))
    await database.close()


async def _measured(settings: Settings, database: Database, invoices: int) -> dict[str, tuple[float, int]]:
    """For each kind of page the 95th of a hundred, in milliseconds, and its goal."""
    app = create_app(settings, database)
    figures = {}
    for whose, creditors in (("all creditors", None), ("one of them", ("c7",)), ("three of them", ("c3", "c7", "c11"))):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=settings.public_url,
            cookies={"__Host-desk": await _signed_in(database, creditors)},
        ) as client:
            for what, (path, goal) in {**_found(invoices), **_listed()}.items():
                figures[f"{what}, {whose}"] = (await _timed(client, path), goal)
                print(f"{what}, {whose}: {figures[f'{what}, {whose}'][0]} ms", file=sys.stderr, flush=True)
    return figures


async def _signed_in(database: Database, creditors: tuple[str, ...] | None) -> str:
    name = f"anne{len(creditors or ())}"
    given = Registration(name, f"{name}@desk.example", "Anne Agerup", (Role.AGENT,), creditors)
    async with database.transaction() as connection:
        user = await keep_user(connection, given, "benchmark", datetime.now(UTC))
        return await sessions.begin(connection, user, None)


async def _timed(client: httpx.AsyncClient, path: Callable[[Random], str]) -> float:
    random, times = Random(7), []
    for _ in range(LEARNING + ROUNDS):
        asked = path(random)
        started = time.perf_counter()
        answer = await client.get(asked)
        times.append(1000 * (time.perf_counter() - started))
        assert answer.status_code in (200, 303), (asked, answer.status_code)
    return round(sorted(times[LEARNING:])[ROUNDS * 95 // 100], 1)


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
    return {what: (path, LISTED) for what, path in (pages | {"first page": _page("/desk/")}).items()}


def _page(path: str) -> Callable[[Random], str]:
    return lambda _: path
