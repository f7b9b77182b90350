"""An instalment plan is agreed on terms that the policy made, and may be ended."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from domain.agreements import instalments as rules_of
from domain.agreements.instalments import (
    WHY_NO_OFFER,
    Instalment,
    Offer,
    Offers,
    PlanInterest,
    out_of_bounds,
    paid_as_agreed,
)
from domain.countries.registry import country_of
from domain.money.amount import to_cents
from domain.parties.standing import Thing, standing_of
from domain.planner.obstacles import why_not
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from facts.collection import service_blocks
from facts.money import ledger, own_references, postings
from facts.refusals import CommandRefused
from facts.webhooks.outgoing import emit
from planning.service import PlannedCase

MOST_OF_A_CUSTOMER = 200  # plans whose references have the customer's part

NUMBERED_BY = text("""
select cr.country, i.currency, coalesce(cr.direct_debit ->> 'kid_structures', '') as structures,
  coalesce(i.reference, '') as invoice_reference
from dunning_case c join creditor cr on cr.id = c.creditor_id join invoice i on i.id = c.invoice_id where c.id = :case
""")
INSERT = text("""
with agreed as (
  insert into instalment_plan (case_id, creditor_id, reference, state, total, interest, interest_rate, interest_from, currency,
      by, reason_code, note, happened_at)
  values (:case, :creditor, :reference, 'active', :total, :interest, :rate, :since, :currency, :by, :reason_code, :note, :now)
  returning id),
parts as (
  insert into instalment (plan_id, number, due_on, amount)
  select agreed.id, p.number, p.due_on, p.amount from agreed, unnest(
    cast(:numbers as int[]), cast(:days as date[]), cast(:amounts as numeric[])) as p(number, due_on, amount))
select id from agreed
""")


def offer(
    planned: PlannedCase,
    now: datetime,
    income: Decimal | None = None,
    spending: Decimal | None = None,
    first_due: date | None = None,
    monthly: Decimal | None = None,
) -> Offers:
    """The plans that may be agreed for a case now; with a month's income and spending those that can be borne.

    With an own amount a month, the plan that is nearest at or below it.

    Raises CommandRefused, in words, where the case has no room for a plan or the first date is out of bounds.
    """
    _check_room(planned, now)
    calendar, bearing = planned.law.calendar, _interest(planned, now)
    try:
        return rules_of.offers(
            planned.case.facts.balance,
            planned.policy.plans,
            calendar.local_date(now),
            calendar,
            first_due=first_due,
            income=income,
            spending=spending,
            monthly=monthly,
            interest=bearing.of if bearing else None,
        )
    except ValueError as out:
        raise CommandRefused(str(out)) from out


class AgreeOnPlan(Command[AgreedPlan]):
    """Agree on the offer of so many months, or on a schedule of an agent's own, within the policy's bounds."""

    name = "plan_agreed"
    news = "plan_recorded"
    results_in = AgreedPlan
    of_closed = True  # which is refused in words of its own
    asks_planner = True
    months: int | None = None
    schedule: tuple[tuple[date, Decimal], ...] | None = None
    income: Decimal | None = None
    spending: Decimal | None = None
    first_due: date | None = None
    monthly: Decimal | None = None  # with `months`, of the plan that is nearest at or below it

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case that has no room for a plan, and terms that the policy does not offer."""
        try:
            self._terms(state.planned, now)
        except CommandRefused as refused:
            return refused
        return None

    def _terms(self, planned: PlannedCase, now: datetime) -> tuple[tuple[Instalment, ...], Decimal]:
        """The instalments and what they cost above the debt. Raises CommandRefused."""
        if self.schedule is not None:
            return _own(planned, now, self.schedule)
        offered = offer(planned, now, self.income, self.spending, self.first_due, self.monthly)
        chosen = _chosen(offered, self.months)
        return chosen.instalments, chosen.interest

    async def apply(self, to: Recording) -> AgreedPlan:
        """The offer is worked out anew, so that nobody invents terms; a schedule's dates are moved to banking days."""
        planned, now = to.state.planned, to.at.at
        case, facts = planned.case, planned.case.facts
        parts, interest = self._terms(planned, now)
        reference = await _new_reference(to, case.creditor_id, case.id)
        total, bearing = facts.balance + interest, _interest(planned, now) if interest else None
        made = await to.do(
            INSERT,
            creditor=case.creditor_id,
            reference=reference,
            total=total,
            interest=interest,
            rate=bearing.rate if bearing else None,
            since=bearing.since if bearing else None,
            currency=facts.currency,
            numbers=[each.number for each in parts],
            days=[each.due_on for each in parts],
            amounts=[each.amount for each in parts],
        )
        if interest:
            (invoice,) = await ledger.lock(to.connection, [case.id])
            await postings.charge(to.connection, invoice, "interest", interest, (plans.SOURCE, reference), now)
        data = {
            "invoice": case.number,
            "plan": made.scalar_one(),
            "total": str(total),
            "currency": facts.currency,
            "instalments": _written(parts),
        }
        await emit(to.connection, case.creditor_id, "plan.agreed", data, now)
        await service_blocks.free(to.connection, [case.id], now)  # who has agreed on how to pay gets the service back
        agreed = await plans.plan_of(to.connection, case.id)
        assert agreed is not None
        return agreed

    def detail(self, result: AgreedPlan) -> dict[str, Any]:
        """The plan and its instalments."""
        agreed = {"plan": result.id, "total": result.total, "instalments": _written(result.instalments)}
        return self.model_dump(include={"reason_code", "note"}) | agreed


class EndPlan(Command[None]):
    """End the active plan: reminding goes on with what is left."""

    name = "plan_ended"
    news = "plan_recorded"
    of_closed = True

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case without an active plan."""
        return None if state.in_plan else CommandRefused("the plan is not active: there is nothing to end")

    async def apply(self, to: Recording) -> None:
        """Interest that the plan cost is taken back."""
        await plans.close(
            to.connection,
            [to.state.id],
            "ended",
            to.at.at,
            by=self.by,
            reason_code=self.reason_code,
            note=self.note,
        )

    def detail(self, result: None) -> None:
        """The line is written where every plan ends."""


def _chosen(offered: Offers, months: int | None) -> Offer:
    if offered.none_because is not None:
        raise CommandRefused(f"no plan is possible: {WHY_NO_OFFER[offered.none_because]}")
    for each in offered.plans:
        if each.months == months:
            return each
    there = ", ".join(str(each.months) for each in offered.plans)
    raise CommandRefused(f"a plan of {months} months is not offered: there are {there}")


def _own(
    planned: PlannedCase, now: datetime, schedule: Sequence[tuple[date, Decimal]]
) -> tuple[tuple[Instalment, ...], Decimal]:
    """An agent's own schedule with its interest, if it keeps to the policy."""
    _check_room(planned, now)
    calendar = planned.law.calendar
    parts = tuple(
        Instalment(number, calendar.banking_day_on_or_after(day), to_cents(amount))
        for number, (day, amount) in enumerate(schedule, 1)
    )
    bearing = _interest(planned, now)
    interest = bearing.of(paid_as_agreed(parts)) if bearing else Decimal(0)
    total = planned.case.facts.balance + interest
    wrong = out_of_bounds(parts, total, planned.policy.plans, calendar.local_date(now), calendar)
    if wrong:
        raise CommandRefused(wrong)
    return parts, interest


def _interest(planned: PlannedCase, now: datetime) -> PlanInterest | None:
    """What a plan costs above the debt; nothing where the policy or the debtor's age makes it free, or the law."""
    facts, law = planned.case.facts, planned.law
    today = law.calendar.local_date(now)
    free = planned.policy.plans.interest == "free" or not law.may_charge_time(today, facts.debtor_kind)
    if free or standing_of(facts.life, today, law).never(Thing.INTEREST):
        return None
    since = max(today, law.effective_due(facts.due_date))
    return PlanInterest(max(facts.principal, Decimal(0)), since, law.interest_rate(today, facts.debtor_kind))


def _check_room(planned: PlannedCase, now: datetime) -> None:
    if refusal := why_not(Thing.PLAN, planned.case.facts, planned.law.calendar, now):
        raise CommandRefused(refusal)


async def _new_reference(to: Recording, creditor: str, case: int) -> str:
    """A payment reference that names this plan and nothing else of the creditor.

    It is one that the debtor's mandate covers, where the creditor's agreement says which those are.
    """
    by = (await to.do(NUMBERED_BY, case=case)).one()
    of_customer = country_of(by.country).reference_of_customer
    of_debtor = (of_customer(by.structures, by.invoice_reference, number) for number in range(MOST_OF_A_CUSTOMER))
    return await own_references.new(to.connection, creditor, by.currency, before=filter(None, of_debtor))


def _written(instalments: Sequence[Instalment]) -> list[dict[str, Any]]:
    """Instalments as the diary and webhooks tell of them."""
    return [
        {"number": each.number, "due_on": each.due_on.isoformat(), "amount": str(each.amount)} for each in instalments
    ]
