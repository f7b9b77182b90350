"""Category, rate and reason of VAT stand in one table; what cannot be is refused with what to give instead."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices.vat import REASONS, WRITTEN, VatCategory, wrong_vat

RATES = st.none() | st.decimals(0, 100, places=2)
REASONS_GIVEN = st.sampled_from([None, "Undervisning", "VATEX-EU-132-1I", *REASONS.values(), "VATEX-EU-132-1Z"])


@pytest.mark.parametrize(
    ("category", "rate", "exemption"),
    [
        (None, None, None),
        ("S", "25", None),
        ("Z", "0", None),
        ("E", "0", "Unntatt, mval. § 3-5"),
        ("E", None, "VATEX-EU-135-1"),
        ("E", "0", "VATEX-EU-143-1FA"),
        ("AE", "0", None),
        ("K", "0", "VATEX-EU-IC"),
        ("G", None, "Utførsel"),
        ("O", None, None),
        ("L", "7", None),
    ],
)
def test_these_can_be(category: VatCategory | None, rate: str | None, exemption: str | None) -> None:
    assert wrong_vat(category, Decimal(rate) if rate else None, exemption) is None


@pytest.mark.parametrize(
    ("category", "rate", "exemption", "what_to_do"),
    [
        (None, "25", None, "vat_category is missing beside vat_rate: S where VAT is in it"),
        (None, None, "Unntatt", "vat_category is missing beside vat_exemption"),
        ("S", "0", None, "give its percent, or Z, E, AE, K, G or O"),
        ("S", None, None, "give its percent"),
        ("Z", "25", None, "Z bears no VAT, so 25 cannot be: give 0, or S"),
        ("O", "25", None, "O bears no VAT"),
        ("E", "0", None, "E needs the reason"),
        ("E", "0", "VATEX-EU-132-1Z", "VATEX-EU-132-1Z is no code of VATEX"),
        ("E", "0", "VATEX-EU-AE", "VATEX-EU-AE is of AE, not of E"),
        ("AE", "0", "VATEX-EU-G", "of AE it is VATEX-EU-AE, which may be left out"),
        ("S", "25", "Unntatt", "S has none"),
        ("Z", "0", "Unntatt", "Z has none"),
    ],
)
def test_these_cannot(category: VatCategory | None, rate: str | None, exemption: str | None, what_to_do: str) -> None:
    told = wrong_vat(category, Decimal(rate) if rate else None, exemption)
    assert told is not None
    assert what_to_do in told


@given(st.sampled_from([None, *get_args(VatCategory)]), RATES, REASONS_GIVEN)
def test_vat_is_asked_of_what_is_taxed_alone(
    category: VatCategory | None, rate: Decimal | None, exemption: str | None
) -> None:
    if wrong_vat(category, rate, exemption) is None and category in WRITTEN:
        assert bool(rate) == (category == "S")
        assert category == "E" or category in REASONS or exemption is None
