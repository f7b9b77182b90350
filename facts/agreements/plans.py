"""Instalment plans: as they were agreed and stand, and how they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.instalments import Instalment, PlanInterest
from domain.moment import Moment
from facts import diary
from facts.money import ledger, postings
from facts.money.ledger import LockedInvoice, Posted
from facts.webhooks.events import EventType
from facts.webhooks.outgoing import Event, emit_many

SOURCE = "plan"  # of the ledger entries for a plan's interest; their id there is the plan's reference

PLAN = text("""
select p.id, p.case_id, p.reference, p.state, p.total, p.interest, p.currency, p.by, p.happened_at as agreed_at, p.chance_on,
  p.chance_until, p.ended_at, c.balance
from instalment_plan p join dunning_case c on c.id = p.case_id
where p.case_id = :case order by (p.state = 'active') desc, p.id desc limit 1
""")
INSTALMENTS = text("select number, due_on, amount, moved_from from instalment where plan_id = :plan order by number")
BEARING_INTEREST = text("""
select case_id, reference, interest, interest_rate, interest_from from instalment_plan
where case_id = any(:cases) and state = 'active' and interest_rate is not null
""")
CHANCE = text("""
update instalment_plan set chance_on = coalesce(chance_on, :on), chance_until = greatest(chance_until, cast(:until as date))
where id = :plan and state = 'active' returning case_id
""")
CLOSE = text("""
update instalment_plan p set state = :state, ended_at = :now from dunning_case c join invoice i on i.id = c.invoice_id
where p.case_id = any(:cases) and p.state = 'active' and c.id = p.case_id
returning p.id, p.case_id, p.creditor_id, p.reference, p.interest, i.number
""")
GO_ON = text("""
update instalment_plan p set state = 'active', ended_at = null from dunning_case c
where c.id = :case and p.case_id = c.id and p.state = 'ended' and p.ended_at >= :since
  and p.id = (select max(id) from instalment_plan where case_id = c.id)
returning p.id
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


async def go_on(connection: AsyncConnection, case: int, since: datetime, now: datetime) -> None:
    """A plan of a case that ended with it, not before a moment (UTC), holds again; interest that was taken back stays so."""
    for plan in (await connection.execute(GO_ON, {"case": case, "since": since})).scalars():
        await diary.write(connection, "plan_goes_on", "purr", [(case, {"plan": plan})], now)


async def lower_interest(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> dict[int, LockedInvoice]:
    """Take back the interest that never runs of plans whose principal is paid; gives what is owed then, by locked case."""
    lowered = {}
    for plan in (await connection.execute(BEARING_INTEREST, {"cases": list(cases)})).all():
        (invoice,) = await ledger.lock(connection, [plan.case_id])
        entries = (await ledger.history(connection, invoice.invoice_id)).entries
        charged = next(e for e in entries if (e.source, e.source_id) == (SOURCE, plan.reference))
        principal = sum((e.amount for e in entries if e.id < charged.id and e.part == "principal"), Decimal(0))
        paid = [
            (e.booked_on, -e.amount)
            for e in entries
            if e.id > charged.id and (e.payment_id is not None or e.part == "principal")
        ]
        bearing = PlanInterest(principal, plan.interest_from, plan.interest_rate)
        never = bearing.never_runs(plan.interest, paid)
        too_much = _standing(entries) - (plan.interest - never)  # a credit may have let go of it already
        if (wrong := min(never - _taken(entries, charged), too_much)) > 0:
            under = postings.keys(SOURCE, plan.reference, _next(entries, charged))
            lowered[plan.case_id] = await postings.take_back_interest(connection, invoice, wrong, under, now)
    return lowered


async def _take_interest_back(
    connection: AsyncConnection, invoice: LockedInvoice, reference: str, now: datetime
) -> None:
    """Reverse a plan's interest, unless it was taken back before; what was paid of it pays the other parts."""
    history = await ledger.history(connection, invoice.invoice_id)
    for charged in history.charged(("interest",)):
        left = charged.amount - _taken(history.entries, charged)
        if (charged.source, charged.source_id) == (SOURCE, reference) and left > 0:
            under = postings.keys(SOURCE, reference, _next(history.entries, charged))
            await postings.take_back_interest(connection, invoice, left, under, now, charge=charged.id)


def _taken(entries: Sequence[Posted], charged: Posted) -> Decimal:
    """What of a plan's interest was taken back already."""
    return -sum((e.amount for e in _of(entries, charged) if e.kind == "reversal"), Decimal(0))


def _standing(entries: Sequence[Posted]) -> Decimal:
    """All interest that was charged and neither taken back nor let go, paid or not."""
    own = [e for e in entries if e.part == "interest" and e.payment_id is None and e.kind in ("interest", "reversal")]
    return sum((e.amount for e in own), Decimal(0))


def _next(entries: Sequence[Posted], charged: Posted) -> int:
    return 1 + len(_of(entries, charged))


def _of(entries: Sequence[Posted], charged: Posted) -> list[Posted]:
    return [e for e in entries if e.source == SOURCE and e.source_id.startswith(f"{charged.source_id}#")]
