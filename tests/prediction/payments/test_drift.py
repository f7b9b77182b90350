"""A model that lost its calibration is found by what came since it was born; one that holds, or of which little came, is not."""

from dataclasses import replace

import numpy as np

from prediction.payments.drift import lost_calibration, since_birth
from tests.prediction.payments.book import a_book, tried

BORN = np.datetime64("2025-12-01T00:00:00", "s")


def test_chances_that_came_true_are_kept() -> None:
    assert lost_calibration(tried().models["boosted"], a_book(), BORN) == ""


def test_a_wrong_model_is_found_and_it_is_said_how_far_off_it_is() -> None:
    model = tried().models["boosted"]
    for shift, words in ((1.5, "too high by"), (-2.0, "too low by")):
        wrong = replace(model, base=model.base + shift)
        assert words in lost_calibration(wrong, a_book(), BORN)


def test_chances_that_are_right_together_and_wrong_for_each_are_found() -> None:
    turned = replace(tried().models["ratio"], tables=-6 * tried().models["ratio"].tables)
    assert lost_calibration(turned, a_book(), BORN) != ""


def test_of_a_model_that_was_born_yesterday_nothing_is_said() -> None:
    past = a_book()
    assert since_birth(tried().model, past, past.through - np.timedelta64(1, "D")) == {}
    assert lost_calibration(tried().model, past, past.through) == ""
