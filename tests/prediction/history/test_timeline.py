"""Rows of many owners say how it stood with each at any moment, and a sum has no trace of what lies beside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prediction.history.timeline import Timeline, hundredths, latest

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20), st.integers(-5, 5)), max_size=30)


@given(ROWS, st.integers(0, 4), st.integers(-3, 25))
def test_what_was_known_is_what_a_look_at_every_row_finds(
    rows: list[tuple[int, int, int]], owner: int, moment: int
) -> None:
    owners, at, values = (
        (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        if rows
        else [np.array([], dtype=np.int64)] * 3
    )
    timeline = Timeline(owners, at.astype("datetime64[s]"), 5)
    asked = timeline.asked(np.array([owner]), np.array([moment]).astype("datetime64[s]"))
    known = [value for whose, when, value in sorted(rows, key=lambda row: row[1]) if whose == owner and when <= moment]
    some = values[timeline.order] > 0
    assert asked.total(values[timeline.order])[0] == sum(known)
    assert asked.total(some)[0] == sum(value > 0 for value in known)
    place = asked.last(some)[0]
    found = values[timeline.order][some][place] if place >= 0 else None
    assert found == next((value for value in reversed(known) if value > 0), None)


def test_the_latest_so_far_is_the_owners_own() -> None:
    at = np.array([5, 3, 9, 1, 2], dtype="datetime64[s]")
    assert latest(np.array([0, 0, 0, 1, 1]), at).astype(int).tolist() == [5, 5, 9, 1, 2]


def test_amounts_are_whole_hundredths_whatever_somebody_tells() -> None:
    assert hundredths(np.array([0.1, 99.999, np.nan, -1.0])).tolist() == [10, 10000, 0, -100]
    assert abs(hundredths(np.array([np.inf, -np.inf, 1e300]))).tolist() == [10**15] * 3
