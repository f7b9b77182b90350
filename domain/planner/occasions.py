"""Occasions: kind messages that follow from what happened rather than from the plan; each goes out once, soon or never.

A draw that failed, a payment that was begun and given up, a promise that was not kept, an instalment that comes up:
the debtor hears of it at once, with another way to pay, before any reminder. To a case an occasion is a step of its
own, which no policy has to write.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.agreements import direct_debit, instalments, promises
from domain.agreements.instalments import PlanState
from domain.countries.calendar import Calendar
from domain.money.amount import ZERO
from domain.planner import told
from domain.planner.case_facts import CaseFacts, DeliveryState
from domain.policy.policy import Anchor, AnchorBase, Policy, Step, StepKind
from domain.vocabulary import Channel

SOON = timedelta(days=7)  # an occasion that is older is over: its message would only confuse
READ_WITHIN = timedelta(days=1)
BY_MESSAGE = (Channel.EMAIL, Channel.SMS)
BY_ANY_MEANS = (*BY_MESSAGE, Channel.LETTER)
MAY_HAVE_ARRIVED = (DeliveryState.CLAIMED, DeliveryState.ACCEPTED, DeliveryState.SHADOW)


class OccasionKind(StrEnum):
    """What happened; also the name of the message's template."""

    FAILED_DRAW = "failed-draw"
    PAYMENT_ABANDONED = "payment-abandoned"
    PROMISE_BROKEN = "promise-broken"
    PLAN_AGREED = "plan-agreed"
    INSTALMENT_DUE = "instalment-due"
    PLAN_BROKEN = "plan-broken"  # the first breach, with one chance to make good
    DUE_DATE_MOVED = "due-date-moved"


_BY_ANY_MEANS = (OccasionKind.PLAN_BROKEN, OccasionKind.DUE_DATE_MOVED)  # what somebody must hear, whatever the channel
WHY: Mapping[str, str] = {
    OccasionKind.FAILED_DRAW: "the direct-debit draw failed",
    OccasionKind.PAYMENT_ABANDONED: "a payment was begun and not finished",
    OccasionKind.PROMISE_BROKEN: "the promise to pay was not kept",
    OccasionKind.PLAN_AGREED: "the instalment plan is confirmed in writing",
    OccasionKind.INSTALMENT_DUE: "an instalment comes up",
    OccasionKind.PLAN_BROKEN: "an instalment was missed: one chance to make good",
    OccasionKind.DUE_DATE_MOVED: "the due date was moved",
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing that happened, named by the row it is about; its message leaves from `day` on, for a week at most."""

    kind: OccasionKind
    key: str
    day: date

    @property
    def step(self) -> Step:
        """The occasion as a step."""
        return occasion_step(f"{self.kind.value}#{self.key}")

    @property
    def why(self) -> str:
        """The occasion in words."""
        return WHY[self.kind]


def is_occasion(step_id: str) -> bool:
    """Whether a step's id names an occasion: `failed-draw#12`."""
    kind, named, _ = step_id.partition("#")
    return bool(named) and kind in WHY


def occasion_step(step_id: str) -> Step:
    """The step that an occasion's id stands for; ValueError for any other id."""
    kind = OccasionKind(step_id.partition("#")[0])
    return Step(
        id=step_id,
        kind=StepKind.MESSAGE,
        at=Anchor(AnchorBase.DUE_DATE),
        message=kind.value,
        channels=BY_ANY_MEANS if kind in _BY_ANY_MEANS else BY_MESSAGE,
        read_within=READ_WITHIN,
        deadline_days=instalments.CHANCE_DAYS if kind is OccasionKind.PLAN_BROKEN else None,
    )


def step_named(policy: Policy, step_id: str) -> Step:
    """The step of a policy, or one that no policy writes, that an id names."""
    if told.is_first_reminder(step_id):
        return told.first_reminder(int(step_id.partition("#")[2]))
    return occasion_step(step_id) if is_occasion(step_id) else policy.steps[policy.index[step_id]]


def occasions(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal = ZERO) -> Iterator[Occasion]:
    """What happened in a case and is still worth a message today, oldest first; sent ones are among them."""
    return (
        each
        for each in sorted(_all(facts, calendar, today, tolerance), key=lambda o: (o.day, o.kind))
        if today <= each.day + SOON
    )


def chance_until(facts: CaseFacts) -> date | None:
    """The deadline of the one chance that the plan's debtor was given; an unanswered message may have given it too."""
    if facts.plan is None:
        return None
    told = f"{OccasionKind.PLAN_BROKEN.value}#{facts.plan.id}"
    given = [d.deadline for d in facts.deliveries if d.step == told and d.state in MAY_HAVE_ARRIVED]
    return max((day for day in (*given, facts.plan.chance_until) if day is not None), default=None)


def draw_ends(facts: CaseFacts, calendar: Calendar, today: date) -> date | None:
    """The last day on which a draw that has begun may still bring money; None when none has."""
    if facts.claim_due is None or facts.claim_due > today:
        return None
    last = direct_debit.grace_ends(calendar, calendar.banking_day_on_or_after(facts.claim_due))
    return last if today <= last else None


def _all(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[Occasion]:
    if facts.failed_claim is not None and facts.plan is None:  # of a plan the missing instalment is spoken of
        yield Occasion(OccasionKind.FAILED_DRAW, facts.failed_claim.id, calendar.local_date(facts.failed_claim.at))
    if facts.abandoned_payment is not None:
        given_up = facts.abandoned_payment
        yield Occasion(OccasionKind.PAYMENT_ABANDONED, given_up.id, calendar.local_date(given_up.at))
    broken = promises.standing(facts.promises, today, facts.bank_data_through, tolerance).broken
    if broken is not None and facts.plan is None:  # a plan takes a promise's place
        day = calendar.banking_day_on_or_after(broken.pay_by + timedelta(days=1))
        yield Occasion(OccasionKind.PROMISE_BROKEN, str(broken.id), day)
    moved = facts.due_moved
    ahead = today <= calendar.banking_day_on_or_after(facts.due_date)
    if moved is not None and facts.plan is None and ahead and _heard_before(facts, moved.at):
        yield Occasion(OccasionKind.DUE_DATE_MOVED, moved.id, calendar.local_date(moved.at))
    if facts.plan is not None:
        yield from _of_the_plan(facts, calendar, today, tolerance)


def _heard_before(facts: CaseFacts, moment: datetime) -> bool:
    """Whether the debtor may know another due date: the first message itself will say the new one."""
    return bool(facts.already_sent) or any(
        each.state in MAY_HAVE_ARRIVED and each.sent_at <= moment for each in facts.deliveries
    )


def _of_the_plan(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[Occasion]:
    plan = facts.plan
    assert plan is not None
    yield Occasion(OccasionKind.PLAN_AGREED, str(plan.id), plan.agreed_on)
    for instalment in instalments.left(plan.instalments, plan.paid):
        day = max(instalments.remind_on(instalment), plan.agreed_on)
        needless = (day == plan.agreed_on and instalment.number == 1) or instalment.due_on == facts.claim_due
        if today <= instalment.due_on and not needless:  # its confirmation has just said it, or it is drawn
            yield Occasion(OccasionKind.INSTALMENT_DUE, f"{plan.id}-{instalment.number}", day)
    chance = chance_until(facts)
    standing = instalments.standing(
        plan.instalments, plan.paid, today, calendar, facts.bank_data_through, chance, tolerance
    )
    if standing.state in (PlanState.BREACHED, PlanState.CHANCE) and draw_ends(facts, calendar, today) is None:
        yield Occasion(OccasionKind.PLAN_BROKEN, str(plan.id), today)
