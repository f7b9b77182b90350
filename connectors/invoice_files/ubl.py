"""Invoices and credit notes in UBL 2.1, as Peppol BIS Billing 3.0 and EHF write them.

One document a file, bare or inside a StandardBusinessDocument. XML from outside: no document type, no
entities, no network, at most LARGEST_DOCUMENT bytes, no deeper than libxml2's limit of 256 elements. What is
owed is PayableAmount, and only where the document's own sums lead to it (EN 16931 BR-CO-10 to BR-CO-16).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree
from stdnum.no import fodselsnummer, orgnr

from connectors.invoice_files.read_invoice import Kind, ReadInvoice, checked
from domain.money.amount import to_cents

LARGEST_DOCUMENT = 20_000_000  # bytes

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMESPACES = {"cac": f"{_UBL}CommonAggregateComponents-2", "cbc": f"{_UBL}CommonBasicComponents-2"}
_KINDS: dict[str, Kind] = {
    f"{{{_UBL}Invoice-2}}Invoice": "invoice",
    f"{{{_UBL}CreditNote-2}}CreditNote": "credit_note",
}
_ENVELOPE = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}StandardBusinessDocument"
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
_CUSTOMER = "cac:AccountingCustomerParty/cac:Party"
_CUSTOMER_NAMES = (f"{_CUSTOMER}/cac:PartyLegalEntity/cbc:RegistrationName", f"{_CUSTOMER}/cac:PartyName/cbc:Name")
_CUSTOMER_EMAIL, _CUSTOMER_PHONE = (f"{_CUSTOMER}/cac:Contact/cbc:{way}" for way in ("ElectronicMail", "Telephone"))
_NORWEGIAN_ORGANISATIONS = "0192"  # ISO 6523 code of the register of legal entities
_DIRECT_DEBIT = {"49", "59"}  # UNCL 4461: direct debit, SEPA direct debit
# The whole note must be one plain number of days: "Net 14", "30 days net", "Payment within 30 days".
_TERMS_IN_DAYS = re.compile(
    r"(?:net(?:to)?|(?:payment )?(?:due )?(?:within|in)|(?:betal(?:es|ing) )?innen|betalingsfrist:?|per)? ?"
    r"(?P<days>[0-9]{1,3})(?P<unit> ?(?:days?|dager|dagar|d))?(?: net(?:to)?)?\.?",
    re.IGNORECASE,
)


class _RejectedError(Exception):
    """A document that cannot be taken, with the place in it and the reason."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


def read_ubl(path: Path) -> Iterator[ReadInvoice]:
    """The invoice or credit note of a UBL file, one; OSError where the file cannot be read."""
    file = str(path)
    try:
        document = _Document(_payload(_root(path)))
    except _RejectedError as rejected:
        yield ReadInvoice(file, rejected.place, None, reason=rejected.reason)
        return
    try:
        given = _invoice(document) if document.kind == "invoice" else _credit_note(document)
    except _RejectedError as rejected:
        raw = _raw_facts(document)
        yield ReadInvoice(file, rejected.place, document.kind, reason=rejected.reason, raw=raw)
        return
    read = checked(file, document.place, document.kind, given, warnings=document.warnings, lines_include_vat=False)
    # What a credit note says of the debtor is the invoice's business: reported, but no part of its model.
    yield replace(read, raw=_raw_facts(document)) if document.kind == "credit_note" else read


class _Document:
    """A UBL invoice or credit note, asked by the paths of its elements."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.kind = _KINDS[str(root.tag)]
        self.place = "/Invoice" if self.kind == "invoice" else "/CreditNote"
        self.line_path = f"cac:{self.place[1:]}Line"
        self.warnings: list[str] = []
        self.currency = self.text("cbc:DocumentCurrencyCode")

    def all(self, path: str) -> list[etree._Element]:
        """Every element at a path below the root."""
        return self.root.findall(path, _NAMESPACES)

    def texts(self, path: str) -> list[str]:
        """The different texts at a path, in the document's order; empty ones left out."""
        return list(dict.fromkeys(text for element in self.all(path) if (text := _text(element))))

    def text(self, *paths: str) -> str | None:
        """The first text at any of the paths."""
        return next((text for path in paths for text in self.texts(path)), None)

    def required(self, path: str) -> str:
        """The text at a path that must stand exactly once."""
        if len(self.all(path)) > 1:
            raise _RejectedError(f"{self.place}/{path}", f"{path} stands more than once")
        text = self.text(path)
        if text is None:
            raise _RejectedError(f"{self.place}/{path}", f"{path} is missing")
        return text

    def total(self, name: str, *, optional: bool = False) -> Decimal:
        """An amount of the LegalMonetaryTotal; zero where an optional one is absent."""
        path = f"cac:LegalMonetaryTotal/cbc:{name}"
        if optional and not self.all(path):
            return Decimal(0)
        self.required(path)
        return self.amount(self.all(path)[0], path)

    def amount(self, element: etree._Element, path: str) -> Decimal:
        """An element's amount, in the document's currency."""
        place, text = f"{self.place}/{path}", _text(element)
        if not _DECIMAL.fullmatch(text):
            raise _RejectedError(place, f"{path} is not an amount")
        if element.get("currencyID") != self.currency:
            found = element.get("currencyID") or "no currency"
            raise _RejectedError(place, f"{path} is in {found}, the document in {self.currency}")
        return Decimal(text)


def _root(path: Path) -> etree._Element:
    if (size := path.stat().st_size) > LARGEST_DOCUMENT:
        raise _RejectedError("/", f"is {size} bytes, more than the {LARGEST_DOCUMENT} that one invoice may have")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        tree = etree.fromstring(path.read_bytes(), parser).getroottree()
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _RejectedError("/", f"is not XML that can be read: {error}") from error
    if tree.docinfo.internalDTD is not None:
        raise _RejectedError("/", "has a document type or entities (DOCTYPE), which no invoice needs")
    return tree.getroot()


def _payload(root: etree._Element) -> etree._Element:
    """The invoice or credit note itself, taken out of its envelope where it has one."""
    inside = list(root) if root.tag == _ENVELOPE else [root]
    documents = [element for element in inside if element.tag in _KINDS]
    if len(documents) != 1:
        name = etree.QName(root)
        found = f"{name.localname} in namespace {name.namespace or '(none)'}"
        raise _RejectedError(f"/{name.localname}", f"is no UBL 2.1 Invoice or CreditNote, but {found}")
    return documents[0]


def _invoice(document: _Document) -> dict[str, Any]:
    owed = _owed(document)
    due_date = _due_date(document)
    reference, account = _payment(document)
    by_direct_debit = _DIRECT_DEBIT.intersection(document.texts("cac:PaymentMeans/cbc:PaymentMeansCode"))
    return {
        "creditor": _creditor(document),
        "number": document.required("cbc:ID"),
        "issue_date": document.required("cbc:IssueDate"),
        "due_date": due_date,
        "currency": document.currency,
        "amount": owed,
        "prepaid_amount": document.total("PrepaidAmount", optional=True),
        "reference": reference,
        "account": account,
        "claim_due": due_date if by_direct_debit else None,
        "debtor": _debtor(document),
        "lines": [_line(document, line) for line in document.all(document.line_path)],
    }


def _credit_note(document: _Document) -> dict[str, Any]:
    owed = _owed(document)
    path = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    credited = document.texts(path)
    if len(credited) != 1:
        names = "names no invoice" if not credited else f"names {len(credited)} invoices"
        reason = f"{path} {names}; a credit note lowers exactly one"
        raise _RejectedError(f"{document.place}/{path}", reason)
    note = document.text("cbc:Note")
    return {
        "creditor": _creditor(document),
        "number": document.required("cbc:ID"),
        "invoice_number": credited[0],
        "issue_date": document.required("cbc:IssueDate"),
        "currency": document.currency,
        "amount": owed,
        "reason": note[:1000] if note else None,
    }


def _owed(document: _Document) -> Decimal:
    """What is owed. Raises where nothing is, or a total is not what the figures before it make, naming both."""
    document.required("cbc:DocumentCurrencyCode")
    owed = document.total("PayableAmount")
    if owed <= 0:
        advice = "; send what is given back as a credit note" if owed else ", so there is nothing to remind about"
        place = f"{document.place}/cac:LegalMonetaryTotal/cbc:PayableAmount"
        raise _RejectedError(place, f"PayableAmount is {owed or 0}: nothing is owed{advice}")
    _check_sums(document)
    return owed


def _check_sums(document: _Document) -> None:
    lines = document.all(document.line_path)
    if not lines:
        raise _RejectedError(f"{document.place}/{document.line_path}", f"{document.line_path} is missing")
    tax_currency = document.text("cbc:TaxCurrencyCode")
    _check_currencies(document, tax_currency)
    line_amounts = [_line_amount(document, line) for line in lines]
    allowances, charges = _allowances_and_charges(document)
    taxes = [
        document.amount(tax, "cac:TaxTotal/cbc:TaxAmount")
        for tax in document.all("cac:TaxTotal/cbc:TaxAmount")
        if tax.get("currencyID") != tax_currency or tax_currency == document.currency
    ]
    without_tax = document.total("TaxExclusiveAmount")
    with_tax = document.total("TaxInclusiveAmount")
    line_total = document.total("LineExtensionAmount")
    prepaid = document.total("PrepaidAmount", optional=True)
    rounding = document.total("PayableRoundingAmount", optional=True)
    made_of = {
        "LineExtensionAmount": (sum(line_amounts, Decimal(0)), "the lines add up to"),
        "AllowanceTotalAmount": (allowances, "the allowances add up to"),
        "ChargeTotalAmount": (charges, "the charges add up to"),
        "TaxExclusiveAmount": (line_total - allowances + charges, "lines, allowances and charges make"),
        "TaxInclusiveAmount": (without_tax + sum(taxes, Decimal(0)), "with the tax it is"),
        "PayableAmount": (with_tax - prepaid + rounding, "with the tax, less prepaid, rounded, it is"),
    }
    for name, (made, how) in made_of.items():
        stated = document.total(name, optional=name in {"AllowanceTotalAmount", "ChargeTotalAmount"})
        if to_cents(stated) != to_cents(made):
            place = f"{document.place}/cac:LegalMonetaryTotal/cbc:{name}"
            raise _RejectedError(place, f"{name} is {to_cents(stated)}, but {how} {to_cents(made)}")


def _check_currencies(document: _Document, tax_currency: str | None) -> None:
    """Every amount is in the document's currency, but for a tax total in the currency of tax accounting."""
    for element in document.root.iterfind(".//*[@currencyID]"):
        name = f"cbc:{etree.QName(element).localname}"
        currency = element.get("currencyID")
        if currency != document.currency and not (name == "cbc:TaxAmount" and currency == tax_currency):
            found = f"{name} is in {currency}, the document in {document.currency}"
            raise _RejectedError(f"{document.place}//{name}", found)


def _allowances_and_charges(document: _Document) -> tuple[Decimal, Decimal]:
    path = "cac:AllowanceCharge"
    sums = {"false": Decimal(0), "true": Decimal(0)}
    for element in document.all(path):
        charge = _text(element.find("cbc:ChargeIndicator", _NAMESPACES))
        amount = element.find("cbc:Amount", _NAMESPACES)
        if charge not in sums or amount is None:
            reason = "cbc:ChargeIndicator must be true or false, with a cbc:Amount"
            raise _RejectedError(f"{document.place}/{path}", reason)
        sums[charge] += document.amount(amount, f"{path}/cbc:Amount")
    return sums["false"], sums["true"]


def _line_amount(document: _Document, line: etree._Element) -> Decimal:
    path = f"{document.line_path}/cbc:LineExtensionAmount"
    amount = line.find("cbc:LineExtensionAmount", _NAMESPACES)
    if amount is None:
        raise _RejectedError(f"{document.place}/{path}", f"{path} is missing")
    return document.amount(amount, path)


def _line(document: _Document, line: etree._Element) -> dict[str, Any]:
    number = _text(line.find("cbc:ID", _NAMESPACES))
    name = _text(line.find("cac:Item/cbc:Name", _NAMESPACES))
    description = _text(line.find("cac:Item/cbc:Description", _NAMESPACES))
    quantity = _text(line.find("cbc:InvoicedQuantity", _NAMESPACES))
    return {
        "text": (name or description or number or "-")[:1000],
        "quantity": quantity or Decimal(1),
        "amount": to_cents(_line_amount(document, line)),
    }


def _due_date(document: _Document) -> str | date:
    stated = document.text("cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate", "cac:PaymentTerms/cbc:PaymentDueDate")
    if stated:
        return stated
    terms = document.texts("cac:PaymentTerms/cbc:Note")
    match = _TERMS_IN_DAYS.fullmatch(terms[0]) if len(terms) == 1 else None
    # A number alone is not plainly days; "Net 14" is.
    if match is None or match[0].strip(" .").isdecimal():
        reason = "cbc:DueDate is missing, and the payment terms do not plainly give a number of days"
        raise _RejectedError(f"{document.place}/cbc:DueDate", reason)
    issued = document.required("cbc:IssueDate")
    try:
        due_date = date.fromisoformat(issued) + timedelta(days=int(match["days"]))
    except (ValueError, OverflowError) as error:
        raise _RejectedError(f"{document.place}/cbc:IssueDate", "cbc:IssueDate is not a date") from error
    document.warnings.append(f"no due date given: {due_date} follows from the payment terms, {terms[0]}")
    return due_date


def _payment(document: _Document) -> tuple[str | None, str | None]:
    """Payment reference and payee account, of the same payment means where one has both."""
    references = document.texts("cac:PaymentMeans/cbc:PaymentID")
    if len(references) > 1:
        document.warnings.append(f"{len(references)} payment references: the first is used")
    for means in document.all("cac:PaymentMeans"):
        reference = _text(means.find("cbc:PaymentID", _NAMESPACES))
        account = _text(means.find("cac:PayeeFinancialAccount/cbc:ID", _NAMESPACES))
        if reference and account:
            return reference, account
    return next(iter(references), None), document.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID")


def _creditor(document: _Document) -> str | None:
    party = "cac:AccountingSupplierParty/cac:Party"
    number = document.text(f"{party}/cac:PartyLegalEntity/cbc:CompanyID", f"{party}/cbc:EndpointID")
    return _organisation_number(number) if number else None


def _debtor(document: _Document) -> dict[str, Any]:
    address = f"{_CUSTOMER}/cac:PostalAddress"
    person = [document.text(f"{_CUSTOMER}/cac:Person/cbc:{part}") for part in ("FirstName", "FamilyName")]
    name = document.text(*_CUSTOMER_NAMES) or " ".join(part for part in person if part)
    if not name:
        raise _RejectedError(f"{document.place}/{_CUSTOMER_NAMES[0]}", f"{_CUSTOMER_NAMES[0]} is missing")
    lines = [
        document.text(f"{address}/{line}")
        for line in ("cbc:StreetName", "cbc:AdditionalStreetName", "cac:AddressLine/cbc:Line")
    ]
    return {
        "name": name,
        "customer_number": document.text(f"{_CUSTOMER}/cac:PartyIdentification/cbc:ID"),
        **_legal_person(document),
        "country": document.required(f"{address}/cac:Country/cbc:IdentificationCode"),
        "address_lines": [line for line in lines if line],
        "postcode": document.text(f"{address}/cbc:PostalZone"),
        "city": document.text(f"{address}/cbc:CityName"),
        "email": document.text(_CUSTOMER_EMAIL),
        "phone": document.text(_CUSTOMER_PHONE),
    }


def _legal_person(document: _Document) -> dict[str, Any]:
    """Organisation number of a business, or birth date of a consumer whose identity number is given.

    The identity number is not kept. Who has no number counts as a consumer, who is better protected.
    """
    number = document.text(
        f"{_CUSTOMER}/cac:PartyLegalEntity/cbc:CompanyID",
        f"{_CUSTOMER}/cbc:EndpointID[@schemeID='{_NORWEGIAN_ORGANISATIONS}']",
        f"{_CUSTOMER}/cac:PartyTaxScheme/cbc:CompanyID",
    )
    if number is None:
        return {}
    if fodselsnummer.is_valid(number):
        return {"kind": "consumer", "birth_date": fodselsnummer.get_birth_date(number)}
    return {"organisation_number": _organisation_number(number)}


def _organisation_number(number: str) -> str:
    """A Norwegian number as its nine digits, without NO, MVA and spaces; any other number as it stands."""
    digits = re.sub(r"^NO|MVA$|\s", "", number.upper())
    return digits if orgnr.is_valid(digits) else number


def _raw_facts(document: _Document) -> dict[str, Any]:
    """What a document says of itself, unchecked, under the model's names."""
    return {
        "number": document.text("cbc:ID"),
        "issue_date": document.text("cbc:IssueDate"),
        "due_date": document.text("cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate"),
        "currency": document.currency,
        "amount": document.text("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        "reference": document.text("cac:PaymentMeans/cbc:PaymentID"),
        "account": document.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
        "debtor": {
            "name": document.text(*_CUSTOMER_NAMES),
            "email": document.text(_CUSTOMER_EMAIL),
            "phone": document.text(_CUSTOMER_PHONE),
            "country": document.text(f"{_CUSTOMER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        },
    }


def _text(element: etree._Element | None) -> str:
    """An element's own text on one line; empty where there is none."""
    return " ".join((element.text or "").split()) if element is not None else ""
