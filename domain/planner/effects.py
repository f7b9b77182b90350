"""What an act changes in the facts: the planner can go on from there without asking the database again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from domain.countries.fees import EarlierFee
from domain.countries.law import Law
from domain.money.allocation import Owed, interest_to_take_back, transfer_credit
from domain.money.amount import ZERO
from domain.money.charges import ChargeKind
from domain.money.interest import accrued
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, Delivery, DeliveryState, HandOffState
from domain.planner.demand import Demand
from domain.vocabulary import Channel

OnPaper = Callable[[CaseFacts, Action, Law, datetime], CaseFacts]
"""The facts after an act at a moment (UTC), as the database has them once the act is done."""


def delivered(
    facts: CaseFacts, action: Action, demand: Demand, place: int, now: datetime, *, shadow: bool = False
) -> CaseFacts:
    """The facts after a provider accepted the action's message at `now`: what it asks for of the case is now owed.

    `place` is the case's among those that the message serves. A shadow's message is sent and booked nowhere.
    """
    of = demand.cases[place]
    key = (facts.round, action.step, action.channel)
    before = next((d for d in facts.deliveries if (d.round, d.step, d.channel) == key), None)
    delivery = Delivery(
        round=facts.round,
        step=action.step or "",
        channel=action.channel or Channel.PHONE,
        state=DeliveryState.SHADOW if shadow else DeliveryState.ACCEPTED,
        claimed_at=now,
        attempt=before.attempt + 1 if before else 1,
        alert=action.alert,
        accepted_at=None if shadow else now,
        deadline=demand.deadline,
        asked=of.asked,
        draw=of.draw,
        addressee=demand.addressee,
    )
    claimed = facts.but(
        due_date=of.due_date,
        first_due=facts.first_due or facts.due_date,
        deliveries=(*(d for d in facts.deliveries if d is not before), delivery),
    )
    if shadow:
        return claimed
    compensates = of.charge is not None and of.charge.kind is ChargeKind.COMPENSATION
    is_fee = of.charge is not None and not compensates
    return claimed.but(
        balance=facts.balance + of.fee + of.added_interest,
        interest=facts.interest + of.added_interest,
        charged=facts.charged + of.fee,
        compensation=facts.compensation + (of.fee if compensates else ZERO),
        interest_charged=facts.interest_charged + of.added_interest,
        interest_through=of.interest.through if of.interest and of.added_interest else facts.interest_through,
        plan=_with_chance(facts, action, demand.deadline),
        recent_contacts=facts.recent_contacts if action.alert else (*facts.recent_contacts, now),
        optional_contacts=(*facts.optional_contacts, now) if action.onward else facts.optional_contacts,
        earlier_fees=facts.earlier_fees
        + (
            (EarlierFee(of.charge.on, demand.deadline, "notice" if of.charge.of_notice else "reminder"),)
            if of.charge and is_fee
            else ()
        ),
    )


def _with_chance(facts: CaseFacts, action: Action, deadline: date | None) -> ActivePlan | None:
    """The plan, with the one chance that a message about its breach gives; a later channel's later deadline counts."""
    told = facts.plan is not None and action.step == f"plan-broken#{facts.plan.id}"
    if facts.plan is None or not told or deadline is None:
        return facts.plan
    return replace(facts.plan, chance_until=max(deadline, facts.plan.chance_until or deadline))


def new_round(facts: CaseFacts, _action: Action, _law: Law, _now: datetime) -> CaseFacts:
    """A new round: what was asked, skipped and approved in the one before is over."""
    none: frozenset[str] = frozenset()
    return facts.but(
        round=facts.round + 1,
        tasks=frozenset(),
        tasks_done=frozenset(),
        skipped=none,
        send_now=none,
        approval=None,
        approval_of=None,
        approval_asked_at=None,
    )


def plan_ended(facts: CaseFacts, action: Action, law: Law, now: datetime) -> CaseFacts:
    """A plan's end: one that was not kept costs nothing, and a new round begins, with a notice before anything harder."""
    if facts.plan is None or action.kept:
        return facts.but(plan=None)
    ended = _less_interest(facts.but(plan=None), facts.plan.interest, law.calendar.local_date(now))
    return new_round(ended, action, law, now)


def interest_taken_back(facts: CaseFacts, _action: Action, law: Law, now: datetime) -> CaseFacts:
    """Interest that never ran is taken back."""
    wrong = interest_that_never_ran(facts, law)
    less = _less_interest(facts, wrong, law.calendar.local_date(now))
    return less.but(interest_charged=facts.interest_charged - wrong)


def interest_that_never_ran(facts: CaseFacts, law: Law) -> Decimal:
    """How much of the interest charged is more than truly ran, as money of an earlier day shows."""
    if facts.interest_through is None:
        return ZERO
    due = law.interest_due(facts.due_date, facts.issue_date, facts.debtor_kind)
    ran = accrued(facts.principal_changes, due, facts.interest_through, law, facts.debtor_kind)
    return interest_to_take_back(facts.interest_charged, ran)


def _less_interest(facts: CaseFacts, amount: Decimal, on: date) -> CaseFacts:
    """Less interest is owed; what was paid of it pays the other parts."""
    fees = facts.balance - facts.principal - facts.interest
    moved = dict(transfer_credit(Owed(facts.principal, facts.interest - amount, fees), facts.allocation))
    of_principal = moved.get("principal", ZERO)
    changes, plan = facts.principal_changes, facts.plan
    return facts.but(
        balance=facts.balance - amount,
        principal=facts.principal + of_principal,
        interest=facts.interest - amount + moved.get("interest", ZERO),
        principal_changes=(*changes, (on, of_principal)) if of_principal else changes,
        plan=replace(plan, paid=plan.paid + amount) if plan else None,  # what it came to, less what is owed
    )


def fees_written_off(facts: CaseFacts, _action: Action, _law: Law, _now: datetime) -> CaseFacts:
    """Fees and interest are let go."""
    interest = max(ZERO, facts.interest)
    fees = max(ZERO, facts.balance - facts.principal - facts.interest)
    return facts.but(
        balance=facts.balance - interest - fees,
        interest=facts.interest - interest,
        interest_charged=facts.interest_charged - interest,
    )


def service_blocked(facts: CaseFacts, _action: Action, _law: Law, _now: datetime) -> CaseFacts:
    """The service is blocked."""
    return facts.but(blocked=True)


def service_terminated(facts: CaseFacts, _action: Action, _law: Law, _now: datetime) -> CaseFacts:
    """The service is ended."""
    return facts.but(terminated=True)


def told_of_draw(facts: CaseFacts, _action: Action, _law: Law, _now: datetime) -> CaseFacts:
    """A person knows of a draw that cannot be stopped."""
    return facts.but(draw=replace(facts.draw, told=True) if facts.draw else None)


def handed_off(facts: CaseFacts, _action: Action, _law: Law, _now: datetime) -> CaseFacts:
    """The case waits for the next file to the collection partner."""
    return facts.but(hand_off=HandOffState.QUEUED)


def task_opened(kind: str) -> OnPaper:
    """A person has a task of a kind in this round."""

    def opened(facts: CaseFacts, action: Action, _law: Law, now: datetime) -> CaseFacts:
        asked_at = now if kind == "approval" else facts.approval_asked_at
        return facts.but(tasks=facts.tasks | {(kind, action.step or "")}, approval_asked_at=asked_at)

    return opened


ON_PAPER: dict[ActionKind, OnPaper] = {
    ActionKind.OPEN_CALL_TASK: task_opened("call"),
    ActionKind.OPEN_ADDRESS_TASK: task_opened("address"),
    ActionKind.OPEN_DECISION_TASK: task_opened("decision"),
    ActionKind.REQUEST_APPROVAL: task_opened("approval"),
    ActionKind.BLOCK_SERVICE: service_blocked,
    ActionKind.TERMINATE_SERVICE: service_terminated,
    ActionKind.END_PLAN: plan_ended,
    ActionKind.TAKE_BACK_INTEREST: interest_taken_back,
    ActionKind.TELL_OF_DRAW: told_of_draw,
    ActionKind.HAND_OFF: handed_off,
    ActionKind.WRITE_OFF: fees_written_off,
    ActionKind.NEW_ROUND: new_round,
}
"""Every act but a message, whose effect is `delivered`."""
