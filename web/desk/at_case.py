"""A case that somebody at the desk is about to do something to, as it stands."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import CaseState
from commands.record import state_of
from domain.languages import Language
from facts import clock
from facts.money import credit, ledger
from planning.service import PlannedCase, Planning

OF_CASE = text("""
select d.id as debtor, d.name,
  coalesce((select json_agg(json_build_array(r.id, r.amount::text, r.to_account, coalesce(r.account_by, r.by)) order by r.id)
    from refund r where r.invoice_id = c.invoice_id and r.state = 'due'), '[]') as refunds,
  c.withdrawn_at is not null as withdrawn
from dunning_case c join debtor d on d.id = c.debtor_id where c.id = :case
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
    refunds: tuple[tuple[int, Decimal, str | None, str], ...]
    """Those that are due: the number, how much, the account it goes to where one is known, and who named it or decided it."""
    has_credit: bool
    """Credit of another invoice has paid something of it."""
    withdrawn: bool
    fees: bool
    """A fee stands on it, paid or not."""
    language: Language
    """Of whoever looks."""

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


async def at_case(connection: AsyncConnection, planning: Planning, case: int, language: Language = "nb") -> AtCase:
    """A case as this transaction sees it."""
    state, now = await state_of(connection, case, await clock.now(connection))
    plan = await planning.plan(connection, case, now)
    of: Any = (await connection.execute(OF_CASE, {"case": case})).one()
    found = plan.case
    return AtCase(
        id=case,
        creditor=found.creditor_id,
        number=found.number,
        debtor=of.debtor,
        debtor_name=of.name,
        state=replace(state, plan=plan),
        now=now,
        refunds=tuple((number, Decimal(amount), account, by) for number, amount, account, by in of.refunds),
        has_credit=bool(await credit.got(connection, case)),
        withdrawn=of.withdrawn,
        fees=bool((await ledger.history(connection, found.invoice_id)).charged()),
        language=language,
    )
