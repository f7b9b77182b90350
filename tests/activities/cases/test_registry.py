"""What a case can do: each has its act and its effect on paper, and one more is added beside the product."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.testing import ActivityEnvironment

from activities.cases.registry import ACTS, activities_of
from config.files import read_policies
from domain.invariant import InvariantBroken
from domain.planner.action import ACTIONS, Action, ActionKind, register_action
from domain.planner.effects import ON_PAPER, task_opened
from domain.planner.planner import RULES
from domain.planner.preview import preview
from domain.planner.progress import Ladder
from facts.database import Database
from facts.invoices.intake import Intake
from facts.operations.tasks import open_task
from facts.parties.creditors import register
from planning.service import PlannedCase, Planning
from tests.domain.builders import GENTLE, LAW, facts, local
from tests.store import LAWS, NOW, TODAY
from tests.world import creditor, fresh_database, invoice
from workflows.contracts import Act, Case, Next

OF_THE_LOOP = {ActionKind.WAIT, ActionKind.CLOSE}
GUARDS = ("dunning_case", "dunning_case.next_kind"), ("decision", "decision.kind")


def test_everything_that_a_case_can_do_has_its_act_and_its_effect() -> None:
    assert ACTS.keys() == ON_PAPER.keys() == set(ACTIONS.values()) - OF_THE_LOOP - {ActionKind.DELIVER}


def test_a_kind_that_nobody_registered_is_none() -> None:
    with pytest.raises(ValueError, match="'juggle' is nothing that a case can do: there are deliver, open call task"):
        ActionKind("juggle")
    with pytest.raises(ValueError, match="choose another name"):
        register_action("hand off")
    assert ActionKind("hand off") is ActionKind.HAND_OFF


# --- one more ------------------------------------------------------------------------------------------------------


def bonus_first(ladder: Ladder) -> Action | None:
    """Whoever is reminded gets no bonus meanwhile."""
    if ("call", "bonus") in ladder.facts.tasks:
        return None
    return Action(ActionKind("suspend bonus"), "an invoice is open", at=ladder.now, step="bonus")


async def suspend_bonus(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Ask a person to suspend the bonus."""
    await open_task(connection, [plan.case.id], "bonus", "call", plan.action.why, now)
    return "bonus suspended"


@pytest.fixture
def suspending() -> Iterator[ActionKind]:
    """An action of somebody's own: its rule, its effect on paper and what it does."""
    kind = register_action("suspend bonus")
    RULES.append(bonus_first)
    ON_PAPER[kind], ACTS[kind] = task_opened("call"), suspend_bonus
    yield kind
    RULES.remove(bonus_first)
    del ACTIONS[kind], ON_PAPER[kind], ACTS[kind]


def test_a_preview_has_it_and_goes_on_from_its_effect(suspending: ActionKind) -> None:
    first, second, *_ = preview(GENTLE, LAW, facts(), local("2026-06-01 09:00"))
    assert (first.action.kind, first.action.why) == (suspending, "an invoice is open")
    assert second.action.kind is ActionKind.DELIVER


@dataclass
class Desk:
    """A case that has been imported, and the acts of its worker."""

    database: Database
    planning: Planning

    async def perform(self, name: str) -> Next:
        """Let the case perform an act."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=NOW, scheduled_time=NOW)
        act = Act(case=Case(creditor="acme", invoice="1001"), step="bonus", channel="")
        return await environment.run(activities_of(self.database, self.planning)[name], act)

    async def tasks(self) -> list[str]:
        """The kinds of the tasks that are open."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(text("select kind from task order by id"))).scalars())


@pytest_asyncio.fixture
async def desk(postgres_url: str) -> AsyncIterator[Desk]:
    url = fresh_database(postgres_url, "an_act_from_outside")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:  # what a line in `stored.yaml` does
        for table, guard in GUARDS:
            connection.execute(f'alter table {table} drop constraint "stored values: {guard}"')  # type: ignore[arg-type]
    database = Database(url, pool_size=2)
    async with database.transaction() as connection:
        await register(connection, creditor(), NOW)
        await Intake(read_policies(LAWS, TODAY), LAWS).invoice(connection, invoice(), NOW)
    yield Desk(database, Planning(LAWS))
    await database.close()


async def test_its_activity_has_its_name_does_it_once_and_answers_with_what_follows(
    suspending: ActionKind, desk: Desk
) -> None:
    following = await desk.perform("suspend_bonus")
    assert "bonus suspended" in following.diary
    again = await desk.perform("suspend_bonus")
    assert (again.act, again.step) == (following.act, following.step) != ("suspend_bonus", "bonus")
    assert (again.diary, await desk.tasks()) == ("", ["call"])


async def test_an_act_that_finds_what_cannot_be_keeps_nothing_and_waits_for_a_person(
    suspending: ActionKind, desk: Desk
) -> None:
    async def half(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
        await suspend_bonus(connection, plan, now)
        raise InvariantBroken("the bonus is suspended twice")

    ACTS[suspending] = half
    following = await desk.perform("suspend_bonus")
    assert (following.act, following.at, following.why) == ("wait", None, "the bonus is suspended twice")
    assert await desk.tasks() == []
