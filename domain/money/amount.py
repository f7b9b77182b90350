"""Money is a decimal amount with its currency, kept in hundredths; how many decimals a currency has of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0")
LITTLE_MISSING = Decimal("0.005")
"""Of an amount: what may be missing of it for a rounding or a bank's charge, where a past is read and it counts as paid."""
_CENT = Decimal("0.01")
_KEPT = 2  # decimals of every amount here
# ISO 4217, "minor unit": the currencies that have not two decimals.
_DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(re.findall("[A-Z]{3}", "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"), 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
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


def decimals_of(currency: str) -> int:
    """How many decimals a currency has (ISO 4217)."""
    return _DECIMALS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round to what can be paid in a currency, halves away from zero, and never finer than to hundredths."""
    return amount.quantize(Decimal(1).scaleb(-min(decimals_of(currency), _KEPT)), ROUND_HALF_UP).quantize(_CENT)


def can_be_paid(amount: Decimal, currency: str) -> bool:
    """Whether an amount is no finer than its currency."""
    return rounded(amount, currency) == amount


def to_minor_units(amount: Decimal, decimals: int) -> int:
    """An amount in the smallest unit of a currency that has so many decimals.

    ValueError for a fraction of that: it is never rounded.
    """
    units = amount.scaleb(decimals)
    if units != units.to_integral_value():
        raise ValueError(f"{amount} has more than {decimals} decimals")
    return int(units)


def from_minor_units(units: int, decimals: int) -> Decimal:
    """The amount that a number of smallest units stands for, in hundredths. ValueError for one that is finer."""
    amount = Decimal(units).scaleb(-decimals)
    if to_cents(amount) != amount:
        raise ValueError(f"{amount} is finer than hundredths")
    return to_cents(amount)


def parse_amount(text: str) -> Money:
    """Read an amount written as `50 NOK` or `49.50 NOK`; ValueError when it is written otherwise."""
    match = _WRITTEN_AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount; write it like 50 NOK or 49.50 NOK")
    return Money(Decimal(match[1]), match[2])
