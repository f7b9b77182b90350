"""Instalment plans: offered, agreed on terms that the policy made, and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements import instalments as rules_of
from domain.agreements.instalments import (
    WHY_NO_OFFER,
    Instalment,
    InterestOf,
    Offer,
    Offers,
    out_of_bounds,
    statutory_interest,
)
from domain.countries.law import Law
from domain.moment import Moment
from domain.money.amount import to_cents
from domain.money.references import new_reference
from domain.planner.obstacles import Thing, why_not
from domain.policy.policy import Policy
from facts import diary
from facts.cases.circumstances import COLUMNS, circumstances
from facts.collection import service_blocks
from facts.money import ledger, postings
from facts.money.ledger import LockedInvoice
from facts.refusals import CommandRefused
from facts.webhooks.outgoing import Event, EventType, emit, emit_many

SOURCE = "plan"  # of the ledger entries for a plan's interest; their id there is the plan's reference
DIGITS = 15  # of a plan's KID before its check digit: a length of its own beside the usual ones
FIRST_NUMBER = 9 * 10 ** (DIGITS - 1)

CASE = text(f"""
select {COLUMNS}, c.invoice_id, c.principal, c.number, c.currency, c.due_date, c.birth_date
from circumstances c where c.id = :case
""")
NEXT_NUMBER = text(
    "select nextval('plan_number') as number, (select country from creditor where id = :creditor) as country"
)
REFERENCE_TAKEN = text("""
select exists (select from invoice where creditor_id = :creditor and reference = :reference)
  or exists (select from mandate where creditor_id = :creditor and reference = :reference)
""")
INSERT = text("""
with agreed as (
  insert into instalment_plan (case_id, creditor_id, reference, state, total, interest, currency, by, reason_code, note,
      happened_at)
  values (:case, :creditor, :reference, 'active', :total, :interest, :currency, :by, :reason_code, :note, :now)
  returning id),
parts as (
  insert into instalment (plan_id, number, due_on, amount)
  select agreed.id, p.number, p.due_on, p.amount from agreed, unnest(
    cast(:numbers as int[]), cast(:days as date[]), cast(:amounts as numeric[])) as p(number, due_on, amount))
select id from agreed
""")
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


async def offer(
    connection: AsyncConnection,
    case: int,
    policy: Policy,
    law: Law,
    now: datetime,
    income: Decimal | None = None,
    spending: Decimal | None = None,
    *,
    first_due: date | None = None,
) -> Offers:
    """The plans that may be agreed for a case now; with a month's income and spending those that can be borne.

    Raises CommandRefused, in words, where the case has no room for a plan or the first date is out of bounds.
    """
    state = (await connection.execute(CASE, {"case": case})).one()
    return _offers(state, policy, law, now, income=income, spending=spending, first_due=first_due)


async def agree(
    connection: AsyncConnection,
    case: int,
    policy: Policy,
    law: Law,
    by: str,
    reason_code: str,
    note: str | None,
    now: datetime,
    *,
    months: int | None = None,
    schedule: Sequence[tuple[date, Decimal]] | None = None,
    income: Decimal | None = None,
    spending: Decimal | None = None,
    first_due: date | None = None,
) -> AgreedPlan:
    """Agree on the offer of so many `months`, worked out anew so that nobody invents terms; the case is locked.

    An agent may give a `schedule` of due dates and amounts instead, within the policy's bounds; its dates are moved
    to banking days. Raises CommandRefused, in words.
    """
    state = (await connection.execute(CASE, {"case": case})).one()
    if schedule is not None:
        parts, interest = _own(state, policy, law, now, schedule)
    else:
        chosen = _chosen(
            _offers(state, policy, law, now, income=income, spending=spending, first_due=first_due), months
        )
        parts, interest = chosen.instalments, chosen.interest
    reference = await _new_reference(connection, state.creditor_id)
    total = state.balance + interest
    values = {
        "case": case,
        "creditor": state.creditor_id,
        "reference": reference,
        "total": total,
        "interest": interest,
        "currency": state.currency,
        "by": by,
        "reason_code": reason_code,
        "note": note,
        "now": now,
        "numbers": [each.number for each in parts],
        "days": [each.due_on for each in parts],
        "amounts": [each.amount for each in parts],
    }
    plan: int = (await connection.execute(INSERT, values)).scalar_one()
    if interest:
        (invoice,) = await ledger.lock(connection, [case])
        await postings.charge(connection, invoice, "interest", interest, (SOURCE, reference), now)
    data = {
        "invoice": state.number,
        "plan": plan,
        "total": str(total),
        "currency": state.currency,
        "instalments": written(parts),
    }
    await emit(connection, state.creditor_id, "plan.agreed", data, now)
    await service_blocks.free(connection, [case], now)  # who has agreed on how to pay gets the service back
    agreed = await plan_of(connection, case)
    assert agreed is not None
    return agreed


def written(instalments: Sequence[Instalment]) -> list[dict[str, Any]]:
    """Instalments as the diary and webhooks tell of them."""
    return [
        {"number": each.number, "due_on": each.due_on.isoformat(), "amount": str(each.amount)} for each in instalments
    ]


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


def _offers(
    state: Any,
    policy: Policy,
    law: Law,
    now: datetime,
    *,
    income: Decimal | None,
    spending: Decimal | None,
    first_due: date | None,
) -> Offers:
    _check_room(state, law, now)
    try:
        return rules_of.offers(
            state.balance,
            policy.plans,
            law.calendar.local_date(now),
            law.calendar,
            first_due=first_due,
            income=income,
            spending=spending,
            interest=_interest(state, policy, law, now),
        )
    except ValueError as out:
        raise CommandRefused(str(out)) from out


def _chosen(offers: Offers, months: int | None) -> Offer:
    if offers.none_because is not None:
        raise CommandRefused(f"no plan is possible: {WHY_NO_OFFER[offers.none_because]}")
    for offer in offers.plans:
        if offer.months == months:
            return offer
    there = ", ".join(str(offer.months) for offer in offers.plans)
    raise CommandRefused(f"a plan of {months} months is not offered: there are {there}")


def _own(
    state: Any, policy: Policy, law: Law, now: datetime, schedule: Sequence[tuple[date, Decimal]]
) -> tuple[tuple[Instalment, ...], Decimal]:
    """An agent's own schedule with its interest, if it keeps to the policy."""
    _check_room(state, law, now)
    calendar = law.calendar
    parts = tuple(
        Instalment(number, calendar.banking_day_on_or_after(day), to_cents(amount))
        for number, (day, amount) in enumerate(schedule, 1)
    )
    interest_of = _interest(state, policy, law, now)
    interest = interest_of(parts) if interest_of else Decimal(0)
    wrong = out_of_bounds(parts, state.balance + interest, policy.plans, calendar.local_date(now), calendar)
    if wrong:
        raise CommandRefused(wrong)
    return parts, interest


def _interest(state: Any, policy: Policy, law: Law, now: datetime) -> InterestOf | None:
    """What a plan costs above the debt; nothing where the policy or the debtor's age makes it free."""
    today = law.calendar.local_date(now)
    if policy.plans.interest == "free" or law.is_minor(state.birth_date, today):
        return None
    since = max(today, law.effective_due(state.due_date))
    return statutory_interest(max(state.principal, Decimal(0)), since, law.interest_rate(today))


def _check_room(state: Any, law: Law, now: datetime) -> None:
    if refusal := why_not(Thing.PLAN, circumstances(state), law.calendar, now):
        raise CommandRefused(refusal)


async def _new_reference(connection: AsyncConnection, creditor: str) -> str:
    """A payment reference that names this plan and nothing else of the creditor."""
    while True:
        number, country = (await connection.execute(NEXT_NUMBER, {"creditor": creditor})).one()
        reference = new_reference(country, str(FIRST_NUMBER + number))
        values = {"creditor": creditor, "reference": reference}
        if not (await connection.execute(REFERENCE_TAKEN, values)).scalar_one():
            return reference


async def _take_interest_back(
    connection: AsyncConnection, invoice: LockedInvoice, reference: str, now: datetime
) -> None:
    """Reverse a plan's interest, unless it was taken back before; what was paid of it pays the other parts."""
    for charged in (await ledger.history(connection, invoice.invoice_id)).charged(("interest",)):
        if (charged.source, charged.source_id) == (SOURCE, reference):
            under = postings.keys(SOURCE, reference, 1)
            await postings.take_back_interest(connection, invoice, charged.amount, under, now, charge=charged.id)
