"""Intervals hold what they say: the figure lies between their ends, more that was seen says more, chance alone nothing."""

from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intervals import Seen, chance, chances_apart, of_share, of_times, rate


def test_a_share_is_as_wilson_reckons_it() -> None:
    found = of_share(10, 40)
    assert found is not None
    assert [round(each, 4) for each in found] == [0.25, 0.1419, 0.4019]
    assert of_share(0, 0) is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_between_its_ends_and_those_within_nothing_and_all(part: int, more: int) -> None:
    found = of_share(part, part + more)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    surer = of_share(part * 10, (part + more) * 10)
    assert surer is not None
    assert surer.high - surer.low < found.high - found.low


def test_twice_as_many_are_told_as_twice_as_many() -> None:
    found = of_times(80, [40, 40, 40, 40])
    assert found is not None
    assert (round(found.value, 6), found.low > 1.4, found.high < 2.9) == (2, True, True)


def test_weeks_that_vary_by_themselves_say_less() -> None:
    calm, restless = of_times(60, [30, 30, 30, 30]), of_times(60, [5, 60, 10, 45])
    assert calm is not None
    assert restless is not None
    assert calm.low > 1 > restless.low
    assert restless.high > calm.high


def test_of_no_time_before_nothing_is_said_and_what_never_came_before_has_no_upper_end() -> None:
    assert of_times(5, []) is None
    assert of_times(0, [0, 0]) is None
    new = of_times(20, [0, 0, 0, 0])
    assert new is not None
    assert (new.value, new.high, new.low > 1) == (inf, inf, True)


@pytest.mark.parametrize("seed", range(3))
def test_two_rates_that_are_the_same_are_hardly_ever_found_apart(seed: int) -> None:
    """Also where a debtor pays all invoices at once: such a debtor is one story."""
    draw, apart = Random(seed), 0
    for _ in range(200):
        sides = []
        for _ in range(2):
            debtors = [(draw.random() < 0.3) * 4 for _ in range(60)]
            sides.append(rate([_all_of(debtors, time=4.0)]))
        one, other = sides
        assert one is not None
        assert other is not None
        found = chances_apart(one, other)
        apart += not found.low <= 0 <= found.high
    assert apart <= 20


def test_what_never_came_is_not_sure() -> None:
    never, other = rate([_all_of([0] * 10, 1.0)]), rate([_all_of([1] * 3 + [0] * 7, 1.0)])
    assert never is not None
    assert other is not None
    assert chances_apart(never, other).high > 0
    assert round(chance(other), 3) == 0.259
    assert rate([]) is None


def _all_of(came: list[int], time: float) -> Seen:
    return Seen(
        len(came), sum(came), time * len(came), sum(each * each for each in came),
        sum(each * time for each in came), time * time * len(came),
    )  # fmt: skip
