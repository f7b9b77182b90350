"""The shapes that a case's life takes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from facts.money.review import book_review
from simulator.emulators.providers import Faults
from tests.doings import agree, busy, money, promise, read_latest, until_round, until_told, until_why
from tests.life import Life, begin
from tests.world import World, eventually
from workflows.contracts import Dispute, Hold, News, Order, PaymentReceived, ResolveDispute, StepOrder
from workflows.dunning import Dunning

PERSON = Order(by="kim", reason_code="asked")


async def paid_after_the_first_message(case: Life) -> None:
    await case.until("invoice", "email")
    await case.pay()
    await case.outcome()


async def paid_after_two_fallbacks(case: Life) -> None:
    await case.until("invoice", "letter")
    await case.pay()
    await case.outcome()


async def full_ladder_to_the_hand_off(case: Life) -> None:
    await case.climb_to_approval()
    await case.handle.execute_update(Dunning.approve_hand_off, PERSON)
    await case.quiet()
    await case.partner_answers("accepted")
    await case.outcome()


async def held_and_released(case: Life) -> None:
    await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="new-address"))
    await case.pass_time(timedelta(days=3))
    await case.handle.execute_update(Dunning.release, PERSON)
    until = await case.now() + timedelta(days=2)
    await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="travel", until=until))
    await case.until("invoice", "email")


async def held_and_released_by_signals(case: Life) -> None:
    await case.handle.signal("hold", Hold(by="kim", reason_code="bulk"))
    await case.quiet()
    await case.handle.signal("release", PERSON)
    await case.until("invoice", "email")


async def disputed_and_rejected(case: Life) -> None:
    await case.until("invoice", "email")
    await case.handle.execute_update(Dunning.dispute, PERSON)
    answer = ResolveDispute(by="kim", reason_code="delivered", upheld=False)
    await case.handle.execute_update(Dunning.resolve_dispute, answer)
    await case.step()


async def disputed_and_upheld(case: Life) -> None:
    await case.handle.execute_update(Dunning.dispute, PERSON)
    answer = ResolveDispute(by="kim", reason_code="never-delivered", upheld=True)
    await case.handle.execute_update(Dunning.resolve_dispute, answer)
    await case.outcome()


async def steps_skipped_and_sent_now(case: Life) -> None:
    await case.until("invoice", "email")
    await case.handle.execute_update(Dunning.skip, StepOrder(by="kim", reason_code="asked", step="due-date-reminder"))
    await case.handle.execute_update(Dunning.send_now, StepOrder(by="kim", reason_code="asked", step="reminder"))
    await case.until("reminder", "email")


async def commanded(case: Life) -> None:
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    until = await case.now() + timedelta(days=3)
    await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="travel", until=until))
    await case.handle.execute_update(Dunning.release, PERSON)
    await case.handle.execute_update(Dunning.skip, StepOrder(by="kim", reason_code="asked", step="reminder"))
    await case.until("due-date-reminder", "email")
    await case.handle.execute_update(Dunning.dispute, PERSON)
    await case.handle.execute_update(Dunning.withdraw, PERSON)
    await case.outcome()


async def commanded_during_an_act(case: Life) -> None:
    case.world.providers.faults = Faults(latency=0.7)
    skipping = asyncio.create_task(case.world.skip_to(case.handle, (await case.next()).at))
    await eventually(case.deliveries)
    await asyncio.gather(
        case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="wait")),
        case.handle.execute_update(Dunning.dispute, PERSON),
    )
    await skipping
    await case.quiet()
    case.world.providers.faults = Faults()
    await case.handle.execute_update(Dunning.release, PERSON)
    await case.handle.signal(Dunning.refresh)
    await case.quiet()
    await case.pay()
    await case.outcome()


async def reset(case: Life) -> None:
    await case.until("invoice", "email")
    run = await case.handle.describe()
    done = [e for e in (await case.history()).events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    await case.world.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=case.world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=run.id, run_id=run.run_id),
            reason="recorded",
            request_id="recorded",
            workflow_task_finish_event_id=done[-1].event_id,
        )
    )
    await case.quiet()
    await case.until("invoice", "sms")


async def withdrawn(case: Life) -> None:
    await case.until("invoice", "email")
    await case.handle.execute_update(Dunning.withdraw, PERSON)
    await case.outcome()


async def cancelled(case: Life) -> None:
    await case.until("invoice", "email")
    await case.handle.cancel()
    await case.quiet()


async def cancelled_and_held(case: Life) -> None:
    await case.until("invoice", "email")
    await case.handle.signal(
        "payment_received", {"provider": "psp", "payment_id": "psp-1", "amount": "1", "currency": "NOK"}
    )
    await case.handle.cancel()
    await case.quiet()


async def cancelled_during_an_act(case: Life) -> None:
    case.world.providers.faults = Faults(latency=0.7)
    skipping = asyncio.create_task(case.world.skip_to(case.handle, (await case.next()).at))
    await eventually(case.deliveries)
    await case.handle.cancel()
    await skipping
    await case.quiet()


async def read_bounced_and_paid_in_parts(case: Life) -> None:
    await case.until("invoice", "email")
    await case.bounce("invoice", "email")
    await case.until("invoice", "sms")
    await case.read("invoice", "sms")
    await case.pay(Decimal("300.00"))
    await case.until("due-date-reminder", "sms")
    await case.pay()
    await case.outcome()


async def signals_nobody_knows(case: Life) -> None:
    await case.handle.signal("a_signal_of_next_year")
    await case.handle.signal("a_signal_of_next_year", args=["words", 42])
    await case.handle.signal("a_signal_of_next_year", News(seq=1))
    await case.quiet()
    await case.until("invoice", "email")


async def money_brought_by_a_signal(case: Life) -> None:
    money = PaymentReceived(provider="psp", payment_id="P-1", amount=Decimal("802.00"), currency="NOK")
    await case.handle.signal(Dunning.payment_received, money)
    await case.outcome()


async def refreshed(case: Life) -> None:
    await case.until("invoice", "email")
    await case.handle.signal(Dunning.refresh)
    await case.until("invoice", "sms")


async def without_an_answer(case: Life) -> None:
    case.world.providers.faults = Faults(next=["lost"])
    await case.step()
    await case.until("invoice", "sms")


async def provider_away(case: Life) -> None:
    case.world.providers.faults = Faults(rate_429=1)
    await case.pass_time((await case.next()).at - await case.now() + timedelta(minutes=7))
    case.world.providers.faults = Faults()
    await case.step()


async def opened_again_by_a_chargeback(case: Life) -> None:
    owed = await case.balance()
    await case.pay(payment_id="paid")
    await case.outcome()
    await case.pay(-owed, payment_id="charged-back")
    await case.quiet()
    await case.until("due-date-reminder", "email")


async def nothing_left_to_do_at_the_start(case: Life) -> None:
    await case.pay()
    await case.quiet()


async def promise_broken(case: Life) -> None:
    await read_invoice(case)
    await promise(case, 10)
    await until_told(case, "promise-broken")
    await read_latest(case)
    await until_told(case, "reminder")


async def plan_kept(case: Life) -> None:
    await read_invoice(case)
    await agree(case, 2)
    for number in (1, 2):
        await until_told(case, "instalment-due", count=number)
        await read_latest(case)
        await case.pay(Decimal("401.00"))
    await case.outcome()


async def plan_broken_and_a_notice(case: Life) -> None:
    await read_invoice(case)
    await agree(case, 2)
    await until_told(case, "plan-broken")
    await read_latest(case)
    await until_round(case, 2)
    await until_told(case, "collection-notice", "letter")


async def service_blocked_and_freed(case: Life) -> None:
    await read_invoice(case)
    await until_told(case, "reminder", "letter")
    await case.post_letters()
    await until_told(case, "block-warning", "letter")
    await case.post_letters()
    await until_why(case, "collection-notice")
    await case.pay()
    await case.outcome()


async def interest_taken_back(case: Life) -> None:
    await read_invoice(case)
    due = await case.today() + timedelta(days=14)
    await until_told(case, "reminder", "letter")
    await case.post_letters()
    await until_told(case, "collection-notice", "letter")
    await money(case, Decimal("802.00"), number=case.number, booked_on=due)
    await case.outcome()


async def draw_failed(case: Life) -> None:
    await read_invoice(case)
    claim = """with mandated as (
        insert into mandate (creditor_id, debtor_id, reference, state, notify, source, happened_at)
        select creditor_id, debtor_id, '00', 'active', true, 'file', :now from dunning_case where id = :case returning *)
      insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, ended_at, happened_at)
      select creditor_id, :case, id, '00', 802, 'NOK', :due, 'failed', :now, :now from mandated"""
    due = await case.today() + timedelta(days=14)
    await case.pass_time(timedelta(days=25))
    await case._change(claim, due=due, now=await case.now())
    await until_told(case, "failed-draw", "sms")


async def part_disputed_and_upheld(case: Life) -> None:
    await read_invoice(case)
    part = Dispute(by="kim", reason_code="meter-misread", amount=Decimal("300.00"))
    await case.handle.execute_update(Dunning.dispute, part)
    await until_told(case, "due-date-reminder")
    answer = ResolveDispute(by="kim", reason_code="meter-misread", upheld=True)
    await case.handle.execute_update(Dunning.resolve_dispute, answer)
    await case.pay()
    await case.outcome()


async def money_in_review(case: Life) -> None:
    await read_invoice(case)
    waiting = await money(case, Decimal("815.00"), reference="002345675", payer_name="Kari Nordmann")
    await case.quiet()
    async with case.world.database.transaction() as connection:
        await book_review(connection, waiting.number or 0, {case.number: None}, "kim", await case.now())
    await case.outcome()


async def read_invoice(case: Life) -> None:
    """The invoice is read in the email it comes with."""
    await case.until("invoice", "email")
    await case.read("invoice", "email")


async def signals_that_cannot_be_read(case: Life) -> None:
    await case.until("invoice", "email")
    for contents in ([], ["garbage"], [{"by": "kim"}, 1, 2]):
        await case.handle.signal("hold", args=contents)
    await case.quiet()
    await case.handle.signal("message_read", "garbage")
    await case.quiet()
    await case.pay()
    await case.outcome()


async def refreshed_during_a_command(case: Life) -> None:
    await case.until("invoice", "email")
    async with busy(case):
        await case.handle.signal(Dunning.refresh)
        hold = Hold(by="kim", reason_code="new-address")
        asked = asyncio.create_task(case.handle.execute_update(Dunning.hold, hold))
        await asyncio.sleep(0.5)
    await asked
    await case.quiet()


LIVES: list[Callable[[Life], Awaitable[None]]] = [
    paid_after_the_first_message,
    paid_after_two_fallbacks,
    full_ladder_to_the_hand_off,
    held_and_released,
    held_and_released_by_signals,
    disputed_and_rejected,
    disputed_and_upheld,
    steps_skipped_and_sent_now,
    commanded,
    reset,
    commanded_during_an_act,
    withdrawn,
    cancelled,
    cancelled_and_held,
    cancelled_during_an_act,
    read_bounced_and_paid_in_parts,
    signals_nobody_knows,
    money_brought_by_a_signal,
    refreshed,
    without_an_answer,
    provider_away,
    opened_again_by_a_chargeback,
    nothing_left_to_do_at_the_start,
    promise_broken,
    plan_kept,
    plan_broken_and_a_notice,
    service_blocked_and_freed,
    interest_taken_back,
    draw_failed,
    part_disputed_and_upheld,
    money_in_review,
    signals_that_cannot_be_read,
    refreshed_during_a_command,
]
# What a shape's invoice has besides the usual; 802.00 and the policy no-gentle where nothing is said.
INVOICES: dict[str, dict[str, Any]] = {
    "full_ladder_to_the_hand_off": {"amount": Decimal("6200.00")},
    "service_blocked_and_freed": {"policy": "no-service"},
    "interest_taken_back": {"policy": "no-standard"},
    "money_in_review": {"reference": "002345676"},
}


async def live(world: World, life: Callable[[Life], Awaitable[None]]) -> str:
    """Live a life; gives the case's workflow."""
    case = await begin(world, **INVOICES.get(life.__name__, {}))
    await life(case)
    return case.handle.id


SHAPES = {f"dunning/{life.__name__}": partial(live, life=life) for life in LIVES}
