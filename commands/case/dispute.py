"""A dispute stops a case, or holds a part of the claim back, until it is resolved."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from commands.case.withdraw import give_up
from commands.command import CaseState, Command, Recording
from domain.invoices.incoming import Amount
from domain.money.allocation import allocate
from facts.money import ledger
from facts.money.ledger import Entry
from facts.money.settling import DEFAULT_ORDER
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
CHANGED = text("""
insert into hand_off_message (hand_off_id, kind, amount, reason, happened_at)
select id, 'change', :amount, 'dispute upheld', :now from hand_off where id = :hand_off and state <> 'queued'
""")


class Dispute(Command):
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
        """Opens the dispute."""
        await to.do(DISPUTE)


class ResolveDispute(Command):
    """Decide the open dispute: one that is upheld ends the claim or its disputed part, a rejected one gives new days."""

    name = "resolve_dispute"
    upheld: Annotated[bool, Field(description="resolve_dispute: the debtor is right.", exclude=True)]

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case without a dispute."""
        return CommandRefused("the case has no open dispute") if state.dispute is None else None

    async def apply(self, to: Recording) -> None:
        """Where the debtor was right about all of it the case is withdrawn; the rest of a claim stands."""
        quiet_until = None if self.upheld else to.at.day + QUIET_AFTER_REJECTION
        await to.do(RESOLVE, dispute=to.state.dispute, quiet_until=quiet_until)
        if self.upheld and to.state.disputed_part is not None:
            await _credit(to, to.state.disputed_part)
        elif self.upheld:
            await give_up(to)


async def _credit(to: Recording, disputed: Decimal) -> None:
    """The debtor was right about a part: it is credited, with the fees that it shows to be wrong."""
    (standing,) = await ledger.lock(to.connection, [to.state.id])
    credited = allocate(disputed, standing.owed, standing.allocation or DEFAULT_ORDER)
    entries = [
        Entry(
            invoice_id=standing.invoice_id,
            kind="credit",
            part=part,
            amount=-amount,
            booked_on=to.at.day,
            source="dispute",
            source_id=f"{to.state.dispute}/{part}",
        )
        for part, amount in credited.parts
    ]
    await ledger.post(to.connection, standing.creditor_id, standing.currency, entries, to.at.at)
    if to.state.hand_off is not None:
        await to.do(CHANGED, amount=-disputed)
