"""The one decision: what a case does next, when, and why. Pure: the same facts give the same action."""

from datetime import date, datetime
from decimal import Decimal

from domain.action import Action, ActionKind, wait
from domain.case_facts import CaseFacts, DeliveryState, HandOffState
from domain.ladder import Ladder, is_invoice_step
from domain.law import Law, LawMissing
from domain.policy import Policy, Step

OPEN_HAND_OFF = (HandOffState.QUEUED, HandOffState.EXPORTED)


def next_action(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action:
    """The next action of a case under its policy and the law of the day. `now` is UTC."""
    try:
        return _closing(policy, facts) or _standing_still(facts, now) or Ladder(policy, law, facts, now).next()
    except LawMissing as missing:
        return Action(ActionKind.WAIT, str(missing), flag="law missing")


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


def _standing_still(facts: CaseFacts, now: datetime) -> Action | None:
    if facts.hand_off in OPEN_HAND_OFF:
        return wait("handed off: waiting for the collection partner's answer")
    if facts.debtor_stop:
        return wait(f"stopped for the debtor: {facts.debtor_stop}", flag="debtor stopped")
    if facts.stops:
        return wait(f"stop switch: {', '.join(facts.stops)}")
    if facts.disputed:
        return wait("disputed: everything stops until the dispute is resolved", flag="disputed")
    if facts.held and (facts.held_until is None or now < facts.held_until):
        return wait(f"on hold: {facts.hold_reason}", at=facts.held_until)
    return None


def fee_to_charge(policy: Policy, law: Law, facts: CaseFacts, step: Step, on: date) -> Decimal:
    """The fee (in the case's currency) a step's message may carry on day `on`; zero when unsure.

    Never above the country's maximum, never for a minor, never when the invoice itself reached nobody; and never
    more fees in all than the country allows within its reset period, however long the case lasts.
    """
    if step.fee.kind == "none" or facts.minor or len(facts.earlier_fees) >= law.max_fees:
        return Decimal(0)
    invoice = [d for d in facts.deliveries if is_invoice_step(policy, d.step) and not d.alert]
    if invoice and all(d.state is DeliveryState.FAILED for d in invoice):
        return Decimal(0)
    return law.fee_allowed(wanted=step.fee.amount, on=on, due=facts.due_date, earlier_fees=facts.earlier_fees)
