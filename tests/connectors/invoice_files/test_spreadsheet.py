"""Cells that went through a spreadsheet."""

import pytest

from connectors.invoice_files.spreadsheet import as_typed, spoilt


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="6103"', "6103"),
        (' ="0155" ', "0155"),
        ('=" 6103 "', "6103"),
        ('=""', ""),
        ("'0155", "0155"),
        ("'+47 912 34 567", "+47 912 34 567"),
        ("'t Hooft", "'t Hooft"),
        ("'s-Gravenhage 12", "'s-Gravenhage 12"),
        ("O'Brien", "O'Brien"),
        ("Depot'12", "Depot'12"),
        ("2026/1042", "2026/1042"),
    ],
)
def test_a_text_is_taken_as_it_was_typed(cell: str, text: str) -> None:
    assert as_typed(cell) == text
    assert spoilt("number", text) is None


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("6,10400E+11", "cut the number"),
        ("6.104E+11", "cut the number"),
        ("1.23e+05", "cut the number"),
        ("1E+05", "cut the number"),
        ("1E-05", "cut the number"),
        ("#REF!", "an error"),
        ("#N/A", "an error"),
        ("#NV", "an error"),
        ("#I/T", "an error"),
        ("#VERDI!", "an error"),
        ("#NAVN?", "an error"),
        ("#DIV/0!", "an error"),
        ("########", "an error"),
        ("=A1+B1", "a formula"),
        ('="6103', "a formula"),
        ("6103.0", "given it decimals"),
        ("6103,00", "given it decimals"),
        ("Ka\ufffdri", "cannot be read"),
    ],
)
def test_what_a_spreadsheet_spoilt_is_told(cell: str, why: str) -> None:
    assert why in (spoilt("number", as_typed(cell)) or "")
    assert spoilt("debtor_phone", as_typed(cell)) is None


@pytest.mark.parametrize("number", ["1E5", "6103.1", "E+05", "2026E-1A", "#12", "A-E+1", "12E"])
def test_a_number_that_only_looks_like_it_is_nobodys_fault(number: str) -> None:
    assert spoilt("number", number) is None
