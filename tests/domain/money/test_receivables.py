"""Receivables: every krone is in one bucket and one month, and what will come is never more than is owed."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.receivables import (
    Change,
    What,
    ageing,
    bucket_of,
    cash_forecast,
    days_sales_outstanding,
    months,
    roll_rates,
    weeks_seen,
)

ON = date(2026, 11, 30)
DUE = st.dates(ON - timedelta(days=400), ON + timedelta(days=60))
AMOUNTS = st.decimals(-10_000, 10_000, places=2)


def change(due: date, amount: str | Decimal, credit: str | Decimal = "0", currency: str = "NOK") -> Change:
    """A change in the first period."""
    return Change(0, currency, due, "invoiced", "principal", Decimal(amount), Decimal(credit), 1)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-30, "not_due"),
        (0, "not_due"),
        (1, "days_1_14"),
        (14, "days_1_14"),
        (15, "days_15_30"),
        (30, "days_15_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "days_over_90"),
        (4000, "days_over_90"),
    ],
)
def test_a_bucket_has_its_first_day_and_its_last(days: int, bucket: str) -> None:
    assert bucket_of(ON - timedelta(days=days), ON) == bucket


@given(st.lists(st.tuples(DUE, AMOUNTS, AMOUNTS)))
def test_the_sum_of_all_buckets_and_of_the_credit_is_the_sum_of_the_ledger(
    made: list[tuple[date, Decimal, Decimal]],
) -> None:
    found = ageing([change(*each) for each in made], ON)
    assert sum((each.balance for each in found.values()), Decimal(0)) == sum(
        (amount for _, amount, _ in made), Decimal(0)
    )


def test_currencies_are_never_added_up() -> None:
    found = ageing([change(ON, "100"), change(ON, "7", currency="EUR")], ON)
    assert {currency: each.owed for currency, each in found.items()} == {"EUR": 7, "NOK": 100}


# --- month by month --------------------------------------------------------------------------------------------

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))


def moved(period: int, what: What, amount: int, due: date = ON, currency: str = "NOK") -> Change:
    """A change that is no credit."""
    return Change(period, currency, due, what, "principal", Decimal(amount), Decimal(0), 0)


def test_days_sales_outstanding_is_what_was_reckoned_by_hand() -> None:
    changes = [moved(month, "invoiced", 3000) for month in (1, 2, 3)] + [moved(3, "paid", -7500)]
    (of,) = months(changes, [SEPTEMBER, OCTOBER, NOVEMBER], ON).values()
    found = days_sales_outstanding(of)
    assert found is not None
    assert round(found, 1) == Decimal("15.2")
    assert days_sales_outstanding([replace(month, invoiced=Decimal(0)) for month in of]) is None


def test_collection_effectiveness_is_what_was_reckoned_by_hand() -> None:
    late = OCTOBER
    changes = [moved(0, "invoiced", 1000, late), moved(1, "invoiced", 1500, late), moved(1, "invoiced", 500, ON)]
    changes.append(moved(1, "paid", -2200, late))
    ((month,),) = months(changes, [NOVEMBER], ON).values()
    assert (month.opening, month.closing, month.closing_not_due) == (1000, 800, 500)
    assert month.paid / month.collectable == Decimal("0.88")


WHATS: list[What] = ["invoiced", "credited", "charged", "paid", "taken back", "written off"]
CHANGES = st.lists(
    st.builds(
        lambda period, due, what, amount, credit: Change(period, "NOK", due, what, "principal", amount, credit, 1),
        st.integers(0, 3), DUE, st.sampled_from(WHATS), AMOUNTS, AMOUNTS,
    )
)  # fmt: skip


@given(CHANGES)
def test_each_month_begins_with_what_the_one_before_left_and_nothing_gets_lost(changes: list[Change]) -> None:
    for of in months(changes, [SEPTEMBER, OCTOBER, NOVEMBER], ON).values():
        for month in of:
            moves = month.invoiced + month.charged - month.credited - month.written_off - month.paid
            assert month.opening + moves == month.closing
        assert [month.opening for month in of[1:]] == [month.closing for month in of[:-1]]
        assert of[-1].closing == sum((each.owed for each in ageing(changes, ON).values()), Decimal(0))


# --- what of it rolls on ---------------------------------------------------------------------------------------

BEFORE = date(2026, 10, 30)


def test_what_was_late_a_month_ago_and_still_is_has_rolled_on() -> None:
    late, fell_due = BEFORE - timedelta(days=5), BEFORE + timedelta(days=5)
    changes = [
        moved(0, "invoiced", 500, late),
        moved(1, "paid", -400, late),
        moved(1, "invoiced", 70, late),  # it came late: nobody could have paid it a month ago
        moved(0, "invoiced", 1000, fell_due),
        moved(1, "invoiced", 200, fell_due),
        moved(1, "paid", -900, fell_due),
        moved(1, "invoiced", 9999, ON),  # not due yet
    ]
    found = roll_rates(changes, BEFORE, ON)["NOK"]
    assert {bucket: each for bucket, each in found.items() if any(each)} == {
        "fell_due": (1200, 300),
        "days_1_14": (500, 100),
    }


# --- what will come of it --------------------------------------------------------------------------------------

SUNDAY = date(2026, 11, 29)


def test_what_came_at_an_age_is_expected_of_the_same_age() -> None:
    begins = weeks_seen(SUNDAY)
    changes = []
    for place, monday in enumerate(begins, 1):
        due = monday + timedelta(days=14)
        changes.append(moved(place, "invoiced", 100, due))
        changes += [moved(place + 2, "paid", -60, due)] if place + 2 <= len(begins) else []
        changes += [moved(place + 3, "paid", -20, due)] if place + 3 <= len(begins) else []
    weeks = cash_forecast(changes, SUNDAY)["NOK"]
    assert [week for week, _ in weeks[:2]] == [date(2026, 11, 30), date(2026, 12, 7)]
    assert [amount for _, amount in weeks] == [80, 80, 20, *[0] * 10]


def test_without_a_past_nothing_is_promised() -> None:
    assert cash_forecast([], SUNDAY) == {}
    weeks = cash_forecast([moved(26, "invoiced", 100)], SUNDAY)["NOK"]
    assert {amount for _, amount in weeks} == {0}


@given(
    st.lists(st.builds(moved, st.integers(0, 26), st.sampled_from(WHATS), st.integers(-5_000, 5_000), DUE), min_size=1)
)
def test_never_more_is_expected_than_is_owed(changes: list[Change]) -> None:
    for weeks in cash_forecast(changes, ON).values():
        by_due: dict[date, Decimal] = defaultdict(Decimal)
        for change_ in changes:
            by_due[change_.due_date] += change_.owed
        owed = sum((rest for rest in by_due.values() if rest > 0), Decimal(0))
        assert all(amount >= 0 for _, amount in weeks)
        assert sum(amount for _, amount in weeks) <= owed + Decimal("0.01")
