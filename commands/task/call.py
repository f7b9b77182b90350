"""A call to a debtor: taken by one person, put off to a moment, and what came of it, which moves the case by itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import AgreeOnPlan
from commands.agreement.promise import PromiseToPay
from commands.case.dispute import Dispute
from commands.case.hold import Hold
from commands.case.send_link import ask_for_link
from commands.command import CaseState, Command, Recording
from commands.debtor.replies import OF_CASE, heard
from commands.debtor.said import Said
from commands.debtor.wrong_contact import not_theirs
from commands.record import record
from domain.invoices.incoming import Amount, Day, Text
from domain.moment import Moment
from domain.parties.life_events import LifeKind
from domain.parties.replies import Meaning
from domain.planner.calls import TAKEN_FOR, Outcome, forbidden, next_try
from facts import diary, received
from facts.addresses import THEIRS, written_to
from facts.operations import calls
from facts.operations.calls import Desk, FoundCall
from facts.operations.tasks import open_task
from facts.outbox import tell
from facts.parties import debtors
from facts.parties.debtors import Known, Operator
from facts.refusals import CommandRefused, Unknown
from planning.service import PlannedCase, Planning

CANNOT_PAY = timedelta(days=14)  # a pause in which a way to pay is found
REASON = "call"

NUMBERS = text(f"""
select address from contact_point
where debtor_id = (select {written_to("d")} from debtor d where d.id = :debtor)
  and channel in ('phone', 'sms') and state in {THEIRS} and not of_representative order by channel, id
""")


class CallOutcome(Command[None]):
    """What came of a call, once: the case goes on, rests or stops by it."""

    name = "call_outcome"
    news = "task_done"
    asks_planner = True
    reason_code: Literal["call"] = "call"
    task: int
    outcome: Outcome
    on: Annotated[Day | None, Field(description="promised: the day by which the debtor pays.")] = None
    amount: Annotated[
        Amount | None, Field(description="promised: how much, where not all; disputes: only this part.")
    ] = None
    months: Annotated[int | None, Field(description="plan: the offer of so many months.")] = None
    agency: Annotated[str | None, Field(exclude=True)] = None
    at: datetime | None = None  # when the call was, where it is told of later
    number: Annotated[Text | None, Field(description="wrong number: which, where several are known.")] = None

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what its outcome lacks or does not take, and what the case has no room for."""
        if self.at is not None and self.at > now:
            return CommandRefused(f"{self.at.isoformat()} is ahead: tell of a call that was made")
        takes = _TAKES.get(self.outcome, set())
        given = {name for name in ("on", "amount", "months", "number") if getattr(self, name) is not None}
        if given - takes:
            return CommandRefused(f"`{self.outcome}` takes no {', '.join(sorted(given - takes))}")
        if missing := _NEEDS.get(self.outcome, set()) - given:
            return CommandRefused(f"`{self.outcome}` needs {', '.join(sorted(missing))}")
        moves = self._moves(state.planned, state.planned.law.calendar.here(now))
        return moves.refusal(state, now) if moves else None

    async def apply(self, to: Recording) -> None:
        """Counts the try, and does by the commands that there are what the debtor said."""
        connection, now, plan = to.connection, to.at.at, to.state.planned
        call = await _open_call(connection, Desk(agency=self.agency), self.task, to.state.id, self.by, now)
        await calls.tried(connection, call.id, self.by, self.outcome, self.at or now)
        again = await self._again(to, call)
        if again is None:
            await calls.done(connection, [call.id], self.by, self.outcome, now)
        else:
            await calls.put_off(connection, call.id, again)
        if moves := self._moves(plan, to.at):
            given = await moves.apply(replace(to, given=dict(moves)))
            if (detail := moves.detail(given)) is not None:
                await diary.write(connection, moves.name, self.by, [(to.state.id, detail)], now)
        if self.outcome is Outcome.CANNOT_PAY:
            why = "cannot pay, said on the phone: agree on a plan or a longer pause, or let it go"
            await open_task(connection, [to.state.id], call.step, "decision", why, now)
        if self.outcome is Outcome.DO_NOT_CALL:
            await self._never_again(to, call)

    def detail(self, result: None) -> dict[str, Any]:
        """What came of it; the number that was called stays with the debtor."""
        return self.model_dump(include={"task", "outcome", "note"}, mode="json")

    def _moves(self, plan: PlannedCase, at: Moment) -> Command[Any] | None:
        """The command that does what was said."""
        said = {"by": self.by, "reason_code": REASON, "note": self.note}
        match self.outcome:
            case Outcome.PROMISED:
                return PromiseToPay(**said, pay_by=self.on, amount=self.amount)
            case Outcome.PLAN:
                return AgreeOnPlan(**said, months=self.months)
            case Outcome.DISPUTES:
                return Dispute(**said, amount=self.amount)
            case Outcome.CANNOT_PAY:
                until = at.day + CANNOT_PAY
                return Hold(**said | {"reason_code": "cannot pay"}, until=until).there(at)
        return None

    async def _again(self, to: Recording, call: FoundCall) -> datetime | None:
        """When the debtor is called again; None where it is over."""
        connection, plan, now = to.connection, to.state.planned, to.at.at
        if self.outcome is Outcome.NO_ANSWER:
            unanswered = await calls.unanswered(connection, call.id)
            most = next((step.tries for step in plan.policy.steps if step.id == call.step), 1)
            return next_try(unanswered, plan.law.calendar, plan.law.contact_hours) if len(unanswered) < most else None
        if self.outcome is Outcome.WRONG_NUMBER:
            known = (await connection.execute(NUMBERS, {"debtor": call.debtor})).scalars().all()
            wrong = self.number or next(iter(known), None)
            if wrong is None or wrong not in known:
                raise CommandRefused(f"{self.number or 'a number'} is not known of the debtor: nothing to take out")
            await not_theirs(connection, call.debtor, wrong, now)
            if set(known) - {wrong}:
                return now
            await open_task(connection, [to.state.id], call.step, "address", "the number is somebody else's", now)
        return None

    async def _never_again(self, to: Recording, call: FoundCall) -> None:
        """No call about any invoice, from now on."""
        debtor = await debtors.by_id(to.connection, call.debtor)
        known, said = {LifeKind.NO_CALLS: Known(holds=True, note=self.note)}, Operator(self.by, REASON)
        await debtors.change(to.connection, debtor, debtor, (), to.at.at, said, known=known)
        others = await calls.of_debtor(to.connection, call.debtor)
        await calls.done(to.connection, others, self.by, self.outcome, to.at.at)


_TAKES = {
    Outcome.PROMISED: {"on", "amount"},
    Outcome.PLAN: {"months"},
    Outcome.DISPUTES: {"amount"},
    Outcome.WRONG_NUMBER: {"number"},
}
_NEEDS = {Outcome.PROMISED: {"on"}, Outcome.PLAN: {"months"}}


async def take(connection: AsyncConnection, planning: Planning, desk: Desk, id: int, by: str, now: datetime) -> None:
    """Somebody is at a call; the same again is longer at it.

    Raises Unknown, and CommandRefused where another is at it, the debtor may not be called, or not at this hour.
    """
    found = await _locked(connection, desk, id)
    await _open_call(connection, desk, id, found.case, by, now)
    plan = await planning.plan(connection, found.case, now)
    if why := forbidden(plan.case.facts, plan.law, now):
        raise CommandRefused(f"call {id} is not made: {why}")
    calendar = plan.law.calendar
    opens = calendar.next_contact_time(now, plan.law.contact_hours)
    if opens > now:
        raise CommandRefused(f"nobody is called now: from {calendar.here(opens).local:%d %b %Y %H:%M} on")
    await calls.take(connection, id, by, now + TAKEN_FOR)


async def snooze(connection: AsyncConnection, desk: Desk, id: int, by: str, until: datetime, now: datetime) -> None:
    """Put a call off to an exact moment. Raises Unknown, and CommandRefused for a past one or where another is at it."""
    found = await _locked(connection, desk, id)
    await _open_call(connection, desk, id, found.case, by, now)
    if until <= now:
        raise CommandRefused(f"{until.isoformat()} is past: give a moment ahead")
    await calls.put_off(connection, id, until)
    await diary.write(connection, "call_snoozed", by, [(found.case, {"task": id, "until": until.isoformat()})], now)


async def give(connection: AsyncConnection, desk: Desk, id: int, agency: str | None, by: str, now: datetime) -> None:
    """A call is an agency's to make from now on, or our own again. Raises Unknown, and CommandRefused for one that is done."""
    found = await _locked(connection, desk, id)
    await _open_call(connection, Desk(desk.creditor, found.agency), id, found.case, by, now)
    if found.agency == agency:
        return
    await calls.give(connection, id, agency)
    await diary.write(connection, "call_given", by, [(found.case, {"task": id, "agency": agency})], now)


async def send_link(
    connection: AsyncConnection, planning: Planning, desk: Desk, id: int, by: str, now: datetime
) -> None:
    """Send the one who is on the phone the way to pay, by SMS. Raises Unknown, and CommandRefused where it cannot leave now."""
    found = await _locked(connection, desk, id)
    await _open_call(connection, desk, id, found.case, by, now)
    await ask_for_link(connection, await planning.plan(connection, found.case, now), by, {"task": id}, now)
    await tell(connection, [found.case], "task_done", now)


async def outcome(
    connection: AsyncConnection, planning: Planning, desk: Desk, given: CallOutcome, id: str, now: datetime
) -> None:
    """Record what came of a call. The same id again changes nothing. Raises Unknown, and CommandRefused."""
    found = await _locked(connection, desk, given.task)
    if await received.is_known(connection, id):
        return
    await record(connection, planning, found.case, given, id, now)
    if given.outcome is Outcome.PAID:
        owner = (await connection.execute(OF_CASE, {"case": found.case})).one()
        said = Said("phone", given.note or "", Meaning.PAID, case=found.case, taken_by=given.by, says_all=True)
        await heard(connection, planning, owner, said, now)


async def _locked(connection: AsyncConnection, desk: Desk, id: int) -> FoundCall:
    found = await _found(connection, desk, id)
    await calls.lock_person(connection, found.case)
    return found


async def _found(connection: AsyncConnection, desk: Desk, id: int) -> FoundCall:
    found = await calls.find(connection, desk, id)
    if found is None:
        raise Unknown(f"no call {id}: `calls list` names them")
    return found


async def _open_call(connection: AsyncConnection, desk: Desk, id: int, case: int, by: str, now: datetime) -> FoundCall:
    """A call that may be acted on. Raises CommandRefused, in words."""
    found = await calls.find(connection, desk, id)
    if found is None or found.case != case:
        raise CommandRefused(f"no call {id} of this case")
    if found.done_at is not None:
        raise CommandRefused(f"call {id} is done: {found.result or 'nothing was told'}, by {found.done_by}")
    if not found.of_now:
        raise CommandRefused(f"call {id} is not waited for any more: its case is closed or has begun anew")
    if found.agency != desk.agency:
        raise CommandRefused(f"call {id} is given to {found.agency}: take it back first, with `calls give`")
    if other := await calls.somebody_else_at_it(connection, case, by, now):
        call, who, until = other
        which = "" if call == id else f" in call {call}"
        raise CommandRefused(f"{who} is at this debtor{which} until {until:%H:%M} UTC")
    return found
