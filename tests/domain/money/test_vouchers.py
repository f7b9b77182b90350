"""Vouchers of random ledgers: balanced, complete, once, whatever the order, and to the cent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.amount import ZERO
from domain.money.vouchers import AccountPlan, Posted, VoucherKind, kind_of, owed_by, vouchers

PLAN = AccountPlan(payment="1920", payments={"12345678911": "1921", "vipps": "1922"})
TODAY = date(2026, 12, 1)


def posted(kind: str, amount: str = "100.00", part: str = "principal", **changes: object) -> Posted:
    values: dict[str, object] = {
        "id": 1,
        "kind": kind,
        "part": part,
        "amount": Decimal(amount),
        "currency": "NOK",
        "booked_on": TODAY,
        "source": "bank",
        "reverses": None,
        "of_payment": kind in ("payment", "refund"),
        "came_to": "12345678911" if kind in ("payment", "refund") else None,
        "invoice": "1001",
    }
    return Posted(**values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (posted("principal"), None),
        (posted("fee", "38.00", "fee", source="already sent"), None),
        (posted("fee", "38.00", "fee", source="delivery"), VoucherKind.FEE),
        (posted("compensation", "460.00", "fee", source="delivery"), VoucherKind.COMPENSATION),
        (posted("interest", "12.00", "interest"), VoucherKind.INTEREST),
        (posted("reversal", "-38.00", "fee", source="reversal", reverses="fee"), VoucherKind.FEE),
        (posted("reversal", "-460.00", "fee", source="reversal", reverses="compensation"), VoucherKind.COMPENSATION),
        (posted("reversal", "-12.00", "interest", source="interest taken back"), VoucherKind.INTEREST),
        (posted("reversal", "-38.00", "fee", source="credit note"), VoucherKind.FEE),
        (posted("reversal", "-38.00", "fee", source="write-off"), VoucherKind.WRITE_OFF),
        (posted("write-off", "-802.00"), VoucherKind.WRITE_OFF),
        (posted("credit", "-802.00", source="credit note"), VoucherKind.CREDIT_NOTE),
        (posted("credit", "-802.00", source="dispute"), VoucherKind.CREDIT),
        (posted("interest", "12.00", "interest", of_payment=True), VoucherKind.INTEREST),
        (posted("write-off", "300.00", source="recovery"), VoucherKind.RECOVERY),
        (posted("payment", "-802.00"), VoucherKind.PAYMENT),
        (posted("reversal", "802.00", of_payment=True), VoucherKind.PAYMENT),
        (posted("refund", "198.00"), VoucherKind.REFUND),
        (posted("payment", "-40.00", source="credit use"), VoucherKind.TRANSFER),
        (posted("reversal", "40.00", source="credit use", of_payment=True), VoucherKind.TRANSFER),
        (posted("transfer", "38.00", of_payment=True), VoucherKind.TRANSFER),
    ],
)
def test_each_entry_has_its_voucher_or_is_the_billing_systems(entry: Posted, kind: VoucherKind | None) -> None:
    assert kind_of(entry) is kind


def test_a_fee_that_is_charged_is_income_and_one_that_is_taken_back_is_not() -> None:
    (voucher,) = vouchers([posted("fee", "38.00", "fee", source="delivery")], PLAN)
    assert [(line.account, line.debit, line.credit) for line in voucher.lines] == [
        ("1500", Decimal("38.00"), ZERO),
        ("3950", ZERO, Decimal("38.00")),
    ]
    back = posted("reversal", "-38.00", "fee", source="reversal", reverses="fee", id=2)
    (both,) = vouchers([posted("fee", "38.00", "fee", source="delivery"), back], PLAN)
    assert both.owed == ZERO
    assert all(line.account == "1500" for line in both.lines)  # what sums to nothing is held against nothing


def test_a_payment_goes_to_the_account_that_it_came_to() -> None:
    paid = [
        posted("payment", "-802.00", id=1),
        posted("payment", "-100.00", id=2, came_to="vipps"),
        posted("payment", "-50.00", id=3, came_to="elsewhere"),
    ]
    (voucher,) = vouchers(paid, PLAN)
    assert {line.account: line.debit for line in voucher.lines if line.entry is None} == {
        "1920": Decimal("50.00"),
        "1921": Decimal("802.00"),
        "1922": Decimal("100.00"),
    }


# --- random ledgers ----------------------------------------------------------------------------------------------------

AMOUNT = st.integers(1, 10_000_000).map(lambda cents: Decimal(cents) / 100)
SIGNED = st.tuples(AMOUNT, st.sampled_from([1, -1])).map(lambda each: each[0] * each[1])
KIND = st.sampled_from(
    [
        {"kind": "principal"},
        {"kind": "fee", "part": "fee", "source": "delivery"},
        {"kind": "fee", "part": "fee", "source": "already sent"},
        {"kind": "compensation", "part": "fee", "source": "delivery"},
        {"kind": "interest", "part": "interest"},
        {"kind": "reversal", "part": "fee", "source": "reversal", "reverses": "fee"},
        {"kind": "reversal", "part": "fee", "source": "reversal", "reverses": "compensation"},
        {"kind": "reversal", "part": "interest", "source": "plan"},
        {"kind": "reversal", "part": "fee", "source": "write-off"},
        {"kind": "write-off"},
        {"kind": "credit", "source": "credit note"},
        {"kind": "credit", "source": "dispute"},
        {"kind": "payment", "of_payment": True, "came_to": "12345678911"},
        {"kind": "payment", "of_payment": True, "came_to": "vipps"},
        {"kind": "payment", "of_payment": True, "came_to": None},
        {"kind": "reversal", "of_payment": True, "came_to": "vipps"},
        {"kind": "refund", "of_payment": True},
    ]
)
CURRENCY = st.sampled_from(["NOK", "NOK", "EUR"])


@st.composite
def ledgers(draw: st.DrawFn) -> list[Posted]:
    """Entries of all kinds, and credit that moves from one to another."""
    entries = [
        posted(**{"amount": "0"} | draw(KIND) | {"currency": draw(CURRENCY)}, invoice=str(draw(st.integers(1, 5))))
        for _ in range(draw(st.integers(0, 30)))
    ]
    entries = [replace(each, amount=draw(SIGNED)) for each in entries]
    for _ in range(draw(st.integers(0, 5))):
        amount, currency = draw(AMOUNT), draw(CURRENCY)
        moved = {"currency": currency, "source": "credit use", "of_payment": True}
        entries += [posted("reversal", str(amount), **moved), posted("payment", str(-amount), **moved, invoice="2")]
    return [replace(each, id=place) for place, each in enumerate(entries, start=1)]


@given(ledgers())
def test_each_voucher_balances_to_the_cent(entries: Sequence[Posted]) -> None:
    for voucher in vouchers(entries, PLAN):
        assert sum((line.debit for line in voucher.lines), ZERO) == sum((line.credit for line in voucher.lines), ZERO)
        assert all(min(line.debit, line.credit) == ZERO <= max(line.debit, line.credit) for line in voucher.lines)


@given(ledgers())
def test_each_entry_stands_once_or_is_the_billing_systems(entries: Sequence[Posted]) -> None:
    written = Counter(line.entry for voucher in vouchers(entries, PLAN) for line in voucher.lines if line.entry)
    assert written == Counter(each.id for each in entries if kind_of(each) is not None and each.amount)


@given(ledgers())
def test_what_the_vouchers_change_and_what_was_invoiced_is_what_is_owed(entries: Sequence[Posted]) -> None:
    invoiced = owed_by(each for each in entries if kind_of(each) is None)
    for currency, owed in owed_by(entries).items():
        of_vouchers = sum((each.owed for each in vouchers(entries, PLAN) if each.currency == currency), ZERO)
        assert of_vouchers + invoiced.get(currency, ZERO) == owed


@given(ledgers(), st.randoms())
def test_the_order_in_which_entries_are_read_changes_nothing(entries: list[Posted], chosen: st.DataObject) -> None:
    shuffled = list(entries)
    chosen.shuffle(shuffled)  # type: ignore[attr-defined]
    assert vouchers(shuffled, PLAN) == vouchers(entries, PLAN)


@given(ledgers())
def test_each_account_has_just_the_money_that_came_to_it(entries: Sequence[Posted]) -> None:
    accounts = {"12345678911": "1921", "vipps": "1922"}
    came: dict[tuple[str, str], Decimal] = {}
    for entry in entries:
        if kind_of(entry) is VoucherKind.PAYMENT:
            key = (entry.currency, accounts.get(entry.came_to or "", "1920"))
            came[key] = came.get(key, ZERO) - entry.amount
    told = {
        (voucher.currency, line.account): line.debit - line.credit
        for voucher in vouchers(entries, PLAN)
        if voucher.kind is VoucherKind.PAYMENT
        for line in voucher.lines
        if line.entry is None
    }
    assert told == {key: amount for key, amount in came.items() if amount}
