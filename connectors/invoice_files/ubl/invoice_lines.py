"""The lines of a UBL document: what was bought, how much of it, and what it costs."""

from decimal import Decimal
from typing import Any

from lxml import etree

from connectors.invoice_files.ubl.document import DECIMAL, NAMESPACES, Document, text_of
from domain.money.amount import to_cents

PARTS = {"text": "cac:Item/cbc:Name", "quantity": "cbc:InvoicedQuantity", "amount": "cbc:LineExtensionAmount"}
"""The elements of a line that its fields are read from."""


def as_bought(document: Document, line: etree._Element) -> dict[str, Any]:
    number = text_of(line.find("cbc:ID", NAMESPACES))
    name = text_of(line.find("cac:Item/cbc:Name", NAMESPACES))
    description = text_of(line.find("cac:Item/cbc:Description", NAMESPACES))
    quantity = text_of(line.find("cbc:InvoicedQuantity", NAMESPACES))
    return {
        "text": (name or description or number or "-")[:1000],
        "quantity": round(Decimal(quantity), 6) if DECIMAL.fullmatch(quantity) else quantity or Decimal(1),
        "amount": to_cents(line_amount(document, line)),
    }


def line_amount(document: Document, line: etree._Element) -> Decimal:
    path = f"{document.line_path}/cbc:LineExtensionAmount"
    amount = line.find("cbc:LineExtensionAmount", NAMESPACES)
    if amount is None:
        raise document.rejected(path, f"{path} is missing", line)
    return document.amount(amount, path)
