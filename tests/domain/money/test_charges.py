"""What is left of each fee when part of them is paid."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.money.charges import Charge, ChargeKind, unpaid

FIRST = Charge(ChargeKind.FEE, Decimal("38.00"), date(2026, 10, 20))
SECOND = Charge(ChargeKind.FEE, Decimal("38.00"), date(2026, 11, 23))


def test_two_unpaid_fees_stay_two() -> None:
    assert unpaid([FIRST, SECOND], Decimal("76.00")) == (FIRST, SECOND)


def test_the_oldest_is_paid_first() -> None:
    assert [(c.on, c.amount) for c in unpaid([FIRST, SECOND], Decimal("50.00"))] == [
        (FIRST.on, Decimal("12.00")),
        (SECOND.on, Decimal("38.00")),
    ]
    assert unpaid([FIRST, SECOND], Decimal("38.00")) == (SECOND,)


def test_nothing_is_left_of_what_is_paid() -> None:
    assert unpaid([FIRST, SECOND], Decimal(0)) == ()


@given(st.lists(st.decimals("0.01", "999.99", places=2), max_size=5), st.decimals("0", "2000", places=2))
def test_what_is_left_adds_up(amounts: list[Decimal], left: Decimal) -> None:
    charges = [Charge(ChargeKind.FEE, amount, date(2026, 10, 20)) for amount in amounts]
    assert sum(charge.amount for charge in unpaid(charges, left)) == min(left, sum(amounts))
