"""Late-payment interest: to the day, at the rates of the day, whatever the order the facts become known in."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.rows import LawMissing
from domain.money.allocation import Change
from domain.money.interest import Spell, accrued, per_day, spells
from tests.domain.builders import NORWAY

DUE = date(2026, 6, 1)
ISSUED = date(2026, 5, 4)
OWED: Change = (ISSUED, Decimal(10_000))
CENTS = st.integers(1, 2_000_000).map(lambda cents: Decimal(cents) / 100)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
PAYMENTS = st.lists(st.tuples(DAYS, CENTS.map(lambda amount: -amount)), max_size=5)


def interest(through: date, *changes: Change) -> Decimal:
    return accrued([OWED, *changes], DUE, through, NORWAY)


def test_interest_runs_from_the_day_after_the_due_date_and_the_rate_changes_with_the_half_year() -> None:
    assert interest(date(2026, 7, 31)) == Decimal("199.38")
    assert spells([OWED], DUE, date(2026, 7, 31), NORWAY) == [
        Spell(date(2026, 6, 2), date(2026, 6, 30), Decimal(10_000), Decimal("12.00")),
        Spell(date(2026, 7, 1), date(2026, 7, 31), Decimal(10_000), Decimal("12.25")),
    ]
    assert [spell.days for spell in spells([OWED], DUE, date(2026, 7, 31), NORWAY)] == [29, 31]


def test_nothing_accrues_through_the_due_date() -> None:
    assert interest(DUE) == 0
    assert interest(DUE + timedelta(days=1)) == Decimal("3.29")
    assert interest(ISSUED) == 0


def test_a_due_date_on_a_holiday_counts_from_the_banking_day_after() -> None:
    friday_first_of_may = date(2026, 5, 1)
    assert spells([(date(2026, 4, 1), Decimal(100))], friday_first_of_may, date(2026, 5, 6), NORWAY)[0].first == date(
        2026, 5, 5
    )


def test_a_payment_counts_from_its_value_date_whose_own_day_still_bears_interest() -> None:
    paid = (date(2026, 7, 31), Decimal(-10_000))
    assert interest(date(2026, 7, 31), paid) == interest(date(2026, 12, 31), paid) == Decimal("199.38")
    part = (date(2026, 6, 11), Decimal(-4000))
    assert [(s.first, s.principal) for s in spells([OWED, part], DUE, date(2026, 6, 30), NORWAY)] == [
        (date(2026, 6, 2), Decimal(10_000)),
        (date(2026, 6, 12), Decimal(6000)),
    ]


def test_a_stretch_without_debt_bears_nothing_and_credit_earns_nothing() -> None:
    paid, reversed_ = (date(2026, 6, 10), Decimal(-12_000)), (date(2026, 6, 20), Decimal(12_000))
    assert [(s.first, s.last) for s in spells([OWED, paid, reversed_], DUE, date(2026, 6, 25), NORWAY)] == [
        (date(2026, 6, 2), date(2026, 6, 10)),
        (date(2026, 6, 21), date(2026, 6, 25)),
    ]


def test_equal_rates_of_two_half_years_are_one_stretch() -> None:
    whole = [(date(2024, 5, 1), Decimal(500))]
    assert [(s.first, s.last) for s in spells(whole, date(2024, 6, 3), date(2025, 3, 1), NORWAY)] == [
        (date(2024, 6, 4), date(2025, 3, 1))
    ]


def test_a_half_year_without_its_row_is_named_and_only_asked_for_while_something_is_owed() -> None:
    with pytest.raises(LawMissing, match="half-year from 2027-01-01"):
        interest(date(2027, 1, 1))
    assert interest(date(2027, 1, 1), (date(2026, 6, 2), Decimal(-10_000))) == Decimal("3.29")


def test_a_day_more_is_told_in_cents() -> None:
    assert per_day(Decimal(10_000), Decimal("12.25")) == Decimal("3.36")


@given(PAYMENTS, st.data())
def test_the_order_in_which_facts_become_known_does_not_matter(payments: list[Change], data: st.DataObject) -> None:
    known = [OWED, *payments]
    assert spells(data.draw(st.permutations(known)), DUE, date(2026, 12, 31), NORWAY) == spells(
        known, DUE, date(2026, 12, 31), NORWAY
    )


@given(PAYMENTS, DAYS, CENTS, DAYS)
def test_a_backdated_payment_never_raises_interest(
    payments: list[Change], day: date, amount: Decimal, through: date
) -> None:
    assert interest(through, *payments, (day, -amount)) <= interest(through, *payments)


@given(PAYMENTS, DAYS, DAYS)
def test_a_period_split_anywhere_adds_up_to_the_same_before_rounding(
    payments: list[Change], through: date, split: date
) -> None:
    found = spells([OWED, *payments], DUE, through, NORWAY)
    before = spells([OWED, *payments], DUE, min(split, through), NORWAY)
    after = [
        Spell(max(s.first, split + timedelta(days=1)), s.last, s.principal, s.rate) for s in found if s.last > split
    ]
    assert _exact(before) + _exact(after) == _exact(found)


@given(PAYMENTS, DAYS)
def test_stretches_follow_each_other_and_differ(payments: list[Change], through: date) -> None:
    found = spells([OWED, *payments], DUE, through, NORWAY)
    for one, next_ in pairwise(found):
        assert one.first <= one.last < next_.first
        adjacent = one.last + timedelta(days=1) == next_.first
        assert not adjacent or (one.principal, one.rate) != (next_.principal, next_.rate)
    assert all(s.first > DUE and s.last <= through and s.principal > 0 for s in found)


def _exact(found: list[Spell]) -> Decimal:
    """The sum of principal, rate and days multiplied, which no division has rounded."""
    return sum((s.principal * s.rate * s.days for s in found), Decimal(0))
