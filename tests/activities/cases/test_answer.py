"""How a shown diary goes on: whatever was shown, what is told makes it what is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.cases.answer import going_on
from workflows.contracts import Story

LINES = st.lists(st.sampled_from(["a", "b", "c"]), max_size=8).map(tuple)


def gone_on(shown: tuple[str, ...], story: Story | None) -> tuple[str, ...]:
    """What a case shows after it."""
    return shown if story is None else shown[story.first : story.last] + story.lines


@given(LINES, LINES)
def test_what_is_shown_becomes_what_is_written(shown: tuple[str, ...], written: tuple[str, ...]) -> None:
    assert gone_on(shown, going_on(shown, written)) == written


@pytest.mark.parametrize(
    ("shown", "written", "told"),
    [
        ((), (), None),
        (("a", "b"), ("a", "b"), None),
        ((), ("a", "b"), ("a", "b")),  # a new run hears everything
        (("a",), ("a", "b"), ("b",)),
        (("a", "b", "c"), ("b", "c", "d"), ("d",)),  # the oldest line is shown no more
        (("a", "c"), ("a", "b", "c"), ("b", "c")),  # something of an earlier moment was told late
        (("a", "b"), ("a",), ()),
    ],
)
def test_no_more_is_told_than_what_is_new(
    shown: tuple[str, ...], written: tuple[str, ...], told: tuple[str, ...] | None
) -> None:
    story = going_on(shown, written)
    assert (story and story.lines) == told
