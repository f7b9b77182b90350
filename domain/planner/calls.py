"""What a call is worth, when the next try is, and what may come of one. Who is called first is decided by this alone."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.countries.calendar import Calendar, ContactHours
from domain.countries.law import Law
from domain.countries.rows import Rows
from domain.money.amount import to_cents
from domain.parties.standing import Thing, standing_of
from domain.planner.case_facts import CaseFacts
from domain.planner.obstacles import why_not

TAKEN_FOR = timedelta(minutes=30)  # a call that somebody took and told nothing of is anybody's again
MOST_DAYS = 30  # more days ahead make no call worth more
PARTS = 4  # of the hours in which a person may be called: each try is in another one

_CHANCE = Decimal("0.5")
_EACH_UNANSWERED = Decimal("0.7")
_EACH_PROMISE = Decimal("0.6")


class Outcome(StrEnum):
    """What may come of a call."""

    PAID = "paid"
    PROMISED = "promised"
    PLAN = "plan"
    DISPUTES = "disputes"
    CANNOT_PAY = "cannot pay"
    WRONG_NUMBER = "wrong number"
    NO_ANSWER = "no answer"
    DO_NOT_CALL = "do not call"


def forbidden(facts: CaseFacts, law: Law, now: datetime) -> str | None:
    """Why nobody calls about a case now, in words; None where somebody may."""
    standing = standing_of(facts.life, law.calendar.local_date(now), law)
    if standing.never(Thing.CALL):
        return f"nobody is called: {standing.why(Thing.CALL)}"
    return why_not(Thing.CALL, facts, law.calendar, now)


def chance(facts: CaseFacts, law: Law, now: datetime, unanswered: int) -> Decimal:
    """The chance that a call helps: half, less with every try without an answer and every promise before.

    Of who objects to profiling nothing is guessed from what they did.
    """
    standing = standing_of(facts.life, law.calendar.local_date(now), law)
    promises = 0 if standing.never(Thing.PROFILING) else len(facts.promises)
    return best_chance(unanswered) * _EACH_PROMISE**promises


def best_chance(unanswered: int) -> Decimal:
    """The chance that a call helps to whose debtor nothing happened but so many tries without an answer."""
    return _CHANCE * _EACH_UNANSWERED**unanswered


def days_left(now: datetime, next_at: datetime | None) -> int:
    """The days by which money after a call comes before what happens next without one: one at least."""
    if next_at is None:
        return MOST_DAYS
    return min(max((next_at - now).days, 1), MOST_DAYS)


def worth(balance: Decimal, chance_that_it_helps: Decimal, days: int) -> Decimal:
    """What a call is worth: the balance, by the chance that it helps, by the days left."""
    return to_cents(balance * chance_that_it_helps * days)


def next_try(tried: Sequence[datetime], calendar: Calendar, hours: Rows[ContactHours]) -> datetime:
    """When to call again after tries that nobody answered: a later day, in the part of the day least tried.

    Of those the furthest from the last try is the first.
    """
    tomorrow = calendar.local_date(tried[-1]) + timedelta(days=1)
    opening, closing = (clock.hour * 60 + clock.minute for clock in hours.on(tomorrow).weekdays)
    length = (closing - opening) / PARTS

    def part(moment: datetime) -> int:
        clock = calendar.here(moment).local
        return min(max(int((clock.hour * 60 + clock.minute - opening) / length), 0), PARTS - 1)

    parts = [part(each) for each in tried]
    last = parts[-1]
    chosen = min(range(PARTS), key=lambda each: (parts.count(each), -abs(each - last), each))
    minutes = int(opening + chosen * length)
    there = calendar.next_contact_time(calendar.at(tomorrow, time()), hours)
    at = calendar.at(calendar.local_date(there), time(minutes // 60, minutes % 60))
    return calendar.next_contact_time(at, hours)
