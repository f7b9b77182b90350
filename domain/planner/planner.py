"""The one decision: what a case does next, when, and why. Pure: the same facts give the same action."""

from collections.abc import Callable, Mapping
from datetime import datetime

from domain.countries.law import Law, LawMissing
from domain.invariant import FLAG, InvariantBroken
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts
from domain.planner.effects import interest_that_never_ran
from domain.planner.obstacles import Kind, Thing, against
from domain.planner.progress import Ladder
from domain.planner.walk import next_act
from domain.policy.policy import Policy

OUTCOMES: Mapping[Kind, str] = {
    Kind.WITHDRAWN: "withdrawn",
    Kind.RECALLED: "recalled",
    Kind.ACCEPTED: "handed off",
    Kind.TOO_LITTLE: "balance ignored",
}


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
    if interest_that_never_ran(facts, law) <= 0:
        return None
    return Action(ActionKind.TAKE_BACK_INTEREST, "paid earlier than the interest was counted", at=now)


def _in_the_way(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action | None:
    """What stops even kind words stops the case, or closes it."""
    obstacle = against(Thing.OCCASION, facts, law.calendar, now, policy.ignore_balance_below)
    if obstacle is None:
        return None
    if obstacle.kind is Kind.SETTLED:
        outcome = "credited" if facts.credited else "paid"
        return Action(ActionKind.CLOSE, f"{outcome} in full", outcome=outcome)
    why = obstacle.why(Thing.OCCASION)
    if obstacle.kind in OUTCOMES:
        return Action(ActionKind.CLOSE, why, outcome=OUTCOMES[obstacle.kind])
    return wait(why, at=obstacle.until, flag=obstacle.flag)


RULES: list[Callable[[Policy, Law, CaseFacts, datetime], Action | None]] = [_taking_back, _in_the_way]
"""What is asked before the policy's steps: the first that has an answer decides."""
