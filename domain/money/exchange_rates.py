"""Rates of exchange as a creditor tells them, each of one day and from a named source: what nobody told is never guessed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.invoices.incoming import Currency, Day, Digits, Given, Text
from domain.money.amount import rounded


class IncomingRate(Given):
    """What one unit of a currency was worth in the creditor's own on a day."""

    currency: Annotated[Currency, Field(description="The other currency (ISO 4217).", examples=["EUR"])]
    on: Annotated[Day, Field(description="The day that it is of.", examples=["2026-11-27"])]
    rate: Annotated[
        Decimal,
        Field(
            gt=0,
            max_digits=16,
            decimal_places=8,
            description="What one unit of it was worth in your own currency.",
            examples=["11.6035"],
        ),
        Digits,
    ]
    source: Annotated[Text, Field(description="Who published it.", examples=["Norges Bank"])]


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """A rate that is known: so much of `into` for one unit of `currency` on a day."""

    currency: str
    into: str
    on: date
    rate: Decimal
    source: str

    def converted(self, amount: Decimal) -> Decimal:
        """An amount in the other currency, rounded to what can be paid in it."""
        return rounded(amount * self.rate, self.into)

    def in_words(self) -> str:
        """The rate as people read it: `1 EUR = 11.6035 NOK (Norges Bank)`."""
        return f"1 {self.currency} = {self.rate.normalize():f} {self.into} ({self.source})"


def fault_of(told: IncomingRate, home: str, today: date) -> str | None:
    """Why a rate cannot be kept, in words; None where it can."""
    if told.currency == home:
        return f"{home} is the creditor's own currency: it has no rate"
    if told.on > today:
        return f"{told.on} is ahead: tell the rate of a day when it is known"
    return None
