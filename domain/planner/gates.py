"""The last gates of a step: whether it may happen at its time, and what it waits for where it may not."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.countries.fees import fee_of
from domain.parties.roles import ContactRole, nearest_first
from domain.parties.standing import Thing
from domain.planner import joint_message, told
from domain.planner.action import Action, ActionKind, wait
from domain.planner.case_facts import Companion, Contact, HandOffState
from domain.planner.obstacles import Kind
from domain.planner.occasions import ANSWER, DISPUTE_REJECTED, DRAW_GOES_ON, LAST_WORDS, is_occasion
from domain.planner.progress import DEFAULT_CLOCK, Ladder
from domain.planner.timing import after_dispute, contact_time, deadline_told, in_company, too_late, under_cap
from domain.policy.policy import AnchorBase, Step, StepKind
from domain.vocabulary import Channel

RECENTLY = timedelta(days=180)  # an address counts as recently used when the debtor wrote from it within this
BANK_DATA_MAX_AGE_BANKING_DAYS = 2  # older bank data is stale, whatever the deadline
APPROVAL_BANKING_DAYS = 5  # how long a person may take over an approval before it is flagged as overdue


# --- messages ------------------------------------------------------------------------------------------------


def deliver(
    ladder: Ladder,
    step: Step,
    channel: Channel,
    at: datetime,
    why: str,
    *,
    alert: bool = False,
    again: bool = False,
) -> Action | None:
    """Send through the channel at its time, or what stands in the way; None when it would be too late.

    `at` is the message's own moment, past or ahead; one that is sent again waits for no other.
    """
    asked_for = step.id in ladder.facts.send_now
    if not asked_for and step.message not in (ANSWER, DRAW_GOES_ON, DISPUTE_REJECTED, *LAST_WORDS):
        at, why = after_dispute(ladder, at, why)
    if step.kind is StepKind.COLLECTION_NOTICE:
        at = max(at, ladder.calendar.at(ladder.due + timedelta(days=1), time(0)))
    own = at = contact_time(ladder, at)
    if joint_message.joins(step) and not again and (alert or not asked_for):  # nobody asks for a copy
        message = joint_message.NOTICE_ALERT if alert else step.message
        leaves = in_company(ladder, step, Companion(message, channel, own, ladder.facts.currency), why)
        if leaves is None:
            return None
        own, at, why = leaves
    elif step.is_optional and not (again or alert or asked_for):
        at, why = under_cap(ladder, own, why)
        if too_late(ladder, step, at):
            ladder.left_out[step.id] = why
            return None
    at = contact_time(ladder, max(at, ladder.now))
    if at <= ladder.now and (held_back := _not_sent(ladder, step, channel, alert=alert)):
        return held_back
    lacks = "" if alert else _passed_over(ladder, step, channel)
    why, flag = (f"{why}; {lacks}", "no sender") if lacks else (why, None)
    return Action(ActionKind.DELIVER, why, at=at, step=step.id, channel=channel, alert=alert, own_at=own, flag=flag)


def _passed_over(ladder: Ladder, step: Step, channel: Channel) -> str:
    """Why another channel of the step is passed over for want of a sender; empty where none is."""
    channels, used = ladder.channels(step), ladder.deliveries.get(step.id, {})
    others = channels[: channels.index(channel)] if step.chain and channel in channels else channels
    return next((why for each in others if each not in used and (why := no_sender(ladder, step, each))), "")


def _not_sent(ladder: Ladder, step: Step, channel: Channel, *, alert: bool) -> Action | None:
    """What keeps a message from leaving now. LawMissing where a row is missing that it needs."""
    law, facts = ladder.law, ladder.facts
    notice = step.kind is StepKind.COLLECTION_NOTICE
    if notice and (sender := law.notice_sender(ladder.today, facts.debtor_kind)) != "creditor":
        return wait(f"the law gives collection notices to a {sender}: not sent", step=step.id, flag="step unlawful")
    if channel in facts.stopped_channels:
        return wait(f"stop switch: channel {channel}", step=step.id)
    if not alert and step.message not in LAST_WORDS and (waiting := in_the_way(ladder, said_by(step), step)):
        return waiting
    if not alert and not is_occasion(step.id) and (stale := stale_bank_data(ladder, step)):
        return stale
    if step.fee.kind != "none" and not alert:
        if step.fee.kind == "compensation":
            law.b2b_compensation(ladder.today)  # a missing row stops the send
        else:
            law.statutory_fee(ladder.today, facts.debtor_kind, fee_of(step.message))  # here too
    if ladder.policy.interest == "statutory" and notice and not alert:
        due = law.interest_due(facts.due_date, facts.issue_date, facts.debtor_kind)
        for day in (due + timedelta(days=1), ladder.today):
            law.interest_rate(day, facts.debtor_kind)  # here too
    if channel.rule.by_post and ladder.standing.asks(Thing.LETTER) and step.id not in facts.send_now:
        why = f"protected address: a person approves each letter (send now {step.id})"
        return replace(wait(why, step=step.id, flag="protected address"), to_approve=step.id)
    return None


def said_by(step: Step) -> Thing:
    """What a step's message is to an obstacle."""
    if told.threatens(step):
        return Thing.NOTICE
    if step.message in (ANSWER, DRAW_GOES_ON):
        return Thing.WORD
    if is_occasion(step.id):
        return Thing.OCCASION
    if step.fee.kind != "none":
        return Thing.FEE_REMINDER
    return Thing.INVOICE if step.message == "invoice" else Thing.REMINDER


# --- calls and blocks ----------------------------------------------------------------------------------------


def call(ladder: Ladder, step: Step, at: datetime, why: str) -> Action | None:
    """A call by a person; None where nobody is called."""
    if ladder.policy.shadow or ladder.standing.never(Thing.CALL):
        nobody = f"nobody is called: {ladder.standing.why(Thing.CALL)}"
        ladder.why_not[step.id] = "a shadow calls nobody" if ladder.policy.shadow else nobody
        return None
    if step.id not in ladder.facts.send_now:
        at, why = under_cap(ladder, at, why)
    at = contact_time(ladder, max(at, ladder.now))
    if at <= ladder.now and (held_back := in_the_way(ladder, Thing.CALL, step) or stale_bank_data(ladder, step)):
        return held_back
    return Action(ActionKind.OPEN_CALL_TASK, why, at=at, step=step.id, channel=Channel.PHONE)


def block(ladder: Ladder, step: Step, at: datetime, why: str) -> Action | None:
    """Blocking a service: after the warning's deadline, on fresh bank data, and never while a part is disputed."""
    at = contact_time(ladder, max(at, ladder.now))
    if _never_touched(ladder, step):
        return None
    if at > ladder.now:
        return Action(ActionKind.BLOCK_SERVICE, why, at=at, step=step.id)
    if _not_warned(ladder, step, "block-warning", ladder.facts.freed_at):
        return None
    waits = in_the_way(ladder, Thing.BLOCK, step) or stale_bank_data(ladder, step)
    return waits or Action(ActionKind.BLOCK_SERVICE, why, at=at, step=step.id)


def terminate(ladder: Ladder, step: Step, at: datetime, why: str) -> Action | None:
    """Ending a service: as a block, after a warning of its own, and once a person has agreed; who rejects it leaves it out."""
    facts, at = ladder.facts, contact_time(ladder, max(at, ladder.now))
    if _never_touched(ladder, step):
        return None
    if at > ladder.now:
        return Action(ActionKind.TERMINATE_SERVICE, why, at=at, step=step.id)
    if _not_warned(ladder, step, "termination-warning", None):
        return None
    if waits := in_the_way(ladder, Thing.BLOCK, step) or stale_bank_data(ladder, step):
        return waits
    verdict = facts.approval if facts.approval_of == step.id else None
    if verdict == "rejected":
        ladder.why_not[step.id] = "a person did not agree to it"
        return None
    if verdict == "approved":
        return Action(ActionKind.TERMINATE_SERVICE, "nothing helped: the service is ended", at=at, step=step.id)
    if ("approval", step.id) in facts.tasks:
        after = ladder.policy.steps[ladder.policy.index[step.id] + 1 :]
        goes_on = min((then for later in after if (then := ladder.planned(later)) > ladder.now), default=None)
        return wait(
            "waiting for a person to approve the termination", at=goes_on, step=step.id, flag="approval waiting"
        )
    return Action(ActionKind.REQUEST_APPROVAL, "a person approves the termination", at=at, step=step.id)


def _never_touched(ladder: Ladder, step: Step) -> bool:
    """Whether the service is left alone, whatever is owed; where that is not the plan's own, the reason is noted."""
    if ladder.standing.never(Thing.BLOCK):
        ladder.why_not[step.id] = f"the service is left alone: {ladder.standing.why(Thing.BLOCK)}"
        return True
    if ladder.facts.terminated:
        ladder.why_not[step.id] = "the service was ended"
    return ladder.policy.shadow or ladder.facts.terminated


def _not_warned(ladder: Ladder, step: Step, warning: str, since: datetime | None) -> bool:
    """Whether no warning reached whoever must have it since a moment, or the days that the law gives have not passed."""
    facts, law = ladder.facts, ladder.law
    for each in ladder.policy.steps:
        if each.message == warning and ladder.heard_of(each) is not None:
            progress = ladder.of(each.id)
            warned = ladder.calendar.local_date(progress.sent)
            enough = (each.deadline_days or 0) >= law.service_notice_days(
                facts.debtor_kind, warned, ladder.policy.trade
            )
            passed = enough and progress.deadline is not None and progress.deadline < ladder.today
            if passed and (since is None or since < progress.sent):
                return False
    ladder.why_not[step.id] = "no warning reached the debtor in time"
    return True


# --- the end -------------------------------------------------------------------------------------------------


def hand_off(ladder: Ladder, step: Step, at: datetime, why: str) -> Action:
    """A valid notice, fresh bank data, principal left, and a person's approval."""
    facts, at = ladder.facts, contact_time(ladder, max(at, ladder.now))
    if at > ladder.now:
        return Action(ActionKind.HAND_OFF, why, at=at, step=step.id)
    if ladder.policy.shadow:
        return Action(ActionKind.CLOSE, "a shadow hands nothing off", outcome="shadow finished")
    if facts.principal <= 0:
        return Action(ActionKind.WRITE_OFF, "only fees are left: written off, never handed off", at=at, step=step.id)
    notice = ladder.valid_notice()
    if notice is None and ladder.renewed():
        why = "no collection notice is valid, and it was renewed already"
        return decide(ladder, step.id, why, "notice renewed")
    if notice is None:
        whose = f" that the {ladder.addressee} has had" if ladder.addressee else ""
        why = f"no collection notice{whose} is valid for all that is owed: a new one is sent"
        return Action(ActionKind.NEW_ROUND, why, at=at, step=step.id)
    if ladder.today < (first_day := ladder.law.hand_off_from(notice, facts.debtor_kind)):
        opening = contact_time(ladder, ladder.calendar.at(first_day, DEFAULT_CLOCK) + ladder.spread)
        return Action(ActionKind.HAND_OFF, f"the law lets it be handed off from {first_day}", at=opening, step=step.id)
    if held_back := in_the_way(ladder, Thing.HAND_OFF, step) or stale_bank_data(ladder, step):
        return held_back
    given_back = facts.hand_off is HandOffState.REJECTED  # by the partner: only a person can say that it may go again
    if step.approval or given_back or ladder.standing.asks(Thing.HAND_OFF):
        verdict = facts.approval if facts.approval_of in (None, step.id) else None
        if verdict == "rejected":
            return wait("the hand-off was rejected by a person", step=step.id, flag="hand-off rejected")
        if verdict != "approved":
            if ("approval", step.id) in facts.tasks:
                return _approval_awaited(ladder, step, notice)
            return Action(ActionKind.REQUEST_APPROVAL, "a person approves the hand-off", at=at, step=step.id)
    return Action(ActionKind.HAND_OFF, "nothing helped: handed off to collection", at=at, step=step.id)


def _approval_awaited(ladder: Ladder, step: Step, notice: date) -> Action:
    """A person has been asked: flagged at once, and otherwise when nobody answers, until the notice is too old."""
    calendar = ladder.calendar
    last = ladder.law.notice_expires(notice, ladder.facts.debtor_kind)
    expires = calendar.at(last + timedelta(days=1), DEFAULT_CLOCK)
    why = "waiting for a person to approve the hand-off"
    if ladder.facts.approval_asked_at is None:
        return wait(why, at=expires, step=step.id, flag="approval waiting")
    asked = calendar.local_date(ladder.facts.approval_asked_at)
    overdue = calendar.at(calendar.add_banking_days(asked, APPROVAL_BANKING_DAYS), DEFAULT_CLOCK)
    if ladder.now < overdue:
        return wait(why, at=min(overdue, expires), step=step.id, flag="approval waiting")
    why = f"nobody has approved or rejected the hand-off since {asked}"
    return wait(why, at=expires, step=step.id, flag="approval overdue")


def decide(ladder: Ladder, step: str, why: str, flag: str) -> Action:
    """The plan has nothing more that it may do: a person decides."""
    if ladder.policy.shadow:
        return Action(ActionKind.CLOSE, why, outcome="shadow finished")
    if ("decision", step) in ladder.facts.tasks:
        return wait(f"{why}: a person decides", step=step, flag=flag)
    return Action(ActionKind.OPEN_DECISION_TASK, why, at=ladder.now, step=step)


# --- what is known -------------------------------------------------------------------------------------------


def in_the_way(ladder: Ladder, thing: Thing, step: Step | None = None) -> Action | None:
    """What a case waits for with a thing whose time has come. A reply may lie unread where a person asks for the step."""
    asked_for = step is not None and step.id in ladder.facts.send_now
    obstacle = ladder.obstacle(thing, but=Kind.REPLY_UNREAD if asked_for else None)
    if obstacle is None:
        return None
    return wait(obstacle.why(thing), at=obstacle.until, step=step.id if step else None, flag=obstacle.flag)


def stale_bank_data(ladder: Ladder, step: Step) -> Action | None:
    """After the due date nothing is done while payments may lie unseen in a bank file not yet imported."""
    calendar, today = ladder.calendar, ladder.today
    if today <= ladder.due:
        return None
    deadline = max(ladder.due, deadline_told(ladder, step) or ladder.due)
    if step.at.base is AnchorBase.STEP_DEADLINE:
        deadline = max(deadline, ladder.of(step.at.step or "").deadline or ladder.due)
    freshest = calendar.add_banking_days(today, -BANK_DATA_MAX_AGE_BANKING_DAYS)
    needed = max(min(deadline, today), freshest)
    through = ladder.facts.bank_data_through
    if through is not None and through >= needed:
        return None
    return bank_data_awaited(ladder, f", {step.id} needs it through {needed}", step.id)


def bank_data_awaited(ladder: Ladder, what: str, step: str | None = None) -> Action:
    """Wait for the next banking day's files; `what` may lie in them ends the sentence."""
    through = ladder.facts.bank_data_through
    known = f"imported through {through}" if through else "not imported"
    next_day = ladder.calendar.add_banking_days(ladder.today + timedelta(days=1), 0)
    at = ladder.calendar.at(next_day, DEFAULT_CLOCK)
    return wait(f"bank data is {known}{what}", at=at, step=step, flag="bank data stale")


# --- who can be reached --------------------------------------------------------------------------------------


def contact(ladder: Ladder, channel: Channel, role: ContactRole) -> Contact | None:
    """The address in a channel of whom to write to: the debtor, or who stands in; a minor is written to on paper alone.

    At a business it is the one of the role, or the nearest. None also where there is nothing to send to it as.
    """
    found = _address(ladder, channel, role)
    return None if found is None or _no_sender(ladder, found) else found


def _address(ladder: Ladder, channel: Channel, role: ContactRole) -> Contact | None:
    if ladder.standing.never(Thing.DIGITAL) and not channel.rule.by_post:
        return None
    another = ladder.standing.stands_in is not None
    of_them = [c for c in ladder.facts.contacts if c.channel is channel and c.of_representative is another and c.usable]
    if len(of_them) > 1:
        return min(of_them, key=lambda c: nearest_first(role).index(c.role))
    return of_them[0] if of_them else None


def no_sender(ladder: Ladder, step: Step, channel: Channel) -> str:
    """Why nothing can be sent by a channel though there is an address, and what to do; empty where it can."""
    found = _address(ladder, channel, step.role)
    return _no_sender(ladder, found) if found else ""


def _no_sender(ladder: Ladder, found: Contact) -> str:
    if found.channel is not Channel.SMS:
        return ""
    return ladder.facts.sms_senders.sent_as(found.network, ladder.now).lacks


def usable(ladder: Ladder, step: Step, channel: Channel) -> bool:
    """Whether the step may use the channel: an address that works, and the form the law asks for."""
    found = contact(ladder, channel, step.role)
    if found is None:
        return False
    formal = step.kind is StepKind.COLLECTION_NOTICE or step.fee.kind != "none"
    forms = ladder.law.forms.on(ladder.today, ladder.facts.debtor_kind)
    if not formal or channel in forms.formal:
        return True
    if channel not in forms.formal_when_recently_used or found.wrote_from_at is None:
        return False
    return ladder.now - found.wrote_from_at <= RECENTLY


def first_usable(ladder: Ladder, step: Step) -> Channel | None:
    """The first channel of a step that it may use."""
    return next((channel for channel in ladder.channels(step) if usable(ladder, step, channel)), None)


def nobody_to_reach(ladder: Ladder, step: Step) -> str:
    """Why no channel of a step can be used: no address at all, none in the form that the law asks for, or no sender."""
    unsent = {channel: why for channel in step.channels if (why := no_sender(ladder, step, channel))}
    wanted = ", ".join(channel for channel in step.channels if channel not in unsent)
    if unsent:
        return "; ".join([*([f"no address for {wanted}"] if wanted else []), *unsent.values()])
    if any(contact(ladder, channel, step.role) for channel in told.any_means()):
        return f"no address for {wanted}, and it may go by nothing else"
    return f"nobody to reach: no address for {wanted}"
