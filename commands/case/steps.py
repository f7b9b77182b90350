"""A step of a case's policy is taken at once, or left out of the round."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy import TextClause, text

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

UNDO = """
update {} set undone_at = :now, undone_by = :by
where case_id = :case and round = :round and step = :step and undone_at is null returning id
"""
UNDO_SKIP, UNDO_SEND = text(UNDO.format("skip")), text(UNDO.format("send_request"))


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


class _Undo(Command[None]):
    """What is asked of a step that somebody decided about."""

    asks_planner = True
    undoes: ClassVar[TextClause]
    step: Annotated[StepId, Field(description="undo_skip, undo_send: the step.")]

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a step that has begun, or that others after it have."""
        plan = state.planned
        facts, index = plan.case.facts, plan.policy.index
        begun = [each.step for each in facts.deliveries if each.round == facts.round]
        behind = self.step in index and any(index.get(step, -1) > index[self.step] for step in begun)
        if self.step in begun or behind:
            return CommandRefused(f"{self.step} is behind: there is nothing to undo", "step-gone")
        return None

    async def apply(self, to: Recording) -> None:
        """As if nobody had asked for it."""
        if not (await to.do(self.undoes)).scalars().all():
            raise CommandRefused(f"nobody asked for that of {self.step} in this round")


class UndoSkip(_Undo):
    """Take a step again that was left out."""

    name = "undo_skip"
    undoes = UNDO_SKIP


class UndoSendNow(_Undo):
    """Let a step come at its own time that was wanted at once, as long as it has not left."""

    name = "undo_send"
    undoes = UNDO_SEND
