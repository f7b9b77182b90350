"""What a fee may be and when it may be charged, and the lump sum between businesses that takes its place."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from domain.countries.half_years import Amount

FeeOf = Literal["reminder", "notice", "plan", "extension"]
FEES_OF: tuple[FeeOf, ...] = get_args(FeeOf)
"""What a fee is for."""


def fee_of(message: str) -> FeeOf:
    """What the fee of a message is for."""
    return "notice" if message == "collection-notice" else "reminder"


@dataclass(frozen=True, slots=True)
class EarlierFee:
    """A fee already charged, with the last day of the deadline that its message gave, and what it was for."""

    charged_on: date
    deadline: date | None
    of: FeeOf = "reminder"


@dataclass(frozen=True, slots=True)
class Larger:
    """The most that a fee may be of a larger claim: above a principal, and paid in more than so many parts."""

    amount: Decimal
    above: Decimal
    parts: int


@dataclass(frozen=True, slots=True)
class FeeRules:
    """What a fee may be, and when it may be charged. What is None, the law does not ask for."""

    of: tuple[FeeOf, ...]
    """What it is for; those of one row count together."""
    amount: Amount
    """The most that it may be, of a claim of any size."""
    larger: tuple[Larger, ...]
    """The most of larger claims, where the law makes a difference."""
    days_after_due_date: int
    """The first day is so many after the due date, moved to a banking day."""
    most: int
    """So many for one claim."""
    reset_months: int | None
    """After so many they count anew."""
    after_missed_deadline_of_days: int | None
    """A further one needs that a deadline of so many days was given with the one before, and missed."""
    days_after_last_reminder: int | None
    """The first day is so many after the last reminder or notice was sent, with or without a fee."""
    invoiced_days_before_due_date: int | None
    """There is none where the invoice came later than so many days before its due date."""
    needs_agreement: bool
    """Only where it was agreed when the debt arose."""


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """The lump sum for late payment between businesses, which takes the place of fees up to its amount."""

    amount: Amount
    days_after_due_date: int
