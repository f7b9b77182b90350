"""The embedded servers start, stop, and start again on the same state after any crash."""

import asyncio
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import psycopg
import pytest
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import create_engine, text
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from config import search_attributes
from config.embedded import (
    PortTakenError,
    StateFolderInUseError,
    _answers_as_ours,
    owned,
    start_postgres,
    start_temporal,
)
from config.search_attributes import SearchAttributeError
from tests.world import eventually
from tools.setup import ROOT
from tools.temporal_cli import temporal_cli


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder that the database's own user may reach when the tests are run by root."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "state"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_sql(url: str, statement: str) -> list[object]:
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        rows = [row[0] for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def wait_until_refused(socket_path: Path) -> None:
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(socket_path)):
                return
        time.sleep(0.05)


def crash(code: str, *arguments: object) -> str:
    """Run code in a process of its own that then kills itself as `kill -9` does; returns what it printed."""
    program = dedent(code) + "\nimport os; print(flush=True); os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    return done.stdout.strip()


def crash_beside_postgres(state: Path) -> str:
    return crash(
        """
        import sys
        from pathlib import Path
        from config.embedded import start_postgres
        print(start_postgres(Path(sys.argv[1])).url, end="")
        """,
        state,
    )


def crash_beside_temporal(state: Path, port: int, ui_port: int) -> int:
    code = """
        import asyncio, sys
        from pathlib import Path
        from config.embedded import start_temporal
        cli, state = map(Path, sys.argv[1:3])
        port, ui_port = map(int, sys.argv[3:])
        start = start_temporal(cli, state, port=port, ui_port=ui_port, time_skipping=True)
        print(asyncio.run(start).process.pid, end="")
        """
    return int(crash(code, temporal_cli(), state, port, ui_port))


def test_postgres_keeps_its_rows_over_a_clean_stop(state: Path) -> None:
    first = start_postgres(state)
    run_sql(first.url, "create table kept as select 1 as n")
    first.stop()
    second = start_postgres(state)
    assert run_sql(second.url, "select n from kept") == [1]
    second.stop()
    assert not (state / "postgres" / "postmaster.pid").exists()


def test_postgres_works_in_a_folder_too_deep_for_a_socket(state: Path) -> None:
    postgres = start_postgres(state / ("deep" * 20) / ("deeper" * 15))
    assert run_sql(postgres.url, "select 1") == [1]
    postgres.stop()


def test_postgres_left_by_a_crash_is_taken_over_and_stopped(state: Path) -> None:
    run_sql(crash_beside_postgres(state), "create table kept as select 1 as n")
    postgres = start_postgres(state)
    assert run_sql(postgres.url, "select n from kept") == [1]
    postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url.replace("+psycopg", ""))


def test_postgres_killed_itself_recovers_what_was_committed(state: Path) -> None:
    run_sql(crash_beside_postgres(state), "create table kept as select 1 as n")
    os.kill(int((state / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    wait_until_refused(state / "postgres" / ".s.PGSQL.5432")
    postgres = start_postgres(state)
    assert run_sql(postgres.url, "select n from kept") == [1]
    postgres.stop()


def test_a_pid_file_whose_number_was_given_to_another_program_does_not_block(state: Path) -> None:
    start_postgres(state).stop()
    pid_file = state / "postgres" / "postmaster.pid"
    lines = [
        str(os.getpid()),
        str(state / "postgres"),
        "0",
        "5432",
        str(state / "postgres"),
        "",
        "0 0",
        "ready",
    ]
    pid_file.write_text("\n".join(lines) + "\n")
    (state / "postgres" / ".s.PGSQL.5432.lock").write_text(pid_file.read_text())
    postgres = start_postgres(state)
    assert run_sql(postgres.url, "select 1") == [1]
    postgres.stop()


async def test_temporal_registers_every_search_attribute_and_starts_again_on_its_state(state: Path) -> None:
    port, ui_port = free_port(), free_port()
    for _ in range(2):
        server = await start_temporal(temporal_cli(), state, port=port, ui_port=ui_port, time_skipping=False)
        client = await Client.connect(server.address)
        known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
        assert {key.name for key in search_attributes.ALL} <= set(known.custom_attributes)
        server.stop()


async def test_a_missing_search_attribute_is_registered_once(state: Path) -> None:
    server = await start_temporal(temporal_cli(), state, port=free_port(), ui_port=free_port(), time_skipping=False)
    client = await Client.connect(server.address)
    await search_attributes.ensure(client)
    await search_attributes.ensure(client)
    full = await a_namespace_without_room(client, server.address)
    with pytest.raises(SearchAttributeError, match="--namespace full --name Flag --type Keyword"):
        await search_attributes.ensure(full)
    server.stop()


async def a_namespace_without_room(client: Client, address: str) -> Client:
    """A namespace whose every keyword is taken, which the server does not let us change."""
    month = Duration(seconds=30 * 86400)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace="full", workflow_execution_retention_period=month)
    )
    taken = AddSearchAttributesRequest(namespace="full")
    for number in range(10):
        taken.search_attributes[f"Taken{number}"] = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD

    async def is_taken() -> bool:
        try:
            await client.operator_service.add_search_attributes(taken)
        except RPCError as error:  # the namespace is known a moment later
            return error.status is RPCStatusCode.ALREADY_EXISTS
        return True

    await eventually(is_taken)
    return await Client.connect(address, namespace="full")


async def test_temporal_left_by_a_crash_makes_room_for_the_next(state: Path) -> None:
    port, ui_port = free_port(), free_port()
    orphan = await asyncio.to_thread(crash_beside_temporal, state, port, ui_port)
    server = await start_temporal(temporal_cli(), state, port=port, ui_port=ui_port, time_skipping=True)
    assert server.process.pid != orphan
    assert (await Client.connect(server.address)).namespace == "default"
    server.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::"])
async def test_a_port_of_another_program_is_told_before_anything_starts(state: Path, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((host, 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        for ports in ({"port": port, "ui_port": free_port()}, {"port": free_port(), "ui_port": port}):
            with pytest.raises(PortTakenError, match=f"port {port} of 127.0.0.1 is taken"):
                await start_temporal(temporal_cli(), state, **ports, time_skipping=False)
    assert not (state / "temporal" / "temporal.sqlite").exists()


async def test_a_temporal_server_of_somebody_else_is_never_taken_for_ours(state: Path) -> None:
    theirs = await start_temporal(
        temporal_cli(), state / "theirs", port=free_port(), ui_port=free_port(), time_skipping=False
    )
    try:
        port = int(theirs.address.rpartition(":")[2])
        with pytest.raises(PortTakenError):
            await start_temporal(temporal_cli(), state / "ours", port=port, ui_port=free_port(), time_skipping=False)
        ours = dataclasses.replace(theirs, own_namespace="purr-of-another-folder")
        with pytest.raises(TimeoutError):  # whatever answers there, it is not the one that was started
            async with asyncio.timeout(3):
                await _answers_as_ours(ours)
        assert await _answers_as_ours(theirs)
    finally:
        theirs.stop()


def test_a_state_folder_has_one_owner(state: Path) -> None:
    with owned(state), pytest.raises(StateFolderInUseError, match="stop it first"), owned(state):
        pass
    with owned(state):
        pass
