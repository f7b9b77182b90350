"""Banking days, holidays and clock times of Norway."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.calendar import Calendar, ContactHours, add_months
from domain.countries.rows import Row, Rows

NORWAY = Calendar("NO", zone="Europe/Oslo")
OSLO = ZoneInfo("Europe/Oslo")
OPEN = ContactHours(weekdays=(time(8), time(21)), saturday=(time(9), time(15)))
HOURS = Rows("no.yaml", "contact_hours", "weekdays: …", (Row(date(1980, 1, 1), "any", (), OPEN),))
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
MOMENTS = st.integers(0, 10 * 366 * 24 * 60).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 5, 1),
        date(2026, 4, 2),
        date(2026, 5, 14),
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2027, 12, 24),
        date(2026, 5, 2),
        date(2026, 5, 3),
    ],
)
def test_banks_rest_on_public_holidays_weekends_and_christmas_eve(day: date) -> None:
    assert not NORWAY.is_banking_day(day)


@pytest.mark.parametrize("day", [date(2026, 12, 23), date(2026, 12, 31), date(2026, 5, 4)])
def test_banks_work_on_the_other_days_and_on_new_years_eve(day: date) -> None:
    assert NORWAY.is_banking_day(day)


def test_christmas_eve_is_no_public_holiday_and_people_may_be_reached() -> None:
    assert not NORWAY.is_public_holiday(date(2026, 12, 24))
    assert NORWAY.next_contact_time(oslo("2026-12-24T10:00"), HOURS) == oslo("2026-12-24T10:00")


def test_an_ordinary_sunday_is_no_public_holiday() -> None:
    assert NORWAY.is_public_holiday(date(2026, 5, 17))
    assert not NORWAY.is_public_holiday(date(2026, 5, 10))


def test_a_due_date_on_the_first_of_may_moves_to_monday() -> None:
    assert NORWAY.banking_day_on_or_after(date(2026, 5, 1)) == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 4, 1)),
        (date(2026, 4, 1), 1, date(2026, 4, 7)),  # over Easter
        (date(2026, 4, 4), 2, date(2026, 4, 8)),
        (date(2026, 4, 7), -1, date(2026, 4, 1)),
        (date(2026, 4, 4), 0, date(2026, 4, 7)),
        (date(2026, 4, 7), 0, date(2026, 4, 7)),
        (date(2026, 12, 24), 0, date(2026, 12, 28)),
        (date(2026, 12, 22), 4, date(2026, 12, 30)),  # 23, 28, 29, 30
        (date(2026, 12, 28), -1, date(2026, 12, 23)),
        (date(2028, 12, 22), 1, date(2028, 12, 27)),  # Christmas Eve is a Sunday
    ],
)
def test_banking_days_are_counted_over_easter_and_christmas(day: date, n: int, expected: date) -> None:
    assert NORWAY.add_banking_days(day, n) == expected


@given(DAYS, st.integers(1, 30))
def test_counting_forward_passes_exactly_that_many_banking_days(day: date, n: int) -> None:
    end = NORWAY.add_banking_days(day, n)
    passed = [day + timedelta(days=i) for i in range(1, (end - day).days + 1)]
    assert sum(map(NORWAY.is_banking_day, passed)) == n
    assert NORWAY.is_banking_day(end)


@given(DAYS, st.integers(1, 30))
def test_counting_back_undoes_counting_forward_from_a_banking_day(day: date, n: int) -> None:
    start = NORWAY.banking_day_on_or_after(day)
    assert NORWAY.add_banking_days(NORWAY.add_banking_days(start, n), -n) == start


def test_nine_oclock_is_local_in_winter_and_summer() -> None:
    assert NORWAY.at(date(2026, 12, 3), time(9)) == datetime(2026, 12, 3, 8, tzinfo=UTC)
    assert NORWAY.at(date(2026, 6, 3), time(9)) == datetime(2026, 6, 3, 7, tzinfo=UTC)


def test_a_time_that_summer_time_skips_moves_forward() -> None:
    moment = NORWAY.at(date(2026, 3, 29), time(2, 30))
    assert moment.astimezone(OSLO).time() == time(3, 30)


def test_a_time_that_comes_twice_is_the_later_one() -> None:
    assert NORWAY.at(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_local_date_changes_at_local_midnight() -> None:
    assert NORWAY.local_date(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-03T10:00", "2026-06-03T10:00"),
        ("2026-06-03T08:00", "2026-06-03T08:00"),
        ("2026-06-03T07:59", "2026-06-03T08:00"),
        ("2026-06-03T21:00", "2026-06-04T08:00"),
        ("2026-06-05T22:00", "2026-06-06T09:00"),  # Friday night: Saturday at nine
        ("2026-06-06T15:00", "2026-06-08T08:00"),  # Saturday afternoon: Monday
        ("2026-04-01T21:30", "2026-04-04T09:00"),  # before Easter: Holy Saturday
        ("2026-12-24T22:00", "2026-12-28T08:00"),  # over Christmas, the 26th is a Saturday
    ],
)
def test_people_are_contacted_in_contact_hours_only(moment: str, expected: str) -> None:
    assert NORWAY.next_contact_time(oslo(moment), HOURS) == oslo(expected)


@given(MOMENTS)
def test_the_next_contact_time_is_never_earlier_and_stays_when_asked_again(moment: datetime) -> None:
    found = NORWAY.next_contact_time(moment, HOURS)
    local = found.astimezone(OSLO)
    assert found >= moment
    assert time(8) <= local.time() < time(21)
    assert local.weekday() < 6
    assert not NORWAY.is_public_holiday(local.date())
    assert NORWAY.next_contact_time(found, HOURS) == found


def test_a_month_later_ends_with_the_shorter_month() -> None:
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)


def test_an_unknown_zone_or_country_is_named() -> None:
    with pytest.raises(ValueError, match="'Europe/Bergen' is not a known time zone"):
        Calendar("NO", zone="Europe/Bergen")
    with pytest.raises(ValueError, match="'Europe/Stockholm' is not the time zone of NO; write Europe/Oslo"):
        Calendar("NO", zone="Europe/Stockholm")


@pytest.mark.parametrize("country", ["ZZ", "no", "NOR", "Norway", "NO ", "ECB", "XNYS", "HolidayBase", "__name__"])
def test_what_is_no_country_code_is_refused(country: str) -> None:
    with pytest.raises(ValueError, match=f"no public holidays are known for '{country}'"):
        Calendar(country, zone="Europe/Oslo")
