"""Accounting vouchers of a day: what of the ledger goes to which account, each voucher balanced to the cent.

What was invoiced is booked by the billing system that invoiced it, and so is a fee that was charged before the case was
ours; all else that changes what a debtor owes is a line here, held against the account that the creditor's plan names, and so is
money that waits for a person or is sent back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.money.amount import ZERO

NOTHING = Decimal("0.00")  # as it is written
AccountId = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,34}$")]


class VoucherKind(StrEnum):
    """What a voucher is about: API and files have these words, so they never change."""

    FEE = "fee"
    COMPENSATION = "compensation"
    INTEREST = "interest"
    CREDIT_NOTE = "credit note"
    CREDIT = "credit"  # a dispute that was upheld
    WRITE_OFF = "write-off"
    RECOVERY = "recovery"  # what was written off is owed again: money came for it
    PAYMENT = "payment"
    REFUND = "refund"
    WAITING = "waiting"  # money that came and that no invoice explains yet, or no more
    SENT_BACK = "sent back"  # such money is owed back to its payer
    REFUND_PAID = "refund paid"  # what was owed back has left, or is here again
    TRANSFER = "transfer"  # credit that pays other parts, or another invoice: it moves among what is owed


HELD = (VoucherKind.WAITING, VoucherKind.SENT_BACK, VoucherKind.REFUND_PAID)
"""Of money that is held, and is no debt."""


class AccountPlan(BaseModel):
    """A creditor's accounts. Those that it does not name follow the Norwegian standard plan (NS 4102); they are assumed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    receivables: AccountId = "1500"
    fee: AccountId = "3950"
    compensation: AccountId = "3951"
    interest: AccountId = "8055"
    credit_note: AccountId = "3000"
    credit: AccountId = "3000"
    write_off: AccountId = "7830"
    recovery: AccountId = "7820"
    refund: AccountId = "2990"
    """What is owed back to payers."""
    waiting: AccountId = "2999"
    """Money that waits for a person."""
    payment: AccountId = "1920"
    payments: dict[str, AccountId] = {}
    """By the bank account, or the payment provider, that the money came to."""

    def of(self, kind: VoucherKind) -> str:
        """The account that entries of a kind are on."""
        return {
            VoucherKind.WAITING: self.waiting,
            VoucherKind.SENT_BACK: self.waiting,
            VoucherKind.REFUND_PAID: self.refund,
        }.get(kind, self.receivables)

    def against(self, kind: VoucherKind, came_to: str | None) -> str:
        """The account that entries of a kind are held against; `came_to` is where a payment came to."""
        if kind in (VoucherKind.PAYMENT, VoucherKind.WAITING, VoucherKind.REFUND_PAID):
            return self.payments.get(came_to or "", self.payment)
        if kind is VoucherKind.SENT_BACK:
            return self.refund
        named: str = getattr(self, kind.replace("-", "_").replace(" ", "_"))
        return named


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry of the ledger, or of money that is held. Positive amounts add to what is owed, or are a debit on its account."""

    id: int
    kind: str
    part: str
    amount: Decimal
    currency: str
    booked_on: date
    source: str
    reverses: str | None
    """The kind of the entry that it takes back."""
    of_payment: bool
    came_to: str | None
    """The bank account or the provider that its money came to."""
    invoice: str | None
    why: str | None = None
    """The reason of a loss."""


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One line: of debit and credit one is zero. The side that sums up names no entry, invoice or day."""

    account: str
    debit: Decimal
    credit: Decimal
    entry: int | None = None
    invoice: str | None = None
    booked_on: date | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """The entries of one kind and currency that a day has, and what they are held against."""

    kind: VoucherKind
    currency: str
    lines: tuple[VoucherLine, ...]

    @property
    def owed(self) -> Decimal:
        """By how much it changes what debtors owe."""
        if self.kind in HELD:
            return ZERO
        return sum((line.debit - line.credit for line in self.lines if line.entry is not None), ZERO)


def kind_of(entry: Posted) -> VoucherKind | None:
    """Which voucher an entry belongs to; None for what the billing system books."""
    if entry.kind in HELD:
        return VoucherKind(entry.kind)
    if entry.kind == "principal" or entry.source == "already sent":
        return None
    if entry.source == "recovery":
        return VoucherKind.RECOVERY
    if "write-off" in (entry.kind, entry.source):
        return VoucherKind.WRITE_OFF
    if entry.kind == "transfer" or entry.source == "credit use":
        return VoucherKind.TRANSFER
    if entry.kind == "credit":
        return VoucherKind.CREDIT_NOTE if entry.source == "credit note" else VoucherKind.CREDIT
    if entry.of_payment and entry.kind != "interest":  # what ran at the partner comes with the payment that brought it
        return VoucherKind.REFUND if entry.kind == "refund" else VoucherKind.PAYMENT
    return VoucherKind(entry.reverses or entry.part if entry.kind == "reversal" else entry.kind)


def vouchers(entries: Iterable[Posted], plan: AccountPlan) -> tuple[Voucher, ...]:
    """The vouchers of entries: one for each kind and currency, in the order of the kinds."""
    of: dict[tuple[VoucherKind, str], list[Posted]] = {}
    for entry in sorted(entries, key=lambda each: each.id):
        kind = kind_of(entry)
        if kind is not None and entry.amount:
            of.setdefault((kind, entry.currency), []).append(entry)
    return tuple(
        _voucher(*key, of[key], plan) for key in sorted(of, key=lambda key: (list(VoucherKind).index(key[0]), key[1]))
    )


def owed_by(entries: Iterable[Posted]) -> dict[str, Decimal]:
    """By how much entries of the ledger change what debtors owe, by currency, what was invoiced included."""
    sums: dict[str, Decimal] = {}
    for entry in entries:
        if entry.kind in HELD:
            continue
        sums[entry.currency] = sums.get(entry.currency, ZERO) + entry.amount
    return sums


def _voucher(kind: VoucherKind, currency: str, entries: list[Posted], plan: AccountPlan) -> Voucher:
    lines = [
        VoucherLine(plan.of(kind), *_sides(each.amount), each.id, each.invoice, each.booked_on, each.why)
        for each in entries
    ]
    against: dict[str, Decimal] = {}
    for entry in (
        entries if kind is not VoucherKind.TRANSFER else ()
    ):  # what moves among debts sums to nothing by itself
        account = plan.against(kind, entry.came_to)
        against[account] = against.get(account, ZERO) - entry.amount
    lines += [VoucherLine(account, *_sides(amount)) for account, amount in sorted(against.items()) if amount]
    return Voucher(kind, currency, tuple(lines))


def _sides(amount: Decimal) -> tuple[Decimal, Decimal]:
    """Debit and credit."""
    return (amount, NOTHING) if amount > ZERO else (NOTHING, -amount)
