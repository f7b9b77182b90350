"""The debtor moves one date of an agreed plan, within the policy's bounds: nothing else of the plan changes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from domain.agreements.direct_debit import may_be_stopped
from domain.agreements.instalments import left, why_not_moved
from facts.refusals import CommandRefused

MOVE = text("""
update instalment set moved_from = due_on, due_on = :day where plan_id = :plan and number = :number returning moved_from
""")


@dataclass(frozen=True, slots=True)
class Moved:
    """An instalment with its new day, which is a banking day."""

    number: int
    due_on: date
    moved_from: date


class MoveInstalment(Command[Moved]):
    """An instalment of the active plan is due on a later day."""

    name = "instalment_moved"
    news = "plan_recorded"
    results_in = Moved
    asks_planner = True
    number: int
    to: date

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case without a plan, what the policy does not allow, and what the bank is about to draw."""
        planned = state.planned
        plan, draw, calendar = planned.case.facts.plan, planned.case.facts.draw, planned.law.calendar
        if plan is None:
            return CommandRefused("the plan is not active: there is no date to move")
        unpaid, today = left(plan.instalments, plan.paid), calendar.local_date(now)
        why = why_not_moved(
            plan.instalments, unpaid, self.number, self._day(state), planned.policy.plans, today, calendar
        )
        if why is None and draw is not None and draw.instalment == self.number:
            stopped = may_be_stopped(calendar, draw.due_on, now)
            why = None if stopped else f"the bank draws instalment {self.number} on {draw.due_on}: it is too late"
        return CommandRefused(why) if why else None

    async def apply(self, to: Recording) -> Moved:
        """The day is moved to a banking day, as every deadline is; the one that was agreed first is kept."""
        plan, day = to.state.planned.case.facts.plan, self._day(to.state)
        assert plan is not None
        before = (await to.do(MOVE, plan=plan.id, day=day)).scalar_one()
        return Moved(self.number, day, before)

    def detail(self, result: Moved) -> dict[str, Any]:
        """Which one it was, and both days."""
        said = {"instalment": result.number, "due_on": result.due_on, "moved_from": result.moved_from}
        return self.model_dump(include={"reason_code", "note"}) | said

    def _day(self, state: CaseState) -> date:
        return state.planned.law.calendar.banking_day_on_or_after(self.to)
