"""A withdrawn case is given up: nothing more is asked for, also not by the collection partner."""

from datetime import datetime

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from facts.money.settling import unblock
from facts.refusals import CommandRefused

WITHDRAW = text("update dunning_case set withdrawn_at = :now where id = :case")
RECALL = text("""
insert into hand_off_message (hand_off_id, kind, reason, happened_at)
select id, 'recall', :reason_code, :now from hand_off where id = :hand_off and state <> 'queued'
""")
UNQUEUE = text("update hand_off set state = 'recalled', answered_at = :now where id = :hand_off")


class Withdraw(Command):
    """Give a case up; one that was handed off is recalled."""

    name = "withdraw"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case that is closed, unless the collection partner still has it."""
        if state.is_open or state.hand_off is not None:
            return None
        return CommandRefused("the case is closed: there is nothing to withdraw")

    async def apply(self, to: Recording) -> None:
        """Gives the case up."""
        await give_up(to)


async def give_up(to: Recording) -> None:
    """Withdraw the case, free its service and recall it from the collection partner."""
    await to.do(WITHDRAW)
    await unblock(to.connection, to.state.id, to.at.at)
    if to.state.hand_off is not None:
        await to.do(RECALL)
        await to.do(UNQUEUE)
