"""An interval that holds on every day at once, however often somebody looks."""

import random

import pytest

from domain.experiments.sample_size import needed
from domain.experiments.sequence import ALPHA, NOTHING_KNOWN, Counted, Interval, difference, stretch

TUNED = 0.0004


@pytest.mark.parametrize(("usual", "share"), [(0.5, 0.5), (0.1, 0.5), (0.1, 0.1), (0.95, 0.2)])
def test_of_experiments_without_a_difference_looked_at_every_day_at_most_one_in_twenty_finds_one(
    usual: float, share: float, full: bool
) -> None:
    experiments = 400 if full else 40
    wrong = sum(_finds_something(random.Random(seed), usual, usual, share) for seed in range(experiments))
    allowed = ALPHA * experiments
    assert wrong <= allowed + 2 * (allowed * (1 - ALPHA)) ** 0.5 * (not full), wrong


def test_whoever_looks_every_day_with_a_usual_interval_is_wrong_far_more_often() -> None:
    wrong = 0
    for seed in range(40):
        days = _days(random.Random(seed), 0.5, 0.5, 0.5)
        wrong += any(
            abs(one.share - other.share) > 1.96 * (one.variance + other.variance) ** 0.5
            for one, other in days
            if min(one.debtors, other.debtors) > 25
        )
    assert wrong > 40 * 3 * ALPHA


def test_a_difference_twice_the_smallest_is_found_long_before_the_last_debtor() -> None:
    planned = needed({"a": 1, "b": 1}, "a", 0.5, 0.1)
    found = [_found_after(random.Random(seed), 0.5, 0.7, planned.variance) for seed in range(20)]
    assert all(after is not None and after < planned.debtors for after in found), found
    assert sum(after for after in found if after is not None) / 20 < planned.debtors / 2


def test_a_difference_counts_from_both_sides_alike() -> None:
    one, other = Counted(400, 260), Counted(300, 120)
    there, back = difference(one, other, TUNED), difference(other, one, TUNED)
    assert there.is_above
    assert back.is_below
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_where_all_pay_or_nobody_does_nothing_is_said() -> None:
    for came in (0, 500):
        assert difference(Counted(500, came), Counted(500, came), TUNED) == NOTHING_KNOWN


def test_an_arm_that_nobody_got_says_nothing() -> None:
    assert difference(Counted(0, 0), Counted(900, 500), TUNED) == NOTHING_KNOWN


def test_the_more_debtors_the_narrower() -> None:
    widths = [_width(difference(Counted(n, n // 2), Counted(n, n // 2), TUNED)) for n in (50, 500, 5000, 50_000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 10


def test_looking_every_night_costs_about_half_as_much_again() -> None:
    assert 2.8 < stretch() < 3.1


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def _days(chance: random.Random, usual: float, other: float, share: float) -> list[tuple[Counted, Counted]]:
    """Sixty days of twenty debtors, as they have been counted at the end of each."""
    debtors, came = [0, 0], [0, 0]
    days = []
    for _ in range(60):
        for _ in range(20):
            arm = int(chance.random() < share)
            debtors[arm] += 1
            came[arm] += chance.random() < (other if arm else usual)
        days.append((Counted(debtors[1], came[1]), Counted(debtors[0], came[0])))
    return days


def _finds_something(chance: random.Random, usual: float, other: float, share: float) -> bool:
    tuned = needed({"base": 1 - share, "arm": share}, "base", usual, 0.1).variance
    intervals = (difference(one, two, tuned) for one, two in _days(chance, usual, other, share))
    return any(each.is_above or each.is_below for each in intervals)


def _found_after(chance: random.Random, usual: float, other: float, tuned: float) -> int | None:
    for one, two in _days(chance, usual, other, 0.5):
        if difference(one, two, tuned).is_above:
            return one.debtors + two.debtors
    return None
