"""Where e-invoices come from is checked as the country writes it; what a bank would not find is refused with what to write."""

import pytest

from domain.agreements.e_invoice import faults_of_e_invoice

GOOD = {"address": "003712345671", "operator": "OKOYFIHH"}


@pytest.mark.parametrize(
    "told",
    [
        {},
        GOOD,
        GOOD | {"address": "FI2112345600000785"},
        GOOD | {"address": "00371234567112AB", "operator": "003721291126"},
    ],
)
def test_an_address_and_an_operator_as_finnish_banks_have_them_are_taken(told: dict[str, str]) -> None:
    assert faults_of_e_invoice("FI", told) == []


@pytest.mark.parametrize(
    ("country", "told", "said"),
    [
        ("FI", {"address": "003712345671"}, "operator is missing"),
        ("FI", GOOD | {"address": "1234567-1"}, "address cannot be '1234567-1'"),
        ("FI", GOOD | {"operator": "Osuuspankki"}, "operator cannot be"),
        ("FI", GOOD | {"bank": "x"}, "bank is not of an e-invoice in FI"),
        ("SE", GOOD, "no e-invoices are ordered in banks in SE"),
    ],
)
def test_what_a_bank_would_not_find_is_refused(country: str, told: dict[str, str], said: str) -> None:
    assert said in " ".join(faults_of_e_invoice(country, told))
