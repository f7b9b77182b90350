"""Stop switches cover what they name, are set once, and wake what they covered when they are lifted."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from facts.cases.load import load_case
from facts.operations.stops import Scope, lift_stop, list_stops, set_stop
from tests.facts.builders import NOON, Facts, facts_in


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "stops") as facts:
        await facts.creditor("acme")
        await facts.creditor("other", accounts=("10000000001",))
        yield facts


async def stopped(facts: Facts, case: int) -> tuple[str, ...]:
    async with facts.database.transaction() as connection:
        found = (await load_case(connection, case, NOON)).facts
    return (*found.stops, *(f"channel {channel}" for channel in found.stopped_channels))


async def set_(facts: Facts, scope: Scope, key: str = "", creditor: str | None = None) -> None:
    async with facts.database.transaction() as connection:
        await set_stop(connection, scope, key, creditor, "kari", "faulty-run", NOON)


async def lift(facts: Facts, scope: Scope, key: str = "", creditor: str | None = None) -> int:
    async with facts.database.transaction() as connection:
        return await lift_stop(connection, scope, key, creditor, "kari", NOON)


@pytest.mark.parametrize(
    ("scope", "key", "creditor", "mine", "theirs"),
    [
        ("everything", "", None, ("everything",), ("everything",)),
        ("everything", "", "acme", ("everything",), ()),
        ("creditor", "acme", None, ("creditor acme",), ()),
        ("policy", "no-gentle", None, ("policy no-gentle",), ("policy no-gentle",)),
        ("policy", "no-gentle", "acme", ("policy no-gentle",), ()),
        ("channel", "sms", None, ("channel sms",), ("channel sms",)),
        ("channel", "sms", "acme", ("channel sms",), ()),
    ],
)
async def test_a_stop_covers_what_it_names_until_it_is_lifted_and_then_wakes_it(
    facts: Facts, scope: Scope, key: str, creditor: str | None, mine: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    first, second = await facts.case("1"), await facts.case("2", "other")
    await set_(facts, scope, key, creditor)
    assert (await stopped(facts, first), await stopped(facts, second)) == (mine, theirs)
    covered = [case for case, found in ((first, mine), (second, theirs)) if found]
    assert await lift(facts, scope, key, creditor) == len(covered)
    assert await facts.news() == [(case, "stop_lifted") for case in covered]
    assert (await stopped(facts, first), await stopped(facts, second)) == ((), ())


async def test_the_same_stop_again_is_not_doubled(facts: Facts) -> None:
    await facts.case()
    await set_(facts, "everything")
    await set_(facts, "everything")
    await set_(facts, "everything", creditor="acme")
    assert await lift(facts, "everything") == 1
    async with facts.database.transaction() as connection:
        (left,) = await list_stops(connection)
    assert (left.scope, left.creditor, left.by, left.reason_code, left.since) == (
        "everything",
        "acme",
        "kari",
        "faulty-run",
        NOON,
    )


async def test_lifting_what_is_not_stopped_wakes_nobody(facts: Facts) -> None:
    await facts.case()
    await set_(facts, "creditor", "other")
    assert await lift(facts, "creditor", "acme") == 0
    assert await facts.news() == []


async def test_a_closed_case_is_not_woken(facts: Facts) -> None:
    await facts.case()
    await set_(facts, "everything")
    await facts.change("update dunning_case set state = 'closed'")
    assert await lift(facts, "everything") == 0
