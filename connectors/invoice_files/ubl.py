"""Invoices and credit notes in UBL 2.1, as Peppol BIS Billing 3.0 and EHF write them.

One document a file, bare or inside a StandardBusinessDocument. XML from outside: no document type, no
entities, no network, at most LARGEST_DOCUMENT bytes, whatever is in them. What is owed is PayableAmount, and
only where the document's own sums lead to it (EN 16931 BR-CO-10 to BR-CO-16). What a credit note gives is its total:
its PayableAmount tells what of it is still to be settled. The type code (UNTDID 1001) tells what a document is.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree
from stdnum.no import fodselsnummer, orgnr

from connectors.invoice_files.other_documents import what_it_is
from connectors.invoice_files.payment_terms import due_by
from connectors.invoice_files.read_invoice import Kind, ReadInvoice, checked
from connectors.xml_start import where_xml_starts
from domain.invoices.own_pdf import a_pdf, decoded_pdf
from domain.money.amount import to_cents

LARGEST_DOCUMENT = 20_000_000  # bytes

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMESPACES = {"cac": f"{_UBL}CommonAggregateComponents-2", "cbc": f"{_UBL}CommonBasicComponents-2"}
_ROOTS = (f"{{{_UBL}Invoice-2}}Invoice", f"{{{_UBL}CreditNote-2}}CreditNote")
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
_ENVELOPE = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}StandardBusinessDocument"
_ENVELOPE_HEADER = f"{_ENVELOPE}Header"
# Documents in the form of an invoice that follow one, by the end of their CustomizationID.
_NO_INVOICES = {
    "reminder": "a reminder of an invoice that came before: send the invoice itself",
    "purring": "a reminder of an invoice that came before: send the invoice itself",
    "payment-request": "a request to pay, with no invoice in it",
}
_NO_INVOICE = re.compile(r":ehf:(?:spec:)?([a-z-]+):[0-9.]+")
_COLLECTED = "cac:PrepaidPayment/cbc:PaidAmount"  # XRechnung's extension: for services of others, paid with the invoice
_DANISH_SLIPS = {"DK:FIK", "DK:GIRO"}  # OIOUBL's channels of payment slips: kind, reference and the creditor's account
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_CUSTOMER = "cac:AccountingCustomerParty/cac:Party"
_CUSTOMER_NAMES = (f"{_CUSTOMER}/cac:PartyLegalEntity/cbc:RegistrationName", f"{_CUSTOMER}/cac:PartyName/cbc:Name")
_CUSTOMER_EMAIL, _CUSTOMER_PHONE = (f"{_CUSTOMER}/cac:Contact/cbc:{way}" for way in ("ElectronicMail", "Telephone"))
_EMAIL_ENDPOINT = "EM"  # Electronic Address Scheme: an email address
_NORWEGIAN_ORGANISATIONS = "0192"  # ISO 6523 code of the register of legal entities
_EMBEDDED = "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
_INVOICE_WORDS = re.compile(r"invoice|faktura|rechnung|lasku", re.IGNORECASE)
_DIRECT_DEBIT = {"49", "59"}  # UNCL 4461: direct debit, SEPA direct debit
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")  # an xsd:date may bear a time zone
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}  # the four spellings of xsd:boolean
# Windows-1252 under the name of ISO 8859-1, as is common: its dashes, quotes and apostrophes.
_WINDOWS = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in b"\x81\x8d\x8f\x90\x9d"}
# The model's fields as the elements that they are read from.
_ELEMENTS = {
    "creditor": "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID",
    "number": "cbc:ID",
    "invoice_number": "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    "issue_date": "cbc:IssueDate",
    "due_date": "cbc:DueDate",
    "currency": "cbc:DocumentCurrencyCode",
    "amount": "cac:LegalMonetaryTotal/cbc:PayableAmount",
    "prepaid_amount": "cac:LegalMonetaryTotal/cbc:PrepaidAmount",
    "reference": "cac:PaymentMeans/cbc:PaymentID",
    "account": "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
    "order_reference": "cac:OrderReference/cbc:ID",
    "buyer_reference": "cbc:BuyerReference",
    "cost_centre": "cbc:AccountingCost",
    "buyer_contact": f"{_CUSTOMER}/cac:Contact/cbc:Name",
    "reason": "cbc:Note",
    "debtor.customer_number": f"{_CUSTOMER}/cac:PartyIdentification/cbc:ID",
    "debtor.organisation_number": f"{_CUSTOMER}/cac:PartyLegalEntity/cbc:CompanyID",
    "debtor.country": f"{_CUSTOMER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    "debtor.address_lines": f"{_CUSTOMER}/cac:PostalAddress",
    "debtor.postcode": f"{_CUSTOMER}/cac:PostalAddress/cbc:PostalZone",
    "debtor.city": f"{_CUSTOMER}/cac:PostalAddress/cbc:CityName",
    "debtor.email": _CUSTOMER_EMAIL,
    "debtor.phone": _CUSTOMER_PHONE,
}
_BUYERS = ("order_reference", "buyer_reference", "cost_centre", "buyer_contact")
_NOTHING = {"NA", "N/A", "-"}  # what stands where the form asks for a reference and the buyer has none
_DUE_DATES = ("cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate", "cac:PaymentTerms/cbc:PaymentDueDate")


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
        document.kind = _kind(document)
        given = _invoice(document) if document.kind == "invoice" else _credit_note(document)
    except _RejectedError as rejected:
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
        called=_ELEMENTS | {"lines": document.line_path, "debtor.name": document.first_of(*_CUSTOMER_NAMES)},
    )
    # What a credit note says of the debtor is the invoice's business: reported, but no part of its model.
    yield replace(read, raw=_raw_facts(document)) if document.kind == "credit_note" else read


class _Document:
    """A UBL invoice or credit note, asked by the paths of its elements."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.place = f"/{etree.QName(root).localname}"
        self.kind: Kind = "invoice" if self.place == "/Invoice" else "credit_note"  # till its type code is read
        self.line_path = f"cac:{self.place[1:]}Line"
        self.warnings: list[str] = []
        self.currency = self.text("cbc:DocumentCurrencyCode")
        self.customization = self.text("cbc:CustomizationID") or ""
        self.is_danish = self.customization.startswith("OIOUBL")  # gives the tax as TaxExclusiveAmount
        self.is_extended = ":extension:xrechnung" in self.customization  # asks for what others are owed, too

    def all(self, path: str) -> list[etree._Element]:
        """Every element at a path below the root."""
        return self.root.findall(path, _NAMESPACES)

    def texts(self, path: str) -> list[str]:
        """The different texts at a path, in the document's order; empty ones left out."""
        return list(dict.fromkeys(text for element in self.all(path) if (text := _text(element))))

    def first_of(self, *paths: str) -> str:
        """The first of these paths at which a text stands, or the first of all."""
        return next((path for path in paths if self.texts(path)), paths[0])

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
    written = path.read_bytes()
    written = written[where_xml_starts(written) :]
    safely: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True}
    safely |= {"remove_comments": True, "remove_pis": True}
    try:
        # As far as the first element under libxml2's own limits, which hold entities down; without any, only the size counts.
        _, first = next(etree.iterparse(BytesIO(written), events=("start",), **safely))
        if first.getroottree().docinfo.internalDTD is not None:
            raise _RejectedError("/", "has a document type or entities (DOCTYPE), which no invoice needs")
        return etree.fromstring(written, etree.XMLParser(huge_tree=True, **safely))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise _RejectedError("/", f"is not well-formed XML: the fault is in line {line}, column {column}") from error
    except (ValueError, LookupError) as error:
        raise _RejectedError("/", "is not XML that can be read: its encoding is not known") from error


def _payload(root: etree._Element) -> etree._Element:
    """The invoice or credit note itself, taken out of its envelope where it has one."""
    inside = [each for each in root if each.tag != _ENVELOPE_HEADER] if root.tag == _ENVELOPE else [root]
    documents = [element for element in inside if element.tag in _ROOTS]
    if len(documents) > 1:
        raise _RejectedError(f"/{etree.QName(root).localname}", f"holds {len(documents)} documents: send one a file")
    if not documents:
        raise _RejectedError(f"/{etree.QName(root).localname}", what_it_is(inside[0] if inside else root))
    return documents[0]


def _kind(document: _Document) -> Kind:
    """What a document is, by its type code where it has one; raises for what is neither claim nor credit."""
    if (other := _NO_INVOICE.search(document.customization)) and (what := _NO_INVOICES.get(other[1])):
        raise _RejectedError(f"{document.place}/cbc:CustomizationID", f"cbc:CustomizationID tells that it is {what}")
    name = f"{document.place[1:]}TypeCode"
    code = document.text(f"cbc:{name}")
    if code is None:
        return document.kind
    if code in _CREDITS:
        return "credit_note"
    if code in _CLAIMS and document.kind == "invoice":
        return "invoice"
    what = _NO_CLAIMS.get(code, "no type of an invoice") if document.kind == "invoice" else "no type of a credit note"
    raise _RejectedError(f"{document.place}/cbc:{name}", f"{name} is {code}, {what}")


def _invoice(document: _Document) -> dict[str, Any]:
    owed = _owed(document)
    due_date = _due_date(document)
    reference, account = _payment(document)
    by_direct_debit = _DIRECT_DEBIT.intersection(document.texts("cac:PaymentMeans/cbc:PaymentMeansCode"))
    return {
        "creditor": _creditor(document),
        "number": document.required("cbc:ID"),
        "issue_date": _issued(document),
        "due_date": due_date,
        "currency": document.currency,
        "amount": owed,
        "prepaid_amount": document.total("PrepaidAmount", optional=True),
        "reference": reference,
        "account": account,
        "claim_due": due_date if by_direct_debit else None,
        **{name: _reference(document, _ELEMENTS[name]) for name in _BUYERS},
        "debtor": _debtor(document),
        "lines": [_line(document, line) for line in document.all(document.line_path)],
        "pdf": _own_pdf(document),
    }


def _credit_note(document: _Document) -> dict[str, Any]:
    credit = _credited(document)
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
        "issue_date": _issued(document),
        "currency": document.currency,
        "amount": credit,
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
    _checked_total(document)
    return owed


def _credited(document: _Document) -> Decimal:
    """What a credit note gives: its total, settled already or not. One that is negative throughout means the same."""
    document.required("cbc:DocumentCurrencyCode")
    if not document.total("TaxInclusiveAmount"):
        place = f"{document.place}/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"
        raise _RejectedError(place, "TaxInclusiveAmount is 0: nothing is credited")
    credit = _checked_total(document, is_settled=document.total("PayableAmount") == 0)
    if credit < 0:
        document.warnings.append(f"the credit note's amounts are negative: taken as a credit of {to_cents(-credit)}")
    return abs(credit)


def _checked_total(document: _Document, *, is_settled: bool = False) -> Decimal:
    """What a document comes to, with its tax and rounded. Raises where a total is not what the figures before it make.

    Where it is settled, nothing needs to be payable.
    """
    lines = document.all(document.line_path)
    if not lines:
        raise _RejectedError(f"{document.place}/{document.line_path}", f"{document.line_path} is missing")
    tax_currency = document.text("cbc:TaxCurrencyCode")
    _check_currencies(document, tax_currency)
    line_amounts = [_line_amount(document, line) for line in lines]
    allowances, charges = _allowances_and_charges(document)
    tax = sum(
        (
            document.amount(tax, "cac:TaxTotal/cbc:TaxAmount")
            for tax in document.all("cac:TaxTotal/cbc:TaxAmount")
            if tax.get("currencyID") != tax_currency or tax_currency == document.currency
        ),
        Decimal(0),
    )
    line_total = document.total("LineExtensionAmount")
    untaxed = line_total - allowances + charges
    with_tax = document.total("TaxInclusiveAmount")
    total = (untaxed if document.is_danish else document.total("TaxExclusiveAmount")) + tax
    prepaid = document.total("PrepaidAmount", optional=True)
    rounded = total + document.total("PayableRoundingAmount", optional=True)
    if to_cents(with_tax) == to_cents(rounded):  # rounded before it is told, as in UBL's own example and in EHF 2
        total = rounded
    collected = sum((document.amount(each, _COLLECTED) for each in document.all(_COLLECTED)), Decimal(0))
    payable = with_tax - total + rounded - prepaid + (collected if document.is_extended else 0)
    made_of = {
        "LineExtensionAmount": (sum(line_amounts, Decimal(0)), "the lines add up to"),
        "AllowanceTotalAmount": (allowances, "the allowances add up to"),
        "ChargeTotalAmount": (charges, "the charges add up to"),
        "TaxExclusiveAmount": (tax, "the taxes add up to")
        if document.is_danish
        else (untaxed, "lines, allowances and charges make"),
        "TaxInclusiveAmount": (total, "with the tax it is"),
        "PayableAmount": (payable, "with the tax, less prepaid, rounded, it is"),
    }
    if is_settled:
        del made_of["PayableAmount"]
    for name, (made, how) in made_of.items():
        stated = document.total(name, optional=name in {"AllowanceTotalAmount", "ChargeTotalAmount"})
        if to_cents(stated) != to_cents(made):
            place = f"{document.place}/cac:LegalMonetaryTotal/cbc:{name}"
            raise _RejectedError(place, f"{name} is {to_cents(stated)}, but {how} {to_cents(made)}")
    return rounded


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
    sums = {False: Decimal(0), True: Decimal(0)}
    for element in document.all(path):
        is_charge = _BOOLEANS.get(_text(element.find("cbc:ChargeIndicator", _NAMESPACES)))
        amount = element.find("cbc:Amount", _NAMESPACES)
        if is_charge is None or amount is None:
            reason = "cbc:ChargeIndicator must be true or false, with a cbc:Amount"
            raise _RejectedError(f"{document.place}/{path}", reason)
        sums[is_charge] += document.amount(amount, f"{path}/cbc:Amount")
    return sums[False], sums[True]


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
        "quantity": round(Decimal(quantity), 6) if _DECIMAL.fullmatch(quantity) else quantity or Decimal(1),
        "amount": to_cents(_line_amount(document, line)),
    }


def _reference(document: _Document, path: str) -> str | None:
    """What the buyer finds the invoice by, cut where it is no reference any more; None for a word that says that it has none."""
    text = document.text(path)
    if text is None and len(of_lines := document.texts(f"{document.line_path}/{path}")) == 1:
        text = of_lines[0]  # the same of every line that tells it
    return None if text is None or text.upper() in _NOTHING else text[:200]


def _own_pdf(document: _Document) -> bytes | None:
    """The PDF that is embedded; of several the one that is called an invoice or by the number, else the first."""
    found: dict[bytes, str] = {}
    for reference in document.all("cac:AdditionalDocumentReference"):
        embedded = reference.find("cac:Attachment/cbc:EmbeddedDocumentBinaryObject", _NAMESPACES)
        if embedded is None or embedded.get("mimeCode") != "application/pdf":
            continue
        named = [
            _text(reference.find(f"cbc:{name}", _NAMESPACES)) for name in ("ID", "DocumentType", "DocumentDescription")
        ]
        name = " ".join([*named, embedded.get("filename") or ""])
        try:
            found[a_pdf(_bytes(embedded))] = name
        except ValueError as fault:
            document.warnings.append(f"{_EMBEDDED} {fault}: left out")
    if len(found) > 1:
        document.warnings.append(f"{len(found)} PDFs are embedded: the invoice's own is kept, or else the first")
    number = document.text("cbc:ID") or ""
    return next(
        (pdf for pdf, name in found.items() if _INVOICE_WORDS.search(name) or number in name), next(iter(found), None)
    )


def _bytes(embedded: etree._Element) -> bytes:
    content = decoded_pdf(embedded.text or "")
    return content if isinstance(content, bytes) else b""


def _issued(document: _Document) -> date:
    return _day(document, "cbc:IssueDate", document.required("cbc:IssueDate"))


def _day(document: _Document, path: str, text: str) -> date:
    """An xsd:date; its time zone, where it has one, tells nothing of the day."""
    written = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(written[1] if written else "")
    except ValueError as error:
        raise _RejectedError(f"{document.place}/{path}", f"{path} is not a date") from error


def _due_date(document: _Document) -> date:
    """The day it is due. Of several, as instalments have, the last: nobody is reminded of what is not due yet."""
    stated = sorted({_day(document, path, text) for path in _DUE_DATES for text in document.texts(path)})
    if len(stated) > 1:
        days = ", ".join(map(str, stated))
        document.warnings.append(f"{len(stated)} due dates ({days}): all of it is taken as due on the last")
    return stated[-1] if stated else _due_by_terms(document)


def _due_by_terms(document: _Document) -> date:
    terms = document.texts("cac:PaymentTerms/cbc:Note")
    match [due_by(note, _issued(document)) for note in terms]:
        case [date() as due_date]:
            document.warnings.append(f"no due date given: {due_date} follows from the payment terms, {terms[0]}")
            return due_date
    why = "the payment terms do not plainly give a day" if terms else "there are no payment terms in words"
    raise _RejectedError(f"{document.place}/cbc:DueDate", f"cbc:DueDate is missing, and {why}")


def _payment(document: _Document) -> tuple[str | None, str | None]:
    """Payment reference and payee account, of the same payment means where one has both."""
    ways = [_way(means) for means in document.all("cac:PaymentMeans")]
    references = list(dict.fromkeys(reference for reference, _ in ways if reference))
    accounts = list(dict.fromkeys(account for _, account in ways if account))
    if len(references) > 1:
        document.warnings.append(f"{len(references)} payment references: the first is used")
    if len(accounts) > 1:
        document.warnings.append(f"{len(accounts)} payee accounts: the first is used")
    whole = next((way for way in ways if all(way)), None)
    return whole or (next(iter(references), None), next(iter(accounts), None))


def _way(means: etree._Element) -> tuple[str | None, str | None]:
    """The payment reference and account of one payment means; of a Danish slip its number, with its kind before it."""
    if _text(means.find("cbc:PaymentChannelCode", _NAMESPACES)) in _DANISH_SLIPS:
        kind, number = (_text(means.find(f"cbc:{name}", _NAMESPACES)) for name in ("PaymentID", "InstructionID"))
        slip = _text(means.find("cac:CreditAccount/cbc:AccountID", _NAMESPACES))
        return (f"+{kind}<{number}" if number else None), slip or None
    reference = _text(means.find("cbc:PaymentID", _NAMESPACES))
    account = _text(means.find("cac:PayeeFinancialAccount/cbc:ID", _NAMESPACES))
    return reference or None, account or None


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
    return {
        "name": name,
        "customer_number": document.text(f"{_CUSTOMER}/cac:PartyIdentification/cbc:ID"),
        **_legal_person(document),
        "country": document.required(f"{address}/cac:Country/cbc:IdentificationCode"),
        "address_lines": _address_lines(document, address),
        "postcode": document.text(f"{address}/cbc:PostalZone"),
        "city": document.text(f"{address}/cbc:CityName"),
        "email": _email(document),
        "phone": document.text(_CUSTOMER_PHONE),
    }


def _address_lines(document: _Document, address: str) -> list[str]:
    """Street or box with its number, then what else leads to the door; of too many lines the last share one."""
    number = document.text(f"{address}/cbc:BuildingNumber")
    street = document.text(f"{address}/cbc:StreetName")
    if street and number and not street.endswith(number):
        street = f"{street} {number}"
    box = document.text(f"{address}/cbc:Postbox")
    if box and box.isdecimal():
        box = f"Postboks {box}"
    more = [
        document.text(f"{address}/cbc:{part}") for part in ("AdditionalStreetName", "BuildingName", "Floor", "Room")
    ]
    lines = [line for line in (street, box, *more, *document.texts(f"{address}/cac:AddressLine/cbc:Line")) if line]
    return [*lines[:3], ", ".join(lines[3:])] if len(lines) > 4 else lines


def _email(document: _Document) -> str | None:
    """The customer's addresses one after the other, the contact's before the one that the invoice itself went to."""
    ways = (_CUSTOMER_EMAIL, f"{_CUSTOMER}/cbc:EndpointID[@schemeID='{_EMAIL_ENDPOINT}']")
    return "; ".join(address for way in ways for address in document.texts(way)) or None


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
        "due_date": document.text(*_DUE_DATES),
        "currency": document.currency,
        "amount": document.text("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        "reference": document.text("cac:PaymentMeans/cbc:PaymentID"),
        "account": document.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
        "debtor": {
            "name": document.text(*_CUSTOMER_NAMES),
            "email": _email(document),
            "phone": document.text(_CUSTOMER_PHONE),
            "country": document.text(f"{_CUSTOMER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        },
    }


def _text(element: etree._Element | None) -> str:
    """An element's own text on one line; empty where there is none."""
    return " ".join((element.text or "").translate(_WINDOWS).split()) if element is not None else ""
