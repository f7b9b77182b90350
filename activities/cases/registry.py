"""Every act that needs no provider, by its kind, and the activity around it: check again under lock, act, plan on."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.cases import acts
from activities.cases.acts import Do, ask_a_person
from activities.cases.answer import answer_act
from activities.cases.decide import lock_case, wait_for_a_person
from domain.invariant import InvariantBroken
from domain.planner.action import ActionKind
from domain.planner.credit import USE_CREDIT
from facts.database import Database
from planning.service import Planning
from workflows.contracts import Act, Next

ACTS: dict[ActionKind, Do] = {
    ActionKind.OPEN_CALL_TASK: acts.ask_for_a_call,
    ActionKind.OPEN_ADDRESS_TASK: ask_a_person("address", "address task opened"),
    ActionKind.OPEN_DECISION_TASK: ask_a_person("decision", "a person decides how it goes on"),
    ActionKind.REQUEST_APPROVAL: acts.ask_for_approval,
    ActionKind.BLOCK_SERVICE: acts.block_service,
    ActionKind.TERMINATE_SERVICE: acts.terminate_service,
    ActionKind.END_PLAN: acts.end_plan,
    ActionKind.TAKE_BACK_INTEREST: acts.take_back_interest,
    USE_CREDIT: acts.use_credit,
    ActionKind.TELL_OF_DRAW: acts.tell_of_draw,
    ActionKind.HAND_OFF: acts.hand_off,
    ActionKind.WRITE_OFF: acts.write_off,
    ActionKind.NEW_ROUND: acts.new_round,
}


def activities_of(database: Database, planning: Planning) -> dict[str, Callable[[Act], Awaitable[Next]]]:
    """The activities of all acts, by the names that sleeping cases know."""
    return {kind.activity: _activity(kind, do, database, planning) for kind, do in ACTS.items()}


def _activity(kind: ActionKind, do: Do, database: Database, planning: Planning) -> Callable[[Act], Awaitable[Next]]:
    @activity.defn(name=kind.activity)
    async def perform(act: Act) -> Next:
        at = activity.info().started_time
        try:
            async with database.transaction() as connection:
                case, now = await lock_case(connection, act.case, at)
                plan = await planning.plan_act(connection, case, now)
                if plan.action.kind is not kind or not plan.action.is_due(now):
                    return await answer_act(planning, connection, plan, now)
                done = await do(connection, plan, now)
                return await answer_act(planning, connection, await planning.plan(connection, case, now), now, done)
        except InvariantBroken as broken:
            return await wait_for_a_person(database, planning, act.case, broken, at)

    return perform
