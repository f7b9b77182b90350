"""The one decision: what a case does next, when, and why. Pure: the same facts give the same action."""

from collections.abc import Callable
from datetime import datetime, timedelta

from domain.countries.law import Law, LawMissing
from domain.invariant import FLAG, InvariantBroken
from domain.money.allocation import interest_to_take_back
from domain.money.interest import accrued
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts, HandOffState
from domain.planner.progress import DEFAULT_CLOCK, Ladder
from domain.planner.walk import next_act
from domain.policy.policy import Policy

OPEN_HAND_OFF = (HandOffState.QUEUED, HandOffState.EXPORTED)
PAYING_TAKES = timedelta(hours=1)  # longer than any provider keeps a payment open
REVIEW_PAUSE_BANKING_DAYS = 5  # how long a case waits for money that a person has yet to match


def next_action(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action:
    """The next action of a case under its policy and the law of the day. `now` is UTC."""
    try:
        _check_facts(facts)
        answers = (rule(policy, law, facts, now) for rule in RULES)
        action = next(filter(None, answers), None) or next_act(Ladder(policy, law, facts, now))
        _check_action(action)
    except LawMissing as missing:
        return wait(str(missing), flag="law missing")
    except InvariantBroken as broken:
        return wait(str(broken), flag=FLAG)
    return action


def _check_facts(facts: CaseFacts) -> None:
    if facts.contradiction is not None:
        raise InvariantBroken(facts.contradiction)


def _check_action(action: Action) -> None:
    if action.kind in (ActionKind.WAIT, ActionKind.CLOSE):
        return
    if action.at is None:
        raise InvariantBroken(f"{action.kind} ({action.step}) is decided for no moment")
    if action.kind is ActionKind.DELIVER and None in (action.step, action.channel):
        raise InvariantBroken(f"a message is decided without step or channel ({action.step}, {action.channel})")


def _taking_back(_policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action | None:
    """Money of an earlier day was found: interest that it shows never ran is taken back."""
    if facts.interest_through is None:
        return None
    ran = accrued(facts.principal_changes, facts.due_date, facts.interest_through, law)
    if interest_to_take_back(facts.interest_charged, ran) <= 0:
        return None
    return Action(ActionKind.TAKE_BACK_INTEREST, "paid earlier than the interest was counted", at=now)


def _closing(policy: Policy, _law: Law, facts: CaseFacts, _now: datetime) -> Action | None:
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


RULES: list[Callable[[Policy, Law, CaseFacts, datetime], Action | None]] = [_taking_back, _closing, _standing_still]
"""What is asked before the policy's steps: the first that has an answer decides."""
