"""A guess is fresh for seven days and shown for thirty; one of a moment ahead is not known yet."""

from datetime import timedelta

import pytest

from domain.learned.guess import Age, age
from tests.domain.builders import local

NOW = local("2026-07-06 09:00")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), Age.FRESH),  # a clock that stands still makes nothing old
        (timedelta(days=7), Age.FRESH),
        (timedelta(days=7) + SECOND, Age.OLD),
        (timedelta(days=30), Age.OLD),
        (timedelta(days=30) + SECOND, Age.RETIRED),
        (-SECOND, Age.RETIRED),
    ],
)
def test_how_old_it_is(ago: timedelta, expected: Age) -> None:
    assert age(NOW - ago, NOW) is expected
