"""Money is a decimal amount with its currency, kept in hundredths."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0")
_CENT = Decimal("0.01")
_WRITTEN_AMOUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,2})?) ([A-Z]{3})")


def is_short(missing: Decimal, tolerance: Decimal) -> bool:
    """Whether so much is missing that what was agreed is not kept: something, and not less than is tolerated."""
    return missing > ZERO and missing >= tolerance


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and the ISO 4217 code of its currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def to_cents(amount: Decimal) -> Decimal:
    """Round to hundredths of the currency, halves away from zero, as invoices do."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def parse_amount(text: str) -> Money:
    """Read an amount written as `50 NOK` or `49.50 NOK`; ValueError when it is written otherwise."""
    match = _WRITTEN_AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount; write it like 50 NOK or 49.50 NOK")
    return Money(Decimal(match[1]), match[2])
