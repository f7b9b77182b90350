"""What was learned is a sum of tables: read part by part, kept as plain arrays, and refused where it is damaged."""

import pickle
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from prediction.history.past import NOT_TOLD, Words
from prediction.payments.bins import Bins, Known
from prediction.payments.model import AGES, PAGE, Model, UnreadableModel, read_model

NAMES = ("days_past_due", "late_share")
CREDITOR = Words(np.zeros(3, dtype=np.int32), ("north",))


def a_model() -> Model:
    """Of two features, one with a cut at a half; four stretches."""
    cuts = np.full((2, 31), np.inf, dtype=np.float32)
    cuts[1, 0] = 0.5
    tables = np.zeros((2, 33, len(AGES) + 1, 4), dtype=np.float32)
    tables[1, 1], tables[1, 2] = 1, -1
    base = np.full((len(AGES) + 1, 4), -1.0)
    return Model("boosted", NAMES, 0, Bins(cuts), base, tables, ("north",), np.array([0.5]))


def known(*rows: tuple[float, float]) -> Known:
    """What is known of some invoices: days since due, and the late share."""
    return np.array(rows, dtype=np.float32)


ROWS = known((3, 0.2), (3, 0.9), (np.nan, np.nan))


def test_what_is_known_adds_up() -> None:
    codes, ages = a_model().read(ROWS)
    assert a_model().odds(codes, ages, CREDITOR)[:, 0].tolist() == [0.5, -1.5, -0.5]


def test_a_creditor_that_it_never_saw_is_as_any() -> None:
    codes, ages = a_model().read(ROWS)
    for codes_of in (np.full(3, NOT_TOLD, dtype=np.int32), np.zeros(3, dtype=np.int32)):
        assert a_model().odds(codes, ages, Words(codes_of, ("elsewhere",)))[0, 0] == 0.0


def test_each_part_can_be_said_by_itself() -> None:
    assert a_model().speaks(ROWS, 3).tolist() == [[0, 1], [0, -1], [0, 0]]


def test_many_are_read_page_by_page_as_one_by_one() -> None:
    many = np.tile(ROWS, (PAGE // 2, 1))
    found = a_model().hazards(many, Words(np.zeros(len(many), dtype=np.int32), ("north",)))
    np.testing.assert_array_equal(found[-3:], a_model().hazards(ROWS, CREDITOR))


def test_it_is_kept_and_read_again_and_the_same_gives_the_same_bytes() -> None:
    kept = a_model().to_bytes()
    assert kept == a_model().to_bytes()
    again = read_model(kept, NAMES)
    np.testing.assert_array_equal(again.hazards(ROWS, CREDITOR), a_model().hazards(ROWS, CREDITOR))
    assert again.hash() == a_model().hash() != replace(a_model(), learner="logistic").hash()


def test_what_is_damaged_or_would_run_code_is_refused_in_words() -> None:
    pickled = BytesIO()
    np.savez(pickled, form=np.array([print], dtype=object))
    for kept in (b"", b"nothing", a_model().to_bytes()[:-200], pickle.dumps(a_model), pickled.getvalue()):
        with pytest.raises(UnreadableModel, match="train anew"):
            read_model(kept, NAMES)


def test_one_that_was_trained_with_other_features_is_refused() -> None:
    with pytest.raises(UnreadableModel, match="other features"):
        read_model(a_model().to_bytes(), ("days_past_due", "income"))
