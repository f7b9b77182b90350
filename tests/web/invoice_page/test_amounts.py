"""Amounts as people type them are read as they meant them, and nothing is guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.invoice_page.amounts import MOST, read_amount, typed


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1234", "1234"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1234.5", "1234.5"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("kr 500", "500"),
        ("500 kr", "500"),
        ("500 kr.", "500"),
        ("500,-", "500"),
        ("NOK 500.00", "500"),
        ("0", "0"),
        ("0,05", "0.05"),
        ("  7 ", "7"),
    ],
)
def test_each_way_to_write_an_amount_is_read(written: str, amount: str) -> None:
    assert read_amount(written) == Decimal(amount)


@pytest.mark.parametrize(
    "written",
    ["", "kr", "mye", "-500", "+500", "1e6", "1,2,3", "1.23.456", "12 345 678", "1.234,567", "500,123", "\u0665\u0660", "1/2",
     "500 600 kroner", "NaN", "inf", "0x10", "1" * 40, "10000000.01", "5;"],
)  # fmt: skip
def test_what_is_no_amount_is_nobodys_guess(written: str) -> None:
    assert read_amount(written) is None


@pytest.mark.parametrize(("written", "currency", "amount"), [
    ("500 NOK", "NOK", "500"), ("nok 500", "NOK", "500"), ("kr 500", "SEK", "500"), ("€ 500", "EUR", "500"),
    ("500 EUR", "NOK", None), ("€500", "NOK", None), ("500 kr", "EUR", None), ("$ 500", "NOK", None),
    ("NOK 500 SEK", "NOK", None),
])  # fmt: skip
def test_an_amount_in_another_currency_is_none(written: str, currency: str, amount: str | None) -> None:
    assert read_amount(written, currency) == (Decimal(amount) if amount else None)


@given(st.decimals(0, MOST, places=2))
def test_what_a_field_shows_is_read_again_as_it_was(amount: Decimal) -> None:
    assert read_amount(typed(amount)) == amount


@given(st.text(max_size=30))
def test_whatever_is_typed_is_an_amount_or_none(written: str) -> None:
    found = read_amount(written)
    assert found is None or 0 <= found <= MOST
