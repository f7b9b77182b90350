"""What is left of a step that was begun: the next channel, an answer that is missing, a copy, an address to find."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain.planner import told
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import Delivery, DeliveryState
from domain.planner.evidence import read_moment
from domain.planner.gates import contact, decide, deliver, no_sender, usable
from domain.planner.occasions import is_occasion
from domain.planner.progress import AMBIGUOUS_WAIT, DEFAULT_CLOCK, Ladder
from domain.planner.timing import after_kind_words, too_late
from domain.policy.policy import Step, StepKind
from domain.vocabulary import Channel

REPEAT_WAIT = timedelta(minutes=1)  # what is safe to repeat is not ambiguous for long
UNAVAILABLE_RETRY = timedelta(hours=1)  # how long an unavailable provider is left alone
UNAVAILABLE_LIMIT = timedelta(hours=24)  # after this the next channel is used


def unfinished(ladder: Ladder, step: Step) -> Action | None:
    """The next act of a step that was begun; None when it is done, or was done before the case was ours."""
    used = ladder.deliveries.get(step.id)
    if not used:
        return None
    action = None
    done = not all(d.ours for d in used.values())  # before us: the next step follows, no other channel, no copy
    if not done:
        action = next_channel(ladder, step) if step.chain else _all_channels(ladder, step, used)
    if not any(ladder.stands(d, step) for d in used.values()):
        action = action or unreached(ladder, step)
        if action is None:
            ladder.left_out[step.id] = f"reached nobody: {', '.join(d.channel for d in used.values())}"
        return action
    return action or (None if done else _copies(ladder, step))


def first_reminder_unfinished(ladder: Ladder) -> Action | None:
    """What is left of the free reminder that no policy writes, until a later message has followed it."""
    reminder = told.first_reminder(ladder.facts.round, ladder.addressee)
    used = ladder.deliveries.get(reminder.id)
    if not used:
        return None
    latest = max(d.claimed_at for d in used.values())
    followed = any(d.claimed_at > latest and d.step != reminder.id and not d.alert for d in ladder.facts.deliveries)
    return None if followed else next_channel(ladder, reminder)


def next_channel(ladder: Ladder, step: Step) -> Action | None:
    """The next act of a step that goes from channel to channel until one is read; None when it is done."""
    used = ladder.deliveries.get(step.id, {})
    at: datetime | None = None  # of the next message, once one has gone before it; else as the step is planned
    why, lacks, channels = "", "", ladder.channels(step)
    for number, channel in enumerate(channels):
        delivery = used.get(channel)
        if delivery is None:
            gone_past = any(ladder.stands(used[each], step) for each in channels[number:] if each in used)
            if not gone_past and usable(ladder, step, channel):
                why = why or "the channels before it did not reach the debtor"
                at, why = after_kind_words(ladder, step, at or ladder.planned(step), why)
                if too_late(ladder, step, at):
                    ladder.left_out[step.id] = f"it would be too late: {why}"
                    return None
                return deliver(ladder, step, channel, at, why)
            lacks = lacks or no_sender(ladder, step, channel)
            continue
        if unsettled := _unsettled(ladder, step, delivery):
            return unsettled
        sent = delivery.sent_at
        if not ladder.stands(delivery, step):
            at, why = sent, f"{delivery.channel.spoken} failed"
            continue
        at = sent + (step.read_within or timedelta(0))
        read = read_moment(delivery, step, ladder.law)
        if channel.rule.by_post or (read is not None and read <= max(ladder.now, at)):
            return None
        why = f"{channel.spoken} not read within {_in_words(step.read_within)}"
    if lacks and (at or ladder.planned(step)) <= ladder.now:
        ladder.left_out[step.id] = lacks
    return None


def first_that_arrives(
    ladder: Ladder, step: Step, channels: Sequence[Channel], at: datetime, why: str
) -> Action | None:
    """Send a step through the first of the channels that takes it, and once; None when it is done or nobody is reached."""
    used = ladder.deliveries.get(step.id, {})
    for channel in channels:
        delivery = used.get(channel)
        if delivery is None and usable(ladder, step, channel):
            return deliver(ladder, step, channel, at, why)
        if delivery is not None and (unsettled := _unsettled(ladder, step, delivery)):
            return unsettled
        if delivery is not None and ladder.stands(delivery, step):
            return None
    return None


def unreached(ladder: Ladder, step: Step, tried: Step | None = None) -> Action | None:
    """A notice that reached nobody needs an address; a message that reached nobody is over.

    `tried` is what failed, where that is not the notice itself but the reminder before it.
    """
    if step.kind is not StepKind.COLLECTION_NOTICE or ladder.policy.shadow:
        return None
    tried, why = tried or step, "no address works for the collection notice"
    if ("address", step.id) not in ladder.facts.tasks:
        return Action(ActionKind.OPEN_ADDRESS_TASK, why, at=ladder.now, step=step.id)
    used = ladder.deliveries.get(tried.id)
    if used and any(usable(ladder, tried, channel) for channel in tried.channels):
        last = ladder.calendar.local_date(max(d.claimed_at for d in used.values()))
        again = ladder.calendar.at(last + timedelta(days=ladder.policy.min_gap_days), DEFAULT_CLOCK)
        why = "it came back and there is an address: a new round, with full deadlines"
        return Action(ActionKind.NEW_ROUND, why, at=max(ladder.now, again), step=step.id)
    if ("address", step.id) in ladder.facts.tasks_done:  # whoever looked for one has given none
        return decide(ladder, step.id, why, "no address")
    return wait(why, step=step.id, flag="no address")


def _all_channels(ladder: Ladder, step: Step, used: dict[Channel, Delivery]) -> Action | None:
    """The next act of a step that sends through all its channels."""
    for channel in step.channels:
        if channel not in used and usable(ladder, step, channel):
            began = max(d.claimed_at for d in used.values())
            return deliver(ladder, step, channel, began, "sent through every channel of the step")
    unsettled = (_unsettled(ladder, step, used[channel]) for channel in step.channels if channel in used)
    return next((action for action in unsettled if action), None)


def address_found(ladder: Ladder) -> str | None:
    """The step for whose notice a person was asked to find an address, where there is one by which it has not failed."""
    asked = (step for kind, step in ladder.facts.tasks if kind == "address" and step in ladder.policy.index)
    for step in (ladder.policy.steps[ladder.policy.index[each]] for each in sorted(asked)):
        untried = (channel for channel in step.channels if channel not in ladder.deliveries.get(step.id, {}))
        if any(usable(ladder, step, channel) for channel in untried):
            return step.id
    return None


def _copies(ladder: Ladder, step: Step) -> Action | None:
    """The copies that follow a step's message: at once, once each, and they prove nothing."""
    if not step.alert:
        return None
    sent = ladder.alerts.get(step.id, {})
    letters = ladder.deliveries.get(step.id, {}).values()
    for channel in step.alert:
        delivery = sent.get(channel)
        if delivery is None:
            on_its_way = any(ladder.today <= _arrives(ladder, d) for d in letters)
            if on_its_way and contact(ladder, channel, step.role) and channel not in ladder.facts.stopped_channels:
                since = max(d.claimed_at for d in letters)
                return deliver(ladder, step, channel, since, "alerts to the letter", alert=True)
        elif unsettled := _unsettled(ladder, step, delivery):
            return unsettled
    return None


def _unsettled(ladder: Ladder, step: Step, delivery: Delivery) -> Action | None:
    """What a delivery without a clear answer waits for; None when it stands or has failed."""
    channel, alert = delivery.channel, delivery.alert
    if delivery.state is DeliveryState.CLAIMED and not ladder.assumed_sent(delivery, step):
        until = delivery.claimed_at + (REPEAT_WAIT if channel.rule.safe_to_repeat else AMBIGUOUS_WAIT)
        if ladder.now < until:
            why = f"{channel.spoken} has no answer: waiting for the provider's event"
            return wait(why, at=until, step=step.id)
        why = "no answer and no event: sent again"
        return deliver(ladder, step, channel, until, why, alert=alert, again=True)
    if delivery.state is DeliveryState.UNAVAILABLE and not _given_up(ladder, step, delivery):
        last = delivery.unavailable_at or delivery.claimed_at
        again = last if delivery.try_again else last + UNAVAILABLE_RETRY
        why = f"not taken ({delivery.failure or 'the provider was unavailable'}): tried again"
        return deliver(ladder, step, channel, again, why, alert=alert, again=True)
    return None


def _given_up(ladder: Ladder, step: Step, delivery: Delivery) -> bool:
    """Whether the next channel is used instead; where there is none, only trying again is left. What is soon stale is let go."""
    since = delivery.first_unavailable_at or delivery.claimed_at
    if ladder.now < since + UNAVAILABLE_LIMIT:
        return False
    if not step.chain or delivery.alert:
        return delivery.alert
    if is_occasion(step.id):
        return True
    used, channels = ladder.deliveries.get(step.id, {}), ladder.channels(step)
    later = channels[channels.index(delivery.channel) + 1 :]
    return any(channel in used or usable(ladder, step, channel) for channel in later)


def _arrives(ladder: Ladder, delivery: Delivery) -> date:
    """The day on which a message reaches the debtor, as far as is known."""
    if delivery.posted_on is not None:
        return ladder.law.arrives(delivery.posted_on)
    return told.arrival(delivery.channel, ladder.calendar.local_date(delivery.sent_at), ladder.law)


def _in_words(span: timedelta | None) -> str:
    hours = int((span or timedelta(0)).total_seconds() // 3600)
    if hours % 24:
        return f"{hours} hours"
    return "1 day" if hours == 24 else f"{hours // 24} days"
