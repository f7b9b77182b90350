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
