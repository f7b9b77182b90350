"""What a UBL document is: a claim, a credit, or neither, by its type code (UNTDID 1001) and its customization."""

import re

from connectors.invoice_files.read_invoice import Kind
from connectors.invoice_files.ubl.document import Document

# UNTDID 1001: what asks its buyer for money, and what gives it back. Nothing else is taken for a claim.
_CLAIMS = {
    "80", "82", "84", "218", "219", "295", "326", "331", "380", "382", "383", "385", "386", "387", "388", "394", "395",
    "575", "623", "780", "875", "876", "877",
}  # fmt: skip
_CREDITS = {"81", "83", "261", "262", "296", "308", "381", "396", "420", "532"}
_NO_CLAIMS = {
    "71": "a request to pay invoices that came before",
    "325": "a proforma invoice, on which nothing is owed",
    "384": "a corrected invoice: send a credit note for the invoice that it corrects, and the new one as 380",
    "389": "a self-billed invoice, which its buyer wrote",
    "527": "a self-billed debit note, which its buyer wrote",
    "393": "a factored invoice, which is owed to another",
    "751": "for accounting only, so nothing is owed on it",
}
# Documents in the form of an invoice that follow one, by the end of their CustomizationID.
_NO_INVOICES = {
    "reminder": "a reminder of an invoice that came before: send the invoice itself",
    "purring": "a reminder of an invoice that came before: send the invoice itself",
    "payment-request": "a request to pay, with no invoice in it",
}
_NO_INVOICE = re.compile(r":ehf:(?:spec:)?([a-z-]+):[0-9.]+")


def kind_of(document: Document) -> Kind:
    """What a document is, by its type code where it has one; raises for what is neither claim nor credit."""
    if (other := _NO_INVOICE.search(document.customization)) and (what := _NO_INVOICES.get(other[1])):
        raise document.rejected("cbc:CustomizationID", f"cbc:CustomizationID tells that it is {what}")
    name = f"{document.place[1:]}TypeCode"
    code = document.text(f"cbc:{name}")
    if code is None:
        return document.kind
    if code in _CREDITS:
        return "credit_note"
    if code in _CLAIMS and document.kind == "invoice":
        return "invoice"
    what = _NO_CLAIMS.get(code, "no type of an invoice") if document.kind == "invoice" else "no type of a credit note"
    raise document.rejected(f"cbc:{name}", f"{name} is {code}, {what}")
