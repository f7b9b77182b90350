"""How many calls and replies to expect: as many for each message as came before, on days like these, and how far that varies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from math import ceil, floor, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

from domain.intervals import Interval

WEEK: Final = 7
SURE: Final = 0.8
"""Four of five such days lie within the range: whoever plans for people plans for a usual day, not for the worst."""


class Day(NamedTuple):
    """A day as it was: how many messages went out on it, and how many replies and calls came."""

    on: date
    messages: int
    replies: int
    calls: int


class Ahead(NamedTuple):
    """A day ahead: the messages and calls to make, as they are planned or else usual, and the contacts expected to come."""

    on: date
    works: bool
    messages: float
    calls_to_make: int
    replies: Interval
    calls: Interval


def staffing(
    past: Iterable[Day],
    due: Mapping[date, int],
    to_call: Mapping[date, int],
    first: date,
    days: int,
    off: frozenset[date],
) -> list[Ahead]:
    """Each of the days from the first on. `past` are whole weeks before it; `off` are public holidays, before and ahead.

    A day's messages are those that are due on it, and no fewer than usual on its weekday. Of the messages of the seven days
    through it as many bring a reply on it as on such weekdays before. What is to be called on a day off is called on the next
    one; Saturdays and Sundays are days off for calls to make, and contacts come on them as they do.
    """
    kept = sorted(past)
    sent = {each.on: float(each.messages) for each in kept}
    usual = _usual_messages(kept, off)
    ahead = [first + timedelta(days=place) for place in range(days)]
    for day in ahead:
        sent[day] = max(float(due.get(day, 0)), 0.0 if day in off else usual.get(day.weekday(), 0.0))
    moved = _on_working_days(to_call, ahead, off)
    told = {day: _week_through(sent, day) for day in sent}
    return [
        Ahead(
            day,
            _works(day, off),
            sent[day],
            moved[day],
            _expected(kept, told, day, off, "replies"),
            _expected(kept, told, day, off, "calls"),
        )
        for day in ahead
    ]


def _works(day: date, off: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in off


def _usual_messages(past: Iterable[Day], off: frozenset[date]) -> Mapping[int, float]:
    of_weekday = defaultdict[int, list[int]](list)
    for each in past:
        if each.on not in off:
            of_weekday[each.on.weekday()].append(each.messages)
    return {weekday: sum(of) / len(of) for weekday, of in of_weekday.items()}


def _week_through(sent: Mapping[date, float], day: date) -> float:
    return sum(sent.get(day - timedelta(days=back), 0.0) for back in range(WEEK))


def _on_working_days(to_call: Mapping[date, int], ahead: list[date], off: frozenset[date]) -> dict[date, int]:
    moved = dict.fromkeys(ahead, 0)
    for day, calls in sorted(to_call.items()):
        on = max(day, ahead[0])
        while not _works(on, off):
            on += timedelta(days=1)
        if on in moved:
            moved[on] += calls
    return moved


def _expected(past: list[Day], told: Mapping[date, float], day: date, off: frozenset[date], what: str) -> Interval:
    """By the days before of the same weekday; of a holiday by the Sundays, on which people are as free."""
    like = 6 if day in off else day.weekday()
    days = [each for each in past if each.on.weekday() == like and each.on not in off]
    came, messages = [getattr(each, what) for each in days], [told[each.on] for each in days]
    if not days:
        return Interval(0.0, 0.0, 0.0)
    each_message = sum(came) / sum(messages) if sum(messages) else None
    fitted = [sum(came) / len(days) if each_message is None else each_message * of for of in messages]
    value = sum(came) / len(days) if each_message is None else each_message * told[day]
    expected = sum(fitted) / len(fitted)
    spread = sum((one - other) ** 2 for one, other in zip(came, fitted, strict=True)) / max(len(days) - 1, 1)
    wide = max(1.0, spread / expected) if expected else 1.0
    # What came on so few days is itself known so well only: its own chance is added to the day's.
    half = NormalDist().inv_cdf((1 + SURE) / 2) * sqrt(wide * (value + value * value / max(sum(came), 1)))
    return Interval(value, float(max(0, floor(value - half))), float(ceil(value + half)))
