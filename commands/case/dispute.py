"""A dispute stops a case, or holds a part of the claim back, until it is resolved."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from commands.case.withdraw import give_up
from commands.command import CaseState, Command, Recording
from domain.invoices.incoming import Amount, LongText
from domain.money.allocation import Part
from domain.money.amount import ZERO
from facts.collection import service_blocks
from facts.money import ledger, postings
from facts.money.after_money import after_money
from facts.refusals import CommandRefused

QUIET_AFTER_REJECTION = timedelta(days=14)  # a rejected dispute gives at least this many new days

DISPUTE = text("""
insert into dispute (case_id, by, reason_code, note, amount, happened_at)
values (:case, :by, :reason_code, :note, :amount, :now)
""")
RESOLVE = text("""
update dispute set resolved_at = :now, resolved_by = :by, upheld = :upheld, quiet_until = :quiet_until
where id = :dispute
""")


class Dispute(Command[None]):
    """The debtor disagrees: everything stops, or a part of the claim waits, until the dispute is resolved."""

    name = "dispute"
    amount: Annotated[Amount | None, Field(description="dispute: only this part is disputed, the rest goes on.")] = None

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a second dispute, and a part that is none."""
        if state.dispute is not None:
            return CommandRefused("the case is already disputed: resolve that dispute first")
        if self.amount is not None and self.amount >= state.balance:
            return CommandRefused(f"{self.amount} is no part of {state.balance}: dispute all of it, or a part")
        return None

    async def apply(self, to: Recording) -> None:
        """Opens the dispute; where nothing is left to ask for, the service is free until it is decided."""
        await to.do(DISPUTE)
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        rest = invoice.owed.total - self.amount if self.amount is not None else ZERO
        if rest <= ZERO or rest < invoice.too_little:
            await service_blocks.free(to.connection, [to.state.id], to.at.at)


class ResolveDispute(Command[None]):
    """Decide the open dispute: one that is upheld ends the claim or its disputed part, a rejected one gives new days."""

    name = "resolve_dispute"
    of_closed = True  # what was asked is answered, though all is paid meanwhile
    upheld: Annotated[bool, Field(description="resolve_dispute: the debtor is right.", exclude=True)]
    answer: Annotated[
        LongText | None,
        Field(description="resolve_dispute: why the debtor is not right, in words that the debtor is sent."),
    ] = None

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case without a dispute."""
        return CommandRefused("the case has no open dispute") if state.dispute is None else None

    async def apply(self, to: Recording) -> None:
        """Where the debtor was right about all of it the case is withdrawn, and what was paid is owed back.

        Where it was a part the rest of the claim stands.
        """
        quiet_until = None if self.upheld else to.at.day + QUIET_AFTER_REJECTION
        await to.do(RESOLVE, dispute=to.state.dispute, quiet_until=quiet_until)
        if self.upheld and to.state.disputed_part is not None:
            await _credit(to, to.state.disputed_part)
        elif self.upheld:
            await give_up(to)
            (invoice,) = await ledger.lock(to.connection, [to.state.id])
            await postings.give_back(to.connection, invoice, to.at.at)


async def _credit(to: Recording, disputed: Decimal) -> None:
    """The debtor was right about a part: it is credited."""
    (invoice,) = await ledger.lock(to.connection, [to.state.id])

    def key_of(part: Part) -> postings.Key:
        return "dispute", f"{to.state.dispute}/{part}"

    credited = await postings.credit(
        to.connection, invoice, disputed, "dispute upheld", key_of("principal"), key_of, to.at.at
    )
    await after_money(to.connection, [credited], to.at.at)
