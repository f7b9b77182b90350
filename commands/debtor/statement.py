"""A debtor is sent a statement of account: one of the debtor's cases sends it, as it stands then."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import CaseState, Command, Recording
from commands.record import record
from domain.moment import moment_in
from domain.money.statement import ASKED_FOR
from domain.parties.standing import Thing
from domain.planner.obstacles import why_not
from facts.money import statements
from facts.parties.debtors import Debtor
from facts.refusals import CommandRefused, Conflict
from planning.service import Planning
from workflows.contracts import Code

REQUEST = text("""
insert into statement_request (case_id, by, reason_code, note, happened_at) values (:case, :by, :reason_code, :note, :now)
""")


class SendStatement(Command[None]):
    """Send the debtor a statement of account; without a fee, and counted by the contact cap."""

    name = "statement"
    asks_planner = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses where the case may not even be spoken of kindly."""
        plan = state.planned
        why = why_not(Thing.OCCASION, plan.case.facts, plan.law.calendar, now)
        return CommandRefused(f"no statement is sent: {why}", "not-now") if why else None

    async def apply(self, to: Recording) -> None:
        """It says how things stand when it leaves."""
        await to.do(REQUEST)


async def send_statement(
    connection: AsyncConnection, planning: Planning, debtor: Debtor, by: Code, reason_code: Code, id: str, now: datetime
) -> str:
    """Have a debtor sent a statement of account; gives the number of the invoice whose case sends it.

    Raises CommandRefused where nothing stands open, or what stands in the way of every case.
    """
    lines = await statements.lines(connection, debtor.id, moment_in(debtor.country, now).day)
    refused: Conflict = CommandRefused("nothing is asked for: there is no open invoice to send a statement from")
    for line in (line for line in lines if line.standing in ASKED_FOR and line.debtor_id == debtor.id):
        try:
            async with connection.begin_nested():
                command = SendStatement(by=by, reason_code=reason_code)
                await record(connection, planning, line.case_id, command, f"{id}/statement", now)
            return line.number
        except CommandRefused as refusal:
            refused = refusal
    raise refused
