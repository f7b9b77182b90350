"""When whoever wrote has an answer, and who should have had one by now."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.calendar import Calendar
from domain.desk.answer_by import MOST_HOURS, answer_by, late_before

CALENDAR = Calendar("NO", "Europe/Oslo")
MINUTES = st.integers(0, 60 * 24 * 20)
BEGIN = datetime(2026, 3, 19, tzinfo=UTC)  # with the night of summer time and Easter before it


def local(written: str) -> datetime:
    """A moment by the clock in Oslo."""
    at = datetime.fromisoformat(written)
    return CALENDAR.at(at.date(), at.time())


@pytest.mark.parametrize(("since", "hours", "until"), [
    ("2026-03-16T09:30", 8, "2026-03-17T09:30"),
    ("2026-03-16T09:30", 2, "2026-03-16T11:30"),
    ("2026-03-16T05:00", 8, "2026-03-16T16:00"),
    ("2026-03-20T15:00", 2, "2026-03-23T09:00"),
    ("2026-03-21T12:00", 8, "2026-03-23T16:00"),
    ("2026-03-27T15:30", 1, "2026-03-30T08:30"),  # summer time begins on the night between
    ("2026-04-01T15:00", 4, "2026-04-07T11:00"),  # Easter
])  # fmt: skip
def test_hours_run_while_the_desk_is_at_work(since: str, hours: int, until: str) -> None:
    assert answer_by(CALENDAR, local(since), hours) == local(until)


@given(MINUTES, MINUTES, st.integers(1, MOST_HOURS))
def test_who_is_late_by_one_question_is_late_by_the_other(since: int, now: int, hours: int) -> None:
    came, asked = BEGIN + timedelta(minutes=since), BEGIN + timedelta(minutes=now)
    assert (came < late_before(CALENDAR, asked, hours)) == (answer_by(CALENDAR, came, hours) < asked)
