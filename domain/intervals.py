"""How sure a figure is that was counted: the interval of a share, of how many times as often, and of a difference of rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, inf, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

FEWEST: Final = 10
"""Debtors: of fewer no figure is told, for it would be about somebody and sure of nothing."""
SURE: Final = 0.95


class Interval(NamedTuple):
    """A figure and the ends between which it surely lies."""

    value: float
    low: float
    high: float


class Seen(NamedTuple):
    """How often something came in the time of many debtors at risk of it.

    Sums over debtors: `came`, `time`, their squares and their product, by which a debtor's own times count as one story.
    """

    debtors: int
    came: float
    time: float
    came_squared: float
    both: float
    time_squared: float


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something comes in a unit of time, and how far that varies by chance."""

    value: float
    variance: float


def of_share(part: float, whole: float, sure: float = SURE) -> Interval | None:
    """A share of a whole, with Wilson's interval; None of nothing."""
    if whole <= 0:
        return None
    z, share = _z(sure), part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def of_times(last: int, before: Sequence[int], sure: float = SURE) -> Interval | None:
    """How many times as many there were in the last stretch as in one before, on average; None where none is before it.

    Given all of them, the last stretch's are a share (Przyborowski and Wilenski, 1940). Stretches that vary more among
    themselves than chance alone has them do say less, by so much.
    """
    if not before:
        return None
    usual, stretches = sum(before) / len(before), len(before)
    spread = sum((each - usual) ** 2 for each in before) / usual / (stretches - 1) if usual and stretches > 1 else 1.0
    wide = max(1.0, spread)
    share = of_share(last / wide, (last + sum(before)) / wide, sure)
    if share is None:
        return None
    return Interval(*(inf if each >= 1 else each / (1 - each) * stretches for each in share))


def rate(of: Iterable[Seen]) -> Rate | None:
    """How often it came in a unit of time; None where nobody was at risk.

    Its variance is over debtors, and never less than that of one more that came, each by itself: what never came is not sure.
    """
    seen = list(of)
    came, time = sum(each.came for each in seen), sum(each.time for each in seen)
    if time <= 0:
        return None
    often = came / time
    over = sum(each.came_squared - 2 * often * each.both + often * often * each.time_squared for each in seen)
    return Rate(often, max(over, came + 1) / (time * time))


def chances_apart(one: Rate, other: Rate, sure: float = SURE) -> Interval:
    """By how much the chance that it comes within a unit of time is greater by one rate than by the other."""
    apart = exp(-other.value) - exp(-one.value)
    half = _z(sure) * sqrt(one.variance * exp(-2 * one.value) + other.variance * exp(-2 * other.value))
    return Interval(apart, max(-1.0, apart - half), min(1.0, apart + half))


def chance(rate: Rate) -> float:
    """The chance that it comes within a unit of time."""
    return 1 - exp(-rate.value)


def _z(sure: float) -> float:
    return NormalDist().inv_cdf((1 + sure) / 2)
