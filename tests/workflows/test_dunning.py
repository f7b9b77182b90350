"""A case's life on a real server, with its own time: every branch of the loop."""

from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from facts.invoices.invoices import move_due_date
from facts.money.payments import Payment, book
from tests.doings import read_latest, text_of, until_told
from tests.life import ON_PAPER, Life, begin, count_events
from tests.world import World, debtor, eventually
from workflows.contracts import TASK_QUEUE, Case, Order
from workflows.dunning import Dunning

PERSON = Order(by="kim", reason_code="agreed")


# --- from channel to channel ---------------------------------------------------------------------------------


async def test_a_read_email_stops_the_chain(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    await case.until("due-date-reminder", "email")
    assert await case.told() == ["email invoice", "email due-date-reminder"]


async def test_a_message_that_is_not_read_goes_from_email_to_sms_to_letter(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "letter")
    assert await case.told() == ["email invoice", "sms invoice", "letter invoice"]
    assert [sent.channel for sent in await case.sent()] == ["email", "sms"]


async def test_a_machine_that_opens_an_email_has_not_read_it(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.provider_tells("invoice", "email", "machine open")
    await case.step()
    assert await case.told() == ["email invoice", "sms invoice"]


async def test_a_bounced_email_moves_to_the_next_channel_at_once(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    sent_at = await case.now()
    await case.bounce("invoice", "email")
    await case.until("invoice", "sms")
    assert await case.now() - sent_at < timedelta(minutes=5)
    assert [d.state for d in await case.deliveries()] == ["failed", "accepted"]


async def test_a_debtor_without_any_address_but_paper_gets_a_letter(world: World) -> None:
    case = await begin(world, debtor=ON_PAPER)
    await case.until("invoice", "letter")
    assert await case.told() == ["letter invoice"]


async def test_the_full_ladder_ends_with_the_collection_partner(world: World) -> None:
    case = await begin(world, amount=Decimal("6200.00"))
    await case.climb_to_approval()
    assert await case.told() == [
        "email invoice", "sms invoice", "letter invoice",
        "email due-date-reminder", "sms due-date-reminder",
        "email reminder", "sms reminder", "letter reminder",
        "letter collection-notice", "sms collection-notice", "email collection-notice",
    ]  # fmt: skip
    await case.handle.execute_update(Dunning.approve_hand_off, PERSON)
    await case.quiet()
    assert "handed off" in (await case.next()).why
    await case.partner_answers("accepted")
    assert await case.outcome() == "handed off"
    tasks = await world.rows("select kind from task where case_id = :case order by id", case=case.case_id)
    assert [task.kind for task in tasks] == ["call", "approval"]


# --- money ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "channel"),
    [(None, ""), ("invoice", "email"), ("invoice", "letter"), ("due-date-reminder", "email"), ("reminder", "letter")],
)
async def test_a_payment_closes_the_case_at_any_stage(world: World, step: str | None, channel: str) -> None:
    case = await begin(world)
    if step:
        await case.until(step, channel)
    told = await case.told()
    await case.pay()
    assert await case.outcome() == "paid"
    thanks = ["email paid#1"] if step == "reminder" else []
    assert await case.told() == [*told, *thanks]
    row = await case.state()
    assert (row.state, row.outcome) == ("closed", "paid")


async def test_a_payment_after_the_collection_notice_closes_the_case(world: World) -> None:
    case = await begin(world, debtor=ON_PAPER)
    await case.climb_to_approval()
    await case.pay()
    assert await case.outcome() == "paid"
    assert await world.rows("select 1 from hand_off where case_id = :case", case=case.case_id) == []


async def test_part_of_the_money_leaves_the_case_open_for_the_rest(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.pay(Decimal("300.00"))
    await case.quiet()
    assert (await case.next()).amount_due == Decimal("502.00")
    await case.pay(Decimal("480.00"))
    assert await case.outcome() == "balance ignored"


async def test_a_settled_invoices_run_closes_at_once(world: World) -> None:
    case = await begin(world)
    await case.pay()
    await case.outcome()
    again = await world.client.start_workflow(
        "dunning", Case(creditor=case.creditor, invoice=case.number), id=case.handle.id, task_queue=TASK_QUEUE
    )
    assert await again.result() == "paid"
    events = count_events(await again.fetch_history())
    assert events["TIMER_STARTED"] == events["ACTIVITY_TASK_SCHEDULED"] == 0


async def test_an_unknown_invoice_fails_and_says_what_to_do(world: World) -> None:
    stray = await world.client.start_workflow(
        "dunning", Case(creditor="nobody", invoice="0"), id="dunning/nobody/0", task_queue=TASK_QUEUE
    )
    with pytest.raises(WorkflowFailureError) as failure:
        await stray.result()
    cause = failure.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "UnknownInvoice"
    assert "creditor nobody has no invoice 0: import it first" in cause.message


async def test_a_chargeback_reopens_the_case_with_new_days(world: World) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    owed, told = await case.balance(), await case.told()
    await case.pay(payment_id="paid-by-card")
    await case.outcome()
    await case.pay(-owed, payment_id="charged-back")
    await eventually(lambda: runs_again(case))
    await case.quiet()
    row = await case.state()
    assert (row.state, row.round) == ("open", 2)
    following = await case.next()
    assert following.amount_due == owed
    assert following.due_date is not None
    assert following.due_date >= await case.today() + timedelta(days=14)
    kind_words = await until_told(case, "due-date-moved")
    assert [each for each in await case.told() if each not in told] == [f"email {kind_words.step}"]
    assert "ført tilbake" in await text_of(case, "due-date-moved", "email")


async def runs_again(case: Life) -> bool:
    described = await case.world.client.get_workflow_handle(case.handle.id).describe()
    return described.status is WorkflowExecutionStatus.RUNNING


async def test_a_payment_booked_while_the_worker_is_away_closes_the_case_when_it_is_back(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    async with world.without_worker():
        owed = await case.balance()
        async with world.database.transaction() as connection:
            payment = Payment(case.creditor, "bank", "while-away", owed, "NOK", await case.today(), number=case.number)
            await book(connection, payment, await case.now())
    assert await case.outcome() == "paid"


# --- other facts ---------------------------------------------------------------------------------------------


async def test_a_moved_due_date_starts_a_new_round(world: World) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    later = await case.today() + timedelta(days=20)
    async with world.database.transaction() as connection:
        assert await move_due_date(connection, case.creditor, case.number, later, await case.now())
    await until_told(case, "due-date-moved")
    await read_latest(case)
    following = await case.step()
    assert following.due_date == later
    deliveries = [(d.step, d.round) for d in await case.deliveries() if d.step == "due-date-reminder"]
    assert deliveries == [("due-date-reminder", 1), ("due-date-reminder", 2)]


async def test_a_debtors_invoices_ride_in_one_message(world: World) -> None:
    same = debtor(customer_number="K-one", email="one@example.no")
    first = await begin(world, debtor=same)
    second = await begin(world, owner=first.creditor, debtor=same)
    await first.until("invoice", "email")
    await second.until("invoice", "email")
    for case in (first, second):
        await case.read("invoice", "email")
    before = len(world.providers.log)
    await first.until("due-date-reminder", "email")
    await second.quiet()
    (sent,) = world.providers.log[before:]
    assert first.number in sent.body
    assert second.number in sent.body
    assert (await first.deliveries())[-1].id == (await second.deliveries())[-1].id
    assert (await second.next()).channel == "sms"


async def test_every_step_done_without_hand_off_leaves_the_case_to_people(world: World) -> None:
    case = await begin(world, debtor=ON_PAPER)
    await case.climb_to_approval()
    await case.handle.execute_update(Dunning.reject_hand_off, PERSON)
    await case.quiet()
    assert (await case.state()).flag == "hand-off rejected"
    assert (await case.next()).at is None
