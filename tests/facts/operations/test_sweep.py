"""What the sweep watches and flags, and what counts as foreseen."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from facts.operations import sweep
from facts.operations.vital_signs import vital_signs
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


async def watched(facts: Facts, now: datetime, after: int = 0, most: int = 10) -> list[tuple[int, bool]]:
    async with facts.database.transaction() as connection:
        return [(w.case, w.overdue) for w in await sweep.watched(connection, now, after=after, most=most)]


async def decided(facts: Facts, case: int, kind: str, at: datetime | None, happened: datetime) -> None:
    await facts.change(DECIDED, case=case, kind=kind, at=at, happened=happened)


async def gone_out(facts: Facts) -> tuple[int, int]:
    async with facts.database.transaction() as connection:
        return await sweep.gone_out(connection, NOON)


@pytest.mark.parametrize(
    ("next_at", "overdue"), [(None, False), (30 * HOURS, False), (2 * HOURS, True), (11.5 * HOURS, False)]
)
async def test_every_open_case_is_watched_and_overdue_an_hour_after_its_moment(
    facts: Facts, next_at: timedelta | None, overdue: bool
) -> None:
    case = await facts.case()
    await facts.change("update dunning_case set next_at = :next_at", next_at=next_at and NOON + next_at)
    now = NOON + 12 * HOURS
    assert await watched(facts, now) == [(case, overdue)]
    await facts.change("update dunning_case set state = 'closed'")
    assert await watched(facts, now) == []


async def test_a_case_with_news_on_its_way_is_left_alone(facts: Facts) -> None:
    case = await facts.case()
    await facts.change(
        """insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at)
        values (:case, 'invoice_changed', 1, 0, :at, :at)""",
        case=case,
        at=NOON,
    )
    assert await watched(facts, NOON + 2 * HOURS) == []
    await facts.change("update outbox set dead_at = :at", at=NOON)
    assert await watched(facts, NOON + 2 * HOURS) == [(case, False)]


async def test_pages_follow_each_other(facts: Facts) -> None:
    first, second, third = [await facts.case(str(n)) for n in range(3)]
    now = NOON + 2 * HOURS
    assert await watched(facts, now, most=2) == [(first, False), (second, False)]
    assert await watched(facts, now, after=second, most=2) == [(third, False)]


async def test_a_case_that_does_not_get_on_is_flagged_once_and_told_to_look(facts: Facts) -> None:
    stuck, closed = await facts.case("1"), await facts.case("2")
    await facts.change("update dunning_case set state = 'closed' where id = :case", case=closed)
    async with facts.database.transaction() as connection:
        assert await sweep.flag_stuck(connection, [stuck, closed], NOON) == 1
        assert await sweep.flag_stuck(connection, [stuck], NOON) == 0
        signs = await vital_signs(connection, NOON)
    assert (signs.cases_stuck, signs.cases_not_running) == (1, 0)
    assert {case for case, _ in await facts.news()} == {stuck}


async def test_cases_are_started_again_through_the_outbox_and_closed_ones_are_not(facts: Facts) -> None:
    lost, closed = await facts.case("1"), await facts.case("2")
    await facts.change("update dunning_case set state = 'closed' where id = :case", case=closed)
    async with facts.database.transaction() as connection:
        assert await sweep.start_again(connection, {lost: "terminated", closed: "missing"}, NOON) == 1
        signs = await vital_signs(connection, NOON)
    assert (signs.cases_stuck, signs.cases_not_running) == (0, 1)
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


@pytest.mark.parametrize(("told", "left_out", "foreseen"), [(True, None, 1), (False, None, 0), (True, "opted out", 0)])
async def test_what_a_person_has_many_told_is_foreseen_and_nothing_else_of_their_cases(
    facts: Facts, told: bool, left_out: str | None, foreseen: int
) -> None:
    case = await facts.case()
    await decided(facts, case, "deliver", NOON + 99 * HOURS, NOON - 9 * HOURS)
    await facts.change(
        """with notice as (
          insert into announcement (creditor_id, once, kind, words, written, until, by, at_work, reached, happened_at)
          values ('acme', '1', 'outage', '{}', '', '2099-01-01', 'kim', false, 0, :now) returning id)
        insert into announced (announcement_id, recipient_id, case_id, channel, left_out, told_at)
        select notice.id, c.debtor_id, c.id, 'email', :left_out, :told from notice, dunning_case c where c.id = :case""",
        now=NOON,
        case=case,
        left_out=left_out,
        told=NOON - timedelta(minutes=9) if told else None,
    )
    await facts.delivery(case, "announcement", at=NOON - timedelta(minutes=5))
    assert await gone_out(facts) == (1, foreseen)
    await facts.delivery(case, "reminder", at=NOON - timedelta(minutes=5))
    assert await gone_out(facts) == (2, foreseen)
