"""Reads the invoice or credit note of a UBL file, one, as the fields of our model."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.invoice_files.read_invoice import ReadInvoice, checked
from connectors.invoice_files.ubl.dates import DUE_DATES, due_date_of, issued_on
from connectors.invoice_files.ubl.document import NAMESPACES, Document, Rejected
from connectors.invoice_files.ubl.document_type import kind_of
from connectors.invoice_files.ubl.invoice_lines import PARTS, as_bought, as_credited
from connectors.invoice_files.ubl.own_pdf import own_pdf
from connectors.invoice_files.ubl.parties import CUSTOMER, EMAILS, NAMES, PHONE, creditor, debtor, email
from connectors.invoice_files.ubl.payment_means import is_drawn, payment
from connectors.invoice_files.ubl.references import reference
from connectors.invoice_files.ubl.root import opened
from connectors.invoice_files.ubl.supply import supply
from connectors.invoice_files.ubl.totals import credited, owed

# The model's fields as the elements that they are read from.
_ELEMENTS = {
    "creditor": "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID",
    "number": "cbc:ID",
    "invoice_number": "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    "issue_date": "cbc:IssueDate",
    "currency": "cbc:DocumentCurrencyCode",
    "amount": "cac:LegalMonetaryTotal/cbc:PayableAmount",
    "prepaid_amount": "cac:LegalMonetaryTotal/cbc:PrepaidAmount",
    "reference": "cac:PaymentMeans/cbc:PaymentID",
    "account": "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
    "order_reference": "cac:OrderReference/cbc:ID",
    "buyer_reference": "cbc:BuyerReference",
    "cost_centre": "cbc:AccountingCost",
    "buyer_contact": f"{CUSTOMER}/cac:Contact/cbc:Name",
    "reason": "cbc:Note",
    "debtor.customer_number": f"{CUSTOMER}/cac:PartyIdentification/cbc:ID",
    "debtor.organisation_number": f"{CUSTOMER}/cac:PartyLegalEntity/cbc:CompanyID",
    "debtor.country": f"{CUSTOMER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    "debtor.address_lines": f"{CUSTOMER}/cac:PostalAddress",
    "debtor.postcode": f"{CUSTOMER}/cac:PostalAddress/cbc:PostalZone",
    "debtor.city": f"{CUSTOMER}/cac:PostalAddress/cbc:CityName",
    "debtor.phone": PHONE,
}
_BUYERS = ("order_reference", "buyer_reference", "cost_centre", "buyer_contact")


def read_ubl(path: Path) -> Iterator[ReadInvoice]:
    """The invoice or credit note of a UBL file, one; OSError where the file cannot be read."""
    file = str(path)
    try:
        document = opened(path)
    except Rejected as rejected:
        yield ReadInvoice(file, rejected.place, None, reason=rejected.reason)
        return
    try:
        document.kind = kind_of(document)
        given = _invoice(document) if document.kind == "invoice" else _credit_note(document)
    except Rejected as rejected:
        raw = _raw_facts(document)
        yield ReadInvoice(file, rejected.place, document.kind, reason=rejected.reason, raw=raw)
        return
    read = checked(
        file,
        document.place,
        document.kind,
        given,
        warnings=document.warnings,
        lines_include_vat=False,
        called=_called(document),
    )
    # What a credit note says of the debtor is the invoice's business: reported, but no part of its model.
    yield replace(read, raw=_raw_facts(document)) if document.kind == "credit_note" else read


def _invoice(document: Document) -> dict[str, Any]:
    amount = owed(document)
    due_date = due_date_of(document)
    paid_with, account = payment(document)
    return {
        "creditor": creditor(document),
        "number": document.required("cbc:ID"),
        "issue_date": issued_on(document),
        "due_date": due_date,
        "currency": document.currency,
        "amount": amount,
        "prepaid_amount": document.total("PrepaidAmount", optional=True),
        "reference": paid_with,
        "account": account,
        "claim_due": due_date if is_drawn(document) else None,
        **{name: reference(document, _ELEMENTS[name]) for name in _BUYERS},
        **supply(document),
        "debtor": debtor(document),
        "lines": [as_bought(document, line) for line in document.all(document.line_path)],
        "pdf": own_pdf(document),
    }


def _credit_note(document: Document) -> dict[str, Any]:
    credit = credited(document)
    path = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    invoices = document.texts(path)
    if len(invoices) != 1:
        names = f"names {len(invoices)} invoices" if invoices else "names no invoice"
        reason = f"{path} {names}; a credit note lowers exactly one"
        raise document.rejected(path, reason, document.all(path)[-1] if invoices else None)
    note = document.text("cbc:Note")
    return {
        "creditor": creditor(document),
        "number": document.required("cbc:ID"),
        "invoice_number": invoices[0],
        "issue_date": issued_on(document),
        "currency": document.currency,
        "amount": credit,
        "reason": note[:1000] if note else None,
        "lines": as_credited(document),
    }


def _called(document: Document) -> dict[str, str]:
    """Each field of the model as the element that it is read from, with its line."""
    several = {"debtor.name": NAMES, "debtor.email": EMAILS, "due_date": DUE_DATES}
    read_from = _ELEMENTS | {field: document.first_of(*paths) for field, paths in several.items()}
    called = {field: document.located(path) for field, path in read_from.items()} | {"lines": document.line_path}
    for number, line in enumerate(document.all(document.line_path)):
        for field, path in PARTS.items():
            at = line.find(path, NAMESPACES)
            called[f"lines.{number}.{field}"] = document.located(
                f"{document.line_path}/{path}", line if at is None else at
            )
    return called


def _raw_facts(document: Document) -> dict[str, Any]:
    """What a document says of itself, unchecked, under the model's names."""
    return {
        "number": document.text("cbc:ID"),
        "issue_date": document.text("cbc:IssueDate"),
        "due_date": document.text(*DUE_DATES),
        "currency": document.currency,
        "amount": document.text("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        "reference": document.text("cac:PaymentMeans/cbc:PaymentID"),
        "account": document.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
        "debtor": {
            "name": document.text(*NAMES),
            "email": email(document),
            "phone": document.text(PHONE),
            "country": document.text(f"{CUSTOMER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        },
    }
