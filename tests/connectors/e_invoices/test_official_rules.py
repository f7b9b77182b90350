"""What is written holds by the published rules themselves: UBL's schema, EN 16931 and Peppol, where they are on the machine.

`PURR_TEST_RULES` names a folder with UBL 2.1's schemas (`maindoc/`, `common/`), `EN16931-UBL-validation.xslt` and
`PEPPOL-EN16931-UBL.xslt` (OpenPeppol's Schematron as XSLT), which are others' work and no part of this project; saxonche
runs them.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors.e_invoices.peppol import peppol_invoice
from domain.invoices.e_invoice import Delivery, EInvoice
from tests.connectors.e_invoices.test_peppol import BUYERS, SELLERS, a_credit_note, an_e_invoice, taxed, untaxed

RULES = Path(os.environ.get("PURR_TEST_RULES", "/nowhere"))
SHEETS = ("EN16931-UBL-validation.xslt", "PEPPOL-EN16931-UBL.xslt")
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
NEEDED = [RULES / each for each in (*SHEETS, "maindoc/UBL-Invoice-2.1.xsd", "maindoc/UBL-CreditNote-2.1.xsd")]

pytestmark = pytest.mark.skipif(
    not all(each.is_file() for each in NEEDED),
    reason="the published rules are not here: PURR_TEST_RULES names no folder of them",
)


@cache
def sheets() -> list[Callable[[str], str]]:
    """The published rules, each as what it says of a document."""
    saxon: Any = pytest.importorskip("saxonche", reason="saxonche, which runs the published rules, is not installed")
    processor = saxon.PySaxonProcessor(license=False)
    made = [processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES / each)) for each in SHEETS]
    return [
        lambda xml, sheet=sheet: sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml)) for sheet in made
    ]


@cache
def schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(RULES / f"maindoc/UBL-{kind}-2.1.xsd"))


def said_against(xml: bytes) -> Iterator[str]:
    """What the rules say against a document: warnings, too."""
    root = etree.fromstring(xml)
    of = schema(etree.QName(root).localname)
    if not of.validate(root):
        yield str(of.error_log)
    for sheet in sheets():
        for failed in etree.fromstring(sheet(xml.decode()).encode()).iter(
            f"{SVRL}failed-assert", f"{SVRL}successful-report"
        ):
            yield f"{failed.get('id')}: {' '.join(''.join(failed.itertext()).split())}"


def one_line(category: str, exemption: str | None = None, country: str = "NO", **changes: Any) -> EInvoice:
    return an_e_invoice(country, [untaxed(category, exemption)], **changes)


WITHIN = {"buyer": replace(BUYERS["SE"], vat_number="SE556012579001"), "delivery": Delivery(date(2026, 10, 30), "SE")}
WRITTEN: dict[str, EInvoice] = {
    **{country: an_e_invoice(country) for country in SELLERS},
    "rounded": an_e_invoice(lines=[taxed("Strøm", "100.33", "25")], amount=Decimal("125.00")),
    "E in words": one_line("E", "Unntatt, mval. § 3-5"),
    "E by its code": one_line("E", "VATEX-EU-132-1I", "FI"),
    "E beside S": an_e_invoice("SE", [taxed("El", "100", "25"), untaxed("E", "VATEX-EU-135-1")]),
    "AE": one_line("AE", country="SE"),
    "AE in words": one_line("AE", "Omvänd betalningsskyldighet", "SE"),
    "K": one_line("K", country="FI", **WITHIN),
    "G": one_line("G", country="FI", buyer=BUYERS["NO"]),
    "Z": one_line("Z"),
    "O": one_line("O"),
    **{f"credit note in {country}": a_credit_note(an_e_invoice(country)) for country in SELLERS},
    "credit note of K": a_credit_note(one_line("K", country="FI", **WITHIN)),
    "credit note of O": a_credit_note(one_line("O")),
    "credit note of a part": a_credit_note(an_e_invoice("SE", [taxed("El", "400.00", "25")]), Decimal("125.00")),
}


@pytest.mark.parametrize("which", WRITTEN)
def test_the_published_rules_say_nothing_against_what_is_written(which: str) -> None:
    assert list(said_against(peppol_invoice(WRITTEN[which]))) == []


def test_the_published_rules_are_heard() -> None:
    reason = b"<cbc:TaxExemptionReasonCode>VATEX-EU-132-1I</cbc:TaxExemptionReasonCode>"
    xml = peppol_invoice(WRITTEN["E by its code"])
    assert reason in xml
    assert any(told.startswith("BR-E-10") for told in said_against(xml.replace(reason, b"")))
