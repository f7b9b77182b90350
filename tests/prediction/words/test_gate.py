"""What was learned anew is used where it is as good as what is in use, luck aside, and good enough by itself."""

from random import Random

import pytest

from prediction.words.folds import Outcome
from prediction.words.gate import HELD_FOR_NOTHING, STOPS_FOUND, why_not


def outcomes(found: int = 99, held: int = 10, right: int = 194) -> list[Outcome]:
    """Of 100 stops so many are found, of 100 others so many held, of all so many right."""
    stops = [Outcome(True, at < found, True) for at in range(100)]
    others = [Outcome(False, at < held, True) for at in range(100)]
    return [Outcome(each.stop, each.held, at < right) for at, each in enumerate([*stops, *others])]


@pytest.mark.parametrize(
    ("new", "used", "why"),
    [
        (outcomes(), outcomes(), ""),
        (outcomes(found=100, held=5, right=200), outcomes(), ""),
        (outcomes(right=192), outcomes(), ""),
        (outcomes(held=12), outcomes(), ""),
        (outcomes(found=98), outcomes(found=99), "it finds 98.0% of the stops, and 99.0% are asked for"),
        (outcomes(found=97), outcomes(found=97), "it finds 97.0% of the stops, and 98.0% are asked for"),
        (outcomes(held=20), outcomes(held=20), "it holds 20.0% for nothing, and less than 20% is asked for"),
        (outcomes(held=18), outcomes(), "it holds 18.0% for nothing, and what is in use 10.0%"),
        (outcomes(right=180), outcomes(), "it is right in 90.0%, and what is in use in 97.0%"),
    ],
)
def test_the_gate(new: list[Outcome], used: list[Outcome], why: str) -> None:
    assert why_not(new, used) == why


def test_what_falls_either_way_by_luck_is_no_difference() -> None:
    luck = Random(1)
    refused = 0
    for _ in range(60):
        one, other = ([Outcome(at < 100, at < 100, luck.random() < 0.95) for at in range(500)] for _ in range(2))
        refused += bool(why_not(one, other))
    assert refused <= 6


def test_whatever_passes_is_good_enough_by_itself() -> None:
    luck = Random(2)
    for _ in range(300):
        new, used = (outcomes(luck.randint(95, 100), luck.randint(0, 25), luck.randint(150, 200)) for _ in range(2))
        if not why_not(new, used):
            assert sum(each.held for each in new if each.stop) >= 100 * STOPS_FOUND
            assert sum(each.held for each in new if not each.stop) < 100 * HELD_FOR_NOTHING
