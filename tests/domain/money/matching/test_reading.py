"""What a payer wrote is read as the numbers of ours that it may be, and nothing else."""

from decimal import Decimal

from domain.money.matching.reading import Clue, searched


def pays(text: str) -> Clue:
    """A payment over 499.00 with this text."""
    return Clue(Decimal("499.00"), "NOK", text=text)


def test_dates_years_and_amounts_are_no_invoice_numbers() -> None:
    asked = searched(pays("Husleie november 2026, 15.11.2026, kr 1 499,00 eller 499.00"))
    assert asked.numbers == asked.customers == frozenset()
    assert searched(pays("faktura 2026")).numbers == {"2026"}
