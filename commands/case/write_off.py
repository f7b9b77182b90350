"""What is left of a closed case is a loss: written off, above an amount by two people; money that comes later recovers it."""

from datetime import datetime
from typing import Any

from commands.command import CaseState, Command, Recording
from domain.money.losses import rule_on, why_not_alone
from facts import diary
from facts.money import ledger, losses, postings
from facts.operations.tasks import close_tasks, open_task
from facts.parties.creditors import local_day
from facts.refusals import CommandRefused


class _OfALoss(Command[None]):
    """What is asked of a case of which something is left, and which nobody pursues."""

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


class AskWriteOff(_OfALoss):
    """Ask somebody else to write off what is left of a closed case."""

    name = "ask_write_off"

    async def apply(self, to: Recording) -> None:
        """A task says who asks, and how much was left then; the diary has it for whoever writes off."""
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        amount, now = invoice.owed.total, to.at.at
        why = f"{amount} {invoice.currency}: asked for by {self.by}; `write-off` lets go of it"
        await open_task(to.connection, [to.state.id], losses.STEP, "write-off", why, now)
        asked = {"reason_code": self.reason_code, "note": self.note, "amount": amount, "round": to.state.round}
        await diary.write(to.connection, self.name, self.by, [(to.state.id, asked)], now)

    def detail(self, result: None) -> dict[str, Any] | None:
        """None: it is written with the amount."""
        return None


class WriteOff(_OfALoss):
    """Write off what is left of a closed case: it is owed no more in the books, and money that comes is a recovery."""

    name = "write_off"

    async def apply(self, to: Recording) -> None:
        """All that is left, in each part. Above the creditor's amount it is another person's who asked for it."""
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        of_creditor = (await losses.rules(to.connection, invoice.creditor_id)).get(invoice.creditor_id, [])
        today = await local_day(to.connection, invoice.creditor_id, to.at.at)
        rule = rule_on(of_creditor, invoice.currency, today)
        asked = await losses.asked(to.connection, to.state.id)
        if why_not := why_not_alone(self.by, invoice.owed.total, invoice.currency, rule, asked):
            raise CommandRefused(why_not)
        await postings.lose(to.connection, invoice, to.at.at)
        await close_tasks(to.connection, to.state.id, "write-off", self.by, "written off", to.at.at)
