"""A step of a case's policy is taken at once, or left out of the round."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from domain.planner import send_now
from domain.planner.occasions import step_name
from facts.refusals import CommandRefused
from planning.service import PlannedCase, next_in_words

SKIP = text("""
insert into skip (case_id, by, reason_code, note, round, step, happened_at)
values (:case, :by, :reason_code, :note, :round, :step, :now)
""")
SEND = text("""
insert into send_request (case_id, by, reason_code, note, round, step, happened_at)
values (:case, :by, :reason_code, :note, :round, :step, :now)
""")


# A step of a policy, or what no policy writes, named by what it is about: `plan-broken#12`, to creditors without the number.
StepId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*(#[a-z0-9-]+)?$", max_length=64)]


class _OfAStep(Command[None]):
    """What is asked of a step that is ahead."""

    asks_planner = True
    step: Annotated[
        StepId,
        Field(
            description="skip, send_now: a step of the case's policy; send_now: also what waits to be approved.",
        ),
    ]

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a step that the policy does not have, or that is behind."""
        policy = state.planned.policy
        if self.step not in policy.index:
            steps = ", ".join(each.id for each in policy.steps)
            return CommandRefused(f"policy {policy.name} has no step {self.step}: there are {steps}", "unknown-step")
        why = next_in_words(state.planned, now).why_not_ahead(self.step)
        return CommandRefused(why, "step-gone") if why else None


class Skip(_OfAStep):
    """Leave a step out of this round."""

    name = "skip"

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a step that the policy does not have, that is behind, or that has begun."""
        if refused := super().refusal(state, now):
            return refused
        facts = state.planned.case.facts
        begun = any((each.round, each.step) == (facts.round, self.step) for each in facts.deliveries)
        return CommandRefused(f"{self.step} has begun: it is sent on or waits", "step-gone") if begun else None

    async def apply(self, to: Recording) -> None:
        """It holds for the case's round alone."""
        await to.do(SKIP)


class SendNow(_OfAStep):
    """Take a step at once, as far as the law allows, or let its letter go that waits for a person."""

    name = "send_now"

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what a skip refuses, and a message that would not be true today or break a word given.

        A letter about what happened is not in the policy: the planner asks for it while it is true, and for its approval.
        """
        plan = state.planned
        if self._meant(plan) == plan.action.to_approve and self.step not in plan.policy.index:
            return None
        if refused := super().refusal(state, now):
            return refused
        why = send_now.refusal(plan.policy, plan.law, plan.case.facts, self.step, now)
        return CommandRefused(why, "not-now") if why else None

    async def apply(self, to: Recording) -> None:
        """It holds for the case's round alone."""
        await replace(to, given=to.given | {"step": self._meant(to.state.planned)}).do(SEND)

    def _meant(self, plan: PlannedCase) -> str:
        """The step in full: what waits for a person may be named without the number of what it is about."""
        waiting = plan.action.to_approve or ""
        return waiting if step_name(waiting) == self.step else self.step
