"""Occasions: kind messages that follow from what happened rather than from the plan; each goes out once, soon or never.

What the debtor is owed goes out after all where a hold or a stop switch held it back.

A draw that failed, a payment that was begun and given up, a promise that was not kept, an instalment that comes up:
the debtor hears of it at once, with another way to pay, before any reminder. To a case an occasion is a step of its
own, which no policy has to write.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from domain.agreements import direct_debit, instalments, promises
from domain.agreements.instalments import PlanState
from domain.countries.calendar import Calendar
from domain.money.amount import ZERO
from domain.parties.standing import Thing
from domain.planner import told
from domain.planner.case_facts import CaseFacts, Delivery, DeliveryState
from domain.planner.draws import against_draw, owed_on
from domain.planner.obstacles import why_not
from domain.policy.policy import Anchor, AnchorBase, Policy, Step, StepKind
from domain.vocabulary import ANNOUNCEMENT, CHANNELS, Channel

CONFIRMED_WITHIN = timedelta(days=3)  # banks confirm a mandate in a day or two
SOON = timedelta(days=7)  # an occasion that is older is over: its message would only confuse
READ_WITHIN = timedelta(days=1)
PROOF_WITHIN_DAYS = 7  # what nobody can find is asked about, and nothing harder follows before
SEEN_BANKING_DAYS = 2  # of money that is on its way: the accounts must be imported so near to the end of its wait
INVOICE_TELLS_WITHIN = timedelta(days=2)  # of the claim: it comes first, and says itself what is drawn
BY_MESSAGE = (Channel.EMAIL, Channel.SMS)
IN_WORDS = (Channel.EMAIL, Channel.LETTER)  # what takes more words than an SMS has
ANSWER_DAYS = 14  # to pay, after a reasoned answer
BY_ANY_MEANS = (*BY_MESSAGE, Channel.LETTER)
MAY_HAVE_ARRIVED = (DeliveryState.CLAIMED, DeliveryState.ACCEPTED, DeliveryState.SHADOW)


PAYMENT_ABANDONED = "payment-abandoned"
PAYMENT_LINK = "payment-link"  # to one who is on the phone
PROMISE_BROKEN = "promise-broken"
INSTALMENT_DUE = "instalment-due"
PAYMENT_NOT_FOUND = "payment-not-found"
DISPUTE_REJECTED = "dispute-rejected"
PLAN_BROKEN = "plan-broken"  # the first breach, with one chance to make good
DUE_DATE_MOVED = "due-date-moved"
MANDATE_PENDING = "mandate-pending"
DRAW_RETURNED = "draw-returned"
DRAW_GOES_ON = "draw-goes-on"  # of a draw that should be stopped and cannot be
PAID = "paid"  # thanks, once a case that was reminded of is settled by money
HANDED_OFF = "handed-off"
CREDIT_USED = "credit-used"  # credit of another invoice has paid this one, or a part of it
ANSWERS = (DISPUTE_REJECTED, PAYMENT_NOT_FOUND, "answer")  # to what the debtor said: no reminder
LAST_WORDS = (PAID, HANDED_OFF, CREDIT_USED)  # said before a case closes, whatever else would have waited
AT_ONCE = (Channel.SMS, Channel.EMAIL)
PLAN_AGREED = "plan-agreed"
ADDRESS_GIVEN = "address-given"  # and confirmed by its owner: to where messages go today
STATEMENT = "statement"  # of account: of all the debtor's invoices, sent by one case
DRAW_ANNOUNCED = "draw-announced"
DRAW_CALLED_OFF = "draw-called-off"
ANSWER = "answer"  # a person's, to what the debtor wrote

Happened = Callable[[CaseFacts, Calendar, date, Decimal], Iterator[tuple[str, date]]]


@dataclass(frozen=True, slots=True)
class OccasionRule:
    """One kind of thing that happens to a case, and the message about it."""

    name: str
    """The message's too, and the first word of the step's id: stored, never changed."""
    why: str
    happened: Happened
    """By facts, calendar, today and the tolerance: the key of each such thing, and the day from which it is spoken of."""
    channels: tuple[Channel, ...] = BY_MESSAGE
    deadline_days: int | None = None
    awaited: bool = False
    """Somebody waits for it at this moment: it leaves as soon as people may be called, not from the day's hour on."""
    owed: bool = False
    """The debtor is to hear of it whatever happens: what was held back meanwhile is said after that, with new days."""
    of: str | None = None
    """The fact without which nothing of it has happened, by its name: then it is not asked for. None: always asked for."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing that happened, named by the row it is about; its message leaves from `day` on, within a week."""

    name: str
    key: str
    day: date

    @property
    def step(self) -> Step:
        """The occasion as a step."""
        return occasion_step(f"{self.name}#{self.key}")

    @property
    def why(self) -> str:
        """The occasion in words."""
        return OCCASIONS[self.name].why

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for it at this moment."""
        return OCCASIONS[self.name].awaited


def is_occasion(step_id: str) -> bool:
    """Whether a step's id names an occasion: `failed-draw#12`."""
    return "#" in step_id and step_name(step_id) in OCCASIONS


def step_name(step_id: str) -> str:
    """A step as people know it: an occasion's id has behind its name, and a `#`, the number of what happened."""
    return step_id.partition("#")[0]


@lru_cache(maxsize=1_024)
def occasion_step(step_id: str) -> Step:
    """The step that an occasion's id stands for; KeyError for any other id."""
    rule = OCCASIONS[step_name(step_id)]
    channels = rule.channels
    if rule.name == ANSWER:  # by the way that the debtor's own words came, else by another
        own = [channel for name, channel in CHANNELS.items() if step_id.endswith(f"-{name}")]
        channels = (*own, *(channel for channel in channels if channel not in own))
    return Step(
        id=step_id,
        kind=StepKind.MESSAGE,
        at=Anchor(AnchorBase.DUE_DATE),
        message=rule.name,
        channels=channels,
        read_within=READ_WITHIN,
        deadline_days=rule.deadline_days,
    )


def step_named(policy: Policy, step_id: str) -> Step:
    """The step of a policy, or one that no policy writes, that an id names."""
    if told.is_first_reminder(step_id):
        return told.first_reminder_named(step_id)
    return occasion_step(step_id) if is_occasion(step_id) else policy.steps[policy.index[step_id]]


def heeded(step: Step, sent: Iterable[Delivery]) -> Iterator[Delivery]:
    """The messages whose deadlines a step waits for: all; of a kind, free reminder what answered the debtor alone.

    The invoice and the word on the due date wait for none: they ask for nothing sooner.
    """
    if told.keeps_deadlines(step):
        yield from sent
    elif step.message == "reminder":
        yield from (each for each in sent if is_occasion(each.step))


def occasions(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal = ZERO) -> list[Occasion]:
    """What happened in a case and is still worth a message today, oldest first; sent ones are among them."""
    happened = (
        Occasion(rule.name, key, day)
        for rule in OCCASIONS.values()
        if rule.of is None or getattr(facts, rule.of)
        for key, day in rule.happened(facts, calendar, today, tolerance)
        if today <= (_after_what_held_back(facts, calendar, day) if rule.owed else day) + SOON
    )
    return sorted(happened, key=lambda each: (each.day, each.name))


def _after_what_held_back(facts: CaseFacts, calendar: Calendar, day: date) -> date:
    """From when on something is spoken of that was held back while it could be: the last of the pauses that met it."""
    for since, until in sorted(facts.stood_still):
        if calendar.local_date(since) <= day + SOON:
            day = max(day, calendar.local_date(until))
    return day


def chance_until(facts: CaseFacts) -> date | None:
    """The deadline of the one chance that the plan's debtor was given; an unanswered message may have given it too."""
    if facts.plan is None:
        return None
    told = f"{PLAN_BROKEN}#{facts.plan.id}"
    given = [d.deadline for d in facts.deliveries if d.step == told and d.state in MAY_HAVE_ARRIVED]
    return max((day for day in (*given, facts.plan.chance_until) if day is not None), default=None)


def draw_ends(facts: CaseFacts, calendar: Calendar, today: date) -> date | None:
    """The last day on which a draw that has begun may still bring money; None when none has."""
    if facts.claim_due is None or facts.claim_due > today:
        return None
    last = direct_debit.grace_ends(calendar, calendar.banking_day_on_or_after(facts.claim_due))
    return last if today <= last else None


# --- what happens ----------------------------------------------------------------------------------------------


def _failed_draw(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.failed_claim is not None and facts.plan is None:  # of a plan the missing instalment is spoken of
        yield facts.failed_claim.id, calendar.local_date(facts.failed_claim.at)


def _mandate_pending(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    wish = facts.pending_mandate
    if wish is not None:
        asked = calendar.local_date(wish.at)
        yield f"{wish.id}-{asked:%Y%m%d}", asked + CONFIRMED_WITHIN  # a wish of its own after one that ended


def _draw_returned(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    returned, moved = facts.returned_claim, facts.due_moved
    if returned is None or (moved is not None and moved.payment_returned and moved.at >= returned.at):
        return  # what opened the case again tells of the new days
    yield returned.id, calendar.local_date(returned.at)


def _by_the_planner(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    """The planner asks for it itself, whatever else stands in the way."""
    yield from ()


def _abandoned(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.abandoned_payment is not None:
        yield facts.abandoned_payment.id, calendar.local_date(facts.abandoned_payment.at)


def _link_asked(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    """Of a day that is over nobody is on the phone any more."""
    asked = facts.link_asked
    if asked is not None and calendar.local_date(asked.at) == today:
        yield asked.id, today


def _not_found(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    """Asked only once the accounts have been read: what nobody has looked for is not missing."""
    said, through = facts.unfound_payment, facts.bank_data_through
    if said is None or through is None or facts.plan is not None:
        return
    over = calendar.local_date(said.at)
    needed = calendar.add_banking_days(over, -SEEN_BANKING_DAYS)
    if through >= needed:
        yield said.id, over


def _dispute_rejected(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    if facts.rejected_dispute is not None:
        yield facts.rejected_dispute.id, calendar.local_date(facts.rejected_dispute.at)


def _answer(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.answer is not None:
        yield facts.answer.id, calendar.local_date(facts.answer.at)


def _promise_broken(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    broken = promises.promise_standing(facts.promises, today, facts.bank_data_through, tolerance).broken
    if broken is not None and facts.plan is None:  # a plan takes a promise's place
        yield str(broken.id), calendar.banking_day_on_or_after(broken.pay_by + timedelta(days=1))


def _due_moved(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    moved = facts.due_moved
    ahead = today <= calendar.banking_day_on_or_after(facts.due_date)
    if moved is not None and facts.plan is None and ahead and _heard_before(facts, moved.at):
        yield moved.id, calendar.local_date(moved.at)


def _heard_before(facts: CaseFacts, moment: datetime) -> bool:
    """Whether the debtor may know another due date: the first message itself will say the new one."""
    return bool(facts.already_sent) or any(
        each.state in MAY_HAVE_ARRIVED and each.sent_at <= moment for each in facts.deliveries
    )


def _plan_agreed(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.plan is not None:
        yield str(facts.plan.id), facts.plan.agreed_on


def _instalment_due(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    plan = facts.plan
    if plan is None:
        return
    for instalment in instalments.left(plan.instalments, plan.paid):
        day = max(instalments.remind_on(instalment), plan.agreed_on)
        needless = (day == plan.agreed_on and instalment.number == 1) or instalment.due_on == facts.claim_due
        if today <= instalment.due_on and not needless:  # its confirmation has just said it, or it is drawn
            moved = f"-{instalment.due_on:%Y%m%d}" if instalment.moved_from else ""  # it is said anew
            yield f"{plan.id}-{instalment.number}{moved}", day


def _plan_broken(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    plan = facts.plan
    if plan is None:
        return
    standing = instalments.plan_standing(
        plan.instalments, plan.paid, today, calendar, facts.bank_data_through, chance_until(facts), tolerance
    )
    if standing.state in (PlanState.BREACHED, PlanState.CHANCE) and draw_ends(facts, calendar, today) is None:
        yield str(plan.id), today


def _draw_announced(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    pending = facts.draw
    if pending is None or pending.sent_at is None or not pending.ours_to_tell or pending.due_on < today:
        return
    key = str(pending.claim)
    by_others = (each for each in facts.deliveries if each.step != f"{DRAW_ANNOUNCED}#{key}")
    said = any(each.draw == pending.money and each.state in MAY_HAVE_ARRIVED for each in by_others)
    if not said and against_draw(pending, facts, facts.due_date, calendar, calendar.at(today, time.max)) is None:
        day = calendar.local_date(pending.sent_at)
        yield key, day if facts.deliveries or facts.already_sent else day + INVOICE_TELLS_WITHIN


def _draw_called_off(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    """Of an invoice: each instalment of a plan is spoken of in any case."""
    arrived = (each for each in facts.deliveries if each.draw and each.state in MAY_HAVE_ARRIVED)
    told = max(arrived, key=lambda each: (each.sent_at, str(each.draw)), default=None)
    if told is None or told.draw is None or told.draw.day < today or told.draw.instalment or facts.plan:
        return
    morning = calendar.at(today, time.min)  # the files of today may still hold it
    moved = facts.due_moved is not None and facts.due_moved.at >= told.sent_at  # what is told of that says how to pay
    waits = moved or facts.claim_due is not None or why_not(Thing.DRAW, facts, calendar, calendar.at(today, time.max))
    _, due = owed_on(facts, facts.due_date, None)
    if not waits and not (facts.drawable and direct_debit.is_in_time(calendar, morning, due)):
        yield str(told.draw.day), today


def _statement_asked(
    facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal
) -> Iterator[tuple[str, date]]:
    if facts.statement_asked is not None:
        yield facts.statement_asked.id, calendar.local_date(facts.statement_asked.at)


def _address_given(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.address_given is not None:
        yield facts.address_given.id, calendar.local_date(facts.address_given.at)


def _announced(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.announced is not None and today <= facts.announced.until:
        yield facts.announced.id, calendar.local_date(facts.announced.at)


def _credit_used(facts: CaseFacts, calendar: Calendar, today: date, tolerance: Decimal) -> Iterator[tuple[str, date]]:
    if facts.credit_used is not None:
        yield facts.credit_used.id, calendar.local_date(facts.credit_used.at)


OCCASIONS: dict[str, OccasionRule] = {
    rule.name: rule
    for rule in (
        OccasionRule("failed-draw", "the direct-debit draw failed", _failed_draw, of="failed_claim", owed=True),
        OccasionRule(
            MANDATE_PENDING,
            "direct debit was asked for and not made in the bank",
            _mandate_pending,
            of="pending_mandate",
        ),
        OccasionRule(DRAW_RETURNED, "what was drawn was taken back", _draw_returned, of="returned_claim", owed=True),
        OccasionRule(DRAW_GOES_ON, "it is drawn all the same", _by_the_planner, channels=AT_ONCE),
        OccasionRule(PAID, "thanks for the payment", _by_the_planner, channels=BY_ANY_MEANS),
        OccasionRule(HANDED_OFF, "who has the case now", _by_the_planner, channels=BY_ANY_MEANS),
        OccasionRule(PAYMENT_ABANDONED, "a payment was begun and not finished", _abandoned, of="abandoned_payment"),
        OccasionRule(
            PAYMENT_LINK,
            "who is on the phone wants the way to pay",
            _link_asked,
            of="link_asked",
            channels=AT_ONCE,
            awaited=True,
        ),
        OccasionRule(
            DISPUTE_REJECTED,
            "the objection was looked into: the answer, and new days to pay",
            _dispute_rejected,
            of="rejected_dispute",
            channels=IN_WORDS,
            deadline_days=ANSWER_DAYS,
            owed=True,
        ),
        OccasionRule(
            PAYMENT_NOT_FOUND,
            "the payment that the debtor speaks of was not found: proof is asked for",
            _not_found,
            of="unfound_payment",
            channels=BY_ANY_MEANS,  # nothing hard follows before they were asked
            deadline_days=PROOF_WITHIN_DAYS,
            owed=True,
        ),
        OccasionRule(
            ANSWER,
            "a person has answered what the debtor wrote",
            _answer,
            of="answer",
            channels=BY_ANY_MEANS,
            awaited=True,
            owed=True,
        ),
        OccasionRule(PROMISE_BROKEN, "the promise to pay was not kept", _promise_broken, of="promises"),
        OccasionRule(PLAN_AGREED, "the instalment plan is confirmed in writing", _plan_agreed, of="plan", owed=True),
        OccasionRule(INSTALMENT_DUE, "an instalment comes up", _instalment_due, of="plan"),
        OccasionRule(
            PLAN_BROKEN,
            "an instalment was missed: one chance to make good",
            _plan_broken,
            of="plan",
            channels=BY_ANY_MEANS,  # somebody must hear of it
            deadline_days=instalments.CHANCE_DAYS,
        ),
        OccasionRule(
            DUE_DATE_MOVED, "the due date was moved", _due_moved, of="due_moved", channels=BY_ANY_MEANS, owed=True
        ),
        OccasionRule(
            STATEMENT,
            "a statement of account was asked for",
            _statement_asked,
            of="statement_asked",
            channels=BY_ANY_MEANS,
            owed=True,
        ),
        OccasionRule(
            ADDRESS_GIVEN, "another address was given, and confirmed there", _address_given, of="address_given"
        ),
        OccasionRule(ANNOUNCEMENT, "the creditor tells many of something", _announced, of="announced"),
        OccasionRule(
            CREDIT_USED, "credit of another invoice has paid it", _credit_used, of="credit_used", channels=BY_ANY_MEANS
        ),
        OccasionRule(
            DRAW_CALLED_OFF,
            "what was said to be drawn is not",
            _draw_called_off,
            of="deliveries",
            channels=BY_ANY_MEANS,
        ),
        OccasionRule(DRAW_ANNOUNCED, "money is drawn, and the bank does not tell of it", _draw_announced, of="draw"),
    )
}
"""Every kind by its name."""
