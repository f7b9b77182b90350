"""Money is shared out in order, given back as if it had never come, and never created or lost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.allocation import (
    PARTS,
    Allocation,
    Change,
    ChargedFee,
    Owed,
    Part,
    allocate,
    fees_to_take_back,
    interest_to_take_back,
    take_back,
    transfer_credit,
)
from tests.domain.builders import NORWAY

KIND: tuple[Part, ...] = ("principal", "interest", "fee")
COSTS_FIRST: tuple[Part, ...] = ("fee", "interest", "principal")
CENTS = st.integers(0, 500_000).map(lambda cents: Decimal(cents) / 100)
SIGNED = st.integers(-50_000, 500_000).map(lambda cents: Decimal(cents) / 100)
OWED = st.builds(Owed, CENTS, CENTS, CENTS)
ANY_SIGN = st.builds(Owed, SIGNED, SIGNED, SIGNED)
ORDERS = st.permutations(PARTS).map(tuple)


def owed(principal: int, interest: int = 0, fee: int = 0) -> Owed:
    return Owed(Decimal(principal), Decimal(interest), Decimal(fee))


def shares(**amounts: int) -> tuple[tuple[Part, Decimal], ...]:
    """Amounts of parts in the order they are written."""
    return tuple((part, Decimal(amounts[name])) for name in amounts for part in PARTS if part == name)


def plus(before: Owed, parts: tuple[tuple[Part, Decimal], ...], sign: int = 1) -> Owed:
    """What is owed after bookings; `sign` -1 for money that came in."""
    amounts = {part: before.of(part) for part in PARTS}
    for part, amount in parts:
        amounts[part] += sign * amount
    return Owed(**amounts)


def test_norway_pays_the_principal_first() -> None:
    order = NORWAY.allocation_for(None, date(2026, 1, 1))
    assert order == KIND
    assert allocate(Decimal(850), owed(802, 12, 38), order).parts == shares(principal=802, interest=12, fee=36)


def test_another_order_pays_costs_first() -> None:
    assert allocate(Decimal(100), owed(802, 12, 38), COSTS_FIRST).parts == shares(fee=38, interest=12, principal=50)


def test_what_is_over_is_told_apart() -> None:
    shared = allocate(Decimal(900), owed(802), KIND)
    assert shared == Allocation(shares(principal=802), Decimal(98))
    assert allocate(Decimal(900), owed(-5), KIND).over == 900


def test_money_taken_back_leaves_the_credit_first_and_then_the_parts_paid_last() -> None:
    back = take_back(Decimal(120), owed(802, 12, 38), KIND, over=Decimal(98))
    assert back == Allocation(shares(fee=22), Decimal(98))


def test_what_was_never_paid_here_is_owed_as_principal() -> None:
    assert take_back(Decimal(100), owed(0, 0, 38), KIND).parts == shares(fee=38, principal=62)
    assert take_back(Decimal(100), owed(30), KIND).parts == shares(principal=100)


@pytest.mark.parametrize("below_zero", [Decimal(-1), Decimal("-0.01")])
def test_an_amount_below_zero_is_refused(below_zero: Decimal) -> None:
    with pytest.raises(ValueError, match="cannot be shared out"):
        allocate(below_zero, owed(100), KIND)
    with pytest.raises(ValueError, match="cannot be shared out"):
        take_back(below_zero, owed(100), KIND)


@given(CENTS, ANY_SIGN, ORDERS)
def test_money_is_never_created_or_lost(amount: Decimal, before: Owed, order: tuple[Part, ...]) -> None:
    shared = allocate(amount, before, order)
    assert sum((part for _, part in shared.parts), shared.over) == amount
    assert all(0 < part <= before.of(name) for name, part in shared.parts)
    assert shared.over == 0 or all(plus(before, shared.parts, -1).of(part) <= 0 for part in PARTS)
    back = take_back(amount, before, order, over=before.fee)
    assert sum((part for _, part in back.parts), back.over) == amount


@given(CENTS, CENTS, OWED, ORDERS)
def test_a_payment_in_two_halves_ends_as_one(one: Decimal, two: Decimal, before: Owed, order: tuple[Part, ...]) -> None:
    whole = allocate(one + two, before, order)
    first = allocate(one, before, order)
    second = allocate(two, plus(before, first.parts, -1), order)
    assert plus(plus(before, first.parts, -1), second.parts, -1) == plus(before, whole.parts, -1)
    assert first.over + second.over == whole.over


@given(CENTS, CENTS, OWED, ORDERS)
def test_what_is_allocated_and_taken_back_leaves_no_trace(
    stays: Decimal, goes: Decimal, before: Owed, order: tuple[Part, ...]
) -> None:
    first = allocate(stays, before, order)
    second = allocate(goes, plus(before, first.parts, -1), order)
    between = plus(before, first.parts, -1)
    paid = plus(plus(Owed(), first.parts), second.parts)
    back = take_back(goes, paid, order, over=first.over + second.over)
    assert plus(plus(between, second.parts, -1), back.parts) == between
    assert back.over == second.over


def test_the_credit_of_a_fee_taken_back_pays_what_is_still_owed() -> None:
    assert dict(transfer_credit(owed(20, 12, -38), KIND)) == {"fee": 38, "principal": -26, "interest": -12}
    assert transfer_credit(owed(500, 12, 38), KIND) == ()
    assert transfer_credit(owed(-38), KIND) == ()


@given(ANY_SIGN, ORDERS)
def test_settling_moves_credit_and_changes_no_balance(before: Owed, order: tuple[Part, ...]) -> None:
    after = plus(before, transfer_credit(before, order))
    assert after.total == before.total
    assert after.interest >= 0
    assert after.fee >= 0
    assert after.principal >= 0 or after.interest == after.fee == 0
    assert transfer_credit(after, order) == ()


ISSUED: Change = (date(2026, 6, 1), Decimal(802))
FIRST, SECOND = ChargedFee(1, date(2026, 6, 29), Decimal(38)), ChargedFee(2, date(2026, 7, 20), Decimal(38))


@pytest.mark.parametrize(
    ("paid_on", "amount", "gone"),
    [
        (date(2026, 6, 28), 802, [1, 2]),
        (date(2026, 6, 29), 802, [1, 2]),  # the fee's own day is in time
        (date(2026, 6, 30), 802, [2]),
        (date(2026, 7, 21), 802, []),
        (date(2026, 6, 10), 801, []),  # a part of the debt was still owed
    ],
)
def test_a_fee_stands_only_if_something_was_owed_when_it_was_charged(
    paid_on: date, amount: int, gone: list[int]
) -> None:
    found = fees_to_take_back([FIRST, SECOND], [ISSUED, (paid_on, Decimal(-amount))])
    assert [fee.id for fee in found] == gone


def test_a_credit_note_counts_like_money() -> None:
    known = [ISSUED, (date(2026, 6, 20), Decimal(-300)), (date(2026, 6, 25), Decimal(-502))]
    assert fees_to_take_back([FIRST], known) == (FIRST,)


def test_a_payment_that_came_back_leaves_the_fee_standing_only_after_it() -> None:
    known = [ISSUED, (date(2026, 6, 20), Decimal(-802)), (date(2026, 7, 1), Decimal(802))]
    assert fees_to_take_back([FIRST, SECOND], known) == (FIRST,)


@given(
    st.lists(st.tuples(st.dates(date(2026, 6, 1), date(2026, 8, 1)), CENTS.map(lambda amount: -amount)), max_size=4),
    st.dates(date(2026, 6, 1), date(2026, 8, 1)),
    CENTS,
)
def test_one_more_payment_never_lets_more_fees_stand(payments: list[Change], day: date, amount: Decimal) -> None:
    before = set(fees_to_take_back([FIRST, SECOND], [ISSUED, *payments]))
    assert before <= set(fees_to_take_back([FIRST, SECOND], [ISSUED, *payments, (day, -amount)]))


def test_interest_charged_beyond_what_truly_accrued_is_taken_back() -> None:
    assert interest_to_take_back(Decimal("199.38"), Decimal("95.34")) == Decimal("104.04")
    assert interest_to_take_back(Decimal("95.34"), Decimal("199.38")) == 0
