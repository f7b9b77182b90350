"""Steps end on fixed hours of the day, whatever the day is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.files import HOME, read_laws
from simulator.portfolio.play import HOURS, next_hour

CALENDAR = read_laws()[HOME].calendar


@given(
    st.integers(0, 24 * 365 * 60 * 20).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    )
)
def test_the_next_hour_is_one_of_the_days_and_never_past(moment: datetime) -> None:
    hour = next_hour(CALENDAR, moment)
    assert timedelta(0) <= hour - moment <= timedelta(hours=11)
    assert CALENDAR.here(hour).local.time() in HOURS
    assert next_hour(CALENDAR, hour) == hour


@pytest.mark.parametrize(
    "day",
    [date(2028, 2, 29), date(2027, 3, 28), date(2027, 10, 31), date(2026, 12, 31)],
    ids=["leap", "23", "25", "year"],
)
def test_after_the_days_last_hour_comes_the_next_days_first(day: date) -> None:
    late = CALENDAR.at(day, HOURS[-1]) + timedelta(seconds=1)
    assert next_hour(CALENDAR, late) == CALENDAR.at(day + timedelta(days=1), HOURS[0])
