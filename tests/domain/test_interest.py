"""Simple interest, split at the half-years."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.interest import simple_interest
from domain.law import LawMissing, load_law

COUNTRIES = Path(__file__).resolve().parents[2] / "config" / "countries"
NORWAY = load_law((COUNTRIES / "no.yaml").read_text(encoding="utf-8"), "no.yaml")
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 30))


def test_ten_thousand_kroner_two_months_late_cost_199_kroner_and_38_oere() -> None:
    first = NORWAY.interest_starts(date(2026, 6, 1))
    assert first == date(2026, 6, 2)
    assert simple_interest(Decimal(10_000), NORWAY, first, date(2026, 7, 31)) == Decimal("199.38")


def test_one_day_costs_one_day() -> None:
    assert simple_interest(Decimal(36_500), NORWAY, date(2026, 6, 2), date(2026, 6, 2)) == Decimal("12.00")


def test_paid_on_the_due_date_costs_nothing() -> None:
    assert simple_interest(Decimal(10_000), NORWAY, date(2026, 6, 2), date(2026, 6, 1)) == 0


def test_a_half_year_without_its_rate_is_an_error_not_a_guess() -> None:
    with pytest.raises(LawMissing, match="half-year from 2027-01-01"):
        simple_interest(Decimal(100), NORWAY, date(2026, 12, 1), date(2027, 1, 1))


@given(DAYS, DAYS, st.decimals(min_value=1, max_value=10**6, places=2))
def test_interest_in_parts_is_the_whole_up_to_rounding(one: date, other: date, principal: Decimal) -> None:
    first, last = min(one, other), max(one, other)
    middle = first + (last - first) // 2
    parts = simple_interest(principal, NORWAY, first, middle) + simple_interest(
        principal, NORWAY, middle + timedelta(days=1), last
    )
    assert abs(parts - simple_interest(principal, NORWAY, first, last)) <= Decimal("0.01")
