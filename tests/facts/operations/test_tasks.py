"""Tasks for a person: listed while they are waited for, done once, and told to their case."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from commands.task.finish import finish_task
from facts.operations import tasks
from facts.refusals import Refused
from tests.facts.builders import NOON, Facts, facts_in

TASK = """
insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
select creditor_id, id, :round, 'call', :kind, 'much is owed', :at from dunning_case where id = :case returning id
"""


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "tasks") as facts:
        await facts.creditor("acme")
        await facts.creditor("other", accounts=("10000000001",))
        yield facts


async def task(facts: Facts, case: int, kind: str = "call", round_: int = 1) -> int:
    (row,) = await facts.rows(TASK, case=case, kind=kind, round=round_, at=NOON)
    return int(row.id)


async def listed(
    facts: Facts, creditor: str | None = None, kind: tasks.TaskKind | None = None, *, finished: bool = False
) -> list[int]:
    async with facts.database.transaction() as connection:
        return [row.id for row in await tasks.list_tasks(connection, creditor, kind, finished=finished)]


async def finish(facts: Facts, number: int, creditor: str | None = None) -> bool:
    async with facts.database.transaction() as connection:
        return await finish_task(connection, creditor, number, "kim", "pays on Friday", NOON)


async def test_open_tasks_are_listed_by_creditor_and_kind(facts: Facts) -> None:
    mine = await facts.case("1")
    call, approval = await task(facts, mine), await task(facts, mine, "approval")
    address = await task(facts, await facts.case("2", "other"), "address")
    assert await listed(facts) == [call, approval, address]
    assert await listed(facts, "acme") == [call, approval]
    assert await listed(facts, kind="address") == [address]
    async with facts.database.transaction() as connection:
        (row,) = await tasks.list_tasks(connection, "acme", "call")
    assert (row.invoice, row.step, row.why, row.since, row.open) == ("1", "call", "much is owed", NOON, True)


async def test_what_nobody_waits_for_is_listed_only_with_the_finished(facts: Facts) -> None:
    case, closed = await facts.case("1"), await facts.case("2")
    waited_for, of_a_closed_case = await task(facts, case), await task(facts, closed)
    await facts.change("update dunning_case set state = 'closed' where id = :case", case=closed)
    assert await listed(facts) == [waited_for]
    assert await listed(facts, finished=True) == [waited_for, of_a_closed_case]


@pytest.mark.parametrize(
    ("kind", "step", "ends"),
    [
        ("call", "call", True),
        ("decision", "limitation", True),
        ("approval", "hand-off", True),
        ("address", "collection-notice", True),
        ("file claim", "", True),
        ("guardian", "", True),
        ("cancelled", "", True),
        ("address", "contact#7", False),  # of all the debtor's cases
        ("taken back", "", False),
        ("draw", "draw#1", False),
        ("credit", "credit note C-1", False),
    ],
)
async def test_what_was_asked_about_a_case_that_has_ended_is_done_with_and_says_why(
    facts: Facts, kind: str, step: str, ends: bool
) -> None:
    case = await facts.case()
    number = await task(facts, case, kind)
    await facts.change("update task set step = :step, taken_by = 'kim', taken_until = :until", step=step, until=NOON)
    async with facts.database.transaction() as connection:
        await tasks.lose(connection, case, "paid", NOON)
    (row,) = await facts.rows("select done_by, result, taken_by from task")
    assert tuple(row) == (("purr", "the case has ended: paid", None) if ends else (None, None, "kim"))
    await facts.change("update dunning_case set outcome = 'paid'")
    assert await listed(facts) == ([] if ends or kind == "address" else [number])
    async with facts.database.transaction() as connection:
        await tasks.regain(connection, case, "withdrawn")
        assert await listed(facts, finished=True) == [number]
        await tasks.regain(connection, case, "paid")
    await facts.change("update dunning_case set outcome = null")
    assert await listed(facts) == [number], "it goes on, and so does what was asked"


async def test_a_dead_address_is_asked_about_while_any_case_of_its_debtor_goes_on(facts: Facts) -> None:
    ended, other = await facts.case("1"), await facts.case("2")
    await facts.change(
        "update dunning_case set debtor_id = (select debtor_id from dunning_case where id = :ended)", ended=ended
    )
    await facts.change(
        "update invoice set debtor_id = (select debtor_id from dunning_case where id = :ended)", ended=ended
    )
    number = await task(facts, ended, "address")
    await facts.change("update task set step = 'contact#7'")
    await facts.change("update dunning_case set state = 'closed', outcome = 'paid' where id = :ended", ended=ended)
    assert await listed(facts) == [number]
    await facts.change("update dunning_case set state = 'closed', outcome = 'paid' where id = :other", other=other)
    assert await listed(facts) == []


async def test_a_task_is_done_once_and_its_case_looks_again(facts: Facts) -> None:
    case = await facts.case()
    number = await task(facts, case)
    assert await finish(facts, number)
    assert await facts.news() == [(case, "task_done")]
    assert not await finish(facts, number)
    assert await facts.news() == []
    (done,) = await facts.rows("select done_at, done_by, result from task")
    assert tuple(done) == (NOON, "kim", "pays on Friday")
    (event,) = await facts.rows("select kind, by, detail from case_event")
    assert (event.kind, event.by) == ("task_done", "kim")
    assert event.detail == {"task": number, "kind": "call", "step": "call", "result": "pays on Friday"}
    assert await listed(facts) == []
    assert await listed(facts, finished=True) == [number]


async def test_an_approval_is_finished_by_the_decision_alone(facts: Facts) -> None:
    number = await task(facts, await facts.case(), "approval")
    with pytest.raises(Refused, match="is an approval: finish it with `approve`"):
        await finish(facts, number)
    assert await listed(facts) == [number]


async def test_a_task_of_another_creditor_is_not_there(facts: Facts) -> None:
    number = await task(facts, await facts.case())
    with pytest.raises(Refused, match=f"no task {number}"):
        await finish(facts, number, "other")
    assert await finish(facts, number, "acme")
