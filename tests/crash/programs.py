"""Purr's programs as processes of their own, which can be killed at any moment and started again."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from config.embedded import EmbeddedTemporal, start_temporal
from tools.temporal_cli import temporal_cli

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0  # a wait ends as soon as the program is at work, also on a busy machine
AT_WORK = {"worker": "worker_started", "web": "startup complete"}


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(service: str) -> list[str]:
    """The command of a service of docker-compose.yml, with this Python."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    program, *arguments = compose["services"][service]["command"]
    beside = Path(sys.executable).with_name(program)
    return [str(beside), *arguments]


@dataclass
class Programs:
    """Temporal on a file, the worker, the web app, and the providers, who belong to the outside world and live on."""

    folder: Path
    database_url: str
    emails_per_second: float
    temporal_port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)
    providers_port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def temporal_address(self) -> str:
        """Where the Temporal server is, also after it was killed."""
        return f"127.0.0.1:{self.temporal_port}"

    @property
    def messages_log(self) -> Path:
        """Every message the providers accepted, one JSON object a line."""
        return self.folder / "messages.jsonl"

    def messages(self) -> list[dict[str, Any]]:
        """What the providers accepted; a line that is being written does not count yet."""
        complete, _, _ = self.messages_log.read_text().rpartition("\n")
        return [json.loads(line) for line in complete.splitlines()]

    async def start(self, *names: str) -> None:
        """Start the outside world, Temporal, and the programs of ours that are named: "worker", "web"."""
        keys = await asyncio.to_thread(self._start_providers)
        self.environment = {
            **os.environ,
            "PURR_DATABASE_URL": self.database_url,
            "PURR_TEMPORAL_ADDRESS": self.temporal_address,
            "PURR_WEB_PORT": str(self.web_port),
            "PURR_PUBLIC_URL": keys["url"],  # Twilio's events arrive nowhere: its own emulator refuses them
            "PURR_SENDGRID_HOST": keys["url"],
            "PURR_SENDGRID_API_KEY": keys["sendgrid_api_key"],
            "PURR_SENDGRID_PUBLIC_KEY": keys["sendgrid_public_key"],
            "PURR_EMAIL_SENDER": "faktura@purr.example",
            "PURR_TWILIO_API_BASE": keys["url"],
            "PURR_TWILIO_ACCOUNT_SID": keys["twilio_account_sid"],
            "PURR_TWILIO_AUTH_TOKEN": keys["twilio_auth_token"],
            "PURR_TWILIO_SMS_FROM": "+4759440000",
            "PURR_LINK_SECRETS": "a-link-secret-of-32-characters-and-more",
            "PURR_PAYMENT_WEBHOOK_SECRETS": "acme:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "PURR_PRINT_FOLDER": str(self.folder / "print"),
            "PURR_HAND_OFF_FOLDER": str(self.folder / "hand-off"),
            "PURR_VOUCHER_FOLDER": str(self.folder / "vouchers"),
            "PURR_REFUND_FOLDER": str(self.folder / "refunds"),
            "PURR_BANK_FILE_FOLDER": str(self.folder / "bank-files"),
            "PURR_INVOICE_FOLDER": str(self.folder / "invoices"),
            "PURR_RELATION_FOLDER": str(self.folder / "customer-relations"),
            "PURR_HOUSE_STATUS_FOLDER": str(self.folder / "house-status"),
            "PURR_STATE_FOLDER": str(self.folder),
            "PURR_METRICS_PORT": str(free_port()),
            "PURR_EMAIL_PER_SECOND": str(self.emails_per_second),
            "PURR_SMS_PER_SECOND": str(self.emails_per_second * 0.4),
        }
        await self.start_again("temporal")
        await asyncio.gather(*(self.start_again(name) for name in names))

    def _start_providers(self) -> dict[str, str]:
        webhook = f"http://127.0.0.1:{self.web_port}/webhooks/sendgrid"
        command = ["-m", "simulator.emulators.providers", "--port", str(self.providers_port)]
        command += ["--log", str(self.messages_log), "--sendgrid-webhook", webhook]
        with (self.folder / "providers.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
        self.running["providers"] = process
        assert process.stdout is not None
        with process.stdout:
            keys: dict[str, str] = json.loads(process.stdout.readline())
        return keys

    async def misbehave(self, **faults: Any) -> None:
        """Let the providers misbehave from now on."""
        async with httpx.AsyncClient(trust_env=False) as http:
            url = f"http://127.0.0.1:{self.providers_port}/_control/faults"
            (await http.post(url, json=faults)).raise_for_status()

    async def start_again(self, name: str, *, says_so: bool = True) -> None:
        """Start a program that does not run and wait until it says that it is at work."""
        if name == "temporal":
            server: EmbeddedTemporal = await start_temporal(
                temporal_cli(), self.folder, port=self.temporal_port, ui_port=free_port(), time_skipping=True
            )
            self.running[name] = server.process
            return
        log = self.log(name)
        said_before = len(log.read_text()) if log.exists() else 0
        self._launch(name, command(name), log)
        deadline = time.monotonic() + START_SECONDS
        while says_so and AT_WORK[name] not in (said := log.read_text()[said_before:]):
            assert self.running[name].poll() is None, f"{name} ended: {said}"
            assert time.monotonic() < deadline, f"{name} did not start: {said}"
            await asyncio.sleep(0.1)

    def _launch(self, name: str, command: list[str], log: Path) -> None:
        with log.open("ab") as output:
            self.running[name] = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)

    def log(self, name: str) -> Path:
        """Where everything is kept that a program says."""
        return self.folder / f"{name}.log"

    def stop(self, name: str) -> int:
        """Ask a program to stop, as `docker stop` does, and wait; gives its exit code."""
        process = self.running.pop(name)
        process.terminate()
        return process.wait(START_SECONDS)

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def end(self) -> None:
        """Kill what still runs."""
        for name in list(self.running):
            with suppress(ProcessLookupError):
                self.kill(name)
