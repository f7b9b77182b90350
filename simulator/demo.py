"""`make demo`: sixty-nine invoices live through thirteen weeks in two minutes, on real parts in a simulated world."""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from sqlalchemy import text

import worker
from composition import Parts
from config.embedded import EmbeddedServerError, StateFolderInUseError, owned, start_postgres, start_temporal
from config.files import HOME
from config.logs import configure_logs
from config.running import SECRETS_FILE, announced, kept_secrets
from config.settings import Settings
from config.temporal import connect
from connectors.links import Link
from domain.countries.law import Law
from domain.moment import moment_in
from facts import clock
from facts.database import Database
from facts.invoices.intake import Intake
from facts.migrate import migrate
from facts.money.bank_accounts import imported_through
from facts.parties.creditors import issue_api_key, register
from facts.webhooks import outgoing
from simulator import report, rules
from simulator.acceptance.cases import CASES
from simulator.acceptance.playing import Playing
from simulator.acceptance.stage import OFFICE, Doors
from simulator.agenda import Agenda
from simulator.approved import approved_by_meta, write_down
from simulator.beginning import still_ahead
from simulator.cast import CREDITORS, Cast, cast
from simulator.clock import WorldClock, WorldStuckError
from simulator.debtors import Debtors
from simulator.emulators import vipps
from simulator.emulators.providers import Faults, Providers, create_app, serving
from simulator.emulators.vipps import Vipps
from simulator.laws import laws_until
from simulator.live_view import LiveView, Story
from simulator.offices import creditor_system
from simulator.offices.bank import Bank
from simulator.offices.creditor_system import CreditorSystem
from simulator.offices.daily_work import DailyWork
from simulator.offices.direct_debit_centre import DirectDebitCentre
from tools.setup import SetupError
from tools.temporal_cli import temporal_cli
from web.app import create_app as create_web

STATE = Path(".local/demo")
WEEKS = 13
INVOICES = 44  # besides those of the acceptance cases
SEED = 13
PAYMENT_SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zaW11bGF0ZWQtd29ybGQ="  # one source tells of all creditors' payments
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
    settings: Settings
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
    first_day: date
    addresses: Mapping[str, str]

    @property
    def ends(self) -> datetime:
        """The end of the last week."""
        return self.law.calendar.at(self.first_day + timedelta(weeks=WEEKS), time(0))


async def demo(console: Console, *, invoices: int, state: Path, begin: datetime | None = None) -> int:
    """Play the whole story on a state folder, with a report beside it; 0 when all ended as it should, else 1."""
    altogether = invoices + sum(len(case.roles) for case in CASES)
    console.print(f"Purr: {altogether} invoices, {WEEKS} weeks. Starting database, Temporal, worker and web app …")
    report_file = state.with_name(f"{state.name}-report.json")
    report_file.unlink(missing_ok=True)
    with owned(state):
        async with world(state, invoices=invoices, seed=SEED, begin=begin) as everything:
            where_to_look(everything, console)
            await play(everything, console)
            outcome = await tell(everything, console, report_file)
            if os.environ.get("DEMO_EXIT") != "1":
                await stay(everything, console)
    return outcome


async def play(world: World, console: Console) -> None:
    """Let the weeks pass, step by step: to the next moment at which a case, a person or an office does something."""
    view = LiveView(console, world.clock.now(), world.ends)
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
    for number, kroner in world.centre.came.items():
        meant[number] += kroner
    wrong = await rules.broken(world.database, world.providers, world.systems, world.law, meant)
    endings = await world.playing.ended()
    figures = {
        "weeks": WEEKS,
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


def where_to_look(world: World, console: Console) -> None:
    """Print the addresses of what runs."""
    for what, url in world.addresses.items():
        console.print(f"{what:<18}{url}", soft_wrap=True)


async def stay(world: World, console: Console) -> None:
    """Leave everything running for people to look at, until Ctrl-C."""
    where_to_look(world, console)
    at = world.settings.state_folder
    console.print(f"In another terminal: .venv/bin/python starter.py list --all --state {at}", soft_wrap=True)
    console.print("Everything runs on until Ctrl-C.")
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()


# --- setting the stage ------------------------------------------------------------------------------------------


@asynccontextmanager
async def world(state: Path, *, invoices: int, seed: int, begin: datetime | None = None) -> AsyncIterator[World]:
    """Real servers, worker and web app on a fresh state folder, and a cast whose invoices are all imported.

    It begins now, or at a moment ahead of the wall.
    """
    _clear(state)
    cli = await asyncio.to_thread(temporal_cli)
    ports = _free_ports((7243, 8243, 8010))
    async with AsyncExitStack() as stack:
        temporal = await start_temporal(cli, state, port=ports[0], ui_port=ports[1], time_skipping=True)
        stack.callback(temporal.stop)
        postgres = await asyncio.to_thread(start_postgres, state)
        stack.callback(postgres.stop)
        await asyncio.to_thread(migrate, postgres.url)
        database = Database(postgres.url)
        stack.push_async_callback(database.close)

        public_url = f"http://127.0.0.1:{ports[2]}"
        providers = Providers(
            sendgrid_webhook_url=f"{public_url}/webhooks/sendgrid",
            twilio_inbound_url=f"{public_url}/webhooks/twilio/inbound",
            faults=_disturbed(seed, rate_429=0.03, rate_5xx=0.03, rate_lost_answer=0.03),
            templates=approved_by_meta(),
        )
        stack.push_async_callback(providers.aclose)
        paid_in_app = Vipps(f"{public_url}/webhooks/vipps", faults=_disturbed(seed))
        stack.push_async_callback(paid_in_app.aclose)
        paid_in_app.url = await _serve(stack, vipps.create_app(paid_in_app))
        providers_url = await _serve(stack, create_app(providers))
        write_down(state / "whatsapp")
        settings = _settings(state, postgres.url, temporal.address, public_url, providers_url, providers)
        configure_logs(settings)
        _log_to(state / "log")

        client = await connect(settings)
        world_clock = WorldClock(database, client, providers)
        if begin is not None:
            await world_clock.begin(begin)
        first_day = moment_in(HOME, world_clock.now()).day + timedelta(days=1)
        laws = laws_until(first_day + timedelta(weeks=WEEKS))
        providers.clock = paid_in_app.clock = world_clock.now
        parts = Parts(settings, database, laws)
        app = create_web(settings, database, laws, [paid_in_app.settings("734501").method()])
        for provider in app.state.services.providers.values():
            stack.push_async_callback(provider.aclose)
        await _serve(stack, app, ports[2])
        # A connection is left before the web app hangs up on it: a request may not meet the end of one.
        limits = httpx.Limits(keepalive_expiry=1)
        web = httpx.AsyncClient(base_url=public_url, timeout=30, trust_env=False, limits=limits)
        await stack.enter_async_context(web)
        await stack.enter_async_context(worker.running(world_clock.client, parts, app.state.services.providers))

        agenda = Agenda()
        everybody = cast(first_day, invoices=invoices, seed=seed, cases=CASES)
        story = Story(cases=everybody.cases)
        bank = Bank(database, state / "bank", [account for creditor in CREDITORS for account in creditor.accounts])
        law = laws["NO"]
        centre = DirectDebitCentre(database, everybody, law.calendar, settings.direct_debit_folder, state / "bank")
        systems = CreditorSystem(world_clock.now, story)
        debtors = Debtors(
            everybody,
            world_clock,
            agenda,
            story,
            parts=parts,
            providers=providers,
            vipps=paid_in_app,
            bank=bank,
            centre=centre,
            web=web,
            payment_secret=PAYMENT_SECRET,
            seed=seed,
        )
        providers.on_sent = debtors.message_came
        systems.on_block = debtors.service_blocked
        for person in everybody.people:
            if person.habit.moved:
                providers.bad_addresses |= {person.email: "550 5.1.1 user unknown", person.phone: "unreachable"}
        office = DailyWork(
            everybody,
            debtors,
            world_clock,
            agenda,
            story,
            parts=parts,
            bank=bank,
            centre=centre,
            seed=seed,
        )
        office.open(first_day, WEEKS * 7)
        systems_url = await _serve(stack, creditor_system.create_app(systems))
        await _import(database, parts.intake(first_day), everybody, first_day)
        systems.secrets |= await _listen(parts, systems_url)
        keys = await _keys(database)
        doors = Doors(world_clock, law.calendar, story, debtors, providers, centre, web, keys, state)
        playing = Playing(CASES, doors, database, agenda, everybody, first_day)
        for invoice in everybody.invoices:
            habit = everybody.who_pays(invoice.reference or "")[0].habit
            if habit.draw and not habit.wants_direct_debit:
                centre.sign(invoice.account or "", invoice.reference or "", standing=True)
        stack.enter_context(announced(settings, temporal.ui_url))
        yield World(
            database,
            settings,
            law,
            everybody,
            providers,
            world_clock,
            agenda,
            story,
            debtors,
            centre,
            systems,
            playing,
            first_day,
            {
                "Temporal web UI": temporal.ui_url,
                "An invoice": await _an_invoice(parts),
                "API": f"{public_url}/docs",
            },
        )


async def _import(database: Database, intake: Intake, everybody: Cast, first_day: date) -> None:
    """Register the creditors and import all invoices: their cases sleep until the day of issue."""
    async with database.transaction() as connection:
        now = await clock.now(connection)
        for creditor in CREDITORS:
            await register(connection, creditor, now)
            for account in creditor.accounts:
                await imported_through(connection, creditor.id, account, first_day - timedelta(days=1), now)
        for invoice in everybody.invoices:
            if invoice.number not in everybody.in_files:
                await intake.invoice(connection, invoice, now)


async def _keys(database: Database) -> dict[str, str]:
    """A key of the API for each creditor's customer service."""
    async with database.transaction() as connection:
        now = await clock.now(connection)
        return {creditor.id: await issue_api_key(connection, creditor.id, OFFICE, now) for creditor in CREDITORS}


async def _listen(parts: Parts, url: str) -> dict[str, str]:
    """Let each creditor's own system hear all events; gives the secrets that it verifies them with."""
    secrets = parts.webhook_secrets
    assert secrets is not None  # the settings of this world have a key
    async with parts.database.transaction() as connection:
        now = await clock.now(connection)
        endpoints = [
            await outgoing.add(connection, creditor.id, f"{url}/{creditor.id}", ["*"], now) for creditor in CREDITORS
        ]
    return {endpoint.creditor: secrets.shown(endpoint.id, endpoint.secret_version) for endpoint in endpoints}


async def _an_invoice(parts: Parts) -> str:
    """The page of one invoice, as its debtor sees it."""
    async with parts.database.transaction() as connection:
        invoice = (await connection.execute(AN_INVOICE)).scalar_one()
        today = moment_in(HOME, await clock.now(connection)).day
    return parts.links.url(Link(invoice=invoice, delivery=0), today)


def _disturbed(seed: int, **rates: float) -> Faults:
    """A provider that takes its time and tells everything twice, in disorder."""
    return Faults(seed=seed, latency=0.005, duplicate_callbacks=True, shuffle_callbacks=True, **rates)


def _settings(
    state: Path,
    database_url: str,
    temporal: str,
    public_url: str,
    providers_url: str,
    providers: Providers,
) -> Settings:
    kept = kept_secrets(state / SECRETS_FILE)
    return Settings.model_validate(
        {
            "database_url": database_url,
            "temporal_address": temporal,
            "public_url": public_url,
            "state_folder": state,
            "whatsapp_folder": state / "whatsapp",
            "print_folder": state / "print",
            "hand_off_folder": state / "hand-off",
            "voucher_folder": state / "vouchers",
            "refund_folder": state / "refunds",
            "direct_debit_folder": state / "direct-debit",
            "bank_file_folder": state / "bank-files",
            "invoice_folder": state / "invoices",
            "relation_folder": state / "customer-relations",
            "sendgrid_host": providers_url,
            "sendgrid_api_key": providers.sendgrid_api_key,
            "sendgrid_public_key": providers.sendgrid_public_key,
            "email_sender": "faktura@purr.example",
            "twilio_api_base": providers_url,
            "twilio_account_sid": providers.twilio_account_sid,
            "twilio_auth_token": providers.twilio_auth_token,
            "twilio_sms_from": providers.twilio_number,
            "link_secrets": (kept["link_secret"],),
            "inbound_mail_domain": "svar.purr.example",
            "inbound_mail_secrets": (kept["inbound_mail_secret"],),
            "payment_webhook_secrets": {creditor.id: (PAYMENT_SECRET,) for creditor in CREDITORS},
            "webhook_signing_keys": (kept["webhook_signing_key"],),
            "webhooks_allow_private": True,
            "log_format": "json",
        }
    )


async def _serve(stack: AsyncExitStack, app: Any, port: int = 0) -> str:
    return await stack.enter_async_context(serving(app, port))


def _log_to(path: Path) -> None:
    """The log goes to a file: the screen belongs to the story."""
    root = logging.getLogger()
    file = logging.FileHandler(path)
    file.setFormatter(root.handlers[0].formatter)
    root.handlers = [file]


def _clear(folder: Path) -> None:
    """Forget the world of the run before, but not who holds its locks."""
    for path in folder.iterdir():
        if path.name == "temporal":
            for file in path.glob("temporal.sqlite*"):
                file.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        elif path.name != "owner.lock":
            path.unlink()


def _free_ports(wanted: Sequence[int]) -> list[int]:
    """The wanted ports, another free one in the place of each that is busy."""
    found: list[int] = []
    for port in wanted:
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            found.append(probe.getsockname()[1])
    return found


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
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of its servers; emptied at the start")
    parser.add_argument(
        "--begin",
        type=datetime.fromisoformat,
        help="when the story begins; else now, and if it is past, the next such moment",
    )
    asked = parser.parse_args()
    begin = still_ahead(asked.begin, datetime.now(UTC)) if asked.begin else None
    try:
        sys.exit(asyncio.run(demo(Console(), invoices=asked.invoices, state=asked.state, begin=begin)))
    except (SetupError, StateFolderInUseError, EmbeddedServerError, WorldStuckError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
