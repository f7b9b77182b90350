"""The one decision: what a case does next, when, and why. Pure: the same facts give the same action."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from domain.agreements import direct_debit
from domain.countries.law import Law
from domain.countries.rows import LawMissing
from domain.invariant import FLAG, InvariantBroken
from domain.parties.life_events import LifeKind
from domain.parties.standing import Thing, standing_of
from domain.planner import told, ways
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts
from domain.planner.chain import address_found
from domain.planner.credit import not_past_the_due_day, use_credit
from domain.planner.draws import against_draw
from domain.planner.effects import interest_that_never_ran
from domain.planner.last_words import last_word
from domain.planner.obstacles import Kind
from domain.planner.occasions import ANSWER, DRAW_GOES_ON, Occasion
from domain.planner.optional import with_optional
from domain.planner.progress import Ladder
from domain.planner.walk import next_act, speak_of
from domain.policy.policy import Policy

OUTCOMES: Mapping[Kind | LifeKind, str] = {
    Kind.WITHDRAWN: "withdrawn",
    Kind.RECALLED: "recalled",
    Kind.ACCEPTED: "handed off",
    Kind.CLOSED_BY_PARTNER: "handed off",
    Kind.TOO_LITTLE: "balance ignored",
}


def next_action(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action:
    """The next action of a case under its policy and the law of the day. `now` is UTC.

    The plan is asked first, as if it had no optional steps: one of them comes before that, and moves nothing of it.
    """
    onward = _of_the_plan(policy.fixed, law, told.as_planned(policy, facts), now)
    if policy.experiments or policy.learns:
        onward = _in_its_words(policy.fixed, law, facts, onward, now)
    if policy.fixed is policy:
        return onward
    try:
        return with_optional(policy, law, facts, onward, now)
    except LawMissing:
        return onward


def _in_its_words(policy: Policy, law: Law, facts: CaseFacts, action: Action, now: datetime) -> Action:
    """What the plan sends, with the arm in which it goes: of a step of the plan it is of words alone."""
    place = policy.index.get(action.step or "")
    if place is None or action.step in facts.send_now:
        return action
    standing = standing_of(facts.life, law.calendar.local_date(now), law)
    way = ways.way_of(policy.steps[place], facts, standing, now)
    return way.taken(action) if way else action


def _of_the_plan(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Action:
    ladder = Ladder(policy, law, facts, now)
    try:
        action = next(filter(None, (rule(ladder) for rule in RULES)), None) or _as_it_will_be(ladder, next_act(ladder))
        action = not_past_the_due_day(ladder, _while_a_draw_is_stopped(ladder, action))
        if found := address_found(ladder):
            action = replace(action, found_address=found)
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


def _draw_goes_on(ladder: Ladder) -> Action | None:
    """A draw that should be stopped and cannot be: a person is told, and the debtor, whatever else the case waits for."""
    draw, why = ladder.facts.draw, _against_draw(ladder)
    if draw is None or why is None or direct_debit.may_be_stopped(ladder.calendar, draw.due_on, ladder.now):
        return None
    if (obstacle := ladder.obstacle(Thing.DRAW)) and obstacle.kind is Kind.PAYING:
        return None  # it is known within the hour
    if not draw.told:
        return Action(ActionKind.TELL_OF_DRAW, why, at=ladder.now)
    word = speak_of(ladder, Occasion(DRAW_GOES_ON, str(draw.claim), ladder.today))
    in_time = word is not None and word.at is not None and ladder.calendar.local_date(word.at) <= draw.due_on
    return word if word is not None and word.kind is ActionKind.DELIVER and in_time else None


def _answered(ladder: Ladder) -> Action | None:
    """A person has answered what the debtor wrote: the debtor hears it, whatever else the case waits for."""
    answer = next((each for each in ladder.occasions if each.name == ANSWER), None)
    word = speak_of(ladder, answer) if answer else None
    return word if word is not None and word.kind is ActionKind.DELIVER else None


def _as_it_will_be(ladder: Ladder, action: Action) -> Action:
    """What really comes of a step that is kept back: once its moment has come, a later one may have taken its place."""
    for _ in ladder.policy.steps:
        step = ladder.policy.index.get(action.step or "")
        if step is None or action.at is None or action.kind in (ActionKind.WAIT, ActionKind.CLOSE):
            return action
        kept_back = ladder.left_out or action.at > ladder.planned(ladder.policy.steps[step])
        if action.at <= ladder.now or not kept_back:
            return action
        ladder = Ladder(ladder.policy, ladder.law, ladder.facts, action.at)
        then = next_act(ladder)
        if then.step == action.step or then.at is None or then.kind in (ActionKind.WAIT, ActionKind.CLOSE):
            return action
        passed = ladder.policy.index.get(then.step or "", step) > step
        why = f"{then.why}; {action.step} is passed over by then" if passed else then.why
        action = replace(
            then,
            at=max(then.at, action.at),
            why=why,
            left_out=tuple((dict(then.left_out) | dict(action.left_out)).items()),
        )
    return action


def _while_a_draw_is_stopped(ladder: Ladder, action: Action) -> Action:
    """The case stays open, and looks again at the cut-off, while the bank has a draw that should be stopped."""
    draw, why = ladder.facts.draw, _against_draw(ladder)
    if draw is None or why is None or not direct_debit.may_be_stopped(ladder.calendar, draw.due_on, ladder.now):
        return action
    cut_off = direct_debit.stoppable_until(ladder.calendar, draw.due_on)
    if action.kind is ActionKind.CLOSE:
        stopping = f"{action.why}: the draw of {draw.due_on} is being stopped"
        return replace(wait(stopping, at=cut_off), outcome=action.outcome)
    if action.at is None or action.at > cut_off:
        return replace(wait(action.why, at=cut_off, step=action.step, flag=action.flag), outcome=action.outcome)
    return action


def _against_draw(ladder: Ladder) -> str | None:
    """Why the draw that is with the bank should not happen."""
    facts = ladder.facts
    if facts.draw is None or facts.draw.due_on < ladder.today or ladder.calendar.rules_of_draws(ladder.today) is None:
        return None
    return against_draw(facts.draw, facts, facts.due_date, ladder.calendar, ladder.now)


def _in_the_way(ladder: Ladder) -> Action | None:
    """What stops even kind words stops the case, or closes it."""
    obstacle = ladder.obstacle(Thing.OCCASION)
    if obstacle is None:
        return None
    why, ended = obstacle.why(Thing.OCCASION), OUTCOMES.get(obstacle.kind)
    if obstacle.kind is Kind.SETTLED:
        ended = "credited" if ladder.facts.credited else "paid"
        why = f"{ended} in full"
    if ended is None:
        return wait(why, at=obstacle.until, flag=obstacle.flag)
    word = last_word(ladder, obstacle.kind)
    if word is not None:  # the case has ended, and only this is still said
        return replace(word, why=f"{why}: {word.why}", outcome=ended)
    return Action(ActionKind.CLOSE, why, outcome=ended)


RULES: list[Callable[[Ladder], Action | None]] = [_taking_back, _draw_goes_on, _answered, _in_the_way, use_credit]
"""What is asked before the policy's steps: the first that has an answer decides."""
