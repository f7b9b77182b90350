"""A new round asks anew: what a person was asked in the one before is done with, and says why."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from facts.operations import rounds, tasks
from tests.facts.builders import NOON, Facts, facts_in


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "rounds") as facts:
        await facts.creditor("acme")
        yield facts


async def ask(facts: Facts, case: int, kind: tasks.TaskKind, step: str) -> None:
    async with facts.database.transaction() as connection:
        await tasks.open_task(connection, [case], step, kind, "much is owed", NOON)


async def begin(facts: Facts, *cases: int) -> None:
    async with facts.database.transaction() as connection:
        await rounds.begin(connection, cases, NOON)


@pytest.mark.parametrize(
    ("kind", "step", "ends"),
    [
        ("call", "call", True),
        ("address", "collection-notice", True),
        ("decision", "hand-off", True),
        ("approval", "hand-off", True),
        ("address", "contact#7", False),  # the address is dead in any round
        ("file claim", "", False),  # the court's day does not move
        ("guardian", "", False),
        ("mandate", "", False),
        ("cancelled", "", False),
        ("taken back", "", False),
    ],
)
async def test_what_was_asked_of_a_step_ends_with_its_round(
    facts: Facts, kind: tasks.TaskKind, step: str, ends: bool
) -> None:
    case, other = await facts.case("1"), await facts.case("2")
    await ask(facts, case, kind, step)
    await ask(facts, other, kind, step)
    await facts.change("update task set taken_by = 'kim', taken_until = :until", until=NOON)
    await begin(facts, case)
    of_it, of_the_other = await facts.rows("select done_by, result, taken_by from task order by case_id")
    assert tuple(of_it) == (("purr", "a new round has begun", None) if ends else (None, None, "kim"))
    assert tuple(of_the_other) == (None, None, "kim")
    async with facts.database.transaction() as connection:
        assert len(await tasks.list_tasks(connection, None, None)) == 1 + (not ends)


async def test_what_is_asked_again_in_the_new_round_is_open_and_without_tasks_a_round_begins_too(facts: Facts) -> None:
    case = await facts.case()
    await begin(facts, case)
    await ask(facts, case, "call", "call")
    await begin(facts, case)
    await ask(facts, case, "call", "call")
    rows = await facts.rows("select round, done_at is null as open from task order by round")
    assert [tuple(row) for row in rows] == [(2, False), (3, True)]
