"""A withdrawn case is given up: nothing more is asked for, also not by the partner. Until that is told it can be undone."""

from datetime import datetime

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from facts.agreements import plans
from facts.collection import partner, service_blocks
from facts.money import ledger, postings
from facts.operations import unsettled
from facts.operations.tasks import close_tasks, regain
from facts.refusals import CommandRefused
from facts.webhooks.outgoing import emit

WITHDRAW = text("update dunning_case set withdrawn_at = :now where id = :case")
# Whoever may have heard that nothing is owed any more keeps it. That the page was fetched is enough: what it says is plain.
TOLD = text("""
select c.withdrawn_at, c.creditor_id, i.number,
  case
    when c.withdrawn_at is null and c.state = 'closed' then 'the case is closed otherwise: it is not withdrawn'
    when c.withdrawn_at is null then 'the case is not withdrawn'
    when exists (select from dispute d where d.case_id = c.id and d.upheld and d.resolved_at >= c.withdrawn_at)
      then 'the debtor was right: a dispute that was upheld is not undone'
    when exists (select from case_event e where e.case_id = c.id and e.kind = 'withdrawal_seen'
      and e.happened_at >= c.withdrawn_at)
      then 'the debtor has seen on the invoice page that nothing is owed'
    when exists (select from delivery_case s join delivery d on d.id = s.delivery_id where s.case_id = c.id
      and d.claimed_at >= c.withdrawn_at and d.state in ('claimed', 'accepted', 'unavailable'))
      then 'the debtor was written to since'
    when exists (select from claim q where q.case_id = c.id and q.state in ('cancelling', 'cancelled')
      and coalesce(q.ended_at, :now) >= c.withdrawn_at)
      then 'the bank was told to draw nothing, and tells the debtor'
    when exists (select from hand_off h where h.case_id = c.id and h.state = 'recalled' and h.answered_at >= c.withdrawn_at)
      then 'the case was recalled from the collection partner'
    when exists (select from refund r where r.invoice_id = c.invoice_id
      and (r.paid_at >= c.withdrawn_at or r.state = 'ordered'))
      then 'money was paid back since, or stands in a file for the bank'
  end as why
from dunning_case c join invoice i on i.id = c.invoice_id where c.id = :case
""")
UNDO = text("update dunning_case set withdrawn_at = null, state = 'open', outcome = null where id = :case")


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


class Unwithdraw(Command[None]):
    """Undo a withdrawal that the debtor has not heard of: the case goes on where it was."""

    name = "unwithdraw"
    of_closed = True

    async def apply(self, to: Recording) -> None:
        """What was to be paid back because of it pays again, a plan that ended with it holds. Refuses once it is told."""
        told = (await to.do(TOLD)).one()
        if told.why is not None:
            raise CommandRefused(f"{told.why}: it stays as it is" if told.withdrawn_at else told.why)
        await to.do(UNDO)
        await plans.go_on(to.connection, to.state.id, told.withdrawn_at, to.at.at)
        await regain(to.connection, to.state.id, "withdrawn")
        (invoice,) = await ledger.lock(to.connection, [to.state.id])
        await postings.keep(to.connection, invoice, told.withdrawn_at, to.at.at)
        await unsettled.goes_on(to.connection, [to.state.id], self.by, to.at.at)
        if not to.state.is_open:
            data = {"invoice": told.number, "why": "it was withdrawn by mistake"}
            await emit(to.connection, told.creditor_id, "case.reopened", data, to.at.at)


async def give_up(to: Recording) -> None:
    """Withdraw the case, free its service and recall it from the collection partner."""
    await to.do(WITHDRAW)
    await close_tasks(to.connection, to.state.id, "cancelled", to.given["by"], "withdrawn", to.at.at)
    await service_blocks.free(to.connection, [to.state.id], to.at.at)
    if to.state.hand_off is not None:
        await partner.recall(to.connection, to.state.hand_off, to.given["reason_code"], to.at.at)
