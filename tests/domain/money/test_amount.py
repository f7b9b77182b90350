"""Amounts are exact decimals and are read in one way only."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.amount import (
    Money,
    can_be_paid,
    decimals_of,
    from_minor_units,
    parse_amount,
    rounded,
    to_cents,
    to_minor_units,
)

DECIMALS = {"NOK": 2, "EUR": 2, "SEK": 2, "JPY": 0, "ISK": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3}
CURRENCIES = st.sampled_from(sorted(DECIMALS))
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    assert to_cents(Decimal("37.505")) == Decimal("37.51")
    assert to_cents(Decimal("-0.005")) == Decimal("-0.01")


def test_an_amount_is_read_with_its_currency() -> None:
    assert parse_amount("50 NOK") == Money(Decimal(50), "NOK")
    assert str(parse_amount("49.50 NOK")) == "49.50 NOK"


@pytest.mark.parametrize(
    "text", ["50", "NOK 50", "-50 NOK", "50,00 NOK", "1e3 NOK", "50 kr", "\u0665\u0660 NOK", "50 NOK\n"]
)
def test_an_amount_written_otherwise_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 50 NOK"):
        parse_amount(text)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_every_amount_in_cents_survives_being_written_and_read(amount: Decimal) -> None:
    assert parse_amount(str(Money(amount, "NOK"))).amount == to_cents(amount) == amount


def test_every_currency_has_its_own_number_of_decimals() -> None:
    assert {currency: decimals_of(currency) for currency in DECIMALS} == DECIMALS


@given(CURRENCIES, AMOUNTS)
def test_what_can_be_paid_in_a_currency_is_a_number_of_its_smallest_units_and_back(
    currency: str, amount: Decimal
) -> None:
    decimals, whole = decimals_of(currency), rounded(amount, currency)
    assert can_be_paid(whole, currency)
    assert from_minor_units(to_minor_units(whole, decimals), decimals) == whole
    assert abs(whole - amount) * 2 <= Decimal(1).scaleb(-min(decimals, 2))


@given(CURRENCIES, AMOUNTS)
def test_nothing_is_rounded_on_its_way_to_smallest_units(currency: str, amount: Decimal) -> None:
    if can_be_paid(amount, currency):
        assert to_minor_units(amount, decimals_of(currency)) * Decimal(1).scaleb(-decimals_of(currency)) == amount
    else:
        with pytest.raises(ValueError, match="more than 0 decimals"):
            to_minor_units(amount, decimals_of(currency))


def test_smallest_units_finer_than_hundredths_are_refused() -> None:
    assert from_minor_units(1230, 3) == Decimal("1.23")
    with pytest.raises(ValueError, match="finer than hundredths"):
        from_minor_units(1234, 3)


@pytest.mark.parametrize(
    ("amount", "currency", "to"),
    [("10.50", "JPY", "11"), ("10.49", "JPY", "10"), ("1.005", "NOK", "1.01"), ("1.2345", "KWD", "1.23")],
)
def test_halves_are_rounded_away_from_zero_in_the_currencys_own_unit(amount: str, currency: str, to: str) -> None:
    assert rounded(Decimal(amount), currency) == Decimal(to)
    assert rounded(-Decimal(amount), currency) == -Decimal(to)
