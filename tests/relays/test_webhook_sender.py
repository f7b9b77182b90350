"""Webhooks reach a creditor's system over the wire: at once, again after failures, never twice without need."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.ids import CreditorIds, Kind
from connectors.webhooks.post import TIMEOUT, WebhookPost, WebhookSecrets
from facts import clock
from facts.database import Database
from facts.parties import id_keys
from facts.parties.creditors import register
from facts.webhooks import outgoing
from facts.webhooks.outgoing import Endpoint, Event, EventType, Message
from relays.webhook_sender import IN_FLIGHT, OF_ONE_CREDITOR, OF_ONE_ENDPOINT, PAUSES, WebhookSender, pause_after
from simulator.emulators.providers import serving
from tests.world import creditor, eventually, fresh_database

OLD_KEY, KEY = "an-old-master-key-of-32-characters", "a-new-master-key-of-32-characters-"


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass
class System:
    """A creditor's system: what it got, when, what it answers, how slow it is, and whether it answers at all yet."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    always: int = 204
    patience: float = 0
    answering: asyncio.Event = field(default_factory=_open)
    busy: int = 0
    busiest: int = 0

    async def take(self, request: Request) -> Response:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        self.at.append(time.monotonic())
        self.got.append((dict(request.headers), await request.body()))
        await asyncio.sleep(self.patience)
        await self.answering.wait()
        self.busy -= 1
        return self.answers.pop(0) if self.answers else Response(status_code=self.always)

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@asynccontextmanager
async def a_system() -> AsyncIterator[System]:
    system = System()
    async with serving(Starlette(routes=[Route("/{rest:path}", system.take, methods=["GET", "POST"])])) as url:
        system.url = f"{url}/purr"
        yield system


@pytest_asyncio.fixture
async def system() -> AsyncIterator[System]:
    async with a_system() as one:
        yield one


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> str:
    return fresh_database(postgres_url, "webhook_sender")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    async with opened.transaction() as connection:
        await connection.execute(text("truncate webhook_endpoint cascade"))
        for id, account in (("acme", "15032080119"), ("beta", "98765432100")):
            details = creditor(id=id, organisation_number=None, accounts=(account,))
            await register(connection, details, await clock.now(connection))
    yield opened
    await opened.close()


@asynccontextmanager
async def sending(database: Database, *keys: str, careful: bool = False) -> AsyncIterator[None]:
    """A sender that runs until the block ends."""
    sender = WebhookSender(database, WebhookSecrets(keys or [KEY]), WebhookPost(allow_private=not careful))
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def endpoint(database: Database, url: str, *events: str, of: str = "acme") -> Endpoint:
    async with database.transaction() as connection:
        return await outgoing.add(connection, of, url, events or ("*",), await clock.now(connection))


async def emit(
    database: Database, number: str = "1001", type: EventType = "case.closed", *, of: str = "acme", times: int = 1
) -> None:
    data: dict[str, Any] = {
        "case.closed": {"invoice": number, "outcome": "paid"},
        "plan.kept": {"invoice": number, "plan": 1},
        "service.block": {"invoice": number, "customer_number": "K-1"},
        "service.unblock": {"invoice": number, "customer_number": "K-1"},
    }[type]
    async with database.transaction() as connection:
        await outgoing.emit_many(connection, [Event(of, type, data)] * times, await clock.now(connection))


async def messages(database: Database, of: Endpoint, state: Any = None) -> list[Message]:
    async with database.transaction() as connection:
        return await outgoing.list_messages(connection, of.id, state, 1000)


async def hurry(database: Database) -> None:
    """What waits to be sent again is due now."""
    async with database.transaction() as connection:
        await connection.execute(
            text("update webhook_message set ready_at = clock_timestamp() where state = 'pending'")
        )


def verified(system: System, secret: str, number: int = 0) -> Any:
    headers, body = system.got[number]
    return Webhook(secret).verify(body, headers)


async def tries(database: Database, of: Endpoint) -> int:
    return sum(len(message.attempts) for message in await messages(database, of))


# --- pauses ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_pauses_are_drawn_from_nothing_to_a_longest_that_grows(failures: int, chance: float) -> None:
    assert (
        timedelta() <= pause_after(failures, None, chance) <= timedelta(seconds=PAUSES[min(failures, len(PAUSES)) - 1])
    )
    assert pause_after(failures, None, chance) <= pause_after(failures + 1, None, chance)


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True), st.timedeltas(timedelta(), timedelta(hours=24)))
def test_an_endpoint_that_asks_for_a_pause_gets_it(failures: int, chance: float, asked: timedelta) -> None:
    assert pause_after(failures, asked, chance) == asked + pause_after(failures, None, chance)


# --- over the wire -----------------------------------------------------------------------------------------------


async def test_an_event_is_at_the_creditors_system_at_once_signed_and_thin(
    database: Database, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relays.webhook_sender.POLL_SECONDS", 3600.0)  # who hears of it today was woken
    here = await endpoint(database, system.url)
    async with sending(database):
        await asyncio.sleep(0.3)  # it listens by now
        await emit(database)
        await eventually(lambda: system.got)
        await eventually(lambda: messages(database, here, "delivered"))
    event = verified(system, WebhookSecrets([KEY]).shown(here.id, 1))
    assert (event["type"], event["data"]) == ("case.closed", {"invoice": "1001", "outcome": "paid"})
    assert len(system.got) == 1


async def test_each_endpoint_verifies_with_its_own_secret(database: Database, system: System) -> None:
    async with a_system() as other:
        here, there = await endpoint(database, system.url), await endpoint(database, other.url)
        await emit(database)
        async with sending(database):
            await eventually(lambda: system.got and other.got)
    verified(system, WebhookSecrets([KEY]).shown(here.id, 1))
    verified(other, WebhookSecrets([KEY]).shown(there.id, 1))


async def test_what_is_posted_names_things_by_the_creditors_own_ids_the_same_on_every_attempt(
    database: Database, system: System
) -> None:
    await endpoint(database, system.url)
    await endpoint(database, system.url, of="beta")
    system.answers = [Response(status_code=500)]
    async with sending(database):
        for creditor_id in ("acme", "beta"):
            await emit(database, type="plan.kept", of=creditor_id)
        await eventually(lambda: len(system.got) >= 2)
        await hurry(database)
        await eventually(lambda: len(system.got) >= 3)
    async with database.transaction() as connection:
        keys = await id_keys.of_all(connection)
    ids = {CreditorIds(creditor_id, key).sealed(Kind.PLAN, 1) for creditor_id, key in keys}
    assert len(ids) == 2
    assert {json.loads(body)["data"]["plan"] for _, body in system.got} == ids
    bodies = {headers["webhook-id"]: body for headers, body in system.got}
    assert all(bodies[headers["webhook-id"]] == body for headers, body in system.got)


async def test_a_secret_or_master_key_that_rotates_leaves_nobody_unable_to_verify(
    database: Database, system: System
) -> None:
    here = await endpoint(database, system.url)
    async with database.transaction() as connection:
        await outgoing.rotate(connection, here.id)
    await emit(database)
    async with sending(database, KEY, OLD_KEY):
        await eventually(lambda: system.got)
    for key in (KEY, OLD_KEY):
        for version in (1, 2):
            verified(system, WebhookSecrets([key]).shown(here.id, version))


async def test_a_failure_is_sent_again_under_the_same_id_with_a_new_timestamp(
    database: Database, system: System
) -> None:
    here = await endpoint(database, system.url)
    system.answers = [Response(status_code=500), Response(status_code=302, headers={"location": system.url})]
    await emit(database)
    async with sending(database):
        for count in (1, 2):
            await eventually(lambda count=count: _is(tries(database, here), count))
            await asyncio.sleep(1.1 if count == 1 else 0)  # timestamps are whole seconds
            await hurry(database)
        await eventually(lambda: messages(database, here, "delivered"))
    (message,) = await messages(database, here)
    assert [(a["status"], a["error"]) for a in message.attempts] == [
        (500, "answered 500"),
        (302, "answered 302: redirects are not followed"),
        (204, None),
    ]
    assert len(set(system.ids())) == 1
    assert len({body for _, body in system.got}) == 1
    assert system.got[0][0]["webhook-timestamp"] < system.got[2][0]["webhook-timestamp"]
    for number in range(3):
        verified(system, WebhookSecrets([KEY]).shown(here.id, 1), number)


async def _is(count: Any, wanted: int) -> bool:
    return await count >= wanted


async def test_an_endpoint_that_asks_to_be_left_alone_is(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    system.answers = [Response(status_code=503, headers={"retry-after": "7200"})]
    await emit(database)
    async with sending(database):
        await eventually(lambda: _is(tries(database, here), 1))
    (message,) = await messages(database, here)
    assert message.next_at
    assert timedelta(hours=1, minutes=59) < message.next_at - message.happened_at < timedelta(hours=2, minutes=1)


async def test_410_disables_the_endpoint_and_drops_what_was_on_its_way(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    system.always = 410
    await emit(database)
    async with sending(database):
        await eventually(lambda: messages(database, here, "dropped"))
        await emit(database)
        await asyncio.sleep(1.2)  # it has polled again
    assert len(system.got) == 1
    async with database.transaction() as connection:
        told = await outgoing.find(connection, "acme", here.id)
    assert told
    assert told.disabled_at
    assert told.disabled_why == "it answered 410 Gone"
    assert [message.last_status for message in await messages(database, here)] == [410]


async def test_a_private_address_gets_nothing_and_the_message_says_why(database: Database, system: System) -> None:
    here = await endpoint(database, system.url.replace("http://", "https://"))
    await emit(database)
    async with sending(database, careful=True):
        await eventually(lambda: _is(tries(database, here), 1))
    assert system.got == []
    (message,) = await messages(database, here)
    assert (message.state, message.error) == (
        "pending",
        "127.0.0.1 leads to an address that is not in the open internet",
    )


async def test_what_was_given_up_is_replayed_under_its_own_id(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    await emit(database)
    async with database.transaction() as connection:
        await connection.execute(text("update webhook_message set state = 'failed'"))
    async with sending(database):
        await asyncio.sleep(0.3)
        assert system.got == []
        async with database.transaction() as connection:
            assert await outgoing.replay(connection, here) == 1
        await eventually(lambda: messages(database, here, "delivered"))
    assert system.ids() == [(await messages(database, here))[0].id]


async def test_a_slow_system_holds_up_no_other(database: Database, system: System) -> None:
    async with a_system() as quick:
        slow_one = await endpoint(database, system.url, "case.*")
        quick_one = await endpoint(database, quick.url, "plan.*")
        system.answering.clear()
        for number in range(2 * IN_FLIGHT):
            await emit(database, str(number))
        async with sending(database):
            await eventually(lambda: system.busy == OF_ONE_ENDPOINT)
            await emit(database, type="plan.kept")
            await eventually(lambda: messages(database, quick_one, "delivered"))
            assert await messages(database, slow_one, "delivered") == []
            system.answering.set()
    assert system.busiest == OF_ONE_ENDPOINT


@asynccontextmanager
async def a_hole() -> AsyncIterator[tuple[str, list[asyncio.StreamWriter]]]:
    """A system that takes every connection and says nothing on any; gives its address and who is connected."""
    connected: list[asyncio.StreamWriter] = []

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/purr", connected
        finally:
            for writer in connected:
                writer.transport.abort()


async def test_a_neighbour_whose_endpoints_all_hang_delays_nobodys_service(database: Database, system: System) -> None:
    """Four were enough to hold every slot, and a payer sat in the dark for as long as they were waited for."""
    async with a_hole() as (hole, connected):
        for _ in range(4):
            await endpoint(database, hole)
        await endpoint(database, system.url, of="beta")
        await emit(database, times=2 * IN_FLIGHT // 4)
        await emit(database, "b-1", of="beta", times=30)  # and its own bulk does not come first either
        async with sending(database):
            await eventually(lambda: len(connected) >= OF_ONE_CREDITOR)
            emitted = time.monotonic()
            await emit(database, "b-2", "service.unblock", of="beta")
            await eventually(lambda: "service.unblock" in kinds(system))
            assert time.monotonic() - emitted < TIMEOUT / 2, "it does not wait for those that hang"
            await eventually(lambda: len(system.got) == 31)
            assert len(connected) == OF_ONE_CREDITOR
            release(connected)


def release(connected: list[asyncio.StreamWriter]) -> None:
    """The connections break, as a time-out would end them."""
    for writer in connected:
        writer.transport.abort()


def kinds(system: System) -> list[str]:
    return [json.loads(body)["type"] for _, body in system.got]


async def test_an_endpoint_that_did_not_answer_is_asked_one_message_at_a_time_until_it_does(
    database: Database, system: System
) -> None:
    async with a_hole() as (hole, connected):
        silent = await endpoint(database, hole)
        await emit(database, times=3 * OF_ONE_ENDPOINT)
        async with sending(database):
            await eventually(lambda: len(connected) == OF_ONE_ENDPOINT)
            release(connected)
            await eventually(lambda: _is(tries(database, silent), OF_ONE_ENDPOINT))
            await eventually(lambda: len(connected) == OF_ONE_ENDPOINT + 1)
            await asyncio.sleep(1.2)  # it has polled again
            assert len(connected) == OF_ONE_ENDPOINT + 1
            system.patience = 0.5
            async with database.transaction() as connection:  # it comes back
                await connection.execute(text("update webhook_endpoint set url = :url"), {"url": system.url})
            release(connected)
            await hurry(database)
            await eventually(lambda: _is(_count(database, silent), 3 * OF_ONE_ENDPOINT))
    assert system.busiest == OF_ONE_ENDPOINT


async def test_what_is_urgent_overtakes_the_bulk_of_its_own_endpoint(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    await emit(database, times=3 * OF_ONE_ENDPOINT)
    await emit(database, type="service.unblock")
    async with sending(database):
        await eventually(lambda: _is(_count(database, here), 3 * OF_ONE_ENDPOINT + 1))
    assert "service.unblock" in kinds(system)[:OF_ONE_ENDPOINT]


async def test_a_block_whose_turn_comes_again_after_the_service_was_freed_is_not_sent(
    database: Database, system: System
) -> None:
    here = await endpoint(database, system.url)
    system.answers = [Response(status_code=500)]
    await emit(database, type="service.block")
    async with sending(database):
        await eventually(lambda: _is(tries(database, here), 1))
    await emit(database, type="service.unblock")
    await hurry(database)
    async with sending(database):
        await eventually(lambda: messages(database, here, "delivered"))
        await asyncio.sleep(1.2)  # it has polled again
    assert kinds(system) == ["service.block", "service.unblock"]
    assert [m.type for m in await messages(database, here, "overtaken")] == ["service.block"]


async def test_an_endpoint_that_is_disabled_while_its_message_is_posted_keeps_what_it_took_and_gets_no_more(
    database: Database, system: System
) -> None:
    here = await endpoint(database, system.url)
    system.answers = [Response(status_code=204), Response(status_code=500)]
    system.answering.clear()
    await emit(database)
    async with sending(database):
        await eventually(lambda: system.got)
        await emit(database, "1002")
        await eventually(lambda: len(system.got) == 2)
        async with database.transaction() as connection:
            assert await outgoing.disable(connection, here.id, "moved") == 2
        system.answering.set()
        await eventually(lambda: _is(tries(database, here), 2))
        await hurry(database)
        await asyncio.sleep(1.2)  # it has polled again
    assert len(system.got) == 2
    assert {m.payload["data"]["invoice"]: m.state for m in await messages(database, here)} == {
        "1001": "delivered",
        "1002": "dropped",
    }


async def test_a_system_that_answers_after_the_time_is_up_twice_gets_one_id_and_ends_delivered(
    database: Database, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.webhooks.post.TIMEOUT", 0.3)
    here = await endpoint(database, system.url)
    system.patience = 0.6
    await emit(database)
    async with sending(database):
        for count in (1, 2):
            await eventually(lambda count=count: _is(tries(database, here), count))
            await asyncio.sleep(0.4)  # its late answer meets nobody
            system.patience = 0.6 if count == 1 else 0
            await hurry(database)
        await eventually(lambda: messages(database, here, "delivered"))
    (message,) = await messages(database, here)
    assert [a["error"] for a in message.attempts] == ["no answer in time", "no answer in time", None]
    assert len(set(system.ids())) == 1


async def test_every_secret_of_a_day_verifies_what_is_sent_after_two_rotations_in_a_moment(
    database: Database, system: System
) -> None:
    here = await endpoint(database, system.url)
    async with database.transaction() as connection:
        await outgoing.rotate(connection, here.id)
        await outgoing.rotate(connection, here.id)
    await emit(database)
    async with sending(database):
        await eventually(lambda: system.got)
    for version in (1, 2, 3):
        verified(system, WebhookSecrets([KEY]).shown(here.id, version))


async def test_several_senders_send_each_of_many_messages_once(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    for number in range(100):
        await emit(database, str(number))
    async with sending(database), sending(database), sending(database):
        await eventually(lambda: _is(_count(database, here), 100))
    assert len(system.got) == 100
    assert len(set(system.ids())) == 100
    assert {json.loads(body)["data"]["invoice"] for _, body in system.got} == {str(number) for number in range(100)}


async def _count(database: Database, of: Endpoint) -> int:
    return len(await messages(database, of, "delivered"))


async def test_a_sender_that_is_stopped_lets_what_is_in_flight_land(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    system.patience = 0.5
    await emit(database)
    async with sending(database):
        await eventually(lambda: system.got)
        assert await messages(database, here, "delivered") == []
    assert len(await messages(database, here, "delivered")) == 1


async def test_what_a_sender_took_and_never_answered_is_sent_by_the_next_one(
    database: Database, system: System
) -> None:
    here = await endpoint(database, system.url)
    await emit(database)
    async with database.transaction() as connection:
        assert len(await outgoing.due(connection, 10, each=10, of_creditor=10)) == 1  # and it died
    async with sending(database):
        await asyncio.sleep(0.3)
        assert system.got == []
        await hurry(database)  # the lease is over
        await eventually(lambda: messages(database, here, "delivered"))


END_OTHER_CONNECTIONS = text("""
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
""")


async def test_a_sender_outlives_its_connections_to_the_database(database: Database, system: System) -> None:
    here = await endpoint(database, system.url)
    async with sending(database):
        await asyncio.sleep(0.3)
        own = Database(database.url)
        async with own.transaction() as connection:
            await connection.execute(END_OTHER_CONNECTIONS)
        await asyncio.sleep(1.5)
        await emit(own)
        await eventually(lambda: messages(own, here, "delivered"))
        await own.close()
