"""A life of six deliveries against a bare loop; and what three lives leave in the server's history."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from benchmarks.bare import STEPS
from benchmarks.meter import compare
from benchmarks.stage import ATTRIBUTES, Stage
from domain.moment import moment_in
from facts.invoices.invoices import move_due_date
from facts.money.payments import Payment, book
from workflows.contracts import TASK_QUEUE, Case, News, Next

PIECES = 30
ROUNDS = 5
ONLY_IN_TESTS = (  # how time is skipped; production has none of these
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
)
WORKFLOW_TASK = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
)
BILLABLE = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_MARKER_RECORDED,  # all local activities of one workflow task are one action
}
SENT = text("""
select count(*) from delivery_case dc join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
where i.number = :number
""")
Store = Callable[[AsyncConnection, datetime], Awaitable[None]]
Segment = list[HistoryEvent]
_numbers = count(1)


async def six_deliveries(stage: Stage, act_queue: str) -> dict[str, float]:
    """CPU-ms of a whole life, server, worker and database together; the bare loop's activities go by `act_queue`."""
    prepared = [[f"life-{next(_numbers)}" for _ in range(PIECES)] for _ in range(ROUNDS + 1)]
    for numbers in prepared:
        await stage.store_invoices(numbers)

    async def ours(turn: int) -> None:
        cases = await asyncio.gather(*(_start(stage, number) for number in prepared[turn]))
        await asyncio.gather(*(case.result() for case in cases))
        if await _sent(stage, prepared[turn][-1]) != STEPS:
            raise AssertionError("a life had other than six deliveries: it is not the life that is measured")

    async def bare(turn: int) -> None:
        started = (stage.start_bare(f"bare-life-{act_queue}-{turn}-{piece}", act_queue) for piece in range(PIECES))
        cases = await asyncio.gather(*started)
        await asyncio.gather(*(case.result() for case in cases))

    return await compare(stage.meter, ours, bare, pieces=PIECES, rounds=ROUNDS)


async def three_lives(stage: Stage) -> dict[str, dict[str, float]]:
    """What the server keeps of a life: paid after the first message, after two fallbacks, and the full ladder.

    The last one also hears of a moved due date, so that news in the middle of a life are counted.
    """
    return {
        "a life paid after the first message": await _counted(stage, paid_after=1),
        "a life paid after two fallbacks": await _counted(stage, paid_after=4),
        "a life up the full ladder": await _counted(stage, paid_after=None),
    }


async def _counted(stage: Stage, *, paid_after: int | None) -> dict[str, float]:
    number = f"counted-{next(_numbers)}"
    await stage.store_invoices([number])
    with stage.environment.with_time_skipping_disabled():
        case = await _start(stage, number)
    moved = False
    while paid_after is None or await _sent(stage, number) < paid_after:
        await stage.environment.fast_forward(case, timedelta(hours=12))
        if (await case.describe()).status != WorkflowExecutionStatus.RUNNING:
            break
        if paid_after is None and not moved and await _sent(stage, number) == 1:
            await _tell(stage, case, "invoice_changed", partial(_move_due_date, number=number))
            moved = True
    if paid_after is not None:
        await _tell(stage, case, "payment_received", partial(_pay, number=number))
    await case.result()
    return await _figures(case)


async def _tell(stage: Stage, case: WorkflowHandle[object, str], signal: str, store: Store) -> None:
    """Store a fact and signal it, as the relay does, while the case sleeps."""
    while await _at_work(case):
        await asyncio.sleep(0.02)
    async with stage.database.transaction() as connection:
        await store(connection, await stage.environment.get_current_time(case))
        seq = (await connection.execute(text("delete from outbox returning seq"))).scalars().all()
    await case.signal(signal, News(seq=max(seq)))
    while (await case.query("next_action", result_type=Next)).seen < max(seq) or await _at_work(case):
        await asyncio.sleep(0.02)  # time is skipped only once the case has heard, and has gone to sleep again


async def _at_work(case: WorkflowHandle[object, str]) -> bool:
    return (await case.describe()).raw_description.HasField("pending_workflow_task")


async def _pay(connection: AsyncConnection, now: datetime, *, number: str) -> None:
    paid = Payment("acme", "bench", number, Decimal("802.00"), "NOK", moment_in("NO", now).day, number=number)
    await book(connection, paid, now)


async def _move_due_date(connection: AsyncConnection, now: datetime, *, number: str) -> None:
    await move_due_date(connection, "acme", number, moment_in("NO", now).day + timedelta(days=21), now)


async def _sent(stage: Stage, number: str) -> int:
    async with stage.database.transaction() as connection:
        return int((await connection.execute(SENT, {"number": number})).scalar_one())


async def _figures(case: WorkflowHandle[object, str]) -> dict[str, float]:
    history = await case.fetch_history()
    events = _as_in_production(history.events)
    deliveries, news = _segments(events)
    return {
        "events": len(events),
        "billable actions": sum(event.event_type in BILLABLE for event in events),
        "bytes": sum(event.ByteSize() for event in events),
        "deliveries": len(deliveries),
        "events a delivery (goal: at most 12)": max((len(segment) for segment in deliveries), default=0),
        "actions a delivery (goal: at most 3)": max((_actions(segment) for segment in deliveries), default=0),
        "events a piece of news (goal: at most 8)": max((len(segment) for segment in news), default=0),
        "actions a piece of news (goal: at most 4)": max((_actions(segment) for segment in news), default=0),
    }


def _as_in_production(events: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """The history without what skipping time adds: its own events, and the empty task that a new option can cause."""
    kept: list[HistoryEvent] = []
    of_option: list[EventType.ValueType] = []  # what is still to come of the task that an option caused
    for event in events:
        if event.event_type in ONLY_IN_TESTS:
            of_option = list(WORKFLOW_TASK)
        elif of_option and event.event_type == of_option[0]:
            of_option.pop(0)
        else:
            of_option = []
            kept.append(event)
    return kept


def _segments(events: Sequence[HistoryEvent]) -> tuple[list[Segment], list[Segment]]:
    """The history cut where the case woke up: the stretches with a delivery, and those begun by news."""
    stretches: list[Segment] = [[]]
    for event in events:
        if event.event_type in (EventType.EVENT_TYPE_TIMER_FIRED, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED):
            stretches.append([])
        stretches[-1].append(event)
    woken = stretches[1:]
    news = [s for s in woken if s[0].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED]
    scheduled = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    return [s for s in woken if s not in news and any(e.event_type == scheduled for e in s)], news


def _actions(segment: Segment) -> int:
    return sum(event.event_type in BILLABLE for event in segment)


async def _start(stage: Stage, number: str) -> WorkflowHandle[object, str]:
    return await stage.client.start_workflow(
        "dunning",
        Case(creditor="acme", invoice=number),
        id=f"dunning/acme/{number}",
        task_queue=TASK_QUEUE,
        search_attributes=ATTRIBUTES,
        result_type=str,
    )
