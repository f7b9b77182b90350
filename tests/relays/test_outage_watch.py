"""Who waits for a provider is told when it is back: one asks for all, and what is no outage wakes nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from domain.vocabulary import Channel
from facts.deliveries import deliveries
from facts.operations import outages
from relays.outage_watch import OutageWatch
from tests.begin import TODAY
from tests.facts.builders import NOON, Facts, facts_in


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "outage_watch") as facts:
        await facts.creditor("acme")
        yield facts


async def refused(facts: Facts, number: str, channel: Channel = Channel.EMAIL) -> int:
    """A case with a reminder that its provider has not taken."""
    case = await facts.case(number)
    delivery = await facts.delivery(case, channel=channel, state="claimed")
    await facts.change("update delivery set accepted_at = null where id = :id", id=delivery)
    async with facts.database.transaction() as connection:
        await deliveries.unavailable(connection, delivery, NOON, "the provider answered 503: later")
    await facts.change(
        "update dunning_case set next_kind = 'deliver', next_step = 'reminder', next_channel = :channel where id = :case",
        channel=channel,
        case=case,
    )
    return case


async def away(facts: Facts, channel: Channel = Channel.EMAIL, retry_after: timedelta | None = None) -> None:
    async with facts.database.transaction() as connection:
        await outages.began(connection, channel, NOON, "the provider answered 503: later", retry_after)


async def taken(facts: Facts) -> None:
    """A message by email is accepted, as its act says it."""
    case = await facts.case("taken")
    delivery = await facts.delivery(case, channel=Channel.EMAIL, state="claimed")
    await facts.change("update delivery set accepted_at = null where id = :id", id=delivery)
    async with facts.database.transaction() as connection:
        await deliveries.accepted(connection, delivery, NOON, TODAY, provider_id="x", cost=0)  # type: ignore[arg-type]


async def told(facts: Facts) -> list[int]:
    count = await OutageWatch(facts.database).look()
    news = await facts.news()
    assert count == len(news)
    assert {signal for _, signal in news} <= {"provider_back"}
    return sorted(case for case, _ in news)


async def test_one_asks_for_all_once_a_minute_and_when_something_is_taken_all_are_told_once(facts: Facts) -> None:
    first, second, third = [await refused(facts, number) for number in "123"]
    other_channel = await refused(facts, "4", Channel.SMS)
    await away(facts)
    await away(facts)
    assert len(await told(facts)) == 1
    assert await told(facts) == []
    await facts.change("update outage set ask_at = '-infinity'")
    assert len(await told(facts)) == 1
    await taken(facts)
    assert len(await told(facts)) == 1
    assert await told(facts) == []
    called = await facts.rows(
        "select dc.case_id from delivery d join delivery_case dc on dc.delivery_id = d.id where try_again"
    )
    assert sorted(row.case_id for row in called) == [first, second, third]
    assert other_channel not in [row.case_id for row in called]


async def test_a_provider_is_not_asked_before_what_it_asked_for(facts: Facts) -> None:
    await refused(facts, "1")
    await away(facts, retry_after=timedelta(hours=1))
    assert await told(facts) == []


async def test_what_its_provider_refuses_while_it_takes_others_is_no_outage(facts: Facts) -> None:
    await refused(facts, "1")
    await taken(facts)
    assert await told(facts) == []


async def test_who_does_not_want_to_send_any_more_is_not_asked(facts: Facts) -> None:
    paid = await refused(facts, "1")
    await away(facts)
    await facts.change("update dunning_case set next_kind = 'close', state = 'closed' where id = :case", case=paid)
    assert await told(facts) == []
    async with facts.database.transaction() as connection:
        assert await outages.unsent(connection, NOON) == {}


async def test_an_outage_is_told_in_words_until_something_is_taken(facts: Facts) -> None:
    async def words() -> list[str]:
        async with facts.database.transaction() as connection:
            return await outages.told(connection)

    await away(facts)
    assert await words() == ["email since 2026-03-02 11:00 UTC: the provider answered 503: later"]
    await taken(facts)
    assert await words() == []
