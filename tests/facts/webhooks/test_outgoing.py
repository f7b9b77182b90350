"""Webhook messages: who is told of what, how long each is tried, and how it is sent again."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from facts.refusals import Refused
from facts.webhooks import outgoing
from facts.webhooks.events import EventType
from facts.webhooks.outgoing import (
    MOST_ENDPOINTS,
    MOST_SECRETS,
    Endpoint,
    Event,
    Message,
)
from tests.store import NOW, Store

URL = "https://hooks.example/in"
SOON = timedelta(minutes=5)


async def endpoint(store: Store, *events: str, creditor: str = "acme") -> Endpoint:
    async with store.database.transaction() as connection:
        return await outgoing.add(connection, creditor, URL, events or ("*",), NOW)


async def emit(store: Store, type: EventType = "case.closed", creditor: str = "acme", **data: Any) -> None:
    given = data or {"invoice": "1001", "outcome": "paid"}
    async with store.database.transaction() as connection:
        await outgoing.emit(connection, creditor, type, given, NOW)


async def due(
    store: Store, most: int = 100, *, each: int = 100, of_creditor: int = 100, flying: Any = None, silent: Any = ()
) -> list[outgoing.DueMessage]:
    async with store.database.transaction() as connection:
        return await outgoing.due(connection, most, each=each, of_creditor=of_creditor, flying=flying, silent=silent)


async def answer(store: Store, message: str, error: str | None = "answered 500", pause: timedelta = SOON) -> str:
    status = 500 if error else 200
    async with store.database.transaction() as connection:
        return await outgoing.answered(connection, message, status=status, error=error, seconds=0.2, pause=pause)


async def messages(store: Store, of: Endpoint, state: Any = None) -> list[Message]:
    async with store.database.transaction() as connection:
        return await outgoing.list_messages(connection, of.id, state, 100)


async def reread(store: Store, of: Endpoint) -> Endpoint:
    async with store.database.transaction() as connection:
        found = await outgoing.find(connection, None, of.id)
    assert found
    return found


async def disable(store: Store, which: Endpoint, why: str = "asked for") -> int:
    async with store.database.transaction() as connection:
        return await outgoing.disable(connection, which.id, why)


async def replay(store: Store, of: Endpoint, **which: Any) -> int:
    async with store.database.transaction() as connection:
        return await outgoing.replay(connection, await reread(store, of), **which)


# --- events ----------------------------------------------------------------------------------------------------


async def test_a_message_is_thin_and_carries_amounts_as_strings(store: Store) -> None:
    here = await endpoint(store)
    booked = {"invoice": "1001", "payment": 7, "amount": Decimal("802.00"), "currency": "NOK"}
    await emit(store, "payment.booked", **booked, booked_on=date(2026, 7, 1))
    (message,) = await messages(store, here)
    assert message.id.startswith("msg_")
    assert message.payload == {
        "type": "payment.booked",
        "timestamp": "2026-07-01T10:00:00+00:00",
        "data": booked | {"amount": "802.00", "booked_on": "2026-07-01"},
    }


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["*"], ["case.closed", "plan.kept", "service.unblock"]),
        (["case.*"], ["case.closed"]),
        (["service.unblock", "plan.*"], ["plan.kept", "service.unblock"]),
        (["case.opened"], []),
    ],
)
async def test_an_endpoint_is_told_what_it_asked_for(store: Store, wanted: list[str], told: list[str]) -> None:
    here = await endpoint(store, *wanted)
    await emit(store, "case.closed")
    await emit(store, "plan.kept", invoice="1001", plan=1)
    await emit(store, "service.unblock", invoice="1001", customer_number="K-1")
    assert sorted(message.type for message in await messages(store, here)) == told


async def test_each_creditor_is_told_of_its_own_and_each_of_its_endpoints_by_a_message_of_its_own(store: Store) -> None:
    one, two = await endpoint(store), await endpoint(store, "case.*")
    other = await endpoint(store, creditor="beta")
    await emit(store)
    assert (await messages(store, one))[0].id != (await messages(store, two))[0].id
    assert await messages(store, other) == []


async def test_many_events_are_told_in_one_statement(store: Store) -> None:
    ours, theirs = await endpoint(store), await endpoint(store, creditor="beta")
    events = [
        Event("beta" if number % 5 == 0 else "acme", "case.closed", {"invoice": str(number), "outcome": "paid"})
        for number in range(500)
    ]
    async with store.database.transaction() as connection:
        await outgoing.emit_many(connection, events, NOW)
        await outgoing.emit_many(connection, [], NOW)
    count = "select count(*) from webhook_message where endpoint_id = :endpoint"
    assert await store.one(count, endpoint=ours.id) == 400
    assert await store.one(count, endpoint=theirs.id) == 100


async def test_an_event_that_is_rolled_back_with_its_fact_was_never_told(store: Store) -> None:
    here = await endpoint(store)
    async with store.database.engine.connect() as connection:
        await outgoing.emit(connection, "acme", "case.closed", {"invoice": "1001", "outcome": "paid"}, NOW)
        await connection.rollback()
    assert await messages(store, here) == []


@pytest.mark.parametrize("data", [{"invoice": "1001"}, {"invoice": "1001", "outcome": "paid", "name": "Kari Nordmann"}])
async def test_data_that_the_catalogue_does_not_say_is_refused(store: Store, data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"case\.closed has"):
        await emit(store, "case.closed", **data)


# --- endpoints -------------------------------------------------------------------------------------------------


async def test_an_endpoint_is_registered_listed_and_found_by_its_creditor_alone(store: Store) -> None:
    here = await endpoint(store, "case.*", "payment.booked", "case.*")
    assert (here.url, here.events, here.secret_version) == (URL, ["case.*", "payment.booked"], 1)
    async with store.database.transaction() as connection:
        assert await outgoing.find(connection, "acme", here.id) == here
        assert await outgoing.find(connection, "beta", here.id) is None
        assert await outgoing.find(connection, None, uuid4()) is None
        assert await outgoing.list_endpoints(connection, "acme") == [here]
        assert await outgoing.list_endpoints(connection, "beta") == []
        assert await outgoing.list_endpoints(connection, None) == [here]


@pytest.mark.parametrize("events", [("case.exploded",), ("case",), ("invoice.*",), ("*", "Case.closed")])
async def test_events_that_there_are_none_of_are_refused(store: Store, events: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match=r"no events .*: there are \*, case\.\*, case\.closed"):
        await endpoint(store, *events)


async def test_a_creditor_has_so_many_endpoints_and_no_more(store: Store) -> None:
    first = await endpoint(store)
    for _ in range(MOST_ENDPOINTS - 1):
        await endpoint(store)
    with pytest.raises(Refused, match="disable one first"):
        await endpoint(store)
    await disable(store, first)
    await endpoint(store)
    async with store.database.transaction() as connection:
        with pytest.raises(Refused, match="disable one first"):
            await outgoing.enable(connection, await reread(store, first))


async def rotate(store: Store, of: Endpoint) -> int:
    async with store.database.transaction() as connection:
        return (await outgoing.rotate(connection, of.id)).secret_version


async def signing(store: Store) -> list[int]:
    """The versions that sign a message that is sent now."""
    await emit(store)
    (versions,) = {tuple(message.versions) for message in await due(store)}
    return list(versions)


LONG_AGO = """
update webhook_endpoint set secrets_before = jsonb_set(secrets_before, array[:version], to_jsonb(cast(:at as text)))
"""


async def test_each_secret_signs_on_for_a_day_from_its_own_rotation(store: Store) -> None:
    here = await endpoint(store)
    assert await signing(store) == [1]
    assert [await rotate(store, here) for _ in range(2)] == [2, 3]
    assert await signing(store) == [3, 2, 1]
    await store.do(LONG_AGO, version="1", at="2026-01-01T00:00:00+00:00")
    assert await signing(store) == [3, 2]
    assert await rotate(store, here) == 4
    assert await signing(store) == [4, 3, 2]
    await store.do(LONG_AGO, version="2", at="2026-01-01T00:00:00+00:00")
    await store.do(LONG_AGO, version="3", at="2026-01-01T00:00:00+00:00")
    assert await signing(store) == [4]


async def test_rotations_without_end_are_refused_until_a_secret_has_had_its_day(store: Store) -> None:
    here, other = await endpoint(store), await endpoint(store)
    for _ in range(MOST_SECRETS - 1):
        await rotate(store, here)
    with pytest.raises(Refused, match="5 secrets of this endpoint sign already"):
        await rotate(store, here)
    assert (await reread(store, here)).secret_version == MOST_SECRETS
    assert await rotate(store, other) == 2
    await store.do(LONG_AGO, version="1", at="2026-01-01T00:00:00+00:00")
    assert await rotate(store, here) == MOST_SECRETS + 1
    assert "1" not in await store.one("select secrets_before from webhook_endpoint where id = :id", id=here.id)


async def test_a_disabled_endpoint_hears_nothing_keeps_what_was_dropped_and_says_why(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    assert await disable(store, here, "it answered 410 Gone") == 1
    await emit(store)
    assert await due(store) == []
    (message,) = await messages(store, here)
    assert (message.state, message.error) == ("dropped", "the endpoint was disabled")
    told = await reread(store, here)
    assert told.disabled_why == "it answered 410 Gone"
    with pytest.raises(Refused, match=r"is disabled \(it answered 410 Gone\): enable it first"):
        await replay(store, here)
    assert await disable(store, here, "again") == 0
    assert await reread(store, here) == told


async def test_an_enabled_endpoint_hears_what_happens_from_then_on_and_what_it_missed_is_replayed(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    await disable(store, here)
    async with store.database.transaction() as connection:
        await outgoing.enable(connection, await reread(store, here))
    assert (await reread(store, here)).disabled_at is None
    assert await due(store) == []
    assert await replay(store, here) == 1
    assert len(await due(store)) == 1


# --- sending ---------------------------------------------------------------------------------------------------


async def test_what_one_sender_took_another_leaves_alone_until_its_lease_is_over(store: Store) -> None:
    here = await endpoint(store)
    for _ in range(3):
        await emit(store)
    mine, others = await due(store, 2), await due(store)
    assert (len(mine), len(others)) == (2, 1)
    assert not {message.id for message in mine} & {message.id for message in others}
    assert await due(store) == []
    await store.do("update webhook_message set ready_at = ready_at - interval '60 seconds'")
    assert len(await due(store)) == 3
    assert {message.endpoint for message in mine} == {here.id}


async def test_senders_at_the_same_moment_share_the_work(store: Store) -> None:
    await endpoint(store)
    for _ in range(4):
        await emit(store)
    async with store.database.transaction() as first, store.database.transaction() as second:
        mine = await outgoing.due(first, 2, each=10, of_creditor=10)
        others = await outgoing.due(second, 10, each=10, of_creditor=10)
    assert len({message.id for message in [*mine, *others]}) == 4


def shares(found: list[outgoing.DueMessage], *of: Endpoint) -> list[int]:
    return [sum(message.endpoint == each.id for message in found) for each in of]


async def test_an_endpoint_gets_its_share_and_no_more_at_a_time(store: Store) -> None:
    slow, quick = await endpoint(store, "case.*"), await endpoint(store, "plan.*")
    for _ in range(5):
        await emit(store)
    await emit(store, "plan.kept", invoice="1001", plan=1)
    assert shares(await due(store, each=2, flying={slow.id: 1}), slow, quick) == [1, 1]
    assert shares(await due(store, each=2, flying={slow.id: 3}), slow, quick) == [0, 0]
    assert shares(await due(store, each=3), slow, quick) == [3, 0]


async def test_an_endpoint_that_hangs_gets_one_message_at_a_time(store: Store) -> None:
    hangs, quick = await endpoint(store), await endpoint(store)
    for _ in range(3):
        await emit(store)
    assert shares(await due(store, silent=[hangs.id]), hangs, quick) == [1, 3]
    assert await due(store, silent=[hangs.id], flying={hangs.id: 1}) == []


async def test_the_endpoints_of_a_creditor_share_its_part_by_turns_and_leave_the_rest_to_others(store: Store) -> None:
    ours, ours_too, theirs = await endpoint(store), await endpoint(store), await endpoint(store, creditor="beta")
    for _ in range(9):
        await emit(store)
        await emit(store, creditor="beta")
    assert shares(await due(store, of_creditor=4, flying={ours.id: 1}), ours, ours_too, theirs) == [1, 2, 4]
    assert shares(await due(store, 5, of_creditor=4, flying={ours.id: 4}), ours, ours_too, theirs) == [0, 0, 4]
    assert shares(await due(store, 2), ours, ours_too, theirs)[2] == 1  # where room is scarce, each creditor in turn


async def test_what_is_urgent_goes_before_all_that_waited_longer(store: Store) -> None:
    await endpoint(store)
    await endpoint(store, creditor="beta")
    for creditor in ("acme", "beta"):
        for _ in range(3):
            await emit(store, creditor=creditor)
    await emit(store, "service.unblock", invoice="1001", customer_number="K-1")
    refund = {"invoice": None, "payment": "p-1", "refund": 7, "amount": "80.00", "currency": "NOK"}
    await emit(store, "payment.refund_due", creditor="beta", **refund)
    first = [message.payload["type"] for message in await due(store, 2)]
    assert sorted(first) == ["payment.refund_due", "service.unblock"]
    assert {message.payload["type"] for message in await due(store)} == {"case.closed"}


SERVICE = {"invoice": "1001", "customer_number": "K-1"}


async def test_a_block_that_still_waits_is_overtaken_by_the_word_that_the_service_is_free(store: Store) -> None:
    here, other, theirs = await endpoint(store), await endpoint(store, "plan.*"), await endpoint(store, creditor="beta")
    await emit(store, "service.block", **SERVICE)
    await emit(store, "service.block", **SERVICE | {"invoice": "1002"})
    await emit(store, "service.block", creditor="beta", **SERVICE)
    await emit(store, "case.closed")
    await emit(store, "service.unblock", **SERVICE)
    told = {(m.type, m.payload["data"]["invoice"]): (m.state, m.error) for m in await messages(store, here)}
    assert told == {
        ("service.block", "1001"): ("overtaken", "overtaken by service.unblock"),
        ("service.block", "1002"): ("pending", None),
        ("case.closed", "1001"): ("pending", None),
        ("service.unblock", "1001"): ("pending", None),
    }
    assert [message.state for message in await messages(store, theirs)] == ["pending"]
    assert await messages(store, other) == []


@pytest.mark.parametrize(("error", "state"), [(None, "delivered"), ("answered 500", "overtaken")])
async def test_a_block_that_was_being_posted_when_it_was_overtaken_is_never_sent_again(
    store: Store, error: str | None, state: str
) -> None:
    here = await endpoint(store, "service.block")
    await endpoint(store, "service.unblock")  # another system hears that: the first asked for blocks alone
    await emit(store, "service.block", **SERVICE)
    (taken,) = await due(store)
    await emit(store, "service.block", **SERVICE)
    assert await answer(store, taken.id, error) == state
    assert [message.id for message in await due(store)] != [taken.id]
    assert len(await messages(store, here, "pending")) == 1


async def test_a_replay_of_all_that_was_lost_sends_no_word_on_a_service_that_a_newer_one_followed(store: Store) -> None:
    here = await endpoint(store)
    await emit(store, "service.block", **SERVICE)
    (block,) = await due(store)
    await store.do("update webhook_message set state = 'failed'")
    await emit(store, "service.unblock", **SERVICE)
    await emit(store, "service.block", **SERVICE | {"invoice": "1002"})
    await store.do("update webhook_message set state = 'dropped' where state = 'pending'")
    assert await replay(store, here) == 2
    assert [message.id for message in await messages(store, here, "failed")] == [block.id]
    assert await replay(store, here, message=block.id) == 1  # one that is named is sent


async def test_a_failure_is_tried_again_after_its_pause_with_every_attempt_on_record(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    (taken,) = await due(store)
    assert await answer(store, taken.id) == "pending"
    assert await due(store) == []
    (waiting,) = await messages(store, here)
    assert waiting.next_at
    assert waiting.next_at - waiting.happened_at > timedelta(0)
    await store.do("update webhook_message set ready_at = ready_at - interval '5 minutes'")
    (again,) = await due(store)
    assert (again.id, again.payload, again.attempts) == (taken.id, taken.payload, 1)
    assert await answer(store, taken.id, None) == "delivered"
    (delivered,) = await messages(store, here, "delivered")
    assert [(a["status"], a["error"]) for a in delivered.attempts] == [(500, "answered 500"), (200, None)]
    assert (delivered.next_at, delivered.error, delivered.last_status) == (None, None, 200)


async def test_a_message_is_given_up_three_days_after_its_first_attempt_and_not_before(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    (taken,) = await due(store)
    await store.do("update webhook_message set first_at = first_at - interval '2 days 23 hours'")
    assert await answer(store, taken.id, pause=timedelta(hours=24)) == "pending"
    left = await store.one("select ready_at - clock_timestamp() from webhook_message")
    assert timedelta(minutes=59) < left <= timedelta(hours=1)  # the last attempt is at the end of the three days
    await store.do("update webhook_message set first_at = first_at - interval '1 hour'")
    assert await answer(store, taken.id) == "failed"
    assert [message.error for message in await messages(store, here, "failed")] == ["answered 500"]
    assert await due(store) == []


async def test_delivered_once_is_delivered_whatever_a_late_answer_says(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    (taken,) = await due(store)
    await answer(store, taken.id, None)
    assert await answer(store, taken.id) == "delivered"
    (message,) = await messages(store, here)
    assert (message.state, message.error, len(message.attempts)) == ("delivered", None, 2)


async def test_an_answer_that_comes_after_the_endpoint_was_disabled_brings_nothing_back(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    (taken,) = await due(store)
    await disable(store, here)
    assert await answer(store, taken.id) == "dropped"


# --- replay ----------------------------------------------------------------------------------------------------


async def test_any_message_is_sent_again_under_its_own_id(store: Store) -> None:
    here = await endpoint(store)
    await emit(store)
    (taken,) = await due(store)
    await answer(store, taken.id, None)
    assert await replay(store, here, message=taken.id) == 1
    (again,) = await due(store)
    assert (again.id, again.payload, again.attempts) == (taken.id, taken.payload, 0)
    with pytest.raises(Refused, match="on its way already"):
        await replay(store, here, message=taken.id)
    with pytest.raises(Refused, match="has no message msg_other"):
        await replay(store, here, message="msg_other")


async def test_all_that_failed_or_was_dropped_is_sent_again_since_a_moment(store: Store) -> None:
    here, other = await endpoint(store), await endpoint(store)
    for _ in range(3):
        await emit(store)
    taken = [message for message in await due(store) if message.endpoint == here.id]
    await answer(store, taken[0].id, None)
    await store.do("update webhook_message set state = 'failed' where state = 'pending'")
    await store.do("update webhook_message set happened_at = :at where id = :id", at=NOW - timedelta(2), id=taken[1].id)
    assert await replay(store, here, since=NOW - timedelta(1)) == 1
    assert await replay(store, here) == 1
    assert [message.endpoint for message in await due(store)] == [here.id, here.id]
    assert len(await messages(store, other, "failed")) == 3


async def test_the_lag_counts_what_waits_for_enabled_endpoints_and_what_was_given_up(store: Store) -> None:
    async with store.database.transaction() as connection:
        assert await outgoing.lag(connection) == {"pending": 0, "failed": 0, "oldest_seconds": 0}
    here = await endpoint(store)
    await emit(store)
    await emit(store)
    await store.do("update webhook_message set state = 'failed' where id = (select min(id) from webhook_message)")
    async with store.database.transaction() as connection:
        lag = await outgoing.lag(connection)
    assert (lag["pending"], lag["failed"]) == (1, 1)
    assert 0 < lag["oldest_seconds"] < 60
    await disable(store, here)
    async with store.database.transaction() as connection:
        assert (await outgoing.lag(connection))["pending"] == 0
