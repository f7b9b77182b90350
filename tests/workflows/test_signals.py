"""What wakes a case, and what does not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.doings import command
from tests.life import begin
from tests.world import World, eventually
from workflows.contracts import Hold, News, Order, PaymentReceived
from workflows.dunning import Dunning

MONEY = PaymentReceived(provider="psp", payment_id="P-1", amount=Decimal("802.00"), currency="NOK")
PERSON = Order(by="kim", reason_code="asked")


async def test_a_signal_that_brings_the_money_closes_the_case(world: World) -> None:
    case = await begin(world)
    await case.handle.signal(Dunning.payment_received, MONEY)
    assert await case.outcome() == "paid"
    (payment,) = await world.rows(
        "select * from incoming_payment where creditor_id = :creditor", creditor=case.creditor
    )
    assert (payment.source, payment.source_id, payment.amount) == ("psp", "P-1", Decimal("802.00"))


async def test_money_told_twice_is_booked_once_even_over_a_restart_of_the_worker(world: World) -> None:
    case = await begin(world)
    half = MONEY.model_copy(update={"amount": Decimal("400.00")})
    await case.handle.signal(Dunning.payment_received, half)
    await eventually(lambda: is_owed(world, case.case_id, Decimal("402.00")))
    async with world.without_worker():
        await case.handle.signal(Dunning.payment_received, half)
    await case.handle.signal(Dunning.payment_received, half)
    await case.quiet()
    assert await case.balance() == Decimal("402.00")
    assert (await case.next()).amount_due == Decimal("402.00")


async def is_owed(world: World, case: int, amount: Decimal) -> bool:
    query = """select sum(l.amount) as owed from ledger_entry l join dunning_case c on c.invoice_id = l.invoice_id
        where c.id = :case"""
    (row,) = await world.rows(query, case=case)
    return row.owed == amount


async def test_money_brought_just_before_a_cancellation_is_booked(world: World) -> None:
    case = await begin(world)
    async with world.without_worker():
        await case.handle.signal(Dunning.payment_received, MONEY)
        await case.handle.cancel()
    await eventually(lambda: is_owed(world, case.case_id, Decimal(0)))


async def test_hold_and_release_work_as_signals_for_many_cases_at_once(world: World) -> None:
    case = await begin(world)
    await case.handle.signal("hold", Hold(by="kim", reason_code="bulk"))
    await case.quiet()
    assert (await case.next()).on_hold
    await case.pass_time(timedelta(days=4))
    assert await case.told() == []
    await case.handle.signal("release", PERSON)
    await case.quiet()
    assert not (await case.next()).on_hold
    await case.until("invoice", "email")


async def test_a_command_that_a_door_stored_wakes_the_case(world: World) -> None:
    case = await begin(world)
    await command(case, "hold")
    assert (await case.next()).on_hold
    await command(case, "release")
    assert not (await case.next()).on_hold
    await case.until("invoice", "email")


async def test_a_signal_order_that_the_facts_refuse_changes_nothing(world: World) -> None:
    case = await begin(world)
    await case.handle.signal("release", PERSON)
    await case.quiet()
    await case.until("invoice", "email")


async def test_refresh_continues_as_new_and_forgets_nothing(world: World) -> None:
    case = await begin(world)
    before = await case.until("invoice", "email")
    first_run = (await case.handle.describe()).run_id
    await case.handle.signal(Dunning.refresh)
    await case.quiet()
    described = await case.handle.describe()
    assert described.run_id != first_run
    assert described.status is WorkflowExecutionStatus.RUNNING
    after = await case.next()
    assert (after.act, after.at, after.channel) == (before.act, before.at, before.channel)
    await case.until("invoice", "sms")
    assert len(await case.sent()) == 2


@pytest.mark.parametrize("arguments", [[], [42], ["words"], [{"seq": "x"}], [None], [{"anything": [1, 2]}, "more"]])
async def test_a_signal_nobody_knows_makes_the_case_look_again(world: World, arguments: list[object]) -> None:
    case = await begin(world)
    before = await case.next()
    looks = await case.looks()
    await case.handle.signal("something_of_next_year", args=arguments)
    await case.quiet()
    assert await case.looks() == looks + 1
    assert await case.next() == before.model_copy(update={"story": None})  # nothing new is told


async def test_news_already_seen_wakes_nobody(world: World) -> None:
    case = await begin(world)
    seen = (await case.next()).seen
    looks = await case.looks()
    for signal in (Dunning.message_read, Dunning.delivery_failed, Dunning.invoice_changed, Dunning.debtor_replied):
        await case.handle.signal(signal, News(seq=seen))
    await case.handle.signal("a_kind_of_news_of_next_year", News(seq=seen))
    await case.handle.signal(Dunning.payment_received, PaymentReceived(seq=seen))
    await case.quiet()
    assert await case.looks() == looks
    events = await case.events()
    assert events["MARKER_RECORDED"] == 1
    assert events["TIMER_CANCELED"] == 0


@pytest.mark.parametrize("signal", ["message_read", "delivery_failed", "invoice_changed", "mandate_changed"])
async def test_news_without_a_number_always_wakes(world: World, signal: str) -> None:
    case = await begin(world)
    looks = await case.looks()
    await case.handle.signal(signal)
    await case.quiet()
    assert await case.looks() == looks + 1
