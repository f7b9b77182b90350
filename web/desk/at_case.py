"""A case that somebody at the desk is about to do something to, as it stands."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import CaseState
from commands.record import state_of
from facts import clock
from planning.service import PlannedCase, Planning

OF_CASE = text("""
select d.id as debtor, d.name from dunning_case c join debtor d on d.id = c.debtor_id where c.id = :case
""")


@dataclass(frozen=True, slots=True)
class AtCase:
    """A case with its plan at a moment (UTC) by its creditor's clock, and whom it is of."""

    id: int
    creditor: str
    number: str
    debtor: int
    debtor_name: str
    state: CaseState
    now: datetime

    @property
    def plan(self) -> PlannedCase:
        """What the case does next, and the facts it goes by."""
        return self.state.planned

    @property
    def today(self) -> date:
        """The day it is for the debtor."""
        return self.plan.law.calendar.local_date(self.now)

    @property
    def currency(self) -> str:
        """Of all that is owed."""
        return self.plan.case.facts.currency


async def at_case(connection: AsyncConnection, planning: Planning, case: int) -> AtCase:
    """A case as this transaction sees it."""
    state, now = await state_of(connection, case, await clock.now(connection))
    plan = await planning.plan(connection, case, now)
    of: Any = (await connection.execute(OF_CASE, {"case": case})).one()
    found = plan.case
    return AtCase(case, found.creditor_id, found.number, of.debtor, of.name, replace(state, plan=plan), now)
