"""What is agreed on an invoice, and what can be: a promised day, a plan, a pause."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import offer
from domain.agreements.instalments import Instalment, Offer, left
from domain.agreements.promises import may_promise
from domain.parties.standing import Thing
from domain.planner.obstacles import why_not
from facts.agreements import plans
from facts.refusals import CommandRefused
from planning.service import PlannedCase


@dataclass(frozen=True, slots=True)
class MoreTime:
    """What is agreed or can be: the day promised, the last day that can be promised, the plan, the plans on offer."""

    promised: date | None
    first_day: date
    last_day: date | None
    plan: tuple[Instalment, ...]
    plan_reference: str | None
    offers: tuple[Offer, ...]

    @property
    def due_on(self) -> date | None:
        """When the next instalment is due; None without a plan."""
        return self.plan[0].due_on if self.plan else None


async def more_time(connection: AsyncConnection, planned: PlannedCase, now: datetime) -> MoreTime:
    """What is agreed on a case, and what may be."""
    facts, policy, law = planned.case.facts, planned.policy, planned.law
    today = law.calendar.local_date(now)
    agreed = await plans.plan_of(connection, planned.case.id) if facts.plan is not None else None
    active = agreed if agreed is not None and agreed.state == "active" else None
    last = max(facts.promises, key=lambda made: made.id, default=None)
    promised = last.pay_by if last is not None and last.pay_by >= today else None
    latest = law.calendar.banking_day_on_or_after(today + timedelta(days=policy.promises.within_days))
    refused = why_not(Thing.PROMISE, facts, law.calendar, now) or may_promise(
        policy.promises, len(facts.promises), latest, today, law.calendar
    )
    try:
        offers = offer(planned, now).plans
    except CommandRefused:  # a plan is agreed, or something else comes first
        offers = ()
    return MoreTime(
        promised=promised,
        first_day=today + timedelta(days=1),
        last_day=None if refused else latest,
        plan=left(active.instalments, active.paid) if active is not None else (),
        plan_reference=active.reference if active is not None else None,
        offers=offers,
    )
