"""What a creditor agreed with its bank on the payment references that this takes, and what does not follow it."""

from domain.countries.registry import country_of
from domain.money.references import normalised


def not_as_agreed(reference: str, country: str, agreed: str | None) -> str | None:
    """What is told of a reference that a creditor's bank would not take by what was agreed; None where it would."""
    agreements = country_of(country).reference_agreements
    if agreed is None or agreements is None or agreements.takes(agreed, normalised(reference)):
        return None
    return f"reference {reference}: the bank would refuse payments with it, for it was agreed to check for {agreed}"


def fault_of_agreement(country: str, agreed: str) -> str | None:
    """Why a creditor of a country cannot have agreed this with its bank; None where it can."""
    agreements = country_of(country).reference_agreements
    if agreements is None:
        return f"nothing is agreed with banks about references in {country}: leave it out"
    return None if agreements.shape.fullmatch(agreed) else f"cannot be {agreed!r}: {agreements.words}"
