"""The sweep's suspects, and what counts as foreseen."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from facts import sweep
from tests.facts.builders import NOON, Facts, facts_in

HOURS = timedelta(hours=1)
DECIDED = """
insert into decision (case_id, kind, at, why, looked_seq, happened_at) values (:case, :kind, :at, 'because', 1, :happened)
"""


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "sweep") as facts:
        await facts.creditor("acme")
        yield facts


async def suspects(facts: Facts, now: datetime, after: int = 0, most: int = 10) -> list[int]:
    async with facts.database.transaction() as connection:
        return [s.case for s in await sweep.suspects(connection, now, after=after, most=most)]


async def decided(facts: Facts, case: int, kind: str, at: datetime | None, happened: datetime) -> None:
    await facts.change(DECIDED, case=case, kind=kind, at=at, happened=happened)


async def gone_out(facts: Facts) -> tuple[int, int]:
    async with facts.database.transaction() as connection:
        return await sweep.gone_out(connection, NOON)


@pytest.mark.parametrize(
    ("looked", "next_at", "suspected"),
    [
        (None, None, True),
        (1 * HOURS, None, False),
        (1 * HOURS, 30 * HOURS, False),
        (9 * HOURS, 2 * HOURS, True),
        (9 * HOURS, 11.5 * HOURS, False),
    ],
)
async def test_a_case_is_suspected_when_its_moment_passed_or_nobody_ever_looked(
    facts: Facts, looked: timedelta | None, next_at: timedelta | None, suspected: bool
) -> None:
    case = await facts.case()
    await facts.change(
        "update dunning_case set looked_at = :looked, next_at = :next_at",
        looked=looked and NOON + looked,
        next_at=next_at and NOON + next_at,
    )
    now = NOON + 12 * HOURS
    assert await suspects(facts, now) == ([case] if suspected else [])
    await facts.change("update dunning_case set state = 'closed'")
    assert await suspects(facts, now) == []


async def test_a_case_with_news_on_its_way_is_left_alone(facts: Facts) -> None:
    case = await facts.case()
    await facts.change(
        """insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at)
        values (:case, 'invoice_changed', 1, 0, :at, :at)""",
        case=case,
        at=NOON,
    )
    assert await suspects(facts, NOON + 2 * HOURS) == []
    await facts.change("update outbox set dead_at = :at", at=NOON)
    assert await suspects(facts, NOON + 2 * HOURS) == [case]


async def test_a_case_that_sleeps_long_is_looked_after_once_a_day(facts: Facts) -> None:
    case = await facts.case()
    await facts.change("update dunning_case set looked_at = :at", at=NOON)
    later = NOON + timedelta(days=8)
    assert [hour for hour in range(24) if await suspects(facts, later + hour * HOURS)] == [(case - NOON.hour) % 24]


async def test_pages_follow_each_other(facts: Facts) -> None:
    first, second, third = [await facts.case(str(n)) for n in range(3)]
    now = NOON + 2 * HOURS
    assert await suspects(facts, now, most=2) == [first, second]
    assert await suspects(facts, now, after=second, most=2) == [third]


async def test_cases_are_started_again_through_the_outbox_and_closed_ones_are_not(facts: Facts) -> None:
    lost, closed = await facts.case("1"), await facts.case("2")
    await facts.change("update dunning_case set state = 'closed' where id = :case", case=closed)
    async with facts.database.transaction() as connection:
        assert await sweep.start_again(connection, {lost: "terminated", closed: "missing"}, NOON) == 1
    assert await facts.news() == [(lost, "case_swept")]
    (event,) = await facts.rows("select case_id, kind, detail from case_event")
    assert tuple(event) == (lost, "case_swept", {"workflow": "terminated"})


@pytest.mark.parametrize(
    ("kind", "at", "foreseen"),
    [
        ("deliver", NOON - 0.5 * HOURS, 1),
        ("deliver", NOON + 24 * HOURS, 0),
        ("wait", NOON + 24 * HOURS, 1),
        ("wait", None, 1),
        ("close", None, 0),
        (None, None, 1),
    ],
)
async def test_a_delivery_was_foreseen_unless_its_case_meant_to_be_silent_an_hour_ago(
    facts: Facts, kind: str | None, at: datetime | None, foreseen: int
) -> None:
    case = await facts.case()
    if kind:
        await decided(facts, case, "deliver", NOON, NOON - 9 * HOURS)
        await decided(facts, case, kind, at, NOON - 2 * HOURS)
    await decided(facts, case, "deliver", NOON, NOON - timedelta(minutes=5))
    await facts.delivery(case, at=NOON - timedelta(minutes=5))
    await facts.delivery(case, "collection-notice", at=NOON - 2 * HOURS)
    assert await gone_out(facts) == (1, foreseen)
