"""What a UBL document tells of a supply to another country: the buyer's VAT number, when and where it was delivered."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connectors.invoice_files.ubl.document import Document
from connectors.invoice_files.ubl.parties import CUSTOMER
from domain.invoices.incoming import Country, Day, VatNumber

ELEMENTS: Mapping[str, str] = {
    "buyer_vat_number": f"{CUSTOMER}/cac:PartyTaxScheme/cbc:CompanyID",
    "delivery_date": "cac:Delivery/cbc:ActualDeliveryDate",
    "delivery_country": "cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode",
}
_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "buyer_vat_number": TypeAdapter(VatNumber),
    "delivery_date": TypeAdapter(Day),
    "delivery_country": TypeAdapter(Country),
}


def supply(document: Document) -> dict[str, Any]:
    """Each of these that stands in the document once and is what it should be: an invoice is owed without them, too."""
    told = {field: document.texts(path) for field, path in ELEMENTS.items()}
    return {field: texts[0] for field, texts in told.items() if len(texts) == 1 and _holds(field, texts[0])}


def _holds(field: str, text: str) -> bool:
    try:
        _KINDS[field].validate_python(text)
    except ValidationError:
        return False
    return True
