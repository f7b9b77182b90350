"""One date of a plan is moved: within the policy's bounds, once, and the case is reminded and waits by the new day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from commands.agreement.move import Moved, MoveInstalment
from commands.agreement.plan import AgreeOnPlan
from commands.record import record
from config.files import read_laws
from domain.planner.occasions import occasions
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from facts.refusals import CommandRefused
from planning.service import PlannedCase, Planning
from tests.store import NOW, Store

LAWS = read_laws()
PLANNING = Planning(LAWS)
CALENDAR = LAWS["NO"].calendar


async def agreed(store: Store) -> AgreedPlan:
    """A plan of three months over an invoice that is worth splitting."""
    case = await store.invoice(amount=Decimal(6000))
    return await done(store, case, AgreeOnPlan(by="debtor", reason_code="asked", months=3))


async def done(store: Store, case: int, command: Any, id: str | None = None) -> Any:
    """What a command comes to."""
    async with store.database.transaction() as connection:
        return (await record(connection, PLANNING, case, command, id or str(uuid4()), NOW)).result


async def move(store: Store, case: int, number: int, to: date, id: str | None = None) -> Moved:
    """The debtor moves one date."""
    moved: Moved = await done(store, case, MoveInstalment(by="debtor", reason_code="page", number=number, to=to), id)
    return moved


async def planned(store: Store, case: int) -> PlannedCase:
    """The case as it is planned now."""
    async with store.database.transaction() as connection:
        return await PLANNING.plan(connection, case, NOW)


async def test_the_new_day_is_the_plans_and_the_one_before_is_kept(store: Store) -> None:
    plan = await agreed(store)
    before = plan.instalments[1].due_on
    moved = await move(store, plan.case_id, 2, before + timedelta(days=7))
    day = CALENDAR.banking_day_on_or_after(before + timedelta(days=7))
    assert moved == Moved(2, day, before)
    async with store.database.transaction() as connection:
        stands = await plans.plan_of(connection, plan.case_id)
    assert stands is not None
    assert stands.instalments[1] == replace(plan.instalments[1], due_on=day, moved_from=before)
    assert [each.due_on for each in (stands.instalments[0], stands.instalments[2])] == [
        each.due_on for each in (plan.instalments[0], plan.instalments[2])
    ]
    (line,) = await store.rows("select by, detail from case_event where kind = 'instalment_moved'")
    assert (line.by, line.detail["instalment"], line.detail["due_on"]) == ("debtor", 2, day.isoformat())


async def test_the_planner_reminds_of_the_new_day_though_the_old_one_was_spoken_of(store: Store) -> None:
    plan = await agreed(store)
    old = {each.key for each in await due(store, plan)}
    await move(store, plan.case_id, 1, plan.instalments[0].due_on + timedelta(days=5))
    new = {each.key for each in await due(store, plan)}
    assert old - new == {f"{plan.id}-1"}
    assert len(new - old) == 1


async def due(store: Store, plan: AgreedPlan) -> list[Any]:
    """The instalments that are spoken of on the first one's day."""
    facts = (await planned(store, plan.case_id)).case.facts
    found = occasions(facts, CALENDAR, plan.instalments[0].due_on)
    return [each for each in found if each.name == "instalment-due"]


@pytest.mark.parametrize(("number", "days"), [(1, 40), (1, 0), (1, -5), (4, 5)])
async def test_what_the_policy_does_not_allow_is_refused_in_words(store: Store, number: int, days: int) -> None:
    plan = await agreed(store)
    with pytest.raises(CommandRefused):
        await move(store, plan.case_id, number, plan.instalments[0].due_on + timedelta(days=days))


async def test_the_same_form_sent_twice_moves_one_date_once(store: Store) -> None:
    plan = await agreed(store)
    day = plan.instalments[0].due_on + timedelta(days=3)
    assert await move(store, plan.case_id, 1, day, "once") == await move(store, plan.case_id, 1, day, "once")
    with pytest.raises(CommandRefused, match="moved already"):
        await move(store, plan.case_id, 1, day + timedelta(days=3))


async def test_without_a_plan_there_is_no_date_to_move(store: Store) -> None:
    case = await store.invoice(amount=Decimal(6000))
    with pytest.raises(CommandRefused, match="no date to move"):
        await move(store, case, 1, date(2030, 1, 1))
