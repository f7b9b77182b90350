"""Stretches of days after a moment: what was seen of each, and what a chance for each says about days."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.payments.hazard import EDGES, HORIZONS, STRETCHES, Hazards, chance_by, median_day, periods

NEVER = np.inf
ROWS = st.lists(st.lists(st.floats(0, 1), min_size=STRETCHES, max_size=STRETCHES), min_size=1, max_size=5)


def test_a_paid_invoice_is_seen_until_it_was_paid() -> None:
    found = periods(np.array([5.0]), np.array([90.0]))
    assert found.stretch.tolist() == [0, 1, 2]
    assert found.paid.tolist() == [False, False, True]


def test_an_open_invoice_is_seen_as_long_as_it_was_watched_and_no_longer() -> None:
    found = periods(np.array([NEVER]), np.array([9.9]))
    assert found.stretch.tolist() == [0, 1, 2]
    assert not found.paid.any()


def test_a_stretch_that_was_not_watched_to_its_end_says_nothing_whether_paid_or_not() -> None:
    assert periods(np.array([8.0]), np.array([9.0])).stretch.tolist() == [0, 1, 2]


def test_of_no_moment_there_is_nothing() -> None:
    assert len(periods(np.zeros(0), np.zeros(0))) == 0


@given(ROWS)
def test_more_days_never_bring_a_payment_less_surely(rows: list[list[float]]) -> None:
    hazards: Hazards = np.array(rows)
    days = sorted((0, 0.5, *HORIZONS, 17, 60, 90))
    chances = np.array([chance_by(hazards, float(day)) for day in days])
    assert (np.diff(chances, axis=0) >= 0).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_a_chance_within_a_stretch_lies_between_its_ends_and_beyond_the_last_it_is_not_known() -> None:
    hazards = np.full((1, 4), 0.5)  # to ten days
    assert chance_by(hazards, 3.0)[0] == pytest.approx(0.75)
    assert 0.75 < chance_by(hazards, 5.0)[0] < chance_by(hazards, 7.0)[0] == pytest.approx(0.875)
    assert np.isnan(chance_by(hazards, 11.0)[0])
    assert chance_by(np.full((2, 4), 0.5), np.array([3.0, 10.0])).tolist() == pytest.approx([0.75, 0.9375])


def test_the_median_day_is_the_one_by_which_a_payment_is_as_likely_as_not() -> None:
    hazards = np.concatenate([np.full((1, STRETCHES), 0.2), np.full((1, STRETCHES), 0.01)])
    day = median_day(hazards)
    assert chance_by(hazards[:1], day[0])[0] == pytest.approx(0.5)
    assert np.isnan(day[1]), "less likely than not within what is foreseen: there is none"


def test_a_certain_payment_has_a_day_at_once() -> None:
    assert 0 <= median_day(np.ones((1, STRETCHES)))[0] <= EDGES[1]
