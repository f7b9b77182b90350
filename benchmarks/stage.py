"""The stage of a benchmark: database, server with time skipping, worker, and providers in a process of their own."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from benchmarks import bare
from benchmarks.meter import Meter
from composition import Parts
from config.embedded import TIME_SKIPPING, start_postgres
from config.files import read_policies
from config.search_attributes import AMOUNT_DUE, cli_flags
from config.search_attributes import CREDITOR as CREDITOR_ID
from config.settings import Settings
from domain.countries.law import Law
from domain.invoices.incoming import IncomingDebtor, IncomingInvoice
from domain.moment import moment_in
from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from facts import clock
from facts.database import Database
from facts.invoices.intake import Intake
from facts.migrate import migrate
from facts.parties.creditors import CreditorDetails, issue_api_key, register
from simulator.laws import laws_until
from tools.temporal_cli import temporal_cli

AT_ONCE = 200  # invoices, as the terminal and the folder store them
COMING = timedelta(days=3 * 365)  # a life is over by then, however time is skipped
BARE_QUEUE = "bare"  # its worker starts activities eagerly, as Temporal does by itself
BARE_ACT_QUEUE = "bare-acts"  # rate-limited and so without eager starts, as the providers' queues must be
CREDITOR = CreditorDetails(
    id="acme",
    name="Acme Kraft AS",
    phone="+4722000000",
    email="kunde@acme.example",
    address=("Kraftgata 1", "0155 Oslo"),
    accounts=("12345678903",),
    consumer_policy="six-messages",
    business_policy="no-standard",
)


ATTRIBUTES = TypedSearchAttributes([SearchAttributePair(CREDITOR_ID, "acme"), SearchAttributePair(AMOUNT_DUE, 802.0)])
"""The search attributes a case starts with."""


@dataclass(frozen=True)
class Stage:
    """Everything a benchmark uses."""

    meter: Meter
    database: Database
    client: Client
    environment: WorkflowEnvironment
    settings: Settings
    intake: Intake
    laws: dict[str, Law]
    api_key: str

    async def import_invoices(self, numbers: list[str]) -> None:
        """Import invoices as a billing system would, all in a transaction."""
        async with self.database.transaction() as connection:
            now = await clock.now(connection)
            given = [invoice(number, moment_in("NO", now).day) for number in numbers]
            for first in range(0, len(given), AT_ONCE):
                await self.intake.invoices(connection, given[first : first + AT_ONCE])

    async def store_invoices(self, numbers: list[str]) -> None:
        """Store invoices without telling anybody, so that a benchmark starts their cases itself."""
        async with self.database.transaction() as connection:
            now = await clock.now(connection)
            for number in numbers:
                await self.intake.invoice(connection, invoice(number, moment_in("NO", now).day), now)
            await connection.execute(text("delete from outbox"))

    async def start_bare(self, name: str, act_queue: str) -> WorkflowHandle[Any, Any]:
        """Start a bare loop with the search attributes that a case starts with."""
        return await self.client.start_workflow(
            "bare", args=[bare.STEPS, act_queue], id=name, task_queue=BARE_QUEUE, search_attributes=ATTRIBUTES
        )


def invoice(number: str, today: date) -> IncomingInvoice:
    """An invoice over NOK 802.00 to a debtor of its own."""
    return IncomingInvoice(
        creditor="acme",
        number=number,
        issue_date=today,
        due_date=today + timedelta(days=14),
        currency="NOK",
        amount=Decimal("802.00"),
        reference="006402710013",
        account="12345678903",
        debtor=IncomingDebtor(
            name="Kari Nordmann",
            customer_number=number,
            email=f"{number}@example.no",
            phone="+4791234567",
            address_lines=("Storgata 1",),
            postcode="0155",
            city="Oslo",
        ),
    )


@asynccontextmanager
async def stage(*, with_worker: bool = True) -> AsyncIterator[Stage]:
    """A fresh stage under a temporary folder, taken down at the end."""
    with tempfile.TemporaryDirectory(prefix="purr-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres = start_postgres(folder)
        migrate(postgres.url)
        database = Database(postgres.url)
        laws = laws_until(moment_in("NO", datetime.now(UTC)).day + COMING)
        async with _providers(folder) as providers, _server() as environment:
            settings = Settings(
                database_url=postgres.url,
                sendgrid_host=providers["url"],
                sendgrid_api_key=providers["sendgrid_api_key"],
                sendgrid_public_key=providers["sendgrid_public_key"],
                email_sender="faktura@purr.example",
                twilio_api_base=providers["url"],
                twilio_account_sid=providers["twilio_account_sid"],
                twilio_auth_token=providers["twilio_auth_token"],
                twilio_sms_from="+4759440000",
                link_secrets=("a-link-secret-of-32-characters-and-more",),
                payment_webhook_secrets={"acme": ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)},
                print_folder=folder / "print",
                email_per_second=1_000_000,
                sms_per_second=1_000_000,
                log_level="error",
            )
            async with database.transaction() as connection:
                now = await clock.now(connection)
                await register(connection, CREDITOR, now)
                key = await issue_api_key(connection, "acme", "bench", now)
                await connection.execute(text("update bank_account set imported_through = '2040-01-01'"))
            made = Stage(
                meter=Meter(_pid_of_server(), postgres.server.get_pid() or 0),
                database=database,
                client=environment.client,
                environment=environment,
                settings=settings,
                intake=Intake(_policies(laws), laws),
                laws=laws,
                api_key=key,
            )
            if not with_worker:
                yield made
            else:
                async with (
                    worker.running(environment.client, Parts(settings, database, laws)),
                    Worker(
                        environment.client,
                        task_queue=BARE_QUEUE,
                        workflows=[bare.Bare],
                        activities=[bare.nothing],
                        workflow_runner=SandboxedWorkflowRunner(
                            worker.RUN_ONCE_LOADED.with_passthrough_modules("benchmarks")
                        ),
                    ),
                    Worker(
                        environment.client,
                        task_queue=BARE_ACT_QUEUE,
                        activities=[bare.nothing],
                        max_task_queue_activities_per_second=1_000_000,
                        disable_eager_activity_execution=True,
                    ),
                ):
                    yield made
        await database.close()
        postgres.stop()


def _policies(laws: dict[str, Law]) -> dict[str, tuple[Policy, str]]:
    today = moment_in("NO", datetime.now(UTC)).day
    policies = dict(read_policies(laws, today))
    text_ = (Path(__file__).parent / "six-messages.yaml").read_text()
    policies["six-messages"] = (load_policy(text_, "six-messages.yaml", laws, on=today), text_)
    return policies


@asynccontextmanager
async def _server() -> AsyncIterator[WorkflowEnvironment]:
    async with await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_cli()),
        dev_server_extra_args=[*TIME_SKIPPING, *cli_flags(), "--log-level", "error"],
    ) as environment:
        yield environment


@asynccontextmanager
async def _providers(folder: Path) -> AsyncIterator[dict[str, str]]:
    """The simulated providers outside this process: their CPU time is not ours."""
    command = [
        sys.executable,
        "-m",
        "simulator.emulators.providers",
        "--port",
        "0",
        "--log",
        str(folder / "sent.jsonl"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = await asyncio.to_thread(process.stdout.readline)
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait()


def _pid_of_server() -> int:
    """The Temporal server is a child of this process."""
    return next(child.pid for child in psutil.Process().children() if "temporal" in child.name())
