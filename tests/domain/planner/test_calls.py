"""What a call is worth, and when it is tried again."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from domain.planner import calls
from tests.store import LAWS

LAW = LAWS["NO"]
TUESDAY = datetime(2026, 7, 7, 8, tzinfo=UTC)  # 10:00 in Oslo


@pytest.mark.parametrize(
    ("balance", "chance", "days", "worth"),
    [
        ("1000", "0.5", 10, "5000.00"),
        ("1000", "0.5", 20, "10000.00"),
        ("0.01", "0.5", 1, "0.01"),
        ("333.33", "0.35", 3, "350.00"),
        ("-50", "0.5", 10, "-250.00"),
    ],
)
def test_a_call_is_worth_its_balance_by_its_chance_by_the_days_left(
    balance: str, chance: str, days: int, worth: str
) -> None:
    assert calls.worth(Decimal(balance), Decimal(chance), days) == Decimal(worth)


@pytest.mark.parametrize(
    ("ahead", "days"),
    [(None, 30), (timedelta(days=-3), 1), (timedelta(0), 1), (timedelta(days=5, hours=3), 5), (timedelta(days=90), 30)],
)
def test_the_days_left_are_those_until_what_comes_next(ahead: timedelta | None, days: int) -> None:
    assert calls.days_left(TUESDAY, None if ahead is None else TUESDAY + ahead) == days


@pytest.mark.parametrize(
    "first",
    [
        TUESDAY,
        datetime(2026, 7, 3, 17, 59, tzinfo=UTC),  # a Friday evening: Saturday has shorter hours
        datetime(2026, 12, 23, 8, tzinfo=UTC),  # before Christmas
        datetime(2026, 3, 28, 8, tzinfo=UTC),  # the night that has no hour from 2 to 3
        datetime(2026, 10, 24, 8, tzinfo=UTC),  # the night that has it twice
        datetime(2026, 7, 7, 1, tzinfo=UTC),  # at night, when nobody should have called
    ],
)
def test_a_call_is_tried_again_on_a_later_day_within_the_hours_and_in_another_part_of_the_day(first: datetime) -> None:
    tried = [first]
    for _ in range(8):
        tried.append(calls.next_try(tried, LAW.calendar, LAW.contact_hours))
    days = [LAW.calendar.local_date(each) for each in tried]
    assert days == sorted(set(days))
    for each in tried[1:]:
        assert LAW.calendar.next_contact_time(each, LAW.contact_hours) == each
    clocks = [LAW.calendar.here(each).local.time() for each in tried[1:5]]
    assert len({clock.hour for clock in clocks}) >= 3


def test_a_second_try_is_far_from_the_first() -> None:
    morning, evening = (LAW.calendar.at(date(2026, 7, 7), clock) for clock in (time(9, 30), time(19)))
    assert LAW.calendar.here(calls.next_try([morning], LAW.calendar, LAW.contact_hours)).local.hour >= 15
    assert LAW.calendar.here(calls.next_try([evening], LAW.calendar, LAW.contact_hours)).local.hour <= 12
