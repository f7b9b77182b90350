"""The one decision: what a case does next, when, and why. Pure: the same facts give the same action."""

from collections.abc import Callable, Mapping
from datetime import datetime

from domain.countries.law import Law, LawMissing
from domain.invariant import FLAG, InvariantBroken
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts
from domain.planner.effects import interest_that_never_ran
from domain.planner.obstacles import Kind, Thing
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
    ladder = Ladder(policy, law, facts, now)
    try:
        action = next(filter(None, (rule(ladder) for rule in RULES)), None) or next_act(ladder)
        _check_action(action)
    except LawMissing as missing:
        return wait(str(missing), flag="law missing")
    except InvariantBroken as broken:
        return wait(str(broken), flag=FLAG)
    return action


def _check_action(action: Action) -> None:
    if action.kind in (ActionKind.WAIT, ActionKind.CLOSE):
        return
    if action.at is None:
        raise InvariantBroken(f"{action.kind} ({action.step}) is decided for no moment")
    if action.kind is ActionKind.DELIVER and None in (action.step, action.channel):
        raise InvariantBroken(f"a message is decided without step or channel ({action.step}, {action.channel})")


def _taking_back(ladder: Ladder) -> Action | None:
    """Money of an earlier day was found: interest that it shows never ran is taken back."""
    if ladder.facts.contradiction or interest_that_never_ran(ladder.facts, ladder.law) <= 0:
        return None
    return Action(ActionKind.TAKE_BACK_INTEREST, "paid earlier than the interest was counted", at=ladder.now)


def _in_the_way(ladder: Ladder) -> Action | None:
    """What stops even kind words stops the case, or closes it."""
    obstacle = ladder.obstacle(Thing.OCCASION)
    if obstacle is None:
        return None
    if obstacle.kind is Kind.SETTLED:
        outcome = "credited" if ladder.facts.credited else "paid"
        return Action(ActionKind.CLOSE, f"{outcome} in full", outcome=outcome)
    why = obstacle.why(Thing.OCCASION)
    if obstacle.kind in OUTCOMES:
        return Action(ActionKind.CLOSE, why, outcome=OUTCOMES[obstacle.kind])
    return wait(why, at=obstacle.until, flag=obstacle.flag)


RULES: list[Callable[[Ladder], Action | None]] = [_taking_back, _in_the_way]
"""What is asked before the policy's steps: the first that has an answer decides."""
