"""How many debtors an experiment needs, told before it begins."""

import random

import pytest

from domain.experiments.sample_size import POWER, alpha_of, needed
from domain.experiments.sequence import Counted, difference


def test_half_the_effect_needs_four_times_the_debtors() -> None:
    few, many = (needed({"a": 1, "b": 1}, "a", 0.5, smallest).debtors for smallest in (0.1, 0.05))
    assert many == pytest.approx(4 * few, rel=0.05)


def test_half_and_half_needs_the_fewest_and_more_arms_need_more() -> None:
    even = needed({"a": 50, "b": 50}, "a", 0.4, 0.05).debtors
    assert even < needed({"a": 90, "b": 10}, "a", 0.4, 0.05).debtors
    assert even < needed({"a": 50, "b": 25, "c": 25}, "a", 0.4, 0.05).debtors


def test_the_debtors_are_divided_as_the_shares_are() -> None:
    found = needed({"a": 60, "b": 30, "c": 10}, "a", 0.4, 0.05)
    assert found.of_arm["a"] == pytest.approx(6 * found.of_arm["c"], rel=0.01)
    assert sum(found.of_arm.values()) == found.debtors


def test_more_comparisons_share_the_chance_of_an_error() -> None:
    assert [alpha_of(arms) for arms in (2, 3, 6)] == [0.05, 0.025, 0.01]


@pytest.mark.parametrize("smallest", [0, -0.1, 1, 1.5])
def test_no_effect_at_all_needs_no_number(smallest: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed({"a": 1, "b": 1}, "a", 0.5, smallest)


def test_shares_of_none_and_all_have_an_answer_too() -> None:
    assert all(needed({"a": 1, "b": 1}, "a", usual, 0.05).debtors > 50 for usual in (0.0, 1.0))


def test_with_so_many_a_difference_of_the_smallest_is_found_as_often_as_it_says(full: bool) -> None:
    planned = needed({"a": 1, "b": 1}, "a", 0.5, 0.15)
    times = 400 if full else 60
    each = planned.of_arm["a"]
    found = 0
    for seed in range(times):
        chance = random.Random(seed)
        base = Counted(each, sum(chance.random() < 0.5 for _ in range(each)))
        arm = Counted(each, sum(chance.random() < 0.65 for _ in range(each)))
        found += difference(arm, base, planned.variance).is_above
    assert found / times > POWER - 2 * (POWER * (1 - POWER) / times) ** 0.5
