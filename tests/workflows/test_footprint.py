"""What a case costs the engine: events and billable actions for each delivery and each piece of news."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.life import Life, begin, own_events
from tests.world import World
from workflows.contracts import Dispute, Hold, Order, PaymentReceived, StepOrder
from workflows.dunning import Dunning

BILLABLE = {
    "TIMER_STARTED", "ACTIVITY_TASK_SCHEDULED", "WORKFLOW_EXECUTION_SIGNALED", "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES", "MARKER_RECORDED",
}  # fmt: skip


def billable(events: list[str]) -> int:
    """The actions that Temporal Cloud counts."""
    return sum(event in BILLABLE for event in events)


async def test_a_delivery_costs_at_most_12_events_and_3_actions(world: World) -> None:
    case = await begin(world)
    await case.until("reminder", "letter")
    events = own_events(await case.history())
    deliveries = len(await case.deliveries())
    sends = [i for i, event in enumerate(events) if event == "ACTIVITY_TASK_SCHEDULED"]
    assert len(sends) == deliveries == 8
    for before, after in pairwise(sends):
        assert after - before <= 12, events[before:after]
        assert billable(events[before:after]) <= 3


async def test_a_piece_of_news_costs_at_most_8_events_and_4_actions(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    before = own_events(await case.history())
    await case.read("invoice", "email")
    news = own_events(await case.history())[len(before) :]
    assert news[0] == "WORKFLOW_EXECUTION_SIGNALED"
    assert len(news) <= 8
    assert billable(news) <= 4


async def test_money_that_a_signal_brings_costs_no_more_than_news(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    before = own_events(await case.history())
    money = PaymentReceived(provider="psp", payment_id="P-1", amount=Decimal("802.00"), currency="NOK")
    await case.handle.signal(Dunning.payment_received, money)
    await case.outcome()
    news = own_events(await case.history())[len(before) :]
    assert len(news) <= 9  # with the end of the case
    assert billable(news) <= 4


WHO = {"by": "kim", "reason_code": "asked"}


async def cost_of(case: Life, update: Any, order: Order) -> list[str]:
    """The events that a command leaves, with all that follows from it by itself."""
    await case.quiet()
    before = own_events(await case.history())
    await case.handle.execute_update(update, order)
    await case.quiet()
    return own_events(await case.history())[len(before) :]


async def test_a_command_costs_at_most_8_events_and_4_actions(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    until = await case.now() + timedelta(days=3)
    for update, order in (
        (Dunning.hold, Hold(**WHO)),
        (Dunning.hold, Hold(**WHO, until=until)),  # the longer one stands
        (Dunning.release, Order(**WHO)),
        (Dunning.skip, StepOrder(**WHO, step="reminder")),  # not the next one: the case waits on
        (Dunning.dispute, Dispute(**WHO)),
    ):
        events = await cost_of(case, update, order)
        assert len(events) <= 8, f"{order!r}: {events}"
        assert billable(events) <= 4


async def test_a_command_that_moves_the_next_moment_pays_for_the_timer_that_it_stops(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    until = await case.now() + timedelta(days=9)
    for update, order in (
        (Dunning.hold, Hold(**WHO, until=until)),
        (Dunning.release, Order(**WHO)),
        (Dunning.skip, StepOrder(**WHO, step="due-date-reminder")),
    ):
        events = await cost_of(case, update, order)
        assert len(events) <= 9, events
        assert {"TIMER_CANCELED", "TIMER_STARTED"} <= set(events)
    before = own_events(await case.history())
    await case.handle.execute_update(Dunning.withdraw, Order(**WHO))
    await case.outcome()
    withdrawn = own_events(await case.history())[len(before) :]
    assert withdrawn[-1] == "WORKFLOW_EXECUTION_COMPLETED"
    assert len(withdrawn) <= 14, withdrawn  # with the end of the case, and the pause in which the answer arrives
