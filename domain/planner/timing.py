"""When a step may begin: its plan, and what keeps a message later, with the reason that decided."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.agreements import direct_debit
from domain.planner import joint_message, told
from domain.planner.case_facts import Companion, DeliveryState
from domain.planner.evidence import STANDS
from domain.planner.occasions import heeded, is_occasion
from domain.planner.progress import DEFAULT_CLOCK, Ladder
from domain.policy.policy import Step, StepKind

MAY_BE_SENT = (*STANDS, DeliveryState.CLAIMED)


def contact_time(ladder: Ladder, moment: datetime) -> datetime:
    """The moment itself inside contact hours, else the next opening, spread over the window."""
    known = ladder.contact_times.get(moment)
    if known is None:
        calendar, hours = ladder.calendar, ladder.law.contact_hours
        opening = calendar.next_contact_time(moment, hours)
        known = moment if opening <= moment else calendar.next_contact_time(opening + ladder.spread, hours)
        ladder.contact_times[moment] = known
    return known


def earliest(ladder: Ladder, step: Step, planned: datetime) -> tuple[datetime, str]:
    """When a step may begin: its plan, and whatever keeps it later, with the reason that decided."""
    at, why = as_told(ladder, step, planned, f"{step.id} is planned")
    at, why = after_dispute(ladder, at, why)
    spoken = [d.sent_at for d in ladder.sent if not d.alert and d.state in MAY_BE_SENT]
    if spoken and ladder.policy.min_gap_days:
        at, why = _after_gap(ladder, at, why, max(spoken))
    if step.message != "invoice" and ladder.facts.claim_due is not None:
        # Claims are found failed the day after their grace, and that is news: a day later it would have come.
        settled = direct_debit.grace_ends(ladder.calendar, ladder.law.effective_due(ladder.facts.claim_due))
        day = ladder.calendar.add_banking_days(settled, 2)
        at, why = _later_of(ladder, at, why, day, "a direct-debit claim is pending")
    return at, why


def as_told(ladder: Ladder, step: Step, at: datetime, why: str) -> tuple[datetime, str]:
    """Not before the deadlines are past that the debtor was given, whatever the step counts from.

    A step that a person asked for waits for no money on its way after them.
    """
    last = deadline_told(ladder, step)
    if last is None:
        return at, why
    day = last + timedelta(days=1) if ladder.asked(step) else told.day_after(ladder.law, last, step)
    return _later_of(ladder, at, why, day, f"the debtor was given until {last}")


def deadline_told(ladder: Ladder, step: Step) -> date | None:
    """The latest day to pay that the debtor was given, where the step must wait for it."""
    return told.latest_deadline(ladder.policy, ladder.law, heeded(step, ladder.sent), but=(ladder.facts.round, step.id))


def after_dispute(ladder: Ladder, at: datetime, why: str) -> tuple[datetime, str]:
    """Not before the new days are over that a rejected dispute gives."""
    if ladder.facts.not_before is None:
        return at, why
    return _later_of(ladder, at, why, ladder.facts.not_before, "new days after a rejected dispute")


def after_kind_words(ladder: Ladder, step: Step, at: datetime, why: str) -> tuple[datetime, str]:
    """What is left of a step that was begun keeps its distance from kind words that came between, and their days."""
    kind = (d for d in ladder.facts.deliveries if is_occasion(d.step) or told.is_first_reminder(d.step))
    since = [d for d in kind if d.step != step.id and d.state in MAY_BE_SENT]
    if is_occasion(step.id) or step.id in ladder.facts.send_now or not since:
        return at, why
    at, why = _after_gap(ladder, at, why, max(d.sent_at for d in since))
    last = told.latest_deadline(ladder.policy, ladder.law, heeded(step, since), but=(ladder.facts.round, step.id))
    if last is None:
        return at, why
    return _later_of(ladder, at, why, last + timedelta(days=1), f"the debtor was given until {last}")


def too_late(ladder: Ladder, step: Step, at: datetime) -> bool:
    """Whether a message is rather not sent at all than at a moment: its plan says how late it may be."""
    if step.not_after_days is None or step.kind is not StepKind.MESSAGE or ladder.asked(step):
        return False
    last_day = ladder.calendar.local_date(ladder.planned(step)) + timedelta(days=step.not_after_days)
    return ladder.calendar.local_date(contact_time(ladder, max(at, ladder.now))) > last_day


def in_company(ladder: Ladder, step: Step, own: Companion, why: str) -> tuple[datetime, datetime, str] | None:
    """The message's own moment, when it leaves in the company of all that the debtor gets, and why.

    Joining never makes it too late; None when the cap does.
    """
    calendar, policy, facts = ladder.calendar, ladder.policy, ladder.facts
    day = joint_message.told_on(facts.told_of_others, own.message, calendar)
    if day is not None and calendar.local_date(own.at) <= day:
        opening = calendar.at(day + timedelta(days=1), DEFAULT_CLOCK) + ladder.spread
        own = replace(own, at=contact_time(ladder, opening))
        why = "the debtor got this message about another invoice the day before"
    at = joint_message.leaves_at(own, facts.companions, policy.merge_within_days, calendar)
    if at > own.at and too_late(ladder, step, at):
        at = own.at
    if at > own.at:
        why = "joins the debtor's other invoices in one message"
    if step.kind is StepKind.MESSAGE and own.message not in joint_message.UNCAPPED:
        at, why = under_cap(ladder, at, why)
    if too_late(ladder, step, at):
        ladder.left_out[step.id] = why
        return None
    return own.at, at, why


def under_cap(ladder: Ladder, at: datetime, why: str) -> tuple[datetime, str]:
    """Not before the debtor may be contacted again, whatever by and in whichever case."""
    moment = max(at, ladder.now)
    free, cap = joint_message.free_under(ladder.policy.contact_cap, ladder.facts.recent_contacts, moment)
    if cap is None:
        return at, why
    return contact_time(ladder, free), f"at most {cap}"


def _after_gap(ladder: Ladder, at: datetime, why: str, spoken: datetime) -> tuple[datetime, str]:
    days = ladder.policy.min_gap_days
    day = ladder.calendar.local_date(spoken) + timedelta(days=days)
    return _later_of(ladder, at, why, day, f"at least {days} days between messages")


def _later_of(ladder: Ladder, at: datetime, why: str, day: date, reason: str) -> tuple[datetime, str]:
    opening = ladder.calendar.at(day, DEFAULT_CLOCK) + ladder.spread
    return (opening, reason) if ladder.calendar.local_date(at) < day else (at, why)
