"""One case under test: let its time pass step by step, and see what it did."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus
from temporalio.client import WorkflowHandle, WorkflowHistory

from facts.deliveries import provider_events
from facts.deliveries.provider_events import ProviderEvent
from facts.money.payments import Booked, Payment, book
from facts.outbox import tell
from simulator.emulators.providers import Sent
from tests.world import World, creditor, debtor, eventually, invoice
from workflows.contracts import Next

MOST_STEPS = 40  # more than any ladder takes
ON_PAPER = debtor(email=None, phone=None)  # who is reached by letters alone, and so in fewer steps
_numbers: Iterator[int] = count(1)
OF_TIME_SKIPPING = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
)

DELIVERIES = """
select d.id, dc.step, dc.round, d.channel, d.state, d.attempt, d.alert, d.claimed_at, d.provider_id, d.deadline, d.fee
from delivery d join delivery_case dc on dc.delivery_id = d.id where dc.case_id = :case order by d.claimed_at, d.serial
"""


@dataclass(frozen=True)
class Life:
    """A case, from its invoice on."""

    world: World
    creditor: str
    number: str
    case_id: int
    handle: WorkflowHandle[Any, Any]

    # --- time -----------------------------------------------------------------------------------------------

    async def now(self) -> datetime:
        """The case's own moment (UTC)."""
        return await self.world.environment.get_current_time(self.handle)

    async def today(self) -> date:
        """The case's own day where its debtor lives."""
        return self.world.laws["NO"].calendar.local_date(await self.now())

    async def next(self) -> Next:
        """What the case says it does next."""
        found: Next = await self.handle.query("next_action", result_type=Next)
        return found

    async def quiet(self) -> None:
        """Wait until nothing is under way: no news, no activity, no workflow task, no time that is skipped."""
        await eventually(self._is_quiet, within=100)

    async def _is_quiet(self) -> bool:
        if await self.world.rows("select 1 from outbox where case_id = :case", case=self.case_id):
            return False
        described = (await self.handle.describe()).raw_description
        info = described.workflow_execution_info
        skipping = described.workflow_extended_info.time_skipping_info.effective_config.enabled
        runs = info.status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
        # A run's first task may come late: a fresh run's a second after the one before began.
        begins = not info.most_recent_worker_version_stamp.build_id
        # A run that ended at once has its beginning's skip noted for ever.
        under_way = begins or described.pending_activities or described.HasField("pending_workflow_task") or skipping
        return not (runs and under_way)

    async def step(self) -> Next:
        """Let time pass until the case has done its next thing; gives what follows."""
        await self.quiet()
        following = await self.next()
        assert following.at is not None, f"the case waits for news: {following.why}"
        before = await self.looks()
        if following.at > (now := await self.now()):
            await self.world.skip(self.handle, following.at - now)
        await eventually(lambda: self._decided_since(before), within=100, woken=self.world.decided)
        await self.quiet()
        return await self.next()

    async def pass_time(self, span: timedelta) -> None:
        """Let time pass, whatever happens on the way."""
        await self.world.skip(self.handle, span)
        await self.quiet()

    async def until(self, step: str, channel: str) -> Next:
        """Let time pass until a message of the step has gone through the channel; gives what follows."""
        await self.quiet()
        for _ in range(MOST_STEPS):
            if (step, channel) in [(d.step, d.channel) for d in await self.deliveries()]:
                return await self.next()
            await self.step()
        raise AssertionError(f"no {channel} {step} came: {await self.told()}")

    async def climb_to_approval(self) -> None:
        """Let everything pass unread until a person must approve the hand-off; letters are posted as they come."""
        await self.until("reminder", "letter")
        await self.post_letters()
        await self.until("collection-notice", "letter")
        await self.post_letters()
        query = "select 1 from task where case_id = :case and kind = 'approval'"
        for _ in range(MOST_STEPS):
            if await self.world.rows(query, case=self.case_id):
                return
            await self.step()
        raise AssertionError(f"nobody was asked for approval: {await self.told()}")

    async def outcome(self) -> str:
        """How the case ended; waits for its end."""
        ended: str = await self.handle.result()
        return ended

    async def looks(self) -> int:
        """How often the case has looked at the facts."""
        (row,) = await self.world.rows("select count(*) as n from decision where case_id = :case", case=self.case_id)
        return int(row.n)

    async def _decided_since(self, before: int) -> bool:
        return await self.looks() > before

    # --- what it did ----------------------------------------------------------------------------------------

    async def deliveries(self) -> list[Any]:
        """The case's deliveries, oldest first."""
        return await self.world.rows(DELIVERIES, case=self.case_id)

    async def told(self) -> list[str]:
        """The case's deliveries as "channel step", oldest first."""
        return [f"{d.channel} {d.step}" for d in await self.deliveries()]

    async def sent(self) -> list[Sent]:
        """What the providers accepted for the case, in order."""
        own = {str(d.id) for d in await self.deliveries()}
        return [sent for sent in self.world.providers.log if sent.delivery_id in own]

    async def state(self) -> Any:
        """The case's row."""
        (row,) = await self.world.rows("select * from dunning_case where id = :case", case=self.case_id)
        return row

    async def balance(self) -> Decimal:
        """What is owed."""
        query = """select sum(l.amount) as owed from ledger_entry l join dunning_case c on c.invoice_id = l.invoice_id
            where c.id = :case"""
        (row,) = await self.world.rows(query, case=self.case_id)
        return Decimal(row.owed)

    async def history(self) -> WorkflowHistory:
        """The history of the latest run."""
        return await self.world.client.get_workflow_handle(self.handle.id).fetch_history()

    async def events(self) -> Counter[str]:
        """How many events of each type the latest run has, without those of time skipping."""
        return count_events(await self.history())

    # --- what happens to it ----------------------------------------------------------------------------------

    async def provider_tells(self, step: str, channel: str, kind: str, **details: Any) -> None:
        """A provider's event about the step's message through the channel, as a webhook stores it; waits for quiet."""
        (delivery,) = [d for d in await self.deliveries() if (d.step, d.channel) == (step, channel)]
        now = await self.now()
        event = ProviderEvent("test", str(uuid4()), delivery.id, kind, now, **details)
        async with self.world.database.transaction() as connection:
            await provider_events.record(connection, event, now)
        await self.quiet()

    async def read(self, step: str, channel: str, by: str = "open") -> None:
        """A person reads the message."""
        await self.provider_tells(step, channel, "read", read_by=by)

    async def bounce(self, step: str, channel: str) -> None:
        """The message does not arrive: the address is wrong."""
        await self.provider_tells(step, channel, "failed", reason="550 no such user", contact="bounced")

    async def post_letters(self) -> None:
        """The printer confirms the case's letters as posted today."""
        await self._change(
            """update delivery set posted_on = :today where channel = 'letter' and posted_on is null and id in
            (select delivery_id from delivery_case where case_id = :case)""",
            today=await self.today(),
        )

    async def partner_answers(self, state: str) -> None:
        """The collection partner accepts or rejects the hand-off."""
        await self._change(
            "update hand_off set state = :state, answered_at = :now where case_id = :case",
            state=state,
            now=await self.now(),
        )

    async def _change(self, statement: str, **values: Any) -> None:
        """Change a fact and tell the case, as a door does; waits for quiet."""
        async with self.world.database.transaction() as connection:
            await connection.execute(text(statement), values | {"case": self.case_id})
            await tell(connection, [self.case_id], "invoice_changed", await self.now())
        await self.quiet()

    async def pay(self, amount: Decimal | None = None, payment_id: str | None = None) -> Booked:
        """Money for the invoice arrives through a door; all that is owed unless told otherwise."""
        payment = Payment(
            creditor=self.creditor,
            source="bank",
            source_id=payment_id or str(uuid4()),
            amount=amount if amount is not None else await self.balance(),
            currency="NOK",
            booked_on=await self.today(),
            number=self.number,
        )
        async with self.world.database.transaction() as connection:
            return await book(connection, payment, await self.now())


def own_events(history: WorkflowHistory) -> list[str]:
    """The types of a history's events in order, without those that only moving its time leaves.

    Nor with workflow tasks that were not answered in time: those are of a machine with too much to do, not of the case.
    """
    late = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT]
    left_out = {e.event_id for e in late}
    for each in late:
        told = each.workflow_task_timed_out_event_attributes
        left_out |= {told.scheduled_event_id, told.started_event_id}
    return [
        EventType.Name(e.event_type).removeprefix("EVENT_TYPE_")
        for e in history.events
        if e.event_type not in OF_TIME_SKIPPING and e.event_id not in left_out
    ]


def count_events(history: WorkflowHistory) -> Counter[str]:
    """How many events of each type a history has, without those that only moving its time leaves."""
    return Counter(own_events(history))


async def begin(world: World, *, policy: str = "no-gentle", owner: str | None = None, **changes: Any) -> Life:
    """An invoice of the next banking day, due 14 days later, of a creditor of its own unless one is named, and its case.

    So nothing goes out before the test lets time pass, whatever day and hour it begins at. No holiday follows the due
    date, on which the second channel of its reminder would rest until it is too late.
    """
    number = next(_numbers)
    name = owner or f"creditor-{number}"
    if owner is None:
        await world.register(
            creditor(
                id=name, organisation_number=None, accounts=(f"{10_000_000_000 + number}",), consumer_policy=policy
            )
        )
    calendar = world.laws["NO"].calendar
    issued = calendar.add_banking_days(calendar.local_date(world.clock.now()), 1)
    due = issued + timedelta(days=14)
    while calendar.is_public_holiday(due + timedelta(days=1)):
        due += timedelta(days=1)
    new = invoice(
        **{
            "number": f"{1000 + number}",
            "creditor": name,
            "issue_date": issued,
            "due_date": due,
            "reference": None,
            "account": None,
            "debtor": debtor(
                customer_number=f"K-{number}", email=f"kari.{number}@example.no", phone=f"+4792{number:06}"
            ),
            "policy": policy,
        }
        | changes
    )
    handle = await world.send_invoice(new)
    (row,) = await world.rows(
        "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :c and number = :n",
        c=name,
        n=new.number,
    )
    life = Life(world, name, new.number, row.id, handle)
    await eventually(lambda: life._decided_since(0), within=100, woken=world.decided)
    await life.quiet()
    return life
