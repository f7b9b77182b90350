"""A mandate for direct debit that a creditor brings from its earlier system: given to the bank, and not asked for here."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.countries.country import ReferenceScheme
from domain.invoices.incoming import Day, Given, Text


class TakenOverMandate(Given):
    """One mandate, as the earlier system has it."""

    reference: Annotated[Text, Field(description="The payment reference by which the bank knows it now.")]
    since: Annotated[Day, Field(description="The day on which it was given.")]
    notify: Annotated[bool, Field(description="Whether the bank tells the debtor of each claim.")] = False
    customer_number: Annotated[Text | None, Field(description="Whose it is, where no invoice says so yet.")] = None
    old_reference: Annotated[
        Text | None, Field(description="By which the bank knew it before its references were changed (KID-bytte).")
    ] = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.old_reference == self.reference:
            raise ValueError("old_reference is reference: leave it out where nothing was changed")
        return self

    def fault(self, references: ReferenceScheme | None, today: date) -> str | None:
        """Why it cannot be taken over, in words, where the references are those of a country."""
        for name in ("reference", "old_reference"):
            value = getattr(self, name)
            if value is None or references is None or (references.shape.fullmatch(value) and references.holds(value)):
                continue
            return f"{name} is no {references.label or 'payment reference'} whose check digit holds"
        return f"since is {self.since}, which is ahead" if self.since > today else None
