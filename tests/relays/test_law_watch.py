"""Cases that waited for a row of the law look again when a worker starts, and once a day after that."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from config.files import read_laws
from facts import clock
from relays.law_watch import A_DAY, LawWatch
from tests.facts.builders import Facts, facts_in

AT_ONCE = timedelta(0)
FLAG = "update dunning_case set flag = :flag, looked_at = :looked where id = :case"


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "law_watch") as facts:
        await facts.creditor("acme")
        yield facts


async def flagged(facts: Facts, number: str, flag: str | None, hours_ago: int) -> int:
    case = await facts.case(number)
    async with facts.database.transaction() as connection:
        looked = await clock.now(connection) - timedelta(hours=hours_ago)
    await facts.change(FLAG, flag=flag, looked=looked, case=case)
    return case


async def woken(facts: Facts, slept: timedelta) -> list[tuple[int, str]]:
    count = await LawWatch(facts.database, read_laws()).look(slept)
    news = sorted(await facts.news())
    assert len(news) == count
    return news


async def test_at_a_start_all_that_wait_for_the_law_look_again_and_nobody_else(facts: Facts) -> None:
    waiting, also = await flagged(facts, "1", "law missing", 1), await flagged(facts, "2", "law missing", 30)
    await flagged(facts, "3", "bank data stale", 30)
    await flagged(facts, "4", None, 30)
    closed = await flagged(facts, "5", "law missing", 30)
    await facts.change("update dunning_case set state = 'closed' where id = :case", case=closed)
    assert await woken(facts, AT_ONCE) == [(waiting, "law_changed"), (also, "law_changed")]


async def test_later_each_is_woken_once_a_day(facts: Facts) -> None:
    await flagged(facts, "1", "law missing", 23)
    slept = await flagged(facts, "2", "law missing", 25)
    assert await woken(facts, A_DAY) == [(slept, "law_changed")]
