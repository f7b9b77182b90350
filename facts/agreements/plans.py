"""Instalment plans: as they were agreed and stand, and how they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.instalments import Instalment
from domain.moment import Moment
from facts import diary
from facts.money import ledger, postings
from facts.money.ledger import LockedInvoice
from facts.webhooks.outgoing import Event, EventType, emit_many

SOURCE = "plan"  # of the ledger entries for a plan's interest; their id there is the plan's reference

PLAN = text("""
select p.id, p.case_id, p.reference, p.state, p.total, p.interest, p.currency, p.by, p.happened_at as agreed_at, p.chance_on,
  p.chance_until, p.ended_at, c.balance
from instalment_plan p join dunning_case c on c.id = p.case_id
where p.case_id = :case order by (p.state = 'active') desc, p.id desc limit 1
""")
INSTALMENTS = text("select number, due_on, amount from instalment where plan_id = :plan order by number")
CHANCE = text("""
update instalment_plan set chance_on = coalesce(chance_on, :on), chance_until = greatest(chance_until, cast(:until as date))
where id = :plan and state = 'active' returning case_id
""")
CLOSE = text("""
update instalment_plan p set state = :state, ended_at = :now from dunning_case c join invoice i on i.id = c.invoice_id
where p.case_id = any(:cases) and p.state = 'active' and c.id = p.case_id
returning p.id, p.case_id, p.creditor_id, p.reference, p.interest, i.number
""")
PlanEnd = Literal["kept", "broken", "ended"]
EVENTS: dict[str, EventType] = {"kept": "plan.kept", "broken": "plan.broken"}


@dataclass(frozen=True, slots=True)
class AgreedPlan:
    """A plan as it was agreed and stands. Amounts in `currency`; `total` is the whole cost, `interest` a part of it."""

    id: int
    case_id: int
    reference: str
    state: str  # active | kept | broken | ended
    total: Decimal
    interest: Decimal
    currency: str
    by: str
    agreed_at: datetime
    chance_on: date | None
    chance_until: date | None
    ended_at: datetime | None
    balance: Decimal  # of the case
    instalments: tuple[Instalment, ...]

    @property
    def paid(self) -> Decimal:
        """What came in since an active plan was agreed: it is kept when nothing is left of the case."""
        return self.total - self.balance


async def plan_of(connection: AsyncConnection, case: int) -> AgreedPlan | None:
    """The active plan of a case, else its last one; None where there never was any."""
    row = (await connection.execute(PLAN, {"case": case})).one_or_none()
    if row is None:
        return None
    parts = (await connection.execute(INSTALMENTS, {"plan": row.id})).all()
    return AgreedPlan(**row._mapping, instalments=tuple(Instalment(*part) for part in parts))


async def give_chance(connection: AsyncConnection, plan: int, until: date, now: Moment) -> None:
    """Note the one chance that an active plan gets after its first breach; a later channel's later deadline counts."""
    case = (await connection.execute(CHANCE, {"plan": plan, "on": now.day, "until": until})).scalar_one_or_none()
    if case is not None:
        await diary.write(connection, "plan_chance", "purr", [(case, {"plan": plan, "until": until})], now.at)


async def close(
    connection: AsyncConnection,
    cases: Sequence[int],
    state: PlanEnd,
    now: datetime,
    *,
    by: str = "purr",
    reason_code: str | None = None,
    note: str | None = None,
) -> None:
    """End the active plans of these cases, which are locked. The interest of a plan that was not kept is taken back."""
    if not cases:
        return
    closed = (await connection.execute(CLOSE, {"cases": list(cases), "state": state, "now": now})).all()
    borne = {row.case_id: row.reference for row in closed if row.interest and state != "kept"}
    for invoice in await ledger.lock(connection, borne) if borne else ():
        await _take_interest_back(connection, invoice, borne[invoice.case_id], now)
    lines = [(row.case_id, {"plan": row.id, "reason_code": reason_code, "note": note}) for row in closed]
    if lines:
        await diary.write(connection, f"plan_{state}", by, lines, now)
    if state in EVENTS:
        events = [Event(row.creditor_id, EVENTS[state], {"invoice": row.number, "plan": row.id}) for row in closed]
        await emit_many(connection, events, now)


async def _take_interest_back(
    connection: AsyncConnection, invoice: LockedInvoice, reference: str, now: datetime
) -> None:
    """Reverse a plan's interest, unless it was taken back before; what was paid of it pays the other parts."""
    for charged in (await ledger.history(connection, invoice.invoice_id)).charged(("interest",)):
        if (charged.source, charged.source_id) == (SOURCE, reference):
            under = postings.keys(SOURCE, reference, 1)
            await postings.take_back_interest(connection, invoice, charged.amount, under, now, charge=charged.id)
