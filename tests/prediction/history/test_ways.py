"""The ways of contacts: one name each, kept with their step, and probable by a chance that can be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prediction.history.ways import as_choice, is_chance, step_and_way, way_name


def test_a_way_that_is_told_in_parts_has_a_name() -> None:
    assert way_name("sms", 9, "kind") == "sms 09:00 kind"
    assert way_name("letter", 18, None) == "letter 18:00"


@given(st.text(min_size=1), st.text(min_size=1).filter(lambda way: ": " not in way and not way.startswith(" ")))
def test_a_choice_is_of_a_step_and_a_way(step: str, way: str) -> None:
    assert step_and_way(as_choice(step, way)) == (step, way)


def test_a_chance_is_above_nothing_and_at_most_one() -> None:
    assert is_chance(np.array([0.0, 1e-9, 1.0, 1.2, -0.1, np.nan])).tolist() == [False, True, True, False, False, False]
