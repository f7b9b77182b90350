"""What was paid above all that is owed is owed back, where a person says so: a second one approves what leaves."""

from datetime import datetime

from commands.command import CaseState, Command, Recording
from facts.money import ledger, postings
from facts.refusals import CommandRefused


class PayBack(Command[None]):
    """Owe the debtor's credit on this invoice back to who paid it."""

    name = "pay_back"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses where nothing is paid too much."""
        return CommandRefused("nothing is paid above what is owed") if state.balance >= 0 else None

    async def apply(self, to: Recording) -> None:
        """All of it, to the account that each payment came from."""
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        await postings.pay_back(to.connection, invoice, self.by, to.at.at)
