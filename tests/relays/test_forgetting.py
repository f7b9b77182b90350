"""A key is remembered for thirty days, and then forgotten with the command that it brought."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest_asyncio

from facts import clock, received
from facts.received import KEPT_FOR, Answered
from relays.forgetting import Forgetting
from tests.facts.builders import Facts, facts_in

A_MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "forgetting") as facts:
        await facts.creditor("acme")
        yield facts


async def sent(facts: Facts, key: str, ago: timedelta) -> None:
    """A command came with this key so long ago."""
    async with facts.database.transaction() as connection:
        at: datetime = await clock.now(connection) - ago
        assert await received.claim(connection, f"api#acme#{key}", "hold", "case 1", at) is None
        await received.answer(connection, f"api#acme#{key}", {"news": 1, "result": None})
        await received.keep(connection, "acme", key, Answered("a hash", 202, {"number": "1"}), at)


async def test_what_is_older_is_forgotten_and_the_key_is_good_for_another_command(facts: Facts) -> None:
    await sent(facts, "old", KEPT_FOR + A_MINUTE)
    await sent(facts, "young", KEPT_FOR - A_MINUTE)
    assert await Forgetting(facts.database).forget() == 1
    async with facts.database.transaction() as connection:
        now = await clock.now(connection)
        assert await received.answered(connection, "acme", "old") is None
        assert await received.answered(connection, "acme", "young") is not None
        assert await received.claim(connection, "api#acme#old", "release", "case 2", now) is None
        assert await received.claim(connection, "api#acme#young", "hold", "case 1", now) == {"news": 1, "result": None}
    assert await Forgetting(facts.database).forget() == 0
