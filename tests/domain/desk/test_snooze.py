"""Until when a thread rests."""

from datetime import UTC, datetime

import pytest

from domain.countries.calendar import Calendar
from domain.desk.snooze import NoMoment, snooze_until, usual_moments

CALENDAR = Calendar("NO", "Europe/Oslo")
NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)  # a Friday; summer time begins on the night to Sunday


@pytest.mark.parametrize(("written", "until"), [
    ("2026-03-30T08:00", datetime(2026, 3, 30, 6, tzinfo=UTC)),  # by the clock, though the night was an hour short
    ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # which no clock shows: 03:30
    ("2026-10-25T02:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # which all show twice: the later
    ("2026-03-27T11:01:00", datetime(2026, 3, 27, 10, 1, tzinfo=UTC)),
    ("2026-03-27T11:00", NoMoment.PAST),
    ("0001-01-01T00:00", NoMoment.PAST),
    ("2027-03-29T08:00", NoMoment.FAR),
    ("9999-12-31T23:59", NoMoment.FAR),
    ("2026-03-30T08:00+02:00", NoMoment.NONE),
    ("", NoMoment.NONE),
    ("soon", NoMoment.NONE),
])  # fmt: skip
def test_a_moment_is_by_the_clock_there_and_ahead(written: str, until: datetime | NoMoment) -> None:
    assert snooze_until(CALENDAR, written, NOW) == until


def test_what_is_often_wanted_is_a_moment() -> None:
    assert usual_moments(CALENDAR, NOW) == {
        "hours": "2026-03-27T14:00",
        "tomorrow": "2026-03-30T08:00",
        "week": "2026-04-07T08:00",  # after Easter
    }
    assert all(
        isinstance(snooze_until(CALENDAR, each, NOW), datetime) for each in usual_moments(CALENDAR, NOW).values()
    )
