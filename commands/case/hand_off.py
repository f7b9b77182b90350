"""What cannot be undone, a hand-off to collection or the end of a service, is a person's decision."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from domain.money.pay_out import is_same_person
from facts.refusals import CommandRefused

DECIDE = text("""
insert into approval (case_id, by, reason_code, note, round, approved, step, happened_at)
values (:case, :by, :reason_code, :note, :round, :approved, (select t.step from task t
  where t.case_id = :case and t.round = :round and t.kind = 'approval' order by t.id desc limit 1), :now)
""")
ASKED_BY = text("""
select r.by from send_request r
where r.case_id = :case and r.round = :round and r.undone_at is null and r.step = (select t.step from task t
  where t.case_id = :case and t.round = :round and t.kind = 'approval' order by t.id desc limit 1)
""")
CLOSE_TASKS = text("""
update task set done_at = :now, done_by = :by, result = :result
where case_id = :case and kind = 'approval' and done_at is null
""")


class RejectHandOff(Command[None]):
    """Do not agree to what waits for it: the hand-off of a case to collection, or the end of its service."""

    name = "reject_hand_off"
    approved: ClassVar[bool] = False

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case whose hand-off waits for nobody."""
        if state.approval_asked:
            return None
        return CommandRefused("nothing waits for a person's approval: it is asked for when the case comes to it")

    async def apply(self, to: Recording) -> None:
        """The decision is for this round, and the task that asked for it is done."""
        await to.do(DECIDE, approved=self.approved)
        await to.do(CLOSE_TASKS, result=self.name)


class ApproveHandOff(RejectHandOff):
    """Agree to what waits for it: the hand-off of a case to collection, or the end of its service."""

    name = "approve_hand_off"
    approved = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what a rejection refuses, and a hand-off that is on its way."""
        if refused := super().refusal(state, now):
            return refused
        return CommandRefused("the hand-off was approved already") if state.hand_off is not None else None

    async def apply(self, to: Recording) -> None:
        """Whoever had it come at once does not approve it too."""
        for asked_by in (await to.do(ASKED_BY)).scalars():
            if is_same_person(asked_by, self.by):
                raise CommandRefused(f"{self.by} asked for it: somebody else approves it")
        await super().apply(to)
