"""What people order: updates with validators, recorded once, with who and why."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError

from activities.jobs.sweep import start_what_is_not_running
from simulator.emulators.providers import Faults
from tests.doings import command, invoiced, read_latest, until_told
from tests.life import Life, begin
from tests.world import World, eventually
from workflows.contracts import Hold, Order, ResolveDispute, StepOrder
from workflows.dunning import Dunning

PERSON = Order(by="kim", reason_code="asked")


def step(name: str) -> StepOrder:
    return StepOrder(by="kim", reason_code="asked", step=name)


async def test_a_hold_stops_everything_until_it_is_released(world: World) -> None:
    case = await begin(world)
    following = await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="new-address"))
    assert following.on_hold
    assert following.at is None
    assert "new-address" in following.why
    await case.pass_time(timedelta(days=4))
    assert await case.told() == []
    following = await case.handle.execute_update(Dunning.release, PERSON)
    assert not following.on_hold
    await case.until("invoice", "email")


async def test_a_hold_with_an_end_ends_by_itself(world: World) -> None:
    case = await begin(world)
    until = await case.now() + timedelta(days=3)
    following = await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="travel", until=until))
    assert following.at == until
    await case.pass_time(timedelta(days=2, hours=20))
    assert await case.told() == []
    await case.until("invoice", "email")
    assert await case.now() >= until


async def test_a_dispute_stops_everything_and_its_rejection_gives_new_days(world: World) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    told = await case.told()
    following = await case.handle.execute_update(Dunning.dispute, PERSON)
    assert "disputed" in following.why
    await case.pass_time(timedelta(days=30))
    assert await case.told() == told
    today = await case.today()
    await case.handle.execute_update(
        Dunning.resolve_dispute, ResolveDispute(by="kim", reason_code="delivered", upheld=False)
    )
    answer = await until_told(case, "dispute-rejected")
    assert answer.deadline >= today + timedelta(days=14)
    await read_latest(case)
    while (await case.told())[-1] == f"email {answer.step}":
        await case.step()
    assert await case.today() >= today + timedelta(days=14)
    assert (await case.told())[: len(told) + 1] == [*told, f"email {answer.step}"]


async def test_a_dispute_that_is_upheld_withdraws_the_case(world: World) -> None:
    case = await begin(world)
    await case.handle.execute_update(Dunning.dispute, PERSON)
    await case.handle.execute_update(
        Dunning.resolve_dispute, ResolveDispute(by="kim", reason_code="never-delivered", upheld=True)
    )
    assert await case.outcome() == "withdrawn"


async def test_a_skipped_step_is_left_out(world: World) -> None:
    case = await begin(world)
    await case.handle.execute_update(Dunning.skip, step("due-date-reminder"))
    await case.until("reminder", "email")
    assert not any("due-date-reminder" in message for message in await case.told())


async def test_a_step_that_is_asked_for_now_is_sent_in_the_next_contact_hours(world: World) -> None:
    case = await invoiced(world)
    await case.until("due-date-reminder", "email")
    await case.read("due-date-reminder", "email")
    await case.pass_time(timedelta(days=1))
    await case.handle.execute_update(Dunning.send_now, step("reminder"))
    asked = await case.now()
    await case.until("reminder", "email")
    assert await case.now() - asked < timedelta(days=3)
    assert await case.told() == ["email invoice", "email due-date-reminder", "email reminder"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("reminder", "says that the payment is late"), ("due-date-reminder", "says that the invoice is due today")],
)
async def test_a_step_whose_message_would_not_be_true_is_refused(world: World, name: str, says: str) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await case.handle.execute_update(Dunning.send_now, step(name))
    assert refused.value.cause is not None
    assert says in str(refused.value.cause.__cause__ or refused.value.cause)
    assert await world.rows("select 1 from send_request where case_id = :case", case=case.case_id) == []
    assert await case.told() == ["email invoice"]


async def test_a_withdrawn_case_ends_in_silence(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    assert (await case.handle.execute_update(Dunning.withdraw, PERSON)).closes_case
    assert await case.outcome() == "withdrawn"
    assert await case.told() == ["email invoice"]


async def test_a_withdrawal_that_nobody_has_heard_of_is_undone_and_the_case_goes_on(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.handle.execute_update(Dunning.withdraw, PERSON)
    assert await case.outcome() == "withdrawn"
    await command(case, "unwithdraw")
    await case.until("due-date-reminder", "email")


async def test_a_command_told_twice_under_one_id_is_recorded_once(world: World) -> None:
    case = await begin(world)
    for _ in range(2):
        await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="once"), id="the-same-order")
    holds = await world.rows("select 1 from hold where case_id = :case", case=case.case_id)
    assert len(holds) == 1


async def test_two_commands_at_once_are_both_recorded_and_the_case_goes_by_the_later_one(world: World) -> None:
    case = await begin(world)
    until = await case.now() + timedelta(days=2)
    answers = await asyncio.gather(
        case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="one", until=until)),
        case.handle.execute_update(Dunning.dispute, PERSON),
        case.handle.execute_update(Dunning.skip, step("reminder")),
    )
    await case.quiet()
    following = await case.next()
    assert following.seen == max(each.seen for each in answers)
    assert following.on_hold
    assert "reminder" not in following.open_steps
    await case.handle.execute_update(
        Dunning.resolve_dispute, ResolveDispute(by="kim", reason_code="delivered", upheld=False)
    )
    assert (await case.next()).at is not None


async def test_a_command_during_an_act_is_answered_at_once_and_holds_what_follows(world: World) -> None:
    case = await begin(world)
    world.providers.faults = Faults(latency=0.7)
    skipping = asyncio.create_task(world.skip_to(case.handle, (await case.next()).at))
    await eventually(case.deliveries)
    following = await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="wait"))
    await skipping
    await case.quiet()
    world.providers.faults = Faults()
    assert following.on_hold
    assert (await case.next()).on_hold
    await case.pass_time(timedelta(days=5))
    assert await case.told() == ["email invoice"]


async def test_a_command_keeps_who_and_why(world: World) -> None:
    case = await begin(world)
    await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="new-address"))
    (event,) = await world.rows("select * from case_event where case_id = :case", case=case.case_id)
    assert (event.kind, event.by, event.detail["reason_code"]) == ("hold", "kim", "new-address")


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (lambda case: case.handle.execute_update(Dunning.skip, step("no-such-step")), "no step ahead"),
        (lambda case: case.handle.execute_update(Dunning.send_now, step("invoice")), "no step ahead"),
        (lambda case: case.handle.execute_update(Dunning.hold, long_past()), "is past: give a moment ahead"),
    ],
    ids=["unknown step", "step behind", "past moment"],
)
async def test_a_refused_command_leaves_no_trace(
    world: World, order: Callable[[Life], Awaitable[object]], says: str
) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    before = (await case.history()).events
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await order(case)
    assert says in str(refused.value.cause)
    assert (await case.history()).events == before
    assert await world.rows("select 1 from case_event where case_id = :case", case=case.case_id) == []


def long_past() -> Hold:
    return Hold.model_validate({"by": "kim", "reason_code": "late", "until": "2020-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (lambda case: case.handle.execute_update(Dunning.release, PERSON), "not on hold"),
        (
            lambda case: case.handle.execute_update(
                Dunning.resolve_dispute, ResolveDispute(by="kim", reason_code="none", upheld=True)
            ),
            "no open dispute",
        ),
    ],
    ids=["not held", "not disputed"],
)
async def test_a_command_that_the_facts_refuse_fails_clearly_and_the_case_lives_on(
    world: World, order: Callable[[Life], Awaitable[object]], says: str
) -> None:
    case = await begin(world)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await order(case)
    assert says in str(refused.value.cause.__cause__)
    await case.until("invoice", "email")


async def test_a_closed_case_takes_no_commands(world: World) -> None:
    case = await begin(world)
    await case.pay()
    await case.outcome()
    before = (await case.history()).events
    for order in (Dunning.withdraw, Dunning.release, Dunning.approve_hand_off, Dunning.dispute):
        with pytest.raises(RPCError, match="already completed"):
            await case.handle.execute_update(order, PERSON)
    assert (await case.history()).events == before


# --- cancelling and resetting in the web UI -------------------------------------------------------------------


async def cancelled(world: World, case: Life) -> None:
    """A person cancels the case in the web UI, and its run ends as cancelled."""
    run = world.client.get_workflow_handle(case.handle.id, run_id=(await case.handle.describe()).run_id)
    await run.cancel()
    assert await ended(run) is WorkflowExecutionStatus.CANCELED
    await case.quiet()


async def test_cancelling_a_case_holds_it_for_a_person_and_its_run_stays_ended(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await cancelled(world, case)
    row = await case.state()
    assert (row.state, row.outcome, row.withdrawn_at) == ("open", None, None)
    (event,) = await world.rows("select * from case_event where case_id = :case", case=case.case_id)
    assert (event.kind, event.by) == ("hold", "temporal-cancel")
    ((why,),) = await world.rows("select why from task where case_id = :case and kind = 'cancelled'", case=case.case_id)
    assert why == "cancelled in the web UI: release or withdraw"
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.CANCELED
    await start_what_is_not_running(world.database, world.client)
    await case.quiet()
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.CANCELED
    assert await case.told() == ["email invoice"]


async def test_a_cancelled_case_goes_on_when_it_is_released(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await cancelled(world, case)
    await command(case, "release")
    await case.until("due-date-reminder", "email")
    (done,) = await world.rows("select * from task where case_id = :case and kind = 'cancelled'", case=case.case_id)
    assert (done.done_by, done.result) == ("kim", "released")


async def test_a_cancelled_case_is_withdrawn_on_purpose_alone(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await cancelled(world, case)
    await command(case, "withdraw")
    await eventually(lambda: is_closed(case))
    assert (await case.state()).outcome == "withdrawn"
    (done,) = await world.rows("select * from task where case_id = :case and kind = 'cancelled'", case=case.case_id)
    assert (done.done_by, done.result) == ("kim", "withdrawn")


async def test_money_for_a_cancelled_case_closes_it(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await cancelled(world, case)
    await case.pay()
    await eventually(lambda: is_closed(case))
    assert (await case.state()).outcome == "paid"


async def test_a_cancellation_that_comes_with_a_signal_and_a_timer_loses_neither(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    moment = (await case.next()).at
    async with world.without_worker():
        skipping = asyncio.create_task(world.skip_to(case.handle, moment))
        await eventually(lambda: timer_fired(case))
        money = {"provider": "psp", "payment_id": "psp-1", "amount": "300.00", "currency": "NOK"}
        await case.handle.signal("payment_received", money)
        await case.handle.cancel()
    await skipping
    await eventually(lambda: is_held(world, case))
    await case.quiet()
    assert await case.balance() == Decimal("502.00")
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.CANCELED
    assert await case.told() == ["email invoice"]


async def timer_fired(case: Life) -> bool:
    last = (await case.history()).events[-3:]
    return any(event.event_type is EventType.EVENT_TYPE_TIMER_FIRED for event in last)


async def is_closed(case: Life) -> bool:
    return bool((await case.state()).state == "closed")


async def is_held(world: World, case: Life) -> bool:
    query = "select true from hold where case_id = :case and by = 'temporal-cancel' and released_at is null"
    return bool(await world.rows(query, case=case.case_id))


async def ended(run: WorkflowHandle[Any, Any]) -> WorkflowExecutionStatus:
    """The status with which a run ended; waits for its end."""

    async def status() -> WorkflowExecutionStatus | None:
        found = (await run.describe()).status
        return None if found is WorkflowExecutionStatus.RUNNING else found

    found: WorkflowExecutionStatus = await eventually(status)
    return found
