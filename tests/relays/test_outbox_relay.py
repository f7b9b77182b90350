"""News reaches its case once, over restarts and outages, however many relays there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from facts import clock, outbox
from facts.database import Database
from facts.outbox import tell
from facts.parties.creditors import register
from relays.outbox_relay import OutboxRelay
from tests.begin import TODAY, turn
from tests.world import World, creditor, debtor, eventually, fresh_database, invoice

NOBODY = "a-queue-without-workers"
END_OTHER_CONNECTIONS = text("""
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
""")


@pytest_asyncio.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    url = fresh_database(postgres_url, "relay")
    opened = Database(url)
    await turn(opened)
    yield opened
    await opened.close()


async def imported(world: World, database: Database, name: str, invoices: int) -> list[int]:
    """Invoices whose news waits in the outbox; gives their cases."""
    async with database.transaction() as connection:
        now = await clock.now(connection)
        await register(connection, creditor(id=name, organisation_number=None), now)
        for number in range(invoices):
            new = invoice(
                str(number),
                creditor=name,
                issue_date=TODAY,
                due_date=TODAY + timedelta(days=14),
                reference=None,
                debtor=debtor(customer_number=f"K-{number}"),
            )
            await world.intake.invoice(connection, new, now)
        return list((await connection.execute(text("select id from dunning_case order by id"))).scalars())


async def signals_of(world: World, name: str, number: int) -> list[Any]:
    """The signals in the history of a case's workflow."""
    history = await world.client.get_workflow_handle(f"dunning/{name}/{number}").fetch_history()
    return [e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED]


async def lag(database: Database) -> dict[str, float]:
    async with database.transaction() as connection:
        return await outbox.lag(connection)


async def test_many_relays_tell_every_case_exactly_once(world: World, database: Database) -> None:
    await imported(world, database, "many-relays", 60)
    relays = [OutboxRelay(database, world.client, task_queue=NOBODY) for _ in range(3)]
    told = await asyncio.gather(*(relay.relay_batch() for relay in relays))
    told += await asyncio.gather(*(relay.relay_batch() for relay in relays))
    assert sum(told) == 60
    for number in range(60):
        assert len(await signals_of(world, "many-relays", number)) == 1


async def test_later_news_wakes_the_same_case(world: World, database: Database) -> None:
    cases = await imported(world, database, "same-case", 1)
    relay = OutboxRelay(database, world.client, task_queue=NOBODY)
    await relay.relay_batch()
    run = (await world.client.get_workflow_handle("dunning/same-case/0").describe()).run_id
    async with database.transaction() as connection:
        await tell(connection, cases, "debtor_replied", await clock.now(connection))
    await relay.relay_batch()
    assert (await world.client.get_workflow_handle("dunning/same-case/0").describe()).run_id == run
    _, reply = await signals_of(world, "same-case", 0)
    assert reply.workflow_execution_signaled_event_attributes.signal_name == "debtor_replied"


async def test_news_that_is_rolled_back_is_never_told(world: World, database: Database) -> None:
    cases = await imported(world, database, "rolled-back", 1)
    relay = OutboxRelay(database, world.client, task_queue=NOBODY)
    await relay.relay_batch()
    with pytest.raises(RuntimeError, match="changed my mind"):
        await tell_and_fail(database, cases)
    assert await relay.relay_batch() == 0


async def tell_and_fail(database: Database, cases: list[int]) -> None:
    async with database.transaction() as connection:
        await tell(connection, cases, "debtor_replied", await clock.now(connection))
        raise RuntimeError("changed my mind")


async def test_committed_news_wakes_a_running_relay_at_once(world: World, database: Database) -> None:
    relay = asyncio.create_task(OutboxRelay(database, world.client, task_queue=NOBODY).run())
    try:
        await asyncio.sleep(0.3)
        await imported(world, database, "at-once", 1)
        await eventually(lambda: is_empty(database), within=3)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    assert len(await signals_of(world, "at-once", 0)) == 1


async def is_empty(database: Database) -> bool:
    return (await lag(database))["waiting"] == 0


async def test_news_for_a_server_that_is_away_is_kept_and_told_when_it_is_back(
    world: World, database: Database
) -> None:
    await imported(world, database, "server-away", 2)
    async with a_road_to(world.client.service_client.config.target_host) as road:
        client = await Client.connect(road, data_converter=pydantic_data_converter)
    away = OutboxRelay(database, client, task_queue=NOBODY)
    assert await away.relay_batch() == 2
    assert await away.relay_batch() == 0  # not again at once
    assert (await lag(database))["waiting"] == 2
    async with database.transaction() as connection:
        kept = (await connection.execute(text("select attempts, error from outbox"))).all()
        await connection.execute(text("update outbox set ready_at = clock_timestamp()"))
    assert [row.attempts for row in kept] == [1, 1]
    assert await OutboxRelay(database, world.client, task_queue=NOBODY).relay_batch() == 2
    assert len(await signals_of(world, "server-away", 1)) == 1


@asynccontextmanager
async def a_road_to(server: str) -> AsyncIterator[str]:
    """An address that leads to a server until the block ends; then nobody listens there."""
    host, _, port = server.rpartition(":")
    roads: list[asyncio.StreamWriter] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(host, int(port))
        roads.extend([writer, to_server])
        await asyncio.gather(carry(reader, to_server), carry(from_server, writer), return_exceptions=True)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        for writer in roads:
            writer.transport.abort()


async def test_news_is_set_aside_after_many_tries_and_can_be_revived(world: World, database: Database) -> None:
    await imported(world, database, "set-aside", 1)
    async with database.transaction() as connection:
        (news,) = await outbox.take(connection, 10)
        for _ in range(outbox.MAX_ATTEMPTS):
            await outbox.retry_later(connection, [news.id], "away")
        assert await outbox.take(connection, 10) == []
    assert await lag(database) == {"waiting": 0, "dead": 1, "oldest_seconds": 0}
    async with database.transaction() as connection:
        assert await outbox.revive(connection) == 1
    assert await OutboxRelay(database, world.client, task_queue=NOBODY).relay_batch() == 1


async def test_news_waits_for_a_server_that_was_never_there(world: World, database: Database) -> None:
    await imported(world, database, "never-there", 1)
    nobody = await Client.connect("127.0.0.1:9", lazy=True)
    assert await OutboxRelay(database, nobody, task_queue=NOBODY).relay_batch() == 1
    assert (await lag(database))["waiting"] == 1


async def test_a_relay_outlives_its_connections_to_the_database(world: World, database: Database) -> None:
    relay = asyncio.create_task(OutboxRelay(database, world.client, task_queue=NOBODY).run())
    try:
        await asyncio.sleep(0.3)
        own = Database(database.url)
        async with own.transaction() as connection:
            await connection.execute(END_OTHER_CONNECTIONS)
        await own.close()
        await asyncio.sleep(1.5)  # the relay has looked again by now
        assert not relay.done()
        await imported(world, database, "outlived", 1)
        await eventually(lambda: is_empty(database), within=5)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    assert len(await signals_of(world, "outlived", 0)) == 1
