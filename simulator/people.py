"""People with habits: what each does, and when, after a message about money has come. Pure and seeded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Literal

from domain.vocabulary import Channel

# From early to late; a message about something that happened (a failed draw, say) stands outside this order.
MESSAGES = ("invoice", "due-date-reminder", "reminder", "block-warning", "termination-warning", "collection-notice")
EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROMISED_DAYS = 10  # people promise to pay this many days ahead
PLAN_MONTHS = 2

PAYDAYS = (12, 15, 20, 25)  # on which most employers in Norway pay
MONDAY = 0
SOON = 5 * DAY  # so long people wait for a payday once they mean to pay

Slip = Literal["one digit wrong", "the neighbour's number", "an older invoice's KID"]
Draw = Literal["comes", "comes at the next try", "comes late", "fails"]


class Behaviour(StrEnum):
    """What a person can do."""

    OPEN_EMAIL = "opens the email"
    MACHINE_OPEN = "has the email fetched by a mail program"
    VISIT_PAGE = "visits the invoice page"
    PAY_ON_PAGE = "pays from the invoice page"
    PAY_AT_BANK = "pays in the bank"
    GIVE_UP_PAYING = "begins to pay with Vipps and gives up"
    ASK_DIRECT_DEBIT = "asks for direct debit on the page"
    PROMISE = "promises on the page to pay by a day"
    AGREE_PLAN = "agrees on the page to pay in parts"
    SAY_STOP = "answers STOP"
    SAY_PAID = "writes that it is paid"
    DISPUTE = "disputes the invoice"


PAYING = (Behaviour.PAY_ON_PAGE, Behaviour.PAY_AT_BANK)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a kind of person treats messages about money."""

    looks_at: tuple[Channel, ...] = (EMAIL, SMS, LETTER)
    pays_after: str | None = "invoice"  # the first message that makes the person pay, after the invoice on the due date
    pays_by: Behaviour = Behaviour.PAY_AT_BANK
    pays_late: timedelta = timedelta()  # so long after the due date, when it is the invoice that makes the person pay
    on_payday: bool = False  # in the bank rather on a payday or a Monday
    pays_part: Decimal = Decimal(1)  # of what is owed the first time; the rest after the next message
    pays_twice: bool = False  # once more on the day after
    visits: bool = True  # follows the link
    private_mail: bool = False  # a mail program opens everything, the person's own opens are not seen
    says_stop: bool = False  # to the first SMS
    says_paid: bool = False  # when the reminder crosses the payment
    disputes_after: str | None = None
    is_right: bool = False  # the dispute is upheld
    moved: bool = False  # letters come back, emails bounce, the number is dead
    moves_before: str | None = None  # the first letter of this message comes back
    letters_back: float = 0.0  # the share of the letters that come back
    slip: Slip | None = None  # how the KID is typed in the bank
    pays_over: Decimal = Decimal(0)  # so much more than is owed
    gives_up_after: str | None = None  # begins to pay, and stops in the app
    draw: Draw | None = None  # has a mandate for direct debit, and what a draw brings
    wants_direct_debit: bool = False  # and asks for it on the page
    promises_after: str | None = None
    agrees_plan_after: str | None = None
    keeps_word: bool = True  # pays as promised or agreed; else nothing of it
    needs_service: bool = False  # pays when it is blocked


HABITS: dict[str, Habit] = {
    "pays on the due date": Habit(visits=False),
    "pays from the page": Habit(pays_by=Behaviour.PAY_ON_PAGE),
    "forgets until the day": Habit(pays_after="due-date-reminder", pays_by=Behaviour.PAY_ON_PAGE),
    "reads only email": Habit(looks_at=(EMAIL,), pays_after="due-date-reminder"),
    "has private mail": Habit(looks_at=(EMAIL,), private_mail=True, pays_by=Behaviour.PAY_ON_PAGE),
    "reads only SMS": Habit(looks_at=(SMS,), pays_after="due-date-reminder", pays_by=Behaviour.PAY_ON_PAGE),
    "reads only paper": Habit(looks_at=(LETTER,), visits=False),
    "forgets until the reminder": Habit(pays_after="reminder", pays_by=Behaviour.PAY_ON_PAGE),
    "waits for the notice": Habit(pays_after="collection-notice"),
    "pays partly": Habit(pays_after="due-date-reminder", pays_part=Decimal("0.4")),
    "says STOP": Habit(says_stop=True, pays_after="reminder", visits=False),
    "says it is paid": Habit(pays_after="reminder", says_paid=True),
    "disputes rightly": Habit(pays_after=None, disputes_after="due-date-reminder", is_right=True),
    "disputes wrongly": Habit(pays_after="collection-notice", disputes_after="reminder"),
    "cannot pay": Habit(pays_after=None),
    "has moved": Habit(pays_after=None, moved=True),
    "moves before the notice": Habit(pays_after=None, moves_before="collection-notice"),
    "reads and waits": Habit(pays_after=None),
    "mistypes the KID": Habit(visits=False, slip="one digit wrong"),
    "types the neighbour's KID": Habit(visits=False, slip="the neighbour's number"),
    "pays too much": Habit(visits=False, pays_over=Decimal(100)),
    "has direct debit": Habit(pays_after=None, visits=False, draw="comes"),
    "has too little on the day": Habit(pays_after="failed-draw", pays_by=Behaviour.PAY_ON_PAGE, draw="fails"),
    "has money a week late": Habit(pays_after=None, visits=False, draw="comes late"),
    "asks for direct debit": Habit(pays_after=None, wants_direct_debit=True, draw="comes"),
    "keeps a promise": Habit(pays_after=None, promises_after="due-date-reminder"),
    "breaks a promise": Habit(pays_after="collection-notice", promises_after="due-date-reminder", keeps_word=False),
    "keeps a plan": Habit(pays_after=None, agrees_plan_after="due-date-reminder"),
    "breaks a plan": Habit(pays_after=None, agrees_plan_after="due-date-reminder", keeps_word=False),
    "gives up in the app": Habit(gives_up_after="due-date-reminder", pays_after="payment-abandoned"),
    "pays when it is blocked": Habit(pays_after=None, pays_by=Behaviour.PAY_ON_PAGE, needs_service=True),
    "is blocked and pays in the bank": Habit(pays_after=None, needs_service=True),
}


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it comes to a person; `until_due` is how far the due date is ahead (negative: past)."""

    message: str
    channel: Channel
    until_due: timedelta
    answered: frozenset[Behaviour] = frozenset()  # what the person has done about these invoices already


@dataclass(frozen=True, slots=True)
class Intention:
    """What a person will do, so long after the message came, or by `until` at the latest, on a day that suits better.

    `share` of what is owed is paid.
    """

    after: timedelta
    deed: Behaviour
    share: Decimal = Decimal(1)
    until: timedelta | None = None


def react(habit: Habit, received: Received, chance: Random) -> Sequence[Intention]:
    """What a person does about a message, soonest first; the same chance gives the same answer."""
    if habit.moved:
        return []
    intentions: list[Intention] = []
    if received.channel is EMAIL and habit.private_mail:
        intentions.append(Intention(timedelta(minutes=1), Behaviour.MACHINE_OPEN))
    if received.channel in habit.looks_at:
        read = _until_read(received.channel, chance)
        if received.channel is EMAIL and not habit.private_mail:
            intentions.append(Intention(read, Behaviour.OPEN_EMAIL))
        if habit.visits:
            intentions.append(Intention(read + timedelta(minutes=2), Behaviour.VISIT_PAGE))
        intentions += _answers(habit, received, read, chance)
    return sorted(intentions, key=lambda intention: intention.after)


def _until_read(channel: Channel, chance: Random) -> timedelta:
    """A median of 20 minutes for an SMS, 3 hours for an email, half a day for a letter in the letter box."""
    median = {SMS: HOUR / 3, EMAIL: 3 * HOUR}.get(channel, 12 * HOUR)
    return min(median * chance.lognormvariate(0, 0.8), timedelta(days=1.5))


def _answers(habit: Habit, received: Received, read: timedelta, chance: Random) -> list[Intention]:
    if habit.says_stop and received.channel is SMS and Behaviour.SAY_STOP not in received.answered:
        return [Intention(read, Behaviour.SAY_STOP)]
    if _moved_by(habit.disputes_after, received) and Behaviour.DISPUTE not in received.answered:
        return [Intention(read + HOUR, Behaviour.DISPUTE)]
    if habit.wants_direct_debit and Behaviour.ASK_DIRECT_DEBIT not in received.answered:
        return [Intention(read + HOUR / 20, Behaviour.ASK_DIRECT_DEBIT)]
    if _moved_by(habit.gives_up_after, received) and Behaviour.GIVE_UP_PAYING not in received.answered:
        return [Intention(read + HOUR / 10, Behaviour.GIVE_UP_PAYING)]
    if _moved_by(habit.agrees_plan_after, received) and Behaviour.AGREE_PLAN not in received.answered:
        return [Intention(read + HOUR, Behaviour.AGREE_PLAN)]
    if _moved_by(habit.promises_after, received) and Behaviour.PROMISE not in received.answered:
        promise = Intention(read + HOUR, Behaviour.PROMISE)
        paid_in_time = Intention(promise.after + (PROMISED_DAYS - 3) * DAY, habit.pays_by)
        return [promise, paid_in_time] if habit.keeps_word else [promise]
    paid = received.answered.intersection(PAYING)
    if not _moved_by(_makes_pay(habit, received), received) or (paid and habit.pays_part == 1):
        return []
    share = Decimal(1) if paid else habit.pays_part
    after = read + timedelta(hours=chance.uniform(0.5, 48))
    until = after + SOON
    if received.message == "invoice":
        after, until = read + HOUR / 2, received.until_due - timedelta(hours=chance.uniform(2, 60))
        if habit.pays_late:
            after = until = received.until_due + habit.pays_late
        if not habit.on_payday:
            after = max(after, until)
    paying = Intention(after, habit.pays_by, share, until if habit.on_payday and until > after else None)
    if habit.says_paid and received.channel is SMS:
        return [paying, Intention(after + HOUR, Behaviour.SAY_PAID)]
    return [paying]


def _makes_pay(habit: Habit, received: Received) -> str | None:
    """The message that makes the person pay: whoever pays late has seen the invoice, and waits for no word but a reminder."""
    return "reminder" if habit.pays_late and received.message != "invoice" else habit.pays_after


def on_payday(first: date, last: date) -> date:
    """The latest payday from one day through another, else the latest Monday, else the last day."""
    days = [last - n * DAY for n in range((last - first).days + 1)]
    paydays = (day for day in days if day.day in PAYDAYS)
    return next(paydays, next((day for day in days if day.weekday() == MONDAY), last))


def _moved_by(threshold: str | None, received: Received) -> bool:
    """Whether this message is the one that makes the person act, or a later one."""
    if threshold not in MESSAGES:
        return threshold == received.message
    return _rank(received.message) >= _rank(threshold)


def _rank(message: str) -> float:
    return MESSAGES.index(message) if message in MESSAGES else -math.inf
