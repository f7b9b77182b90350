"""A moment is seen where the debtor lives: its day is the local one."""

from datetime import UTC, date, datetime

import pytest

from domain.moment import moment_in, zone_of


@pytest.mark.parametrize(
    ("country", "at", "day"),
    [
        ("NO", datetime(2026, 11, 27, 22, 30, tzinfo=UTC), date(2026, 11, 27)),  # Friday 23:30
        ("NO", datetime(2026, 11, 27, 23, 30, tzinfo=UTC), date(2026, 11, 28)),  # Saturday 00:30, in UTC yet Friday
        ("NO", datetime(2026, 12, 31, 22, 30, tzinfo=UTC), date(2026, 12, 31)),  # New Year's Eve 23:30
        ("NO", datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        ("NO", datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),  # midnight in summer
        ("FI", datetime(2026, 12, 31, 22, 30, tzinfo=UTC), date(2027, 1, 1)),  # an hour before Norway
        ("GB", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2026, 12, 31)),
        ("US", datetime(2026, 7, 1, 3, 30, tzinfo=UTC), date(2026, 6, 30)),  # of many zones the most populous
    ],
)
def test_the_day_of_a_moment_is_the_countrys_own(country: str, at: datetime, day: date) -> None:
    assert moment_in(country, at).day == day


def test_the_same_moment_in_any_zone_is_the_same_day() -> None:
    at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert moment_in("NO", at.astimezone(zone_of("US"))).day == date(2027, 1, 1)


def test_a_country_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone is known for 'ZZ'"):
        zone_of("ZZ")
