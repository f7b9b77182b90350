"""The walk over a policy's steps: what happened is spoken of, a promise or plan is waited for, then the steps go on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.agreements import instalments, promises
from domain.agreements.instalments import PlanState
from domain.parties.standing import Thing
from domain.planner import chain, gates, limitation, timing, told
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import ActivePlan
from domain.planner.occasions import ANSWERS, PLAN_BROKEN, Occasion, chance_until, draw_ends, step_name
from domain.planner.progress import DEFAULT_CLOCK, Ladder
from domain.policy.policy import AnchorBase, Step, StepKind
from domain.vocabulary import ANNOUNCEMENT


def next_act(ladder: Ladder) -> Action:
    """The next act: what happened is spoken of first, then a promise or plan is waited for, then the steps go on."""
    onward = _resting(ladder) or _of_the_policy(ladder)
    if ladder.left_out:
        onward = replace(onward, left_out=tuple(ladder.left_out.items()))
    for occasion in ladder.occasions:
        action = _announce(ladder, occasion, onward) if occasion.name == ANNOUNCEMENT else speak_of(ladder, occasion)
        if action is None:
            continue
        if not _goes_before(onward, action, begun=occasion.step.id in ladder.deliveries):
            return action
        onward = _shown_too(onward, action)
    return onward


def _shown_too(onward: Action, left: Action) -> Action:
    """What comes next, with what a person must look at in what it leaves behind."""
    return replace(onward, flag=onward.flag or left.flag, to_approve=onward.to_approve or left.to_approve)


def _goes_before(onward: Action, occasion: Action, *, begun: bool) -> bool:
    """Whether what comes next anyway comes first: nothing hard does, before an occasion that is not yet spoken of."""
    harmless = onward.kind in (ActionKind.WAIT, ActionKind.END_PLAN)
    if onward.at is None:
        return False
    earlier = occasion.at is None or onward.at < occasion.at  # one that waits for a person has no time
    return earlier and (begun or harmless)


def speak_of(ladder: Ladder, occasion: Occasion) -> Action | None:
    """The next message about something that happened; None when it is done or nobody can be reached."""
    step = occasion.step
    if step.id in ladder.deliveries:
        return chain.next_channel(ladder, step)
    channel = gates.first_usable(ladder, step)
    if channel is None:
        return None
    leaves = ladder.now if occasion.awaited else ladder.calendar.at(occasion.day, DEFAULT_CLOCK)
    return gates.deliver(ladder, step, channel, leaves, occasion.why)


def _announce(ladder: Ladder, occasion: Occasion, onward: Action) -> Action | None:
    """What many are told, by the first channel that takes it; None where nobody is to get it, or it would be in the way.

    It waits for the contact cap, as what a policy sends does, and for what else the case does on the day: nothing about the
    claim comes later for it, and the case waits for nothing that keeps it back.
    """
    if ladder.standing.never(Thing.OFFER):
        return None
    step = occasion.step
    at, why = timing.under_cap(ladder, ladder.calendar.at(occasion.day, DEFAULT_CLOCK), occasion.why)
    action = chain.first_that_arrives(ladder, step, ladder.channels(step), at, why)
    if action is None or step.id in ladder.deliveries:
        return action
    if action.kind is not ActionKind.DELIVER or action.at is None or not _of_use(ladder, action.at):
        return None
    acts = onward.kind not in (ActionKind.WAIT, ActionKind.END_PLAN) and onward.at is not None
    day = ladder.calendar.local_date
    return None if acts and onward.at is not None and day(onward.at) <= day(action.at) else action


def _of_use(ladder: Ladder, at: datetime) -> bool:
    """Whether what many are told is still of use at a moment."""
    announced = ladder.facts.announced
    return announced is not None and ladder.calendar.local_date(at) <= announced.until


# --- a promise, a plan ---------------------------------------------------------------------------------------


def _resting(ladder: Ladder) -> Action | None:
    """What a promise or an instalment plan makes the case wait for; None when there is neither."""
    facts = ladder.facts
    if facts.plan is not None:
        return _plan(ladder, facts.plan, ladder.today)
    invoice_first = ladder.policy.steps[0].message == "invoice" and not ladder.begun
    if waiting := gates.in_the_way(ladder, Thing.INVOICE if invoice_first else Thing.REMINDER):
        return waiting
    promise = promises.promise_standing(facts.promises, ladder.today, facts.bank_data_through, ladder.policy.tolerance)
    if promise.waits_for_bank_data:
        return gates.bank_data_awaited(ladder, ": the promise to pay may have been kept")
    return None


def _plan(ladder: Ladder, plan: ActivePlan, today: date) -> Action:
    """What an instalment plan waits for, and its end when it is broken."""
    facts, calendar = ladder.facts, ladder.calendar
    chance = chance_until(facts)
    if chance is None and speak_of(ladder, Occasion(PLAN_BROKEN, str(plan.id), today)) is None:
        chance = plan.instalments[0].due_on  # nobody can be reached: the grace days are the chance
    standing = instalments.plan_standing(
        plan.instalments, plan.paid, today, calendar, facts.bank_data_through, chance, ladder.policy.tolerance
    )
    match standing.state:
        case PlanState.BREACHED | PlanState.BROKEN | PlanState.WAITING if last := draw_ends(facts, calendar, today):
            goes_on = calendar.at(last + timedelta(days=1), DEFAULT_CLOCK)
            return wait("a direct-debit claim of the plan is pending", at=goes_on)
        case PlanState.KEPT | PlanState.BROKEN:
            why = f"the instalment plan was {standing.state.value}"
            return Action(ActionKind.END_PLAN, why, at=ladder.now, kept=standing.state is PlanState.KEPT)
        case PlanState.WAITING:
            return gates.bank_data_awaited(ladder, ": the instalment plan may have been kept")
    coming = standing.next
    what = f"{coming.amount} due {coming.due_on}" if coming else "nothing"
    day = standing.changes_on
    return wait(f"instalment plan, next: {what}", at=calendar.at(day, DEFAULT_CLOCK) if day else None)


# --- the steps -----------------------------------------------------------------------------------------------


def _of_the_policy(ladder: Ladder) -> Action:
    """The next act of the policy's steps: of the one that was begun, or of the one that follows."""
    barred = limitation.barred_after(ladder.policy, ladder.law, ladder.facts, ladder.today)
    if ladder.today > barred:
        why = f"the claim was barred by limitation after {barred}"
        if ladder.law.begins_anew_by(ladder.due, ladder.facts.debtor_kind):
            why = f"the claim was barred by limitation after {barred}, unless something began it anew"
        return gates.decide(ladder, "limitation", why, "limitation")
    position, unfinished = ladder.begun, None
    for step in ladder.policy.steps[:position]:
        unfinished = chain.unfinished(ladder, step)
    begun = ladder.policy.steps[position - 1] if position else None
    if begun is None or begun.kind is StepKind.MESSAGE:
        unfinished = chain.first_reminder_unfinished(ladder) or unfinished
    if unfinished is None:
        return _onward(ladder, position)
    if begun is not None and begun.kind is not StepKind.MESSAGE:
        return unfinished
    onward = _onward(ladder, position)
    if onward.at is None or (unfinished.at is not None and unfinished.at < onward.at):
        return unfinished
    if unfinished.kind is ActionKind.DELIVER:
        ladder.left_out[ladder.policy.steps[position - 1].id] = f"{onward.step} comes before its next message"
    return _shown_too(onward, unfinished)  # the step that was begun is left behind


def _onward(ladder: Ladder, position: int) -> Action:
    """The first act of the steps after those that were begun."""
    steps, begun = ladder.policy.steps, position
    while (position := _joining(ladder, position)) < len(steps):
        step = steps[position]
        action = _before_hard(ladder, step, steps[begun:position]) or _begin(ladder, step, ladder.planned(step))
        if action is not None:
            upto = ladder.policy.index.get(action.step or "", position)
            _leave_out(ladder, steps[begun:upto], f"{steps[upto].id} comes instead")
            return action
        position += 1
    _leave_out(ladder, steps[begun:], "every step is over")
    return Action(ActionKind.CLOSE, "every step of the policy is done", outcome="ladder finished")


def _joining(ladder: Ladder, position: int) -> int:
    """The step to take up: the latest that is due (earlier ones are missed), else the first ahead; none: the end."""
    steps, facts, joining = ladder.policy.steps, ladder.facts, None
    for index in range(position, len(steps)) if facts.send_now else ():
        if ladder.asked(steps[index]):
            return index
    for index in range(position, len(steps)):
        step = steps[index]
        if step.id in facts.skipped or not ladder.applies(step):
            continue
        if ladder.planned(step) > ladder.now:
            return index if joining is None else joining
        if step.message == "due-date-reminder" and joining is not None and ladder.heard is None:
            continue  # the invoice itself is what was not heard of
        joining = index
        if step.kind is StepKind.COLLECTION_NOTICE:
            return index  # never jumped over: a hand-off needs it
    return len(steps) if joining is None else joining


def _leave_out(ladder: Ladder, passed: Sequence[Step], why: str) -> None:
    """Note the steps that were passed over after their time, except where the plan itself leaves them out."""
    for step in passed:
        if step.id in ladder.facts.skipped:
            ladder.why_not[step.id] = "skipped by a person"
        elif not ladder.applies(step):
            continue
        if ladder.planned(step) <= ladder.now:
            ladder.left_out.setdefault(step.id, ladder.why_not.get(step.id, why))


def _before_hard(ladder: Ladder, step: Step, passed: Sequence[Step]) -> Action | None:
    """The free reminder before a step that costs or threatens: where nothing was heard, or nothing but an answer since
    a reminder among the steps that were `passed` over would have come."""
    if not told.is_hard(step):
        return None
    skipped = ladder.facts.skipped
    late = [s for s in passed if s.message == "reminder" and s.id not in skipped and ladder.applies(s)]
    late = [s for s in late if ladder.planned(s) <= ladder.now]
    asked = (each for each in ladder.sent if step_name(each.step) not in ANSWERS)
    reminded = told.last_heard(ladder.addressee, asked) if late else None
    if ladder.heard is not None and all(reminded and ladder.planned(s) <= reminded for s in late):
        return None
    for own in reversed(late):
        if not told.is_hard(own) and (action := _begin(ladder, own, ladder.planned(own))):
            return action
    reminder = told.first_reminder(ladder.facts.round, ladder.addressee)
    if reminder.id in ladder.deliveries:
        return chain.next_channel(ladder, reminder) or chain.unreached(ladder, step, reminder)
    channel = gates.first_usable(ladder, reminder)
    if channel is None:
        return None
    hard, _ = timing.earliest(ladder, step, ladder.planned(step))  # it takes that one's place, whenever one looks
    at, _ = timing.earliest(ladder, reminder, hard)
    return gates.deliver(ladder, reminder, channel, at, "a free reminder comes before anything that costs")


def _begin(ladder: Ladder, step: Step, planned: datetime) -> Action | None:
    """The first act of a step, or None when the step is missed: too late, or nobody to reach."""
    now, asked = ladder.now, ladder.asked(step)
    if asked:
        at, why = timing.as_told(ladder, step, now, "asked for now")
    else:
        at, why = timing.earliest(ladder, step, planned)
    if timing.too_late(ladder, step, at):
        ladder.left_out[step.id] = f"it would be too late: {why}"
        return None
    if step.at.base in (AnchorBase.STEP_DEADLINE, AnchorBase.STEP_SENT):
        before = ladder.of(step.at.step or "")
        if before.unposted and at <= now:
            why = f"the letter of {step.at.step} is not confirmed as posted"
            return wait(why, step=step.id, flag="letter not posted")
    match step.kind:
        case StepKind.HAND_OFF:
            return gates.hand_off(ladder, step, at, why)
        case StepKind.COLLECTION_NOTICE if not asked and ladder.renewed():
            return gates.decide(ladder, step.id, "the notice was renewed once already", "notice renewed")
        case StepKind.CALL:
            return gates.call(ladder, step, at, why)
        case StepKind.BLOCK:
            return gates.block(ladder, step, at, why)
        case StepKind.TERMINATE:
            return gates.terminate(ladder, step, at, why)
        case StepKind.MESSAGE if told.threatens(step) and ladder.heard is None:
            ladder.why_not[step.id] = "nothing was heard of the claim"
            return None
    channel = gates.first_usable(ladder, step)
    if channel is None:
        ladder.why_not[step.id] = gates.nobody_to_reach(ladder, step)
        waits = at > now and step.kind is not StepKind.MESSAGE
        return wait(why, at=at, step=step.id) if waits else chain.unreached(ladder, step)
    return gates.deliver(ladder, step, channel, at, why)
