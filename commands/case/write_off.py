"""A closed case of which something is left is a loss: it is written off, with its reason; money that comes later recovers it."""

from datetime import datetime

from commands.command import CaseState, Command, Recording
from facts.money import ledger, postings
from facts.operations.tasks import close_tasks
from facts.refusals import CommandRefused


class WriteOff(Command[None]):
    """Write off what is left of a closed case: it is owed no more in the books, and money that comes is a recovery."""

    name = "write_off"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what somebody still asks for, and what is not owed."""
        if state.is_open:
            return CommandRefused("the case is open: withdraw it, or let it end, and write off what is left then")
        if state.hand_off is not None:
            return CommandRefused("the collection partner has it: recall it, or wait for the partner's answer")
        if state.dispute is not None:
            return CommandRefused("it is disputed: decide the dispute first")
        if state.balance <= 0:
            return CommandRefused("nothing is left of it: there is nothing to write off")
        return None

    async def apply(self, to: Recording) -> None:
        """All that is left, in each part."""
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        await postings.lose(to.connection, invoice, to.at.at)
        await close_tasks(to.connection, to.state.id, "write-off", self.by, "written off", to.at.at)
