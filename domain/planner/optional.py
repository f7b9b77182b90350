"""Optional steps stand beside the plan: one is taken only where all that the plan does stays as it is without it.

The plan is walked first, as if there were no such steps and nothing of them had ever been sent. One of them comes before
what the plan does next, or not at all. So whoever is guessed wrongly gets a kind word more or less, and nothing else changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.countries.fees import fee_of
from domain.countries.law import Law
from domain.planner import chain, for_whom, gates, joint_message, timing, told, ways
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import CaseFacts
from domain.planner.progress import Ladder
from domain.policy.policy import Policy, Step, StepKind

FINISHED = "ladder finished"
CONTACTS = (ActionKind.DELIVER, ActionKind.OPEN_CALL_TASK)


def with_optional(policy: Policy, law: Law, facts: CaseFacts, onward: Action, now: datetime) -> Action:
    """What comes next: an optional step that fits before what the plan does next (`onward`), else that."""
    if not _leaves_room(onward, now):
        return onward
    ladder = Ladder(policy, law, facts, now)
    begun = [step for step in policy.fixed.steps if ladder.has_begun(step)]
    found = [action for step in _ahead(ladder, begun) if (action := _next_of(ladder, step, onward)) is not None]
    if ladder.left_out:
        onward = replace(onward, left_out=tuple((dict(onward.left_out) | ladder.left_out).items()))
    if not found:
        return onward
    action = min(found, key=lambda each: each.at or now)
    return replace(
        action,
        onward=onward,
        flag=onward.flag,
        to_approve=onward.to_approve,
        found_address=onward.found_address,
        left_out=onward.left_out,
    )


def _leaves_room(onward: Action, now: datetime) -> bool:
    """Whether the plan has time: it neither waits for anything nor has something to do now, and the case is not over."""
    if onward.kind is ActionKind.CLOSE:
        return onward.outcome == FINISHED
    return onward.kind is not ActionKind.WAIT and onward.outcome is None and onward.at is not None and onward.at > now


def _ahead(ladder: Ladder, begun: Sequence[Step]) -> Iterator[Step]:
    """The optional steps that no step of the plan has passed, by its place or by the day on which it was sent."""
    index, day = ladder.policy.index, ladder.calendar.local_date
    place = max((index[step.id] for step in begun), default=-1)
    sent = max((day(ladder.of(step.id).sent) for step in begun), default=date.min)
    for step in ladder.policy.optional.values():
        if index[step.id] > place and (ladder.has_begun(step) or day(ladder.planned(step)) >= sent):
            yield step


def _next_of(ladder: Ladder, step: Step, onward: Action) -> Action | None:
    """The next act of an optional step, or the look at whether it is for this debtor; None where it is over or left out."""
    if ladder.has_begun(step):
        begun, way = ways.step_begun(ladder, step)
        action = chain.unfinished(ladder, begun) if step.kind is StepKind.MESSAGE else None
        action = way.taken(action) if way and action else action
    else:
        action = _first_act(ladder, step)
    if action is None or action.at is None:
        return None
    if why := _moves(ladder, step, action, action.at, onward):
        _leave_out(ladder, step, why)
        return None
    return action


def _first_act(ladder: Ladder, step: Step) -> Action | None:
    asked, planned = ladder.asked(step), ladder.planned(step)
    if step.id in ladder.facts.skipped:
        _leave_out(ladder, step, "skipped by a person")
        return None
    if not asked and not ladder.applies(step):
        return None
    if not asked and step.when and (why := _lacks(ladder, step)):
        if planned > ladder.now:  # it may be known by then, and nothing wakes a case for a guess
            return wait(f"whether {step.id} is for this debtor is looked at then", at=planned, step=step.id)
        _leave_out(ladder, step, why)
        return None
    tried, way = ways.step_to_begin(ladder, step)
    if tried is None:
        why = f"{ways.HELD_OUT_OF_IT}: {way.why}" if way else ""
        if planned > ladder.now:
            return wait(f"{step.id} is not sent then: {why}", at=planned, step=step.id)
        _leave_out(ladder, step, why)
        return None
    if not asked and (look := ways.looks_at(ladder, step)) is not None:
        return wait(f"whether an earlier hour is proposed for {step.id} is looked at then", at=look, step=step.id)
    step = tried
    at, why = (ladder.now, "asked for now") if asked else timing.earliest(ladder, step, ladder.planned(step))
    if timing.too_late(ladder, step, at):
        _leave_out(ladder, step, f"it would be too late: {why}")
        return None
    if step.kind is StepKind.CALL:
        action = gates.call(ladder, step, at, why)
    elif (channel := gates.first_usable(ladder, step)) is None:
        ladder.why_not[step.id] = gates.nobody_to_reach(ladder, step)
        action = None
    else:
        action = gates.deliver(ladder, step, channel, at, why)
    if action is None:
        _leave_out(ladder, step, ladder.why_not.get(step.id, why))
    return way.taken(action) if way and action else action


def _lacks(ladder: Ladder, step: Step) -> str | None:
    here = ladder.calendar.here(ladder.now)
    return for_whom.lacks(step.when, ladder.facts, ladder.standing, here) if step.when else None


def _leave_out(ladder: Ladder, step: Step, why: str) -> None:
    """Note why a step is left out whose time has come."""
    if ladder.planned(step) <= ladder.now:
        ladder.left_out[step.id] = why


def _moves(ladder: Ladder, step: Step, action: Action, at: datetime, onward: Action) -> str | None:
    """What of the plan an act would move, or would come too close to; None where all stays as it is."""
    day = ladder.calendar.local_date
    if onward.at is not None and day(at) >= day(onward.at):
        return f"{onward.step or onward.kind} comes first"
    if action.kind not in CONTACTS:
        return None
    ahead = [onward.at] if onward.at is not None and onward.kind in CONTACTS else []
    gap = timedelta(days=ladder.policy.min_gap_days)
    if any(day(at) + gap > day(moment) for moment in ahead):
        return f"{onward.step} comes so soon after it"
    wished = [each.at for each in ladder.facts.companions if each.at >= at]
    if any(_full(ladder, at, moment) for moment in (*ahead, *wished)):
        return "what the plan sends needs the contacts that are left"
    if onward.at is not None and (last := _gives_until(ladder, step, action, day(at))) and last >= day(onward.at):
        return f"the days to pay that it gives would move {onward.step or onward.kind}"
    if step.message == "reminder" and (costs := _fee_it_would_move(ladder, day(at))):
        return f"the law counts the fee of {costs} from it"
    return None


def _full(ladder: Ladder, at: datetime, moment: datetime) -> bool:
    """Whether a contact at `at` would leave none that is allowed at a later moment."""
    contacts = sorted([*ladder.facts.recent_contacts, at])
    return joint_message.free_under(ladder.policy.contact_cap, contacts, moment)[1] is not None


def _gives_until(ladder: Ladder, step: Step, action: Action, sent: date) -> date | None:
    """The day to pay that a message would give, where nothing that was sent gives one as late. The due date is no new one."""
    if action.channel is None or action.kind is not ActionKind.DELIVER or action.alert or step.says.gives_due_date:
        return None
    policy, law, facts = ladder.policy, ladder.law, ladder.facts
    leaves, arrives = told.leaves(action.channel, sent, law), told.arrival(action.channel, sent, law)
    given = told.deadline_to_print(policy, law, facts, step, sent=leaves, arrives=arrives)
    before = told.latest_deadline(policy, law, ladder.sent)
    return None if given is None or (before is not None and given <= before) else given


def _fee_it_would_move(ladder: Ladder, sent: date) -> str | None:
    """The step whose fee the law allows only some days after the last reminder, were that one sent on a day."""
    for step in ladder.policy.fixed.steps:
        if step.fee.kind == "none" or ladder.has_begun(step):
            continue
        rules = ladder.law.fees.find(sent, ladder.facts.debtor_kind, fee_of(step.message))
        days = rules.days_after_last_reminder if rules else None
        if days is not None and ladder.calendar.local_date(ladder.planned(step)) < sent + timedelta(days=days):
            return step.id
    return None
