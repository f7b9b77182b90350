"""A person lets go of the fees that a case has charged: they were never to be paid, and what was paid of them pays the rest."""

from datetime import datetime

from commands.command import CaseState, Command, Recording
from domain.money.amount import ZERO
from facts.money import ledger, postings
from facts.money.after_money import after_money
from facts.money.postings import Moved
from facts.refusals import CommandRefused


class WaiveFees(Command[None]):
    """Take back the fees and the compensation that stand on the invoice."""

    name = "waive_fees"

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what the collection partner asks for."""
        if state.hand_off is not None:
            return CommandRefused("the case is handed off: the collection partner asks for its fees, recall it first")
        return None

    async def apply(self, to: Recording) -> None:
        """All of them. A case of which nothing is left then is settled."""
        (before,) = await ledger.lock(to.connection, [to.state.id])
        fees = (await ledger.history(to.connection, before.invoice_id)).charged()
        if not fees:
            raise CommandRefused("no fee stands on the invoice: there is nothing to waive")
        under = postings.keys_at("fees waived", before, to.at.at)
        await postings.take_back(to.connection, before, fees, under, to.at.at)
        (after,) = await ledger.lock(to.connection, [to.state.id])
        moved = Moved(before, after, before.owed.total - after.owed.total, to.at.day, "fees waived")
        if moved.amount > ZERO:
            await after_money(to.connection, [moved], to.at.at)
