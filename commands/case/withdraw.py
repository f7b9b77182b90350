"""A withdrawn case is given up: nothing more is asked for, also not by the collection partner."""

from datetime import datetime

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from facts.collection import partner, service_blocks
from facts.money import ledger, postings
from facts.operations.tasks import close_tasks
from facts.refusals import CommandRefused

WITHDRAW = text("update dunning_case set withdrawn_at = :now where id = :case")


class Withdraw(Command[None]):
    """Give a case up; one that was handed off is recalled."""

    name = "withdraw"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case that is closed, unless the collection partner still has it."""
        if state.is_open or state.hand_off is not None:
            return None
        return CommandRefused("the case is closed: there is nothing to withdraw")

    async def apply(self, to: Recording) -> None:
        """Gives the case up; what was paid is owed back by a creditor that keeps no credit."""
        await give_up(to)
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        if invoice.overpayment == "refund":
            await postings.give_back(to.connection, invoice, to.at.at)


async def give_up(to: Recording) -> None:
    """Withdraw the case, free its service and recall it from the collection partner."""
    await to.do(WITHDRAW)
    await close_tasks(to.connection, to.state.id, "cancelled", to.given["by"], "withdrawn", to.at.at)
    await service_blocks.free(to.connection, [to.state.id], to.at.at)
    if to.state.hand_off is not None:
        await partner.recall(to.connection, to.state.hand_off, to.given["reason_code"], to.at.at)
