"""What a simulated world runs on: real servers, a worker and a web app on a fresh state folder, and emulated providers."""

import asyncio
import logging
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console

import worker
from composition import Parts
from config.embedded import start_postgres, start_temporal
from config.logs import configure_logs
from config.running import SECRETS_FILE, announced, kept_secrets
from config.settings import Settings
from config.temporal import connect
from domain.countries.law import Law
from domain.moment import moment_in
from facts.database import Database
from facts.migrate import migrate
from facts.parties.creditors import CreditorDetails
from simulator import staff
from simulator.approved import approved_by_meta, write_down
from simulator.clock import WorldClock
from simulator.emulators import identity, stripe, vipps
from simulator.emulators.identity import IdentityProvider
from simulator.emulators.providers import Faults, Providers, create_app, serving
from simulator.emulators.stripe import Stripe, StripeWebhooks
from simulator.emulators.vipps import Vipps
from simulator.laws import laws_until
from tools.temporal_cli import temporal_cli
from web.app import create_app as create_web

PAYMENT_SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zaW11bGF0ZWQtd29ybGQ="  # one source tells of all creditors' payments


@dataclass(frozen=True, slots=True)
class Servers:
    """All that runs before anybody lives in the world; its first day is the one after it began."""

    state: Path
    country: str
    creditors: Sequence[CreditorDetails]
    settings: Settings
    database: Database
    parts: Parts
    laws: Mapping[str, Law]
    providers: Providers
    vipps: Vipps
    stripe: Stripe
    clock: WorldClock
    web: httpx.AsyncClient
    first_day: date
    temporal_ui: str

    @property
    def law(self) -> Law:
        """That of the country where everybody lives."""
        return self.laws[self.country]


@asynccontextmanager
async def servers(
    state: Path,
    country: str,
    creditors: Sequence[CreditorDetails],
    *,
    weeks: int,
    faults: Faults,
    of_vipps: Faults,
    begin: datetime | None,
    ports: tuple[int, int, int],
) -> AsyncIterator[Servers]:
    """Start everything on a fresh state folder for a country where everybody lives, and end it with the block.

    It begins now, or at a moment ahead of the wall; the providers misbehave as `faults` have them. `ports` are those of
    Temporal, its web UI and the web app, where these are free.
    """
    _clear(state)
    cli = await asyncio.to_thread(temporal_cli)
    temporal_port, ui_port, web_port = _free_ports(ports)
    async with AsyncExitStack() as stack:
        temporal = await start_temporal(cli, state, port=temporal_port, ui_port=ui_port, time_skipping=True)
        stack.callback(temporal.stop)
        postgres = await asyncio.to_thread(start_postgres, state)
        stack.callback(postgres.stop)
        await asyncio.to_thread(migrate, postgres.url)
        database = Database(postgres.url)
        stack.push_async_callback(database.close)

        public_url = f"http://127.0.0.1:{web_port}"
        providers = Providers(
            sendgrid_webhook_url=f"{public_url}/webhooks/sendgrid",
            twilio_inbound_url=f"{public_url}/webhooks/twilio/inbound",
            faults=faults,
            templates=approved_by_meta(),
        )
        stack.push_async_callback(providers.aclose)
        paid_in_app = Vipps(f"{public_url}/webhooks/vipps", faults=of_vipps)
        stack.push_async_callback(paid_in_app.aclose)
        paid_in_app.url = await stack.enter_async_context(serving(vipps.create_app(paid_in_app)))
        paid_there = Stripe(StripeWebhooks(f"{public_url}/webhooks/stripe", faults=of_vipps))
        stack.push_async_callback(paid_there.aclose)
        paid_there.url = await stack.enter_async_context(serving(stripe.create_app(paid_there)))
        shown_by = IdentityProvider()
        shown_by.url = await stack.enter_async_context(serving(identity.create_app(shown_by)))
        directory = staff.directory()
        directory.url = await stack.enter_async_context(serving(identity.create_app(directory)))
        providers_url = await stack.enter_async_context(serving(create_app(providers)))
        write_down(state / "whatsapp")
        settings = _settings(state, creditors, postgres.url, temporal.address, public_url, providers_url, providers)
        settings = settings.model_copy(
            update=shown_by.settings() | staff.settings(directory) | {"temporal_ui_url": temporal.ui_url}
        )
        configure_logs(settings)
        _log_to(state / "log")

        client = await connect(settings)
        clock = WorldClock(database, client, providers)
        if begin is not None:
            await clock.begin(begin)
        first_day = moment_in(country, clock.now()).day + timedelta(days=1)
        laws = laws_until(first_day + timedelta(weeks=weeks))
        providers.clock = paid_in_app.clock = paid_there.webhooks.clock = clock.now
        parts = Parts(settings, database, laws)
        methods = [paid_in_app.settings("734501").method(), paid_there.settings().method()]
        app = create_web(settings, database, laws, methods)
        for provider in app.state.services.providers.values():
            stack.push_async_callback(provider.aclose)
        await stack.enter_async_context(serving(app, web_port))
        # A connection is left before the web app hangs up on it: a request may not meet the end of one.
        limits = httpx.Limits(keepalive_expiry=1)
        web = httpx.AsyncClient(base_url=public_url, timeout=30, trust_env=False, limits=limits)
        await stack.enter_async_context(web)
        await stack.enter_async_context(worker.running(clock.client, parts, app.state.services.providers))
        stack.enter_context(announced(settings, temporal.ui_url))
        yield Servers(
            state,
            country,
            creditors,
            settings,
            database,
            parts,
            laws,
            providers,
            paid_in_app,
            paid_there,
            clock,
            web,
            first_day,
            temporal.ui_url,
        )


def where_to_look(console: Console, addresses: Mapping[str, str]) -> None:
    """Print the addresses of what runs."""
    for what, url in addresses.items():
        console.print(f"{what:<18}{url}", soft_wrap=True)


async def stay(console: Console, addresses: Mapping[str, str], state: Path) -> None:
    """Leave everything running for people to look at, until Ctrl-C."""
    where_to_look(console, addresses)
    console.print(f"In another terminal: .venv/bin/python starter.py list --all --state {state}", soft_wrap=True)
    console.print("Everything runs on until Ctrl-C.")
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()


def _settings(
    state: Path,
    creditors: Sequence[CreditorDetails],
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
            "house_status_folder": state / "house-status",
            "letter_in_folder": state / "letters-in",
            "attachment_folder": state / "attachments",
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
            "payment_webhook_secrets": {creditor.id: (PAYMENT_SECRET,) for creditor in creditors},
            "webhook_signing_keys": (kept["webhook_signing_key"],),
            "webhooks_allow_private": True,
            "log_format": "json",
        }
    )


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
    """The wanted ports, the next one that is free in the place of each that is busy: an address stays as long."""
    found: list[int] = []
    for port in wanted:
        while not _is_free(port):
            port += 1
        found.append(port)
    return found


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
