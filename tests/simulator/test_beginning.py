"""A moment that is named: as it is where it is ahead, else the next one like it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from simulator.beginning import MARGIN, OSLO, still_ahead
from tests.moments import MOMENTS, of_the_day

WALL = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "begins"),
    [
        ("2035-03-05T10:00", "2035-03-05 10:00"),
        ("2026-11-27T19:07+01:00", "2037-11-27 19:07"),  # a Friday, too
        ("2024-02-29T10:00", "2052-02-29 10:00"),  # a Thursday, too
        ("2026-10-25T02:30+02:00", "2037-10-25 02:30"),  # in the night in which clocks go back, again
        ("2027-06-30T22:30+00:00", "2027-07-01 00:30"),
    ],
)
def test_a_moment_that_is_past_is_the_next_of_its_weekday_date_and_hour(named: str, begins: str) -> None:
    found = still_ahead(datetime.fromisoformat(named), WALL)
    assert f"{found.astimezone(OSLO):%Y-%m-%d %H:%M}" == begins
    assert found > WALL


def test_the_wall_does_not_overtake_what_begins() -> None:
    assert still_ahead(WALL + MARGIN / 2, WALL) > WALL + timedelta(days=300)


def test_the_hard_moments_are_what_they_are_called() -> None:
    there = {name: datetime.fromisoformat(moment).replace(tzinfo=OSLO) for name, moment in MOMENTS.items()}
    assert len(there) == 12
    assert f"{there['Friday evening']:%a %H:%M}" == "Fri 19:07"
    assert (
        there["past midnight, yesterday in UTC"].astimezone(UTC).date()
        < there["past midnight, yesterday in UTC"].date()
    )
    assert f"{there['Maundy Thursday']:%a %d %b %Y}" == "Thu 22 Mar 2035"
    for name, hours in (("before the clocks go forward", 23), ("before the clocks go back", 25)):
        night = there[name]
        begins, ends = (day.replace(hour=0, minute=0).astimezone(UTC) for day in (night, night + timedelta(days=1)))
        assert ends - begins == timedelta(hours=hours)
        assert (night.astimezone(UTC) + timedelta(hours=1)).astimezone(OSLO).utcoffset() != night.utcoffset()


def test_in_twelve_days_every_hard_moment_has_had_its_turn() -> None:
    days = [of_the_day(date(2026, 11, 27) + timedelta(days=n)) for n in range(12)]
    assert sorted(name for names in days for name in names) == sorted(MOMENTS)
