"""An invoice is fetched as an e-invoice by its creditor alone, and what it was not given with is named."""

from typing import Any

from lxml import etree

from connectors.invoice_files.ubl.document import NAMESPACES
from tests.web.door import Door

BUYER = {
    "name": "Butikk AS",
    "organisation_number": "987654325",
    "address_lines": ["Storgata 1"],
    "postcode": "0155",
    "city": "Oslo",
}
LINES: list[dict[str, Any]] = [
    {"text": "Strøm", "amount": "500.00", "vat_category": "S", "vat_rate": "25"},
    {
        "text": "Nettleie",
        "quantity": "2",
        "amount": "302.00",
        "vat_category": "S",
        "vat_rate": "25",
        "net_amount": "241.60",
    },
]


async def test_what_the_lines_were_given_with_is_what_the_e_invoice_says(door: Door) -> None:
    await door.send_invoice("A/1", debtor=BUYER, lines=LINES, buyer_reference="Avd. 12")
    await door.rows("update creditor set organisation_number = '923609016' where id = :c returning 1", c=door.creditor)
    answer = await door.client.get("/v1/invoices/A/1/e-invoice")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.headers["content-disposition"] == f'attachment; filename="{door.creditor}-a-1.xml"'
    root = etree.fromstring(answer.content)
    told = [each.text for each in root.iterfind("cac:InvoiceLine/cbc:LineExtensionAmount", NAMESPACES)]
    assert told == ["400.00", "241.60"]
    assert root.findtext("cac:LegalMonetaryTotal/cbc:PayableAmount", namespaces=NAMESPACES) == "802.00"
    assert (
        root.findtext("cac:AccountingCustomerParty/cac:Party/cac:PostalAddress/cbc:PostalZone", namespaces=NAMESPACES)
        == "0155"
    )


async def test_what_is_missing_is_named_and_an_invoice_of_nobody_is_not_there(door: Door) -> None:
    await door.send_invoice("B1")
    answer = await door.client.get("/v1/invoices/B1/e-invoice")
    assert answer.status_code == 422
    assert "invoice B1 cannot be an e-invoice: " in answer.json()["detail"]
    assert "the debtor has no organisation number" in answer.json()["detail"]
    assert (await door.client.get("/v1/invoices/no-such/e-invoice")).status_code == 404


async def test_a_credit_note_is_an_e_invoice_of_its_own(door: Door) -> None:
    await door.rows("update creditor set organisation_number = '974123401' where id = :c returning 1", c=door.creditor)
    await door.send_invoice("C1", debtor=BUYER, lines=LINES, buyer_reference="Avd. 12")
    note = {
        "number": "K/1", "invoice_number": "C1", "issue_date": "2026-11-10", "currency": "NOK", "amount": "125.00",
        "reason": "For mye", "lines": [{"text": "Strøm", "amount": "125.00", "vat_category": "S", "vat_rate": "25"}],
    }  # fmt: skip
    assert (await door.client.post("/v1/credit-notes", json=note)).status_code == 201
    answer = await door.client.get("/v1/credit-notes/K/1/e-invoice")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml"), answer.text
    root = etree.fromstring(answer.content)
    assert root.findtext("cbc:CreditNoteTypeCode", namespaces=NAMESPACES) == "381"
    assert root.findtext("cac:CreditNoteLine/cbc:LineExtensionAmount", namespaces=NAMESPACES) == "100.00"
    assert root.findtext("cac:BillingReference//cbc:ID", namespaces=NAMESPACES) == "C1"
    assert (await door.client.get("/v1/credit-notes/no-such/e-invoice")).status_code == 404


async def test_what_is_left_is_credited_without_lines_and_no_larger_credit_note_is_made_up(door: Door) -> None:
    await door.rows("update creditor set organisation_number = '974123479' where id = :c returning 1", c=door.creditor)
    mixed = [*LINES[:1], {"text": "Bok", "amount": "302.00", "vat_category": "Z", "vat_rate": "0"}]
    await door.send_invoice("D1", debtor=BUYER, lines=mixed, buyer_reference="Avd. 12")
    note = {"invoice_number": "D1", "issue_date": "2026-11-10", "currency": "NOK"}
    await door.client.post("/v1/credit-notes", json=note | {"number": "K-2", "amount": "2.00"})
    await door.client.post("/v1/credit-notes", json=note | {"number": "K-3", "amount": "802.00"})
    a_part = await door.client.get("/v1/credit-notes/K-2/e-invoice")
    assert (a_part.status_code, "it has no lines" in a_part.json()["detail"]) == (422, True)
    all_of_it = await door.client.get(
        "/v1/credit-notes/K-3/e-invoice"
    )  # of which 2.00 were taken back before: it says what it is
    assert etree.fromstring(all_of_it.content).findtext(".//cbc:PayableAmount", namespaces=NAMESPACES) == "802.00"


async def test_vat_that_cannot_be_is_refused_with_its_line(door: Door) -> None:
    refused = await door.send_invoice("E1", debtor=BUYER, lines=[LINES[0] | {"vat_rate": "0"}])
    assert (refused.status_code, "S is taxed at more than 0 (BR-S-05)" in refused.text) == (422, True), refused.text
