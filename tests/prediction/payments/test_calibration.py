"""Chances that were off are put right by what came, and stay in order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.payments.calibration import FEWEST_FOR_STEPS, Calibration, as_measured, calibrate
from prediction.payments.hazard import EDGES, HORIZONS, STRETCHES, Days, Hazards, chance_by


def lived(hazards: Hazards, seed: int) -> tuple[Days, Days]:
    """What came of some moments that have these hazards: days waited, and days watched."""
    came = np.random.default_rng(seed).random(hazards.shape) < hazards
    waited = np.where(came.any(axis=1), EDGES[1:][np.argmax(came, axis=1)], np.inf)
    return waited, np.full(len(hazards), 100.0)


def some_hazards(count: int, seed: int) -> Hazards:
    """Hazards of moments that differ."""
    return np.random.default_rng(seed).beta(2, 12, (count, 1)) * np.ones(STRETCHES)


@pytest.mark.parametrize("count", [800, 6 * FEWEST_FOR_STEPS], ids=["a few", "many"])
def test_chances_that_are_twice_too_high_hold_after_it(count: int) -> None:
    true = some_hazards(count, 1)
    calibration = calibrate(true * 2, *lived(true, 2))
    fresh = some_hazards(count, 3)
    for days in HORIZONS:
        expected, found = (chance_by(each, float(days)).mean() for each in (fresh, calibration.of(fresh * 2)))
        assert found == pytest.approx(expected, abs=0.03)


def test_little_is_changed_by_little() -> None:
    hazards = np.full((3, STRETCHES), 0.2)
    calibration = calibrate(hazards, np.full(3, np.inf), np.full(3, 100.0))
    assert 0.05 < calibration.of(hazards)[0, 0] < 0.2


def test_of_nothing_chances_stay_as_they_were_guessed() -> None:
    hazards = some_hazards(5, 1)
    calibration = calibrate(np.zeros((0, STRETCHES)), np.zeros(0), np.zeros(0))
    assert calibration.of(hazards) == pytest.approx(hazards)
    assert as_measured().of(hazards) == pytest.approx(hazards)


@given(st.lists(st.lists(st.floats(0, 1), min_size=STRETCHES, max_size=STRETCHES), min_size=1, max_size=4))
def test_more_days_never_bring_a_payment_less_surely(rows: list[list[float]]) -> None:
    true = some_hazards(200, 1)
    calibration = calibrate(true * 3, *lived(true, 2))
    chances = np.array([chance_by(calibration.of(np.array(rows)), float(day)) for day in HORIZONS])
    assert (np.diff(chances, axis=0) >= 0).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_it_is_kept_as_plain_numbers() -> None:
    true = some_hazards(3 * FEWEST_FOR_STEPS, 1)
    calibration = calibrate(true * 2, *lived(true, 2))
    again = Calibration.read(calibration.arrays())
    np.testing.assert_array_equal(again.of(true), calibration.of(true))
