"""The lines of a UBL document: what was bought, how much of it, and what it costs."""

from decimal import Decimal
from typing import Annotated, Any, cast, get_args

from lxml import etree
from pydantic import Field, TypeAdapter, ValidationError

from connectors.invoice_files.ubl.document import DECIMAL, NAMESPACES, Document, text_of
from domain.invoices.incoming import IncomingLine
from domain.invoices.vat import VatCategory, wrong_vat
from domain.money.amount import to_cents

PARTS = {"text": "cac:Item/cbc:Name", "quantity": "cbc:InvoicedQuantity", "amount": "cbc:LineExtensionAmount"}
"""The elements of a line that its fields are read from."""
_LINES = TypeAdapter(Annotated[list[IncomingLine], Field(max_length=10_000)])


def as_bought(document: Document, line: etree._Element) -> dict[str, Any]:
    number = text_of(line.find("cbc:ID", NAMESPACES))
    name = text_of(line.find("cac:Item/cbc:Name", NAMESPACES))
    description = text_of(line.find("cac:Item/cbc:Description", NAMESPACES))
    quantity = text_of(line.find("cbc:InvoicedQuantity", NAMESPACES))
    net = to_cents(line_amount(document, line))
    return {
        **_vat(document, line, net),
        "text": (name or description or number or "-")[:1000],
        "quantity": round(Decimal(quantity), 6) if DECIMAL.fullmatch(quantity) else quantity or Decimal(1),
        "amount": net,
    }


def as_credited(document: Document) -> list[dict[str, Any]]:
    """The lines of a credit note, each a credit; none where one of them is not told as an e-invoice tells it again.

    The credit holds without them.
    """
    lines = document.all(document.line_path)
    sign = -1 if sum((line_amount(document, line) for line in lines), Decimal(0)) < 0 else 1
    told = [as_bought(document, line) for line in lines]
    for line, element in zip(told, lines, strict=True):
        quantity = text_of(element.find("cbc:CreditedQuantity", NAMESPACES))
        line["quantity"] = round(abs(Decimal(quantity)), 6) if DECIMAL.fullmatch(quantity) else line["quantity"]
        line["amount"] *= sign
        if "net_amount" not in line:
            return []
        line["net_amount"] *= sign
    try:
        _LINES.validate_python(told)
    except ValidationError:
        return []
    return told


def _vat(document: Document, line: etree._Element, net: Decimal) -> dict[str, Any]:
    """The line's VAT as an e-invoice may tell it again; nothing where it is told otherwise than by a category and a percent."""
    category = text_of(line.find("cac:Item/cac:ClassifiedTaxCategory/cbc:ID", NAMESPACES))
    percent = text_of(line.find("cac:Item/cac:ClassifiedTaxCategory/cbc:Percent", NAMESPACES))
    rate = Decimal(percent) if DECIMAL.fullmatch(percent) else None
    if category not in get_args(VatCategory) or (rate is None) != (category == "O"):
        return {}
    if rate is not None and (not 0 <= rate <= 100 or rate != to_cents(rate)):
        return {}
    exemption = _exemption(document, category) if category != "S" else None
    if wrong_vat(cast(VatCategory, category), rate, exemption):
        return {}
    return {
        "vat_category": category,
        "vat_rate": rate if rate is None else to_cents(rate),
        "vat_exemption": exemption,
        "net_amount": net,
    }


def _exemption(document: Document, category: str) -> str | None:
    """Why a category bears no VAT, as the document's breakdown says: the code before the words."""
    for told in document.all("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"):
        if text_of(told.find("cbc:ID", NAMESPACES)) == category:
            code, words = (text_of(told.find(f"cbc:TaxExemptionReason{part}", NAMESPACES)) for part in ("Code", ""))
            return code.upper() or words[:1000] or None
    return None


def line_amount(document: Document, line: etree._Element) -> Decimal:
    path = f"{document.line_path}/cbc:LineExtensionAmount"
    amount = line.find("cbc:LineExtensionAmount", NAMESPACES)
    if amount is None:
        raise document.rejected(path, f"{path} is missing", line)
    return document.amount(amount, path)
