"""Amounts are exact decimals and are read in one way only."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.amount import Money, parse_amount, to_cents


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
