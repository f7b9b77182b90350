"""An arm after which surely more debtors complain is stopped, whenever it is seen."""

import random

import pytest

from domain.experiments.guard_rails import ALPHA, evidence, must_stop


@pytest.mark.parametrize("share", [0.5, 0.1, 0.8])
def test_a_harmless_arm_that_is_looked_at_after_every_complaint_is_hardly_ever_stopped(
    share: float, full: bool
) -> None:
    times = 400 if full else 40
    stopped = sum(_stopped_after(random.Random(seed), share) is not None for seed in range(times))
    allowed = ALPHA * times
    assert stopped <= allowed + 2 * allowed**0.5, stopped


def test_an_arm_with_three_times_the_complaints_is_stopped_soon() -> None:
    stopped = [_stopped_after(random.Random(seed), 0.5, three_times=True) for seed in range(20)]
    assert all(after is not None and after <= 100 for after in stopped), stopped


def test_fewer_complaints_than_in_the_base_never_stop_an_arm() -> None:
    assert not must_stop(0, 500, 0.5, 1)


def test_nothing_seen_says_nothing() -> None:
    assert evidence(0, 0, 0.5) == pytest.approx(1)


def test_an_arm_that_is_given_to_nobody_or_to_all_is_not_judged() -> None:
    assert not must_stop(900, 0, 1.0, 1)
    assert not must_stop(900, 0, 0.0, 1)


def test_more_tests_ask_for_more_evidence() -> None:
    assert must_stop(12, 2, 0.5, 1)
    assert not must_stop(12, 2, 0.5, 6)


def test_thousands_of_complaints_are_no_trouble_to_count() -> None:
    assert must_stop(50_000, 1_000, 0.1, 30)
    assert not must_stop(50_000, 50_000, 0.5, 1)


def _stopped_after(chance: random.Random, share: float, *, three_times: bool = False) -> int | None:
    of_arm = of_base = 0
    likely = 3 * share / (1 + 2 * share) if three_times else share
    for seen in range(1, 121):
        of_arm, of_base = (of_arm + 1, of_base) if chance.random() < likely else (of_arm, of_base + 1)
        if must_stop(of_arm, of_base, share, 1):
            return seen
    return None
