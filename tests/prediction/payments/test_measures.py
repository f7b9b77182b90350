"""How good guesses are: figures that are the field's own, and intervals over customers."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from prediction.payments.measures import Guessed, better_by, measure


def some_guesses(count: int = 400, customers: int = 60, seed: int = 0, too_high: float = 0.0) -> Guessed:
    """Chances that hold but for how much they are too high."""
    chance = np.random.default_rng(seed)
    true = np.round(chance.beta(2, 3, count), 2)
    came = chance.random(count) < true
    return Guessed(np.clip(true + too_high, 0, 1), came, chance.integers(0, customers, count))


def test_the_figures_are_those_that_everybody_has() -> None:
    guessed = some_guesses()
    found = measure(guessed)
    assert found.auc.value == pytest.approx(roc_auc_score(guessed.came, guessed.chance))
    assert found.brier.value == pytest.approx(brier_score_loss(guessed.came, guessed.chance))
    assert found.log_loss.value == pytest.approx(log_loss(guessed.came, guessed.chance), abs=1e-4)
    for figure in (found.auc, found.brier, found.log_loss, found.too_high):
        assert figure.low < figure.value < figure.high


def test_chances_that_are_too_high_are_found() -> None:
    found = measure(some_guesses(too_high=0.2))
    assert found.too_high.low > 0.05
    assert found.calibration_error.low > 0.05


def test_one_customer_who_is_half_of_the_book_tells_one_story_alone() -> None:
    guessed = some_guesses(seed=3)
    half = np.arange(400) < 200
    came = guessed.came | half  # and who is that half always pays
    spread, one = (
        Guessed(guessed.chance, came, np.where(half, whose, guessed.customer)) for whose in (guessed.customer, 0)
    )
    widths = [each.high - each.low for each in (measure(spread).too_high, measure(one).too_high)]
    assert widths[1] > 1.5 * widths[0]


def test_of_one_class_alone_nothing_can_be_told_apart() -> None:
    guessed = some_guesses()
    found = measure(Guessed(guessed.chance, np.ones(400, dtype=bool), guessed.customer))
    assert np.isnan(found.auc.value)
    assert found.came == 1


def test_of_nothing_nothing_is_known() -> None:
    found = measure(Guessed(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=np.intp)))
    assert found.count == 0
    assert np.isnan([found.auc.value, found.brier.low, found.came]).all()


def test_the_same_guesses_are_not_better_than_themselves() -> None:
    by = better_by(some_guesses(), some_guesses())
    assert all((each.value, each.low, each.high) == (0, 0, 0) for each in by.values())


def test_guesses_that_hold_are_better_than_those_that_do_not() -> None:
    by = better_by(some_guesses(), some_guesses(too_high=0.3))
    assert by["log_loss"].low > 0
    assert by["brier"].low > 0
