"""How people deal with invoices, by shares: plausible, from experience, measured by nobody. Pure and seeded.

What somebody is like is drawn for the person, what befalls an invoice for that invoice, and each by its own chance: one more
trait changes none of the others.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Final

from simulator.people import Behaviour, Draw, Habit, Slip

WAYS: Final = {"AvtaleGiro": 0.40, "eFaktura": 0.27, "email": 0.20, "paper": 0.13}
"""How somebody gets invoices and pays them; all but AvtaleGiro pay by hand."""
ON_TIME, ON_THE_DAY, LATE, REMINDED, WARNED, NEVER = (
    "pays on time", "pays when reminded on the day", "pays late by themselves", "pays when reminded",
    "pays when warned", "never pays",
)  # fmt: skip
PUNCTUALITY: Final = {ON_TIME: 0.78, ON_THE_DAY: 0.10, LATE: 0.05, REMINDED: 0.04, WARNED: 0.02, NEVER: 0.01}
"""Of those who pay by hand, which message it takes: 78 % are on time, 88, 93, 97 and 99 % by the next ones."""
PAYS_AFTER: Final = {
    ON_TIME: "invoice",
    ON_THE_DAY: "due-date-reminder",
    LATE: "invoice",
    REMINDED: "reminder",
    WARNED: "block-warning",  # or the notice, which is the later word
    NEVER: None,
}
LATE_DAYS = (2, 12)  # after the due date, and before a reminder
DRAWS: Final[Mapping[str, float]] = {
    "comes": 0.98,
    "comes at the next try": 0.01,
    "paid by hand": 0.0067,
    "fails": 0.0033,
}
"""What becomes of a draw: 2 % fail at first, of which half come at the bank's next try and a third are paid by hand."""
SLIPS: Final[Mapping[str, float]] = {"one digit wrong": 0.015, "an older invoice's KID": 0.007, "": 0.978}
PAYS_TWICE, PAYS_PART = 0.003, 0.01
BOUNCES, UNDELIVERED, RETURNED = 0.015, 0.025, 0.015  # of email addresses, of mobile numbers, of letters
DIES_IN_A_MONTH = 0.0007
PRIVATE_MAIL = 0.40  # whose mail program opens everything
STORIES: Final[Mapping[str, float]] = {"says paid": 0.03, "disputes": 0.02, "plan": 0.05, "promise": 0.08, "": 0.82}
"""Of invoices whose debtor is late."""
KEEPS_PLAN, KEEPS_PROMISE = 0.80, 0.65
PLANNED_FROM = Decimal(500)  # nobody pays less than this in parts

# Without these people could not be played; nobody has counted them either.
PAYS_FROM_PAGE = 0.5  # of those who get the invoice by email
ON_PAYDAY = 0.5  # of those who pay in the bank
DISPUTES_RIGHTLY = 0.5


def chance(seed: int, *of: object) -> Random:
    """The chance of one person or invoice and one trait: always the same."""
    return Random("/".join(map(str, (seed, *of))))


def drawn(shares: Mapping[str, float], by: Random) -> str:
    """One of the names, each with its share."""
    return by.choices([*shares], [*shares.values()])[0]


def way(seed: int, person: int) -> str:
    """How a person gets invoices and pays them."""
    return drawn(WAYS, chance(seed, person, "way"))


def punctuality(seed: int, person: int) -> str:
    """Which message it takes for a person who pays by hand."""
    return drawn(PUNCTUALITY, chance(seed, person, "punctuality"))


def dies_on(seed: int, person: int, days: int) -> int | None:
    """On which of so many days, counted from the first, a person dies; None who lives on."""
    by = chance(seed, person, "dies")
    return by.randrange(days) if by.random() < DIES_IN_A_MONTH * days * 12 / 365 else None


def habit(seed: int, person: int) -> Habit:
    """What a person does about messages, whatever befalls."""
    if (by := way(seed, person)) == "AvtaleGiro":
        return Habit(pays_after=None, visits=False, draw="comes", letters_back=RETURNED)
    kind = punctuality(seed, person)
    from_page = by == "email" and chance(seed, person, "page").random() < PAYS_FROM_PAGE
    days = chance(seed, person, "late").uniform(*LATE_DAYS) if kind == LATE else 0
    return Habit(
        pays_after=PAYS_AFTER[kind],
        pays_by=Behaviour.PAY_ON_PAGE if from_page else Behaviour.PAY_AT_BANK,
        pays_late=timedelta(days=days),
        on_payday=not from_page and chance(seed, person, "payday").random() < ON_PAYDAY,
        visits=by != "paper",
        private_mail=chance(seed, person, "mail").random() < PRIVATE_MAIL,
        letters_back=RETURNED,
    )


def habit_of_invoice(seed: int, person: int, place: int, amount: Decimal) -> Habit:
    """What the person does about the invoice that is its so-manieth: the usual, and what befalls this one."""
    usual = habit(seed, person)
    if usual.draw:
        return _of_draw(usual, drawn(DRAWS, chance(seed, person, place, "draw")))
    slip: Slip | None = None
    match drawn(SLIPS, chance(seed, person, place, "slip")):
        case "one digit wrong" | "an older invoice's KID" as typed:
            slip = typed
    usual = replace(
        usual,
        slip=slip,
        pays_twice=chance(seed, person, place, "twice").random() < PAYS_TWICE,
        pays_part=Decimal("0.5") if chance(seed, person, place, "part").random() < PAYS_PART else Decimal(1),
    )
    if punctuality(seed, person) in (ON_TIME, ON_THE_DAY):
        return usual
    by = chance(seed, person, place, "story")
    return _of_story(usual, drawn(STORIES, by), by, amount)


def _of_draw(usual: Habit, draw: str) -> Habit:
    if draw == "paid by hand":
        return replace(usual, draw="fails", pays_after="failed-draw")
    if draw == "fails":
        return replace(usual, draw="fails", pays_after="reminder")
    came: Draw = "comes" if draw == "comes" else "comes at the next try"
    return replace(usual, draw=came)


def _of_story(usual: Habit, story: str, by: Random, amount: Decimal) -> Habit:
    match story:
        case "says paid":
            return replace(usual, says_paid=True, pays_after=usual.pays_after or "reminder")
        case "disputes":
            right = by.random() < DISPUTES_RIGHTLY
            after = None if right else "block-warning"
            return replace(usual, disputes_after="due-date-reminder", is_right=right, pays_after=after)
        case "plan" if amount >= PLANNED_FROM:
            keeps = by.random() < KEEPS_PLAN
            return replace(usual, agrees_plan_after="due-date-reminder", keeps_word=keeps, pays_after=None)
        case "promise":
            keeps = by.random() < KEEPS_PROMISE
            after = None if keeps else "block-warning"
            return replace(usual, promises_after="due-date-reminder", keeps_word=keeps, pays_after=after)
    return usual
