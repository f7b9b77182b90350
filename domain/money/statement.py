"""A statement of account: how each of a debtor's invoices stands at one creditor, and how much of it is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.money.amount import ZERO, to_cents


class Standing(StrEnum):
    """How an invoice stands in a statement: API and terminal have these words, so they never change."""

    DUE = "due"
    NOT_YET_DUE = "not yet due"
    DISPUTED = "disputed"  # the whole of it
    IN_PLAN = "in plan"
    DRAWN = "drawn"  # by direct debit
    AT_PARTNER = "at collection partner"
    CREDIT = "credit"


ASKED_FOR = (Standing.DUE, Standing.NOT_YET_DUE)


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice of a statement. `balance` below zero is credit."""

    invoice_id: int
    case_id: int
    debtor_id: int
    number: str
    reference: str | None
    issue_date: date
    due_date: date
    currency: str
    amount: Decimal
    """What was invoiced."""
    balance: Decimal
    disputed: Decimal
    """Of the balance."""
    standing: Standing
    draw_on: date | None = None
    child: str | None = None
    """The name of the child customer whose it is; None for the debtor's own."""

    @property
    def asked(self) -> Decimal:
        """What the statement asks for of it: nothing that is disputed, in a plan, drawn or with the partner."""
        return to_cents(max(ZERO, self.balance - self.disputed) if self.standing in ASKED_FOR else ZERO)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the lines of one currency come to."""

    currency: str
    owed: Decimal
    """All that is owed, asked for or not."""
    due: Decimal
    """What is asked for and due."""
    asked: Decimal
    """What one payment pays, what is not yet due included."""
    disputed: Decimal
    credit: Decimal
    """A positive amount."""


def standing_of(
    *, today: date, due: date, balance: Decimal, disputed: bool, in_plan: bool, draw_on: date | None, at_partner: bool
) -> Standing:
    """How an invoice of which something is owed, or of which there is credit, stands today."""
    if balance < ZERO:
        return Standing.CREDIT
    if at_partner:
        return Standing.AT_PARTNER
    if disputed:
        return Standing.DISPUTED
    if in_plan:
        return Standing.IN_PLAN
    if draw_on is not None:
        return Standing.DRAWN
    return Standing.DUE if due <= today else Standing.NOT_YET_DUE


def sums(lines: Sequence[Line]) -> tuple[Sums, ...]:
    """What the lines come to, currency by currency, in the order in which they come."""
    return tuple(
        _sums(currency, [line for line in lines if line.currency == currency]) for currency in _currencies(lines)
    )


def asks_of(lines: Iterable[Line], currency: str) -> list[tuple[int, Decimal]]:
    """What a statement in a currency asks for, by the invoices' numbers of ours."""
    return [(line.invoice_id, line.asked) for line in lines if line.currency == currency and line.asked]


def _sums(currency: str, lines: Sequence[Line]) -> Sums:
    return Sums(
        currency,
        owed=_total(line.balance for line in lines if line.balance > ZERO),
        due=_total(line.asked for line in lines if line.standing is Standing.DUE),
        asked=_total(line.asked for line in lines),
        disputed=_total(line.disputed for line in lines),
        credit=-_total(line.balance for line in lines if line.balance < ZERO),
    )


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return to_cents(sum(amounts, ZERO))


def _currencies(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.currency for line in lines))
