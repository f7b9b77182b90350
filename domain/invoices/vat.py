"""VAT as invoices tell it: the categories of UNCL 5305, the rate that each may have, and why some bear none.

The rules are those of EN 16931, whose names stand beside each, and Peppol's (P0104 and after).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

VatCategory = Literal["S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"]
"""UNCL 5305, as Peppol has it: S taxed, Z at nothing, E exempt, AE reverse charge, K within the EU, G out of the EU, O not
subject to VAT; L, M and B are of the Canary Islands, Ceuta and Italy, and nobody's here."""
WRITTEN: tuple[VatCategory, ...] = ("S", "Z", "E", "AE", "K", "G", "O")
REASONS: Mapping[VatCategory, str] = {
    "AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O",
}  # fmt: skip
"""The reason that a category is by itself (BR-AE-10, BR-IC-10, BR-G-10, BR-O-10; VATEX is CEF's list of reasons)."""
# What else that list has of the EU: the articles of directive 2006/112/EC, and the margin schemes (D, F, I, J).
_ARTICLES = re.compile(
    r"VATEX-EU-(79-C|132(-1[A-Q])?|135-1|143(-1(FA|[A-L]))?|144|146-1E|148(-[A-G])?|151(-1(AA|[A-E]))?|153|159|309|[DFIJ])"
)


def is_code(exemption: str) -> bool:
    """Whether a reason is told by its code, not in words."""
    return exemption.startswith("VATEX-")


def wrong_vat(category: VatCategory | None, rate: Decimal | None, exemption: str | None) -> str | None:
    """Why a category, a rate (percent) and a reason cannot be of one line, with what to give instead; None where they can."""
    if category is None:
        return _without_category(rate, exemption)
    if category == "S" and not rate:
        return "vat_rate: S is taxed at more than 0 (BR-S-05): give its percent, or Z, E, AE, K, G or O as vat_category"
    if category in WRITTEN and category != "S" and rate:
        return f"vat_rate: {category} bears no VAT, so {rate} cannot be: give 0, or S as vat_category"
    return _wrong_reason(category, exemption)


def _without_category(rate: Decimal | None, exemption: str | None) -> str | None:
    if rate is None and exemption is None:
        return None
    given = "vat_rate" if rate is not None else "vat_exemption"
    return f"vat_category is missing beside {given}: S where VAT is in it, else Z, E, AE, K, G or O"


def _wrong_reason(category: VatCategory, exemption: str | None) -> str | None:
    if category == "E":
        if exemption is None:
            return "vat_exemption: E needs the reason, in words or as a code of VATEX (BR-E-10)"
        if is_code(exemption) and not _ARTICLES.fullmatch(exemption):
            of = next((other for other, code in REASONS.items() if code == exemption), None)
            return (
                f"vat_exemption: {exemption} is {f'of {of}, not of E' if of else 'no code of VATEX'} (BR-CL-22, P0104)"
            )
        return None
    if exemption is None:
        return None
    if category not in REASONS:
        return f"vat_exemption: {category} has none (BR-S-10, BR-Z-10): leave it out, or give E as vat_category"
    if is_code(exemption) and exemption != REASONS[category]:
        return f"vat_exemption: of {category} it is {REASONS[category]}, which may be left out"
    return None
