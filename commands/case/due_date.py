"""A person gives an invoice more time: another due date, from which its case begins anew."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from domain.moment import moment_in
from facts.invoices import invoices
from facts.refusals import CommandRefused

OF_CASE = text("""
select i.creditor_id, i.number, i.issue_date from dunning_case c join invoice i on i.id = c.invoice_id where c.id = :case
""")


class MoveDueDate(Command[None]):
    """Give the invoice another due date: a new round begins, and fees that were charged before it are taken back."""

    name = "new_due_date"
    due_date: Annotated[date, Field(description="new_due_date: today or later, not before the issue date.")]

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a day that is past, and what the collection partner asks for."""
        if state.hand_off is not None:
            return CommandRefused("the case is handed off: recall it first")
        today = moment_in(state.country, now).day
        if self.due_date < today:
            return CommandRefused(f"due_date {self.due_date} is past: give {today} or later")
        return None

    async def apply(self, to: Recording) -> None:
        """As the creditor's own system moves it."""
        row = (await to.do(OF_CASE)).one()
        if self.due_date < row.issue_date:
            raise CommandRefused(f"due_date {self.due_date} lies before the issue date {row.issue_date}")
        if not await invoices.move_due_date(to.connection, row.creditor_id, row.number, self.due_date, to.at.at):
            raise CommandRefused(f"the invoice is due on {self.due_date} already")
