"""The shapes of the jobs of the day and of the hour: with real work, and each job failing, tried again and stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.jobs import sweep
from activities.jobs.direct_debit import DirectDebit
from connectors.direct_debit.folder import DirectDebitFolder
from domain.agreements.direct_debit import grace_ends
from domain.countries.no import kid_with_check_digit
from facts.money import accounting
from facts.operations import stops
from tests.activities.jobs.test_direct_debit import Office, mandate
from tests.facts.builders import Facts
from tests.life import ON_PAPER, Life, begin
from tests.world import World
from workflows.contracts import TASK_QUEUE, Hold, Order
from workflows.daily import Daily, DirectDebitDay, Hourly, MorningControl
from workflows.dunning import Dunning

Handle = WorkflowHandle[Any, Any]
# The workflows with their jobs in order.
JOBS: dict[Any, tuple[str, ...]] = {
    Daily: ("pull_unposted_letters", "export_hand_offs", "close_accounting_days"),
    DirectDebitDay: ("read_mandate_files", "fail_claims", "cancel_claims", "plan_claims"),
    Hourly: ("trip_breaker", "give_up_payments", "meet_partners", "sweep", "pull_unposted_letters"),
    MorningControl: ("mail_control",),
}
FOLDERS = {Daily: "daily", DirectDebitDay: "direct-debit", Hourly: "hourly", MorningControl: "control"}

# --- real work -------------------------------------------------------------------------------------------------


async def letters_and_hand_offs(world: World) -> str:
    """A letter that nobody should get any more, and a case that leaves for collection."""
    leaving = await begin(world, debtor=ON_PAPER)
    await leaving.climb_to_approval()
    await leaving.handle.execute_update(Dunning.approve_hand_off, Order(by="kim", reason_code="looked-at"))
    await leaving.quiet()
    await held_letter(world)
    return await run(world, Daily, await leaving.now())


async def accounting_days_closed(world: World) -> str:
    """A creditor whose accounting days are kept: two of them are over."""
    case = await begin(world)
    now = await case.now()
    async with world.database.transaction() as connection:
        await accounting.begin(connection, case.creditor, world.laws["NO"].calendar.local_date(now), now, 0, now)
    return await run(world, Daily, now + timedelta(days=2))


async def cases_started_and_more(world: World) -> str:
    """Cases on three pages that nobody runs, a payment that nobody heard of again, and a letter to pull."""
    sweep.PAGE = 1
    lost = [await begin(world) for _ in range(3)]
    for case in lost:
        await case.handle.terminate("by mistake")
    letter = await held_letter(world)
    attempt = """insert into payment_attempt
        (id, creditor_id, case_id, provider, merchant, amount, currency, state, refunded, happened_at)
        select :id, creditor_id, id, 'stripe', null, 802, 'NOK', 'started', 0, :now from dunning_case where id = :case"""
    now = await letter.now()
    await Facts(world.database, world.intake).change(attempt, id=uuid4(), now=now, case=letter.case_id)
    return await run(world, Hourly, now + timedelta(hours=3))


async def control_of_the_morning(world: World) -> str:
    """What waits is found, and nobody wants the mail."""
    case = await begin(world)
    return await run(world, MorningControl, await case.now())


async def breaker_tripped(world: World) -> str:
    """Far more went out at night than was foreseen."""
    case = await begin(world)
    facts = Facts(world.database, world.intake)
    now = world.laws["NO"].calendar.at(await case.today() + timedelta(days=30), time(3))
    for number in range(100):
        await facts.delivery(case.case_id, f"step-{number}", channel="email", at=now)
    ran = await run(world, Hourly, now + timedelta(minutes=1))
    async with world.database.transaction() as connection:
        await stops.lift_stop(connection, "everything", "", None, "kim", now)
    return ran


async def claims_from_the_mandate_to_the_failed_draw(world: World) -> str:
    """Four days: mandates come and claims leave, one is taken back, nothing is to be done, one brought no money."""
    folder = world.settings.direct_debit_folder
    calendar = world.laws["NO"].calendar
    office = Office(
        Facts(world.database, world.intake), folder, DirectDebit(world.database, calendar, DirectDebitFolder(folder))
    )
    kids = [kid_with_check_digit(f"{uuid4().int % 10**9:09}") for _ in range(2)]
    first = await begin(world, reference=kids[0])
    second = await begin(world, owner=first.creditor, reference=kids[1])
    terms = """update creditor set direct_debit = jsonb_build_object('customer_unit', '00008080', 'data_sender',
        '55555555', 'account', (select account from bank_account where creditor_id = :creditor)) where id = :creditor
        returning direct_debit ->> 'account' as account"""
    ((account,),) = await world.rows(terms, creditor=first.creditor)
    office.receive(*[mandate(place, kid) for place, kid in enumerate(kids, start=1)], account=account)
    morning = await first.now()
    await run(world, DirectDebitDay, morning)
    await first.handle.execute_update(Dunning.withdraw, Order(by="kim", reason_code="asked"))
    await first.outcome()
    await run(world, DirectDebitDay, morning + timedelta(hours=1))
    await run(world, DirectDebitDay, morning + timedelta(hours=2))
    ((due,),) = await world.rows("select due_on from claim where case_id = :case", case=second.case_id)
    return await run(world, DirectDebitDay, calendar.at(grace_ends(calendar, due) + timedelta(days=1), time(11)))


async def held_letter(world: World) -> Life:
    """A case on hold whose letter lies at the printer's."""
    case = await begin(world, debtor=ON_PAPER)
    await case.until("reminder", "letter")
    await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="faulty-run"))
    return case


async def run(world: World, day: Any, moment: datetime) -> str:
    """The day's or the hour's jobs at a moment; gives their workflow, whose runs of one recording share its id."""
    await world.turn(moment)
    name = f"purr-{FOLDERS[day]}-{world.clock.ahead.total_seconds():.0f}"
    print(await world.client.execute_workflow(day.run, id=name, task_queue=TASK_QUEUE))
    await world.turn_back()
    return name


# --- each job failing, tried again and stopped -----------------------------------------------------------------


@asynccontextmanager
async def in_place_of_jobs(world: World, workflow: Any, do: Callable[[str], Awaitable[Any]]) -> AsyncIterator[str]:
    """A worker whose jobs do this with their name, until the block ends; gives its queue."""

    @activity.defn(dynamic=True)
    async def job(_arguments: Sequence[RawValue]) -> Any:
        return await do(activity.info().activity_type)

    queue = f"jobs-{uuid4()}"
    async with Worker(world.client, task_queue=queue, workflows=[workflow], activities=[job]):
        yield queue


async def failed(world: World, day: Any, broken: str) -> str:
    """One job fails for good; the others are done."""

    async def do(name: str) -> int:
        if name == broken:
            raise ApplicationError("the disk is full", non_retryable=True)
        return 1

    async with in_place_of_jobs(world, day, do) as queue:
        handle = await world.client.start_workflow(day.run, id=queue, task_queue=queue)
        await fails(handle)
    return queue


async def tried_again(world: World, day: Any) -> str:
    """The first job is done at the third attempt, the last one at none."""
    first, last = JOBS[day][0], JOBS[day][-1]

    async def do(name: str) -> int:
        if name == last or (name == first and activity.info().attempt < 3):
            raise ApplicationError("the disk is full", next_retry_delay=timedelta(milliseconds=50))
        return 1

    async with in_place_of_jobs(world, day, do) as queue:
        handle = await world.client.start_workflow(day.run, id=queue, task_queue=queue)
        await fails(handle)
    return queue


async def stopped_during(world: World, workflow: Any, last: str) -> Handle:
    """A person stops the workflow while a job runs."""
    begun, ends = asyncio.Event(), asyncio.Event()

    async def do(name: str) -> int:
        if name == last:
            begun.set()
            await ends.wait()
        return 1

    async with in_place_of_jobs(world, workflow, do) as queue:
        handle = await world.client.start_workflow(workflow.run, id=queue, task_queue=queue)
        await begun.wait()
        await stopped(handle)
        ends.set()
    return handle


async def stopped(handle: Handle) -> None:
    """A person cancels the workflow, and it ends."""
    await handle.cancel()
    await fails(handle)


async def fails(handle: Handle) -> None:
    """The workflow ends, and not well."""
    try:
        await handle.result()
    except WorkflowFailureError as failure:
        print(failure.cause)
    else:
        raise AssertionError(f"{handle.id} ended well")


async def stopped_day(world: World, day: Any, last: str) -> str:
    """A person stops the day's workflow while a job runs."""
    return (await stopped_during(world, day, last)).id


SHAPES: dict[str, Callable[[World], Awaitable[str]]] = {
    "daily/letters_and_hand_offs": letters_and_hand_offs,
    "daily/accounting_days_closed": accounting_days_closed,
    "hourly/cases_started_and_more": cases_started_and_more,
    "hourly/breaker_tripped": breaker_tripped,
    "control/control_of_the_morning": control_of_the_morning,
    "direct-debit/claims_from_the_mandate_to_the_failed_draw": claims_from_the_mandate_to_the_failed_draw,
}
for _day, _jobs in JOBS.items():
    SHAPES[f"{FOLDERS[_day]}/tried_again"] = partial(tried_again, day=_day)
    for _job in _jobs:
        SHAPES[f"{FOLDERS[_day]}/{_job}_failed"] = partial(failed, day=_day, broken=_job)
        SHAPES[f"{FOLDERS[_day]}/stopped_during_{_job}"] = partial(stopped_day, day=_day, last=_job)
