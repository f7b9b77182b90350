"""The one decision: what a case does next, when, and why. Pure: the same facts give the same action."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.countries.law import Law, LawMissing
from domain.money.allocation import interest_to_take_back
from domain.money.interest import accrued
from domain.planner import told
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts, DeliveryState, HandOffState
from domain.planner.progress import DEFAULT_CLOCK, Ladder, is_invoice_step
from domain.planner.walk import next_act
from domain.policy.policy import Policy, Step

OPEN_HAND_OFF = (HandOffState.QUEUED, HandOffState.EXPORTED)
PAYING_TAKES = timedelta(hours=1)  # longer than any provider keeps a payment open
REVIEW_PAUSE_BANKING_DAYS = 5  # how long a case waits for money that a person has yet to match


def next_action(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action:
    """The next action of a case under its policy and the law of the day. `now` is UTC."""
    try:
        return (
            _taking_back(law, facts, now)
            or _closing(policy, facts)
            or _standing_still(policy, law, facts, now)
            or next_act(Ladder(policy, law, facts, now))
        )
    except LawMissing as missing:
        return Action(ActionKind.WAIT, str(missing), flag="law missing")


def _taking_back(law: Law, facts: CaseFacts, now: datetime) -> Action | None:
    """Money of an earlier day was found: interest that it shows never ran is taken back."""
    if facts.interest_through is None:
        return None
    ran = accrued(facts.principal_changes, facts.due_date, facts.interest_through, law)
    if interest_to_take_back(facts.interest_charged, ran) <= 0:
        return None
    return Action(ActionKind.TAKE_BACK_INTEREST, "paid earlier than the interest was counted", at=now)


def _closing(policy: Policy, facts: CaseFacts) -> Action | None:
    if facts.withdrawn:
        return Action(ActionKind.CLOSE, "withdrawn", outcome="withdrawn")
    if facts.hand_off is HandOffState.RECALLED:
        return Action(ActionKind.CLOSE, "recalled from collection", outcome="recalled")
    if facts.balance <= 0:
        outcome = "credited" if facts.credited else "paid"
        return Action(ActionKind.CLOSE, f"{outcome} in full", outcome=outcome)
    if facts.hand_off is HandOffState.ACCEPTED:
        return Action(ActionKind.CLOSE, "accepted by the collection partner", outcome="handed off")
    if facts.hand_off is None and facts.balance < policy.ignore_balance_below:
        return Action(ActionKind.CLOSE, f"{facts.balance} is too little to remind of", outcome="balance ignored")
    return None


def _standing_still(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action | None:
    if facts.hand_off in OPEN_HAND_OFF:
        return wait("handed off: waiting for the collection partner's answer")
    if facts.debtor_stop:
        return wait(f"stopped for the debtor: {facts.debtor_stop}", flag="debtor stopped")
    if facts.stops:
        return wait(f"stop switch: {', '.join(facts.stops)}")
    if facts.disputed:
        return wait("disputed: everything stops until the dispute is resolved", flag="disputed")
    if facts.disputed_amount and (facts.undisputed == 0 or facts.undisputed < policy.ignore_balance_below):
        return wait("what is not disputed is paid: the rest waits until the dispute is resolved", flag="disputed")
    if facts.held and (facts.held_until is None or now < facts.held_until):
        return wait(f"on hold: {facts.hold_reason}", at=facts.held_until)
    if facts.paying_since is not None and now < facts.paying_since + PAYING_TAKES:
        return wait("the debtor is paying right now", at=facts.paying_since + PAYING_TAKES)
    if facts.money_in_review is not None:
        calendar = law.calendar
        goes_on = calendar.at(
            calendar.add_banking_days(facts.money_in_review, REVIEW_PAUSE_BANKING_DAYS), DEFAULT_CLOCK
        )
        if now < goes_on:
            why = "money that may be for this invoice waits for a person to match it"
            return wait(why, at=goes_on, flag="payment in review")
    return None


def fee_to_charge(policy: Policy, law: Law, facts: CaseFacts, step: Step, on: date) -> Decimal:
    """The fee or compensation (in the case's currency) a step's message may carry on day `on`; zero when unsure.

    Never above the country's maximum, never for a minor, never when the invoice itself reached nobody or nothing was
    heard of the claim before; and never more fees in all than the country allows within its reset period, however
    long the case lasts.
    """
    if step.fee.kind == "none" or law.is_minor(facts.born, on):
        return Decimal(0)
    if told.last_heard(told.messages(policy, law, facts)) is None:
        return Decimal(0)
    invoice = [d for d in facts.deliveries if is_invoice_step(policy, d.step) and not d.alert]
    if invoice and all(d.state is DeliveryState.FAILED for d in invoice):
        return Decimal(0)
    if step.fee.kind == "compensation":
        return law.compensation_to_charge(facts.debtor_kind, on=on, due=facts.due_date, charged=facts.charged)
    earlier = told.earlier_fees(facts)
    if len(earlier) >= law.max_fees:
        return Decimal(0)
    return law.fee_allowed(
        wanted=step.fee.amount,
        on=on,
        due=facts.due_date,
        earlier_fees=earlier,
        compensation=facts.compensation,
    )
