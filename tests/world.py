"""A world to test in: real PostgreSQL, Temporal server, worker and SDKs; only the providers are simulated."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, WorkflowEnvironment

import worker
from composition import Parts
from config.embedded import TIME_SKIPPING, start_postgres
from config.files import COUNTRIES, read_policies
from config.search_attributes import cli_flags
from config.settings import Settings
from domain.countries.half_years import half_year_start
from domain.countries.law import Law
from domain.countries.law_loader import load_law
from domain.invoices.incoming import IncomingDebtor, IncomingInvoice
from domain.policy.loader import load_policy
from facts import clock
from facts.database import Database
from facts.invoices.intake import Intake
from facts.migrate import migrate
from facts.parties.creditors import CreditorDetails, register
from relays.wake_ups import wake_ups, woken_within
from simulator.approved import approved_by_meta, write_down
from simulator.beginning import begin_ahead
from simulator.emulators.providers import Providers, create_app, serving
from tests.begin import BEGIN, TODAY, Clock, turn
from tests.goldens.stored import guard_stored_values
from tools.temporal_cli import temporal_cli

SPRING = date(2026, 3, 2)  # a Monday, long before the shipped rates end
HALF_YEAR_ROW = re.compile(
    r"^  - \{from: (?P<start>\d{4}-\d\d-\d\d), (?P<rates>(?:interest|reference): [^v]*), verified: .*\}$", re.M
)
YEARS_TO_COME = 6
# Whoever waits for a case hears when one has decided, and need not ask all the time.
TELL_OF_DECISIONS = """
create function tell_of_decisions() returns trigger language plpgsql as
  $$ begin notify decided; return null; end $$;
create trigger tell_of_decisions after insert on decision for each statement execute function tell_of_decisions()
"""
# Only what some test has filled is emptied, and by deleting: truncating every table makes hundreds of files anew.
EMPTY = """
do $$
declare name text;
begin
  set local session_replication_role = replica;
  for name in select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
    and relname <> 'alembic_version' and pg_relation_size(oid) > 0 loop
    execute format('delete from %I', name);
  end loop;
  perform setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null;
end $$
"""


@cache
def laws_for_years_to_come() -> dict[str, Law]:
    """The shipped laws; half-years without a row yet get the newest known rates, assumed, for tests alone."""
    laws = [load_law(_with_assumed_rates(path.read_text()), path.name) for path in sorted(COUNTRIES.glob("*.yaml"))]
    return {law.country: law for law in laws}


def _with_assumed_rates(country: str) -> str:
    newest = list(HALF_YEAR_ROW.finditer(country))[-1]
    start, rows = date.fromisoformat(newest["start"]), ""
    while start.year < TODAY.year + YEARS_TO_COME:
        start = half_year_start(start + timedelta(days=190))
        rows += f"\n  - {{from: {start}, {newest['rates']}, verified: false}}"
    return country[: newest.end()] + rows + country[newest.end() :]


def creditor(**changes: Any) -> CreditorDetails:
    """A creditor, Acme Kraft."""
    details: dict[str, Any] = {
        "id": "acme",
        "name": "Acme Kraft AS",
        "organisation_number": "923609016",
        "phone": "+4722000000",
        "email": "kunde@acme.example",
        "website": "https://acme.example",
        "address": ("Kraftgata 1", "0155 Oslo"),
        "accounts": ("12345678903",),
        "consumer_policy": "no-gentle",
        "business_policy": "no-standard",
        "collection_partner": "Fair Inkasso AS",
    }
    return CreditorDetails(**(details | changes))


def debtor(**changes: Any) -> IncomingDebtor:
    """A debtor, Kari Nordmann, with an address in every channel."""
    details: dict[str, Any] = {
        "name": "Kari Nordmann",
        "customer_number": "K-1",
        "email": "kari@example.no",
        "phone": "+4791234567",
        "address_lines": ("Storgata 1",),
        "postcode": "0155",
        "city": "Oslo",
    }
    return IncomingDebtor(**(details | changes))


def invoice(number: str = "1001", **changes: Any) -> IncomingInvoice:
    """An invoice of Acme to Kari over NOK 802.00."""
    details: dict[str, Any] = {
        "creditor": "acme",
        "number": number,
        "issue_date": SPRING,
        "due_date": SPRING + timedelta(days=14),
        "currency": "NOK",
        "amount": Decimal("802.00"),
        "reference": "006402710013",
        "debtor": debtor(),
    }
    return IncomingInvoice(**(details | changes))


def fresh_database(server_url: str, name: str) -> str:
    """A new database on a running server, with the newest tables and nothing in them; gives its URL."""
    return empty_database(server_url, name, f'template "{_migrated(server_url)}"')


def emptied_database(server_url: str, name: str) -> str:
    """A database with the newest tables and nothing in them: that of the test before, where there is one; gives its URL."""
    url = _kept(server_url, name)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(EMPTY)
    return url


_kept = cache(fresh_database)


@cache
def _migrated(server_url: str) -> str:
    """The name of a migrated database, to copy: a tenth of a second instead of two."""
    url = empty_database(server_url, "migrated")
    migrate(url)
    guard_stored_values(url)
    return "migrated"


def empty_database(server_url: str, name: str, how: str = "") -> str:
    """A new database on a running server, without a table unless it is made otherwise; gives its URL."""
    with psycopg.connect(server_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')  # type: ignore[arg-type]
        connection.execute(f'create database "{name}" {how}')  # type: ignore[arg-type]
    head, _, query = server_url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def postgres(folder: Path) -> str:
    """The URL of a PostgreSQL server under a folder, stopped when the process ends."""
    return start_postgres(folder).url


@dataclass
class World:
    """Everything a test touches."""

    database: Database
    client: Client
    environment: WorkflowEnvironment
    providers: Providers
    settings: Settings
    laws: Mapping[str, Law]
    intake: Intake
    clock: Clock
    decided: asyncio.Event
    """Set whenever a case has decided."""
    _workers: AsyncExitStack

    @cached_property
    def parts(self) -> Parts:
        """What the worker works with."""
        return Parts(self.settings, self.database, self.laws)

    async def begin(self) -> None:
        """It is the moment of the beginning: for the doors and the providers, and for the cases that start now."""
        self.clock.begin()
        await self.turn_back()

    async def turn(self, moment: datetime) -> None:
        """Turn the doors' clock to a moment."""
        await turn(self.database, moment)

    async def turn_back(self) -> None:
        """Turn the doors' clock to where the cases that start now begin."""
        await self.turn(self.clock.now())

    async def register(self, details: CreditorDetails | None = None, *, imported_through: date | None = None) -> None:
        """Register a creditor; its bank data is imported through a day far ahead unless told otherwise."""
        details = details or creditor()
        far_ahead = date(TODAY.year + YEARS_TO_COME, 1, 1)
        async with self.database.transaction() as connection:
            now = await clock.now(connection)
            await register(connection, details, now)
            await connection.execute(
                text("update bank_account set imported_through = :day where creditor_id = :creditor"),
                {"day": imported_through or far_ahead, "creditor": details.id},
            )

    def add_policy(self, name: str, like: str, old: str, new: str) -> None:
        """A policy like a shipped one, under another name and with its first `old` text replaced by `new`."""
        _, shipped = self.intake.policies[like]
        assert old in shipped
        changed = shipped.replace(f"name: {like}", f"name: {name}").replace(old, new, 1)
        policy = load_policy(changed, f"{name}.yaml", self.laws, on=TODAY)
        self.intake = Intake({**self.intake.policies, name: (policy, changed)}, self.laws)

    async def send_invoice(self, new: IncomingInvoice) -> WorkflowHandle[Any, Any]:
        """Import an invoice and give its running case, once the relay has started it."""
        async with self.database.transaction() as connection:
            await self.intake.invoice(connection, new, await clock.now(connection))
        return await self.case(new.number, new.creditor or "acme")

    async def case(self, number: str = "1001", creditor_id: str = "acme") -> WorkflowHandle[Any, Any]:
        """The running case of an invoice; waits until it is there."""
        handle = self.client.get_workflow_handle(f"dunning/{creditor_id}/{number}")
        await eventually(lambda: _exists(handle))
        return handle

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds in the facts."""
        async with self.database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            return list((await connection.execute(text(query), values)).all())

    async def skip(self, case: WorkflowHandle[Any, Any], span: timedelta) -> None:
        """Let a case's own time pass, firing what comes due on the way."""
        await self.environment.fast_forward(case, span)

    async def skip_to(self, case: WorkflowHandle[Any, Any], moment: datetime) -> None:
        """Let a case's own time pass until a moment (UTC)."""
        await self.skip(case, moment - await self.environment.get_current_time(case))

    async def start_worker(self) -> None:
        """Start the worker and the relay; they run when the world begins."""
        await self._workers.enter_async_context(worker.running(self.client, self.parts))

    @asynccontextmanager
    async def more_workers(self, count: int) -> AsyncIterator[None]:
        """So many further workers, each with its own connections, until the block ends."""
        async with AsyncExitStack() as stack:
            for _ in range(count):
                database = Database(self.database.url)
                stack.push_async_callback(database.close)
                client = await Client.connect(
                    self.client.service_client.config.target_host,
                    namespace=self.client.namespace,
                    data_converter=pydantic_data_converter,
                    interceptors=self.client.config()["interceptors"],
                )
                await stack.enter_async_context(worker.running(client, Parts(self.settings, database, self.laws)))
            yield

    async def stop_worker(self) -> None:
        """Stop the worker and the relay, as a deployment does."""
        await self._workers.aclose()

    @asynccontextmanager
    async def without_worker(self) -> AsyncIterator[None]:
        """No worker and no relay until the block ends, however it ends: the world is many tests'."""
        await self.stop_worker()
        try:
            yield
        finally:
            await self.start_worker()


@asynccontextmanager
async def world(
    database_url: str, folder: Path, *, ui_port: int | None = None, server: Sequence[str] = (), **settings: Any
) -> AsyncIterator[World]:
    """A world on a fresh, migrated database; cases do not skip time by themselves. A port for the web UI turns it on.

    `server` are further arguments of the Temporal server's.
    """
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(TELL_OF_DECISIONS)
    database = Database(database_url)
    time = Clock()
    hears = "public_url" in settings  # elsewhere nobody hears what became of a message
    providers = Providers(auto_deliver=hears, clock=time.now, templates=approved_by_meta())
    write_down(folder / "whatsapp")
    laws = laws_for_years_to_come()
    policies = read_policies(laws, TODAY)
    async with serving(create_app(providers)) as url, wake_ups(database, "decided") as decided:
        chosen = Settings(
            **{
                "database_url": database_url,
                "sendgrid_host": url,
                "sendgrid_api_key": providers.sendgrid_api_key,
                "sendgrid_public_key": providers.sendgrid_public_key,
                "email_sender": "faktura@purr.example",
                "twilio_api_base": url,
                "twilio_account_sid": providers.twilio_account_sid,
                "twilio_auth_token": providers.twilio_auth_token,
                "twilio_sms_from": "+4759440000",
                "twilio_whatsapp_from": "+4759440001",
                "link_secrets": ("a-link-secret-of-32-characters-and-more",),
                "payment_webhook_secrets": {"acme": ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)},
                "whatsapp_folder": folder / "whatsapp",
                "print_folder": folder / "print",
                "hand_off_folder": folder / "hand-off",
                "voucher_folder": folder / "vouchers",
                "refund_folder": folder / "refunds",
                "direct_debit_folder": folder / "direct-debit",
                "bank_file_folder": folder / "bank-files",
                "invoice_folder": folder / "invoices",
                "relation_folder": folder / "customer-relations",
                "house_status_folder": folder / "house-status",
                "letter_in_folder": folder / "letters-in",
                "attachment_folder": folder / "attachments",
                "webhook_signing_keys": ("a-signing-key-of-the-tests-alone-0001",),
                "webhooks_allow_private": True,
                "state_folder": folder / "state",
            }
            | settings
        )
        async with await WorkflowEnvironment.start_time_skipping_v2(
            data_converter=pydantic_data_converter,
            dev_server_existing_path=str(temporal_cli()),
            dev_server_extra_args=[*TIME_SKIPPING, *cli_flags(), *server],
            ui=ui_port is not None,
            ui_port=ui_port,
        ) as environment:
            with environment.with_time_skipping_disabled():
                async with AsyncExitStack() as workers:
                    client = _beginning(environment.client, time)
                    intake = Intake(policies, laws)
                    here = World(database, client, environment, providers, chosen, laws, intake, time, decided, workers)
                    await here.begin()
                    await here.start_worker()
                    yield here
    await database.close()


async def eventually(check: Any, *, within: float = 30.0, woken: asyncio.Event | None = None) -> Any:
    """Wait until `check()` (sync or async) gives something true; fail when it does not in time.

    It is asked every 40 ms, as asking is work, too; with an event that is set when it may have changed, then, and five
    times a second.
    """
    deadline = asyncio.get_running_loop().time() + within
    woken, pause = (woken, 0.2) if woken else (asyncio.Event(), 0.04)
    while True:
        woken.clear()
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"did not become true within {within} s: {check}")
        await woken_within(woken, pause)


async def _exists(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except Exception as error:  # the server's own not-found error has no class of its own
        if "not found" not in str(error):
            raise
        return False
    return True


def _beginning(client: Client, time: Clock) -> Client:
    """The client, whose workflows begin at the test's own time."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], _Begins(time, TimeSkipper(client))]
    return Client(**config)


class _Begins(Interceptor):
    def __init__(self, time: Clock, skipper: TimeSkipper) -> None:
        self._time, self._skipper = time, skipper

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Beginning(next, self._time, self._skipper)


class _Beginning(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, time: Clock, skipper: TimeSkipper) -> None:
        super().__init__(following)
        self._time, self._skipper = time, skipper

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        now = max(self._time.now(), await self._time_of_the_run_before(input.id))
        begin_ahead(input, now - datetime.now(UTC))
        return await super().start_workflow(input)

    async def _time_of_the_run_before(self, workflow: str) -> datetime:
        """When a workflow that is started again ended, in its own time; the beginning when it never ran."""
        try:
            return await self._skipper.get_current_time(self._skipper.client.get_workflow_handle(workflow))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return BEGIN
