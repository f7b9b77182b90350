"""Amounts and rates that follow a figure which is told for each half-year, and what is rounded of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from domain.money.amount import ZERO

RoundingOf = Literal["fee", "interest"]
ROUNDINGS_OF: tuple[RoundingOf, ...] = get_args(RoundingOf)
"""What is reckoned and rounded: fees that are a part of a figure, and interest."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount that the law gives: itself, or a part (to the nearest whole) of a figure that is told for each half-year."""

    fixed: Decimal = ZERO
    figure: str | None = None
    part: int = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in percent a year: a figure that is told for each half-year, and so many points above it."""

    figure: str
    points: Decimal = ZERO


def half_year_start(on: date) -> date:
    """The 1 January or 1 July from which the rates of a day hold."""
    return date(on.year, 1 if on.month < 7 else 7, 1)
