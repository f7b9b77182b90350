"""What a debtor was told, and what follows from it: a printed deadline is kept, and nothing hard is the first word."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from domain.countries.fees import EarlierFee, fee_of
from domain.countries.law import Law
from domain.money.amount import ZERO
from domain.parties.speakers import Asker
from domain.planner.case_facts import CaseFacts, Delivery, DeliveryState
from domain.planner.evidence import stands
from domain.policy.policy import Anchor, AnchorBase, Policy, Step, StepKind
from domain.vocabulary import ANNOUNCEMENT, CHANNELS, FIRST_REMINDER, MESSAGES, Channel, DebtorKind

DAYS_TO_PAY_A_LATE_INVOICE = 7  # an invoice that reaches its debtor later than this before the due date moves it
DAYS_TO_PAY_AGAIN = 14  # whose payment was taken back has at least so many, from being told of it


# --- what was sent ---------------------------------------------------------------------------------------------


def as_planned(policy: Policy, facts: CaseFacts) -> CaseFacts:
    """The facts as they would be if no optional step had ever been taken, of this case or another of its debtor."""
    optional, apart = policy.optional, facts.optional_contacts
    if not optional and not apart:
        return facts
    return facts.but(
        deliveries=tuple(each for each in facts.deliveries if each.step not in optional),
        tasks=frozenset(task for task in facts.tasks if task[1] not in optional),
        tasks_done=frozenset(task for task in facts.tasks_done if task[1] not in optional),
        send_now=facts.send_now - optional.keys(),
        recent_contacts=tuple(sorted((Counter(facts.recent_contacts) - Counter(apart)).elements())),
        optional_contacts=(),
    )


def messages(policy: Policy, law: Law, facts: CaseFacts) -> tuple[Delivery, ...]:
    """Every delivery of the case, those before the case was ours included: these stand, in its first round."""
    return (*_before_us(policy, law, facts), *facts.deliveries)


def _before_us(policy: Policy, law: Law, facts: CaseFacts) -> Iterator[Delivery]:
    """What the creditor sent itself: the first reminder is the policy's first one, and so on."""
    seen: dict[str, int] = {}
    for message in sorted(facts.already_sent, key=lambda each: each.sent_on):
        steps = [step.id for step in policy.fixed.steps if step.message == message.message]
        which = min(seen.get(message.message, 0), len(steps) - 1)
        seen[message.message] = which + 1
        moment = law.calendar.at(message.sent_on, time(12))
        yield Delivery(
            round=1,
            step=steps[which] if steps else message.message,
            channel=message.channel,
            state=DeliveryState.ACCEPTED,
            claimed_at=moment,
            accepted_at=moment,
            posted_on=message.sent_on if message.channel.rule.by_post else None,
            deadline=message.deadline,
            ours=False,
        )


def last_reminder(policy: Policy, law: Law, facts: CaseFacts) -> date | None:
    """The day on which a reminder or a notice of the claim was last sent, with or without a fee; None when none was."""
    return max((law.calendar.local_date(each.sent_at) for each in reminders(policy, law, facts)), default=None)


def reminders(policy: Policy, law: Law, facts: CaseFacts) -> Iterator[Delivery]:
    """The reminders and notices of the claim that reached the debtor as far as is known; a copy is none."""
    sent = (each for each in messages(policy, law, facts) if stands(each) and not each.alert)
    return (each for each in sent if _reminds(policy, each.step))


def _reminds(policy: Policy, step_id: str) -> bool:
    position = policy.index.get(step_id)
    message = policy.steps[position].message if position is not None else step_id
    return message in ("reminder", "collection-notice") or is_first_reminder(step_id)


def earlier_fees(facts: CaseFacts) -> tuple[EarlierFee, ...]:
    """The fees that were charged and stand, by us or before the case was ours."""
    before = (
        EarlierFee(each.sent_on, each.deadline, fee_of(each.message)) for each in facts.already_sent if each.fee > ZERO
    )
    return (*before, *facts.earlier_fees)


def heard_by(addressee: Asker | None, sent: Iterable[Delivery]) -> Iterator[Delivery]:
    """What whoever is written to now was told of the claim: who stands in has heard nothing of what went to others before."""
    of_the_claim = (each for each in sent if not each.step.startswith(f"{ANNOUNCEMENT}#"))
    return (each for each in of_the_claim if addressee is None or each.addressee == addressee)


def last_heard(addressee: Asker | None, sent: Iterable[Delivery]) -> datetime | None:
    """When a message last reached whoever is written to now (None: the debtor), as far as is known; None when none ever did.

    A copy proves nothing.
    """
    heard = (each for each in heard_by(addressee, sent) if not each.alert and stands(each))
    return max((each.sent_at for each in heard), default=None)


# --- nothing hard is the first word ----------------------------------------------------------------------------


def threatens(step: Step) -> bool:
    """Whether a step's message says what comes next: a notice of collection or of a block."""
    return step.says.threatens


def is_hard(step: Step) -> bool:
    """Whether a step costs the debtor something or threatens to: never the first word about a claim."""
    return step.fee.kind != "none" or threatens(step)


def any_means() -> tuple[Channel, ...]:
    """Every channel that carries a message, paper last."""
    written = (channel for channel in CHANNELS.values() if not channel.rule.by_person)
    return tuple(sorted(written, key=lambda channel: channel.rule.by_post))


def first_reminder(round_: int, addressee: Asker | None) -> Step:
    """The free reminder that goes before a hard step where whoever is written to has heard nothing; no policy writes it."""
    return first_reminder_named(f"{FIRST_REMINDER}#{round_}{f'-{addressee}' if addressee else ''}")


@lru_cache(maxsize=1024)
def first_reminder_named(step_id: str) -> Step:
    """The same by its id."""
    return Step(
        id=step_id,
        kind=StepKind.MESSAGE,
        at=Anchor(AnchorBase.DUE_DATE),
        message="reminder",
        channels=any_means(),
        read_within=timedelta(days=2),
        deadline_days=MESSAGES["reminder"].default_deadline_days,
    )


def is_first_reminder(step_id: str) -> bool:
    """Whether a step's id names the free reminder that no policy writes: `first-reminder#1`, `first-reminder#1-guardian`."""
    return step_id.startswith(f"{FIRST_REMINDER}#")


# --- deadlines -------------------------------------------------------------------------------------------------


def deadline_days(step: Step) -> int | None:
    """How many days to pay a step's message gives; a reminder gives some even where its policy does not say so."""
    return step.says.default_deadline_days if step.deadline_days is None else step.deadline_days


def arrival(channel: Channel, today: date, law: Law) -> date:
    """The day a message of today reaches the debtor: at once, or a letter's posting on the next banking day plus transit."""
    sent = leaves(channel, today, law)
    return law.arrives(sent) if channel.rule.by_post else sent


def leaves(channel: Channel, today: date, law: Law) -> date:
    """The day a message of today is sent: at once, or a letter posted on the next banking day."""
    return law.calendar.add_banking_days(today, 1) if channel.rule.by_post else today


def deadline(law: Law, kind: DebtorKind, step: Step, days: int, *, sent: date, arrives: date) -> date:
    """The day by which to pay that so many days make for a step's message which is sent and arrives on these days."""
    notice = step.kind is StepKind.COLLECTION_NOTICE
    return law.deadline(days, sent=sent, arrives=arrives, kind=kind, notice=notice)


def deadline_to_print(
    policy: Policy, law: Law, facts: CaseFacts, step: Step, *, sent: date, arrives: date
) -> date | None:
    """The day by which to pay that a step's message gives; never earlier than one that was given before."""
    if step.says.gives_due_date:
        due, days = law.effective_due(facts.due_date), step.says.default_deadline_days
        return max(due, law.last_day(arrives, days)) if days else due
    days = deadline_days(step)
    if days is None:
        return None
    own = deadline(law, facts.debtor_kind, step, days, sent=sent, arrives=arrives)
    if step.message != "reminder":
        return own
    if step.is_optional:  # it reminds of the days that were given, where they are not over
        running = latest_deadline(policy, law, messages(policy, law, facts))
        return own if running is None or running < arrives else running
    given = messages(policy, law, as_planned(policy, facts))
    before = latest_deadline(policy, law, given, but=(facts.round, step.id))
    return own if before is None else max(own, before)


def moved_due_date(facts: CaseFacts, arrives: date, law: Law) -> date | None:
    """The new due date of an invoice that arrives less than a week before its own; None where that stays.

    Only in the first round: the due date that begins another one is the creditor's word.
    """
    earliest = law.last_day(arrives, DAYS_TO_PAY_A_LATE_INVOICE)
    late = facts.round == 1 and law.effective_due(facts.due_date) < earliest
    return earliest if late else None


def new_days_to_pay(facts: CaseFacts, arrives: date, law: Law) -> date | None:
    """The due date of an invoice whose payment was taken back, where its debtor hears of that later; None where it stays."""
    if facts.due_moved is None or not facts.due_moved.payment_returned:
        return None
    earliest = law.last_day(arrives, DAYS_TO_PAY_AGAIN)
    return earliest if law.effective_due(facts.due_date) < earliest else None


def keeps_deadlines(step: Step) -> bool:
    """Whether a step waits until every deadline that was given is past: all but the invoice and kind, free words."""
    if step.kind is not StepKind.MESSAGE or is_hard(step):
        return True
    return step.message == "reminder" and step.tone != "kind"


def latest_deadline(
    policy: Policy, law: Law, sent: Iterable[Delivery], *, but: tuple[int, str] | None = None
) -> date | None:
    """The latest day to pay that any message gave, whatever its step and round; None when none did.

    That of a letter which came back counts too: its going brings nothing forward. `but` is the round and step whose
    own messages are left out. A notice that came back is void.
    """
    given = (
        _given(policy, law, each)
        for each in sent
        if (each.round, each.step) != but and _gives_deadline(each) and not _is_void(policy, each)
    )
    return max((day for day in given if day is not None), default=None)


def _given(policy: Policy, law: Law, delivery: Delivery) -> date | None:
    """The deadline of one message: as printed, or later where the printer posted the letter later."""
    position = policy.index.get(delivery.step)
    days = policy.steps[position].deadline_days if position is not None else None
    if delivery.deadline is None or days is None or delivery.posted_on is None:
        return delivery.deadline
    return max(delivery.deadline, law.last_day(law.arrives(delivery.posted_on), days))


def _gives_deadline(delivery: Delivery) -> bool:
    return delivery.deadline is not None and delivery.state is not DeliveryState.UNAVAILABLE


def _is_void(policy: Policy, delivery: Delivery) -> bool:
    position = policy.index.get(delivery.step)
    notice = position is not None and policy.steps[position].kind is StepKind.COLLECTION_NOTICE
    return notice and delivery.state is DeliveryState.FAILED


def day_after(law: Law, deadline: date, step: Step) -> date:
    """The first day of a step after a deadline: with the days for money on its way that its anchor asks for."""
    days = max(step.at.days, 1) if step.at.base is AnchorBase.STEP_DEADLINE else 1
    if step.at.banking and step.at.base is AnchorBase.STEP_DEADLINE:
        return law.calendar.add_banking_days(deadline, days)
    return deadline + timedelta(days=days)
