"""One message for a debtor's invoices that come to it together: when it leaves, who rides, who bears its fee.

Each case has a moment of its own, at which it would send a message alone. Of one creditor's cases against one debtor,
those that come to the same message by the same channel within the policy's days go together, at the latest of their
moments: joining only ever postpones, and never beyond those days from the first one's moment. Act, preview and
forecast ask here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.countries.calendar import Calendar
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts, Companion
from domain.planner.occasions import LAST_WORDS, is_occasion, step_named
from domain.policy.policy import ContactCap, Policy, Step, Tone

NOTICE_ALERT = "notice-alert"  # what every copy that only tells of a letter says
MESSAGES_OF_THE_DAY = frozenset({"invoice", "due-date-reminder", NOTICE_ALERT})  # join on their own day, or not at all
UNCAPPED = frozenset({NOTICE_ALERT, *LAST_WORDS})  # what does not wait for the contact cap
AT_ONCE = timedelta(minutes=5)  # a message leaves this little early with the others, on the same day


def joins(step: Step) -> bool:
    """Whether a step's message may be about several invoices: of what happened, only what is said before cases close.

    An optional step's is about its own invoice: what others get does not depend on whom it is for.
    """
    return not step.is_optional and (not is_occasion(step.id) or step.message in LAST_WORDS)


def wish_of(policy: Policy, facts: CaseFacts, action: Action) -> Companion | None:
    """The message that an action is about to send, as the debtor's other cases see it; None when it sends none.

    They see what the plan sends next, whatever optional step comes before that.
    """
    action = action.onward or action
    if action.kind is not ActionKind.DELIVER or action.channel is None or action.own_at is None:
        return None
    message = NOTICE_ALERT if action.alert else step_named(policy, action.step or "").message
    return Companion(message, action.channel, action.own_at, facts.currency)


def leaves_at(own: Companion, others: Iterable[Companion], days: int, calendar: Calendar) -> datetime:
    """When a case's message leaves, of all that the debtor's other cases want at their own moments.

    The moments of the same message are parted into groups, each of which begins with its first moment and takes in
    what comes within `days` of it; the whole group leaves at its latest moment.
    """
    moments = sorted({own.at, *(other.at for other in others if same_message(own, other))})
    if len(moments) == 1:
        return own.at
    first = last = moments[0]
    for moment in moments:
        if not _within(own.message, first, moment, days, calendar):
            if own.at <= last:
                break
            first = moment
        last = moment
    return last


def rides(own: Companion, other: Companion, now: datetime, calendar: Calendar) -> bool:
    """Whether another case's message is carried by one that leaves now: its own moment has come, or is about to."""
    soon = other.at - AT_ONCE <= now and calendar.local_date(other.at) <= calendar.local_date(now)
    return same_message(own, other) and soon


def same_message(one: Companion, other: Companion) -> bool:
    """Whether two cases would say the same through the same channel, in whatever tone: no sum is of two currencies."""
    return (one.message, one.channel, one.currency) == (other.message, other.channel, other.currency)


def bearer(riders: Mapping[int, tuple[Decimal, date]]) -> tuple[int | None, Decimal]:
    """Who bears the one fee of a joint message, and how much: the kindest lawful of what each may be charged alone.

    `riders`: by case, the fee that the law and its policy allow today, and its due date. The smallest fee that is
    asked for at all is charged, to the invoice that has been due the longest. None when no case may be charged.
    """
    charged = [(fee, due, case) for case, (fee, due) in riders.items() if fee > 0]
    if not charged:
        return None, Decimal(0)
    fee, _, case = min(charged)
    return case, fee


def tone(tones: Iterable[Tone]) -> Tone:
    """How a joint message sounds: as the kindest of its cases would."""
    return min(tones, key=list(Tone).index)


def deadline(deadlines: Iterable[date | None]) -> date | None:
    """The one deadline of a joint message: the latest that any of its cases would give."""
    return max((day for day in deadlines if day is not None), default=None)


def free_under(
    caps: Iterable[ContactCap], contacts: Sequence[datetime], at: datetime
) -> tuple[datetime, ContactCap | None]:
    """From when on the debtor may be contacted, at `at` or later, and the cap that keeps it later than that.

    Counted as they were received: a joint message is one. `contacts`: when they left, oldest first.
    """
    free = [(contacts[-cap.count] + timedelta(days=cap.days), cap) for cap in caps if len(contacts) >= cap.count]
    latest, cap = max(free, key=lambda each: each[0], default=(at, None))
    return (latest, cap) if latest > at else (at, None)


def told_on(spoken: Iterable[tuple[str, datetime]], message: str, calendar: Calendar) -> date | None:
    """The latest day on which the debtor got this message about other invoices only: nobody gets it twice a day."""
    days = (calendar.local_date(at) for said, at in spoken if said == message)
    return max(days, default=None)


def _within(message: str, first: datetime, moment: datetime, days: int, calendar: Calendar) -> bool:
    if message in LAST_WORDS:
        return first == moment  # nobody waits for thanks: they take along whose moment has come
    if message in MESSAGES_OF_THE_DAY:
        return calendar.local_date(first) == calendar.local_date(moment)
    return moment - first <= timedelta(days=days)
