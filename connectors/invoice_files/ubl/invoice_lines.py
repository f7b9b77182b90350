"""The lines of a UBL document: what was bought, how much of it, and what it costs."""

from decimal import Decimal
from typing import Any, get_args

from lxml import etree

from connectors.invoice_files.ubl.document import DECIMAL, NAMESPACES, Document, text_of
from domain.invoices.e_invoice import VatCategory
from domain.money.amount import to_cents

PARTS = {"text": "cac:Item/cbc:Name", "quantity": "cbc:InvoicedQuantity", "amount": "cbc:LineExtensionAmount"}
"""The elements of a line that its fields are read from."""


def as_bought(document: Document, line: etree._Element) -> dict[str, Any]:
    number = text_of(line.find("cbc:ID", NAMESPACES))
    name = text_of(line.find("cac:Item/cbc:Name", NAMESPACES))
    description = text_of(line.find("cac:Item/cbc:Description", NAMESPACES))
    quantity = text_of(line.find("cbc:InvoicedQuantity", NAMESPACES))
    net = to_cents(line_amount(document, line))
    return {
        **_vat(line, net),
        "text": (name or description or number or "-")[:1000],
        "quantity": round(Decimal(quantity), 6) if DECIMAL.fullmatch(quantity) else quantity or Decimal(1),
        "amount": net,
    }


def _vat(line: etree._Element, net: Decimal) -> dict[str, Any]:
    """The line's VAT as an e-invoice may tell it again; nothing where it is told otherwise than by a category and a percent."""
    category = text_of(line.find("cac:Item/cac:ClassifiedTaxCategory/cbc:ID", NAMESPACES))
    percent = text_of(line.find("cac:Item/cac:ClassifiedTaxCategory/cbc:Percent", NAMESPACES))
    rate = Decimal(percent) if DECIMAL.fullmatch(percent) else None
    if category not in get_args(VatCategory) or (rate is None) != (category == "O"):
        return {}
    if rate is not None and (not 0 <= rate <= 100 or rate != to_cents(rate)):
        return {}
    return {"vat_category": category, "vat_rate": rate if rate is None else to_cents(rate), "net_amount": net}


def line_amount(document: Document, line: etree._Element) -> Decimal:
    path = f"{document.line_path}/cbc:LineExtensionAmount"
    amount = line.find("cbc:LineExtensionAmount", NAMESPACES)
    if amount is None:
        raise document.rejected(path, f"{path} is missing", line)
    return document.amount(amount, path)
