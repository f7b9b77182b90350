"""An instalment plan is agreed on terms that the policy made, and may be ended."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from commands.command import CaseState, Command, Recording
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from facts.refusals import CommandRefused


class AgreeOnPlan(Command[AgreedPlan]):
    """Agree on the offer of so many months, or on a schedule of an agent's own, within the policy's bounds."""

    name = "plan_agreed"
    news = "plan_recorded"
    results_in = AgreedPlan
    of_closed = True  # which is refused in words of its own
    asks_planner = True
    months: int | None = None
    schedule: tuple[tuple[date, Decimal], ...] | None = None
    income: Decimal | None = None
    spending: Decimal | None = None
    first_due: date | None = None

    async def apply(self, to: Recording) -> AgreedPlan:
        """The offer is worked out anew, so that nobody invents terms."""
        planned, terms = to.state.planned, self.model_dump(exclude={"by", "reason_code", "note"})
        return await plans.agree(
            to.connection,
            to.state.id,
            planned.policy,
            planned.law,
            self.by,
            self.reason_code,
            self.note,
            to.at.at,
            **terms,
        )

    def detail(self, result: AgreedPlan) -> dict[str, Any]:
        """The plan and its instalments."""
        agreed = {"plan": result.id, "total": result.total, "instalments": plans.written(result.instalments)}
        return self.model_dump(include={"reason_code", "note"}) | agreed


class EndPlan(Command[None]):
    """End the active plan: reminding goes on with what is left."""

    name = "plan_ended"
    news = "plan_recorded"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case without an active plan."""
        return None if state.in_plan else CommandRefused("the plan is not active: there is nothing to end")

    async def apply(self, to: Recording) -> None:
        """Interest that the plan cost is taken back."""
        await plans.close(
            to.connection,
            [to.state.id],
            "ended",
            to.at.at,
            by=self.by,
            reason_code=self.reason_code,
            note=self.note,
        )

    def detail(self, result: None) -> None:
        """The line is written where every plan ends."""
