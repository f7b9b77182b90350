"""`make demo`: some seventy invoices live through thirteen weeks in two minutes, on real parts in a simulated world."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
from rich.console import Console
from sqlalchemy import text

from composition import Parts
from config.embedded import EmbeddedServerError, StateFolderInUseError, owned
from connectors.links import Link
from domain.countries.law import Law
from domain.moment import moment_in
from facts import clock
from facts.database import Database
from facts.invoices.intake import Intake
from facts.money.bank_accounts import imported_through
from facts.parties.creditors import issue_api_key, register
from facts.webhooks import outgoing
from simulator import report, rules, staff
from simulator.acceptance.cases import CASES
from simulator.acceptance.playing import Playing
from simulator.acceptance.stage import OFFICE, Doors
from simulator.agenda import Agenda
from simulator.beginning import named, still_ahead
from simulator.cast import Cast, cast, played_in
from simulator.casts.home import Home
from simulator.casts.registry import HOMES, NORWAY
from simulator.clock import WorldClock, WorldStuckError
from simulator.debtors import Debtors
from simulator.emulators.providers import Faults, Providers, serving
from simulator.left_waiting import LeftWaiting
from simulator.live_view import LiveView, Story
from simulator.newcomers import two_come
from simulator.offices import creditor_system
from simulator.offices.autogiro_centre import AutogiroCentre
from simulator.offices.bank import Bank
from simulator.offices.creditor_system import CreditorSystem
from simulator.offices.daily_work import DailyWork
from simulator.offices.direct_debit_centre import DirectDebitCentre
from simulator.pages_to_open import pages_to_open
from simulator.servers import servers, stay, where_to_look
from tools.setup import SetupError

STATE = Path(".local/demo")
INVOICES = 44  # besides those of the acceptance cases
SEED = 13
PORTS = (7243, 8243, 8010)  # of Temporal, its web UI and the web app
CENTRES: dict[str, type[DirectDebitCentre]] = {"SE": AutogiroCentre}  # else AvtaleGiro's
SHARED_STEP = timedelta(hours=2)  # what is due this soon after the next moment happens in the same step
COUNTERS = text("""
select count(*) filter (where c.state = 'open') as open, count(*) filter (where c.outcome = 'paid') as paid,
  count(*) filter (where c.outcome = 'handed off') as "handed off",
  (select count(*) from dispute where resolved_at is null) as disputed,
  (select count(*) from incoming_payment where state = 'review') as "in review",
  (select count(*) from service_block where unblocked_at is null) as blocked,
  (select count(*) from delivery where channel = 'email') as emails,
  (select count(*) from delivery where channel = 'sms') as sms,
  (select count(*) from delivery where channel = 'letter') as letters
from dunning_case c
""")
CLOSED = text("""
select i.number, c.outcome, b.name from dunning_case c join invoice i on i.id = c.invoice_id
join debtor b on b.id = c.debtor_id where c.state = 'closed' order by i.number
""")
AN_INVOICE = text("select id from invoice order by id limit 1")


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs, and everybody in it."""

    database: Database
    parts: Parts
    web: httpx.AsyncClient
    law: Law
    cast: Cast
    providers: Providers
    clock: WorldClock
    agenda: Agenda
    story: Story
    debtors: Debtors
    centre: DirectDebitCentre
    systems: CreditorSystem
    playing: Playing
    left: LeftWaiting
    first_day: date
    addresses: Mapping[str, str]

    @property
    def ends(self) -> datetime:
        """The end of the last week."""
        return self.law.calendar.at(self.first_day + timedelta(weeks=self.cast.home.weeks), time(0))


async def demo(
    console: Console, *, invoices: int, state: Path, begin: datetime | None = None, home: Home = NORWAY
) -> int:
    """Play the whole story in a country on a state folder, with a report beside it; 0 when all ended as it should, else 1."""
    altogether = invoices + sum(len(case.roles) for case in played_in(home, CASES))
    console.print(f"Purr: {altogether} invoices, {home.weeks} weeks. Starting database, Temporal, worker and web app …")
    report_file = state.with_name(f"{state.name}-report.json")
    report_file.unlink(missing_ok=True)
    with owned(state):
        async with world(state, invoices=invoices, seed=SEED, begin=begin, home=home) as everything:
            where_to_look(console, everything.addresses)
            await play(everything, console)
            outcome = await tell(everything, console, report_file)
            opened = {**everything.addresses, **await _pages(everything)}
            if os.environ.get("DEMO_EXIT") != "1":
                await stay(console, opened, state)
            else:
                where_to_look(console, opened)
    return outcome


async def play(world: World, console: Console) -> None:
    """Let the weeks pass, step by step: to the next moment at which a case, a person or an office does something."""
    view = LiveView(console, world.clock.now(), world.ends, world.cast.home.country)
    world.story.listener = view
    known: set[str] = set()
    with view.running():
        while await world.playing.go_on():
            await world.clock.rest()
        while (moment := await _next_moment(world)) < world.ends:
            await world.clock.move_to(moment + SHARED_STEP)
            await world.agenda.carry_out(world.clock.now())
            await world.clock.rest()
            await _show(world, view, known)
            while await world.playing.go_on():
                await world.clock.rest()
                await _show(world, view, known)


async def tell(world: World, console: Console, report_file: Path) -> int:
    """Write and show the report; 0 when every rule held and each acceptance case ended right, else 1."""
    meant = {number: world.debtors.given.get(number, Decimal(0)) for number in world.cast.numbers}
    for number, drawn in world.centre.came.items():
        meant[number] += drawn
    wrong = await rules.broken(world.database, world.providers, world.systems, world.law, meant)
    endings = await world.playing.ended()
    figures = {
        "country": world.cast.home.country,
        "currency": world.cast.home.currency,
        "weeks": world.cast.home.weeks,
        "invoices": len(world.cast.invoices),
        "creditors": await report.figures(world.database),
        "webhooks": {
            "delivered": dict(world.systems.heard.most_common()),
            "refused": world.systems.refused,
            "seconds_to_unblock": report.seconds_to_unblock(world.debtors.approved_at, world.systems.freed_at),
        },
        "page_visits": world.debtors.page_visits,
        "deeds": {deed.value: count for deed, count in world.debtors.deeds.most_common()},
        "unanswered_messages": await report.unanswered(world.database, world.providers),
        "acceptance_cases": [ending.told() for ending in endings],
        "broken_rules": wrong,
    }
    report.write(report_file, figures)
    report.show(console, figures)
    return 0 if report.all_well(figures) else 1


# --- setting the stage ------------------------------------------------------------------------------------------


@asynccontextmanager
async def world(
    state: Path, *, invoices: int, seed: int, begin: datetime | None = None, home: Home = NORWAY
) -> AsyncIterator[World]:
    """Real servers, worker and web app on a fresh state folder, and a cast whose invoices are all imported.

    It begins now, or at a moment ahead of the wall.
    """
    async with AsyncExitStack() as stack:
        on = await stack.enter_async_context(
            servers(
                state,
                home.country,
                home.creditors,
                weeks=home.weeks,
                faults=_disturbed(seed, rate_429=0.03, rate_5xx=0.03, rate_lost_answer=0.03),
                of_vipps=_disturbed(seed),
                begin=begin,
                ports=PORTS,
            )
        )
        agenda = Agenda()
        everybody = cast(on.first_day, invoices=invoices, seed=seed, cases=CASES, home=home)
        story = Story(home.country, cases=everybody.cases)
        accounts = [account for creditor in home.creditors for account in creditor.accounts]
        bank = Bank(on.database, state / "bank", accounts, home.bank_files)
        centre = CENTRES.get(home.country, DirectDebitCentre)(
            on.database, everybody, on.law.calendar, on.settings.direct_debit_folder, state / "bank"
        )
        systems = CreditorSystem(on.clock.now, story)
        debtors = Debtors(everybody, on, agenda, story, bank=bank, centre=centre, seed=seed)
        on.providers.on_sent = debtors.message_came
        systems.on_block = debtors.service_blocked
        for person in everybody.people:
            if person.habit.moved:
                on.providers.bad_addresses |= {person.email: "550 5.1.1 user unknown", person.phone: "unreachable"}
        office = DailyWork(everybody, debtors, on, agenda, story, bank=bank, centre=centre, seed=seed)
        office.open(on.first_day, home.weeks * 7)
        systems_url = await stack.enter_async_context(serving(creditor_system.create_app(systems)))
        await _import(on.database, on.parts.intake(on.first_day), everybody, on.first_day)
        systems.secrets |= await _listen(on.parts, home, systems_url)
        keys = await _keys(on.database, home)
        doors = Doors(home, on.clock, on.law.calendar, story, debtors, on.providers, centre, on.web, keys, state)
        playing = Playing(played_in(home, CASES), doors, on.database, agenda, everybody, on.first_day)
        for invoice in everybody.invoices:
            habit = everybody.who_pays(invoice.reference or "")[0].habit
            if habit.draw and not habit.wants_direct_debit:
                centre.sign(invoice.account or "", invoice.reference or "", standing=True)
        yield World(
            on.database,
            on.parts,
            on.web,
            on.law,
            everybody,
            on.providers,
            on.clock,
            agenda,
            story,
            debtors,
            centre,
            systems,
            playing,
            LeftWaiting(on, everybody, bank, keys),
            on.first_day,
            {
                "Temporal web UI": on.temporal_ui,
                "An invoice": await _an_invoice(on.parts, home),
                "API": f"{on.settings.public_url}/docs",
                "The desk": f"{on.settings.public_url}/desk/ (as {staff.introduced()})",
            },
        )


def _disturbed(seed: int, **rates: float) -> Faults:
    """A provider that takes its time and tells everything twice, in disorder."""
    return Faults(seed=seed, latency=0.005, duplicate_callbacks=True, shuffle_callbacks=True, **rates)


async def _import(database: Database, intake: Intake, everybody: Cast, first_day: date) -> None:
    """Register the creditors and import all invoices: their cases sleep until the day of issue."""
    async with database.transaction() as connection:
        now = await clock.now(connection)
        for creditor in everybody.home.creditors:
            await register(connection, creditor, now)
        await staff.register(connection, now, [creditor.id for creditor in everybody.home.creditors])
        for creditor in everybody.home.creditors:
            for account in creditor.accounts:
                await imported_through(connection, creditor.id, account, first_day - timedelta(days=1), now)
        for invoice in everybody.invoices:
            if invoice.number not in everybody.in_files:
                await intake.invoice(connection, invoice, now)


async def _keys(database: Database, home: Home) -> dict[str, str]:
    """A key of the API for each creditor's customer service."""
    async with database.transaction() as connection:
        now = await clock.now(connection)
        return {creditor.id: await issue_api_key(connection, creditor.id, OFFICE, now) for creditor in home.creditors}


async def _listen(parts: Parts, home: Home, url: str) -> dict[str, str]:
    """Let each creditor's own system hear all events; gives the secrets that it verifies them with."""
    secrets = parts.webhook_secrets
    assert secrets is not None  # the settings of this world have a key
    async with parts.database.transaction() as connection:
        now = await clock.now(connection)
        endpoints = [
            await outgoing.add(connection, creditor.id, f"{url}/{creditor.id}", ["*"], now)
            for creditor in home.creditors
        ]
    return {endpoint.creditor: secrets.shown(endpoint.id, endpoint.secret_version) for endpoint in endpoints}


async def _an_invoice(parts: Parts, home: Home) -> str:
    """The page of one invoice, as its debtor sees it."""
    async with parts.database.transaction() as connection:
        invoice = (await connection.execute(AN_INVOICE)).scalar_one()
        today = moment_in(home.country, await clock.now(connection)).day
    return parts.links.url(Link(invoice=invoice, delivery=0), today)


async def _pages(world: World) -> dict[str, str]:
    """A page for each way that an invoice stands when the weeks are over, and newcomers have come after them."""
    world.providers.on_sent = None  # the people have lived their story
    await two_come(world.parts, world.clock, world.cast, world.web)
    async with world.database.transaction() as connection:
        today = moment_in(world.cast.home.country, await clock.now(connection)).day
        pages = await pages_to_open(connection, world.parts.links, today)
    await world.left.leave()
    return pages | {"Somebody calls": world.left.incoming_call()}


# --- one step ---------------------------------------------------------------------------------------------------


async def _next_moment(world: World) -> datetime:
    """When something is due next; the end of the story when nothing is."""
    moments = (await world.clock.next_due(), world.agenda.next_moment, world.ends)
    return min(moment for moment in moments if moment is not None)


async def _show(world: World, view: LiveView, known: set[str]) -> None:
    """Tell of the cases that closed in this step, and move the figures."""
    async with world.database.transaction() as connection:
        counters = dict((await connection.execute(COUNTERS)).mappings().one())
        closed = (await connection.execute(CLOSED)).all()
    for case in closed:
        if case.number not in known:
            known.add(case.number)
            world.story.tell(
                world.clock.now(),
                "paid" if case.outcome == "paid" else "case",
                f"{case.number} of {case.name}: {case.outcome}",
                case.number,
            )
    view.move(world.clock.now(), counters)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m simulator.demo", description=__doc__)
    parser.add_argument("--invoices", type=int, default=INVOICES, help="how many, besides the acceptance cases' own")
    parser.add_argument("--country", choices=HOMES, default=NORWAY.country, help="where it plays")
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of its servers; emptied at the start")
    parser.add_argument(
        "--begin",
        type=named,
        help="when the story begins; else now, and if it is past, the next such moment",
    )
    asked = parser.parse_args()
    begin = still_ahead(asked.begin, datetime.now(UTC)) if asked.begin else None
    try:
        sys.exit(
            asyncio.run(
                demo(Console(), invoices=asked.invoices, state=asked.state, begin=begin, home=HOMES[asked.country])
            )
        )
    except (SetupError, StateFolderInUseError, EmbeddedServerError, WorldStuckError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
