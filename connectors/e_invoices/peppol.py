"""An invoice or credit note as Peppol BIS Billing 3.0 has it: UBL 2.1, by the rules of EN 16931 and Peppol, in its order."""

from decimal import Decimal

from lxml import etree

from domain.countries.registry import COUNTRIES, country_of
from domain.invoices.e_invoice import (
    Delivery,
    EInvoice,
    Line,
    NotAnEInvoice,
    Party,
    Taxed,
    faults,
    totals_of,
    vat_number_of,
)
from domain.invoices.vat import REASONS, is_code
from domain.money.accounts import is_iban, one_spelling
from domain.parties.places import place_of

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_CAC, _CBC = f"{_UBL}:CommonAggregateComponents-2", f"{_UBL}:CommonBasicComponents-2"
CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_COMMERCIAL_INVOICE, _CREDIT_NOTE, _CREDIT_TRANSFER = "380", "381", "30"  # UNTDID 1001, UNCL 4461
_ONE = "C62"  # UN/ECE recommendation 20: units are not told with the lines
_PRICE = Decimal("0.0000000001")


def peppol_invoice(invoice: EInvoice) -> bytes:
    """The invoice or credit note as an XML file. Raises NotAnEInvoice, with all that is missing, where it cannot be one."""
    kind = "Invoice" if invoice.credits is None else "CreditNote"
    if missing := faults(invoice):
        called = "invoice" if invoice.credits is None else "credit note"
        raise NotAnEInvoice(f"{called} {invoice.number} cannot be an e-invoice: {'; '.join(missing)}")
    root = etree.fromstring(f'<{kind} xmlns="{_UBL}:{kind}-2" xmlns:cac="{_CAC}" xmlns:cbc="{_CBC}"/>')
    _put(root, "CustomizationID", CUSTOMIZATION)
    _put(root, "ProfileID", PROFILE)
    _put(root, "ID", invoice.number)
    _put(root, "IssueDate", invoice.issue_date.isoformat())
    if invoice.credits is None:
        _put(root, "DueDate", invoice.due_date.isoformat())
        _put(root, "InvoiceTypeCode", _COMMERCIAL_INVOICE)
    else:
        _put(root, "CreditNoteTypeCode", _CREDIT_NOTE)
        _put(root, "Note", invoice.credits.reason)
    _put(root, "DocumentCurrencyCode", invoice.currency)
    _put(root, "AccountingCost", invoice.cost_centre)
    _put(root, "BuyerReference", invoice.buyer_reference)
    if invoice.order_reference:
        _put(_in(root, "OrderReference"), "ID", invoice.order_reference)
    if invoice.credits:
        lowered = _in(_in(root, "BillingReference"), "InvoiceDocumentReference")
        _put(lowered, "ID", invoice.credits.number)
        _put(lowered, "IssueDate", invoice.credits.issue_date.isoformat())
    for name, party in (("AccountingSupplierParty", invoice.seller), ("AccountingCustomerParty", invoice.buyer)):
        vat_number = vat_number_of(party) if invoice.bears_vat else None
        _party(_in(root, name), party, vat_number, sells=party is invoice.seller)
    _delivery(root, invoice.delivery)
    if invoice.credits is None:
        _payment(root, invoice)
    _totals(root, invoice)
    for number, line in enumerate(invoice.lines, 1):
        _line(root, kind, str(number), line, invoice.currency)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _party(parent: etree._Element, of: Party, vat_number: str | None = None, *, sells: bool = False) -> None:
    e_invoicing, number = country_of(of.country).e_invoicing, of.organisation_number or ""
    address = e_invoicing.address(number) if e_invoicing else None
    if e_invoicing is None or address is None:
        raise NotAnEInvoice(f"Peppol has no address of a company in {of.country} with this number")
    party = _in(parent, "Party")
    _put(party, "EndpointID", address[1], schemeID=address[0])
    if of.customer_number:
        _put(_in(party, "PartyIdentification"), "ID", of.customer_number)
    _put(_in(party, "PartyName"), "Name", of.name)
    _address(_in(party, "PostalAddress"), of)
    for registered, scheme in ((vat_number, "VAT"), (e_invoicing.registered(of.name) if sells else None, "TAX")):
        if registered:
            tax = _in(party, "PartyTaxScheme")
            _put(tax, "CompanyID", registered)
            _put(_in(tax, "TaxScheme"), "ID", scheme)
    legal = _in(party, "PartyLegalEntity")
    register, written = e_invoicing.legal_number(number)
    _put(legal, "RegistrationName", of.name)
    _put(legal, "CompanyID", written, schemeID=register)
    if of.contact or of.phone or of.email:
        contact = _in(party, "Contact")
        _put(contact, "Name", of.contact)
        _put(contact, "Telephone", of.phone)
        _put(contact, "ElectronicMail", of.email)


def _address(address: etree._Element, of: Party) -> None:
    """Lines as they stand on letters; the last is told as postcode and place where it begins with a postcode."""
    lines = [line for line in of.address if line]
    place = place_of(lines)
    if place:
        lines.pop()
    for name, line in zip(("StreetName", "AdditionalStreetName"), lines, strict=False):
        _put(address, name, line)
    if place:
        _put(address, "CityName", place[1])
        _put(address, "PostalZone", place[0])
    if lines[2:]:
        _put(_in(address, "AddressLine"), "Line", ", ".join(lines[2:]))
    _put(_in(address, "Country"), "IdentificationCode", of.country)


def _delivery(root: etree._Element, of: Delivery) -> None:
    if of.day is None and of.country is None:
        return
    delivery = _in(root, "Delivery")
    _put(delivery, "ActualDeliveryDate", of.day.isoformat() if of.day else None)
    if of.country:
        _put(_in(_in(_in(delivery, "DeliveryLocation"), "Address"), "Country"), "IdentificationCode", of.country)


def _payment(root: etree._Element, invoice: EInvoice) -> None:
    means = _in(root, "PaymentMeans")
    _put(means, "PaymentMeansCode", _CREDIT_TRANSFER)
    _put(means, "PaymentID", invoice.reference)
    number, branch = _account(invoice)
    account = _in(means, "PayeeFinancialAccount")
    _put(account, "ID", number)
    _put(account, "Name", invoice.account_holder)
    if branch:
        _put(_in(account, "FinancialInstitutionBranch"), "ID", branch)


def _account(invoice: EInvoice) -> tuple[str, str | None]:
    """The account to pay to, and where its country has several kinds of numbers, the kind."""
    account = "".join((invoice.account or "").split())
    if is_iban(account):
        return account, None
    for country in COUNTRIES.values():
        if country.e_invoicing and country.is_account(account) and (kind := country.e_invoicing.kind_of(account)):
            return account.replace("-", ""), kind
    return one_spelling(account), None


def _totals(root: etree._Element, invoice: EInvoice) -> None:
    totals, currency = totals_of(invoice), invoice.currency
    tax = _in(root, "TaxTotal")
    _amount(tax, "TaxAmount", totals.vat, currency)
    for each in totals.taxed:
        subtotal = _in(tax, "TaxSubtotal")
        _amount(subtotal, "TaxableAmount", each.net, currency)
        _amount(subtotal, "TaxAmount", each.vat, currency)
        _category(_in(subtotal, "TaxCategory"), each)
    total = _in(root, "LegalMonetaryTotal")
    _amount(total, "LineExtensionAmount", totals.net, currency)
    _amount(total, "TaxExclusiveAmount", totals.net, currency)
    _amount(total, "TaxInclusiveAmount", totals.with_vat, currency)
    if totals.rounding:
        _amount(total, "PayableRoundingAmount", totals.rounding, currency)
    _amount(total, "PayableAmount", invoice.amount, currency)


def _line(root: etree._Element, kind: str, number: str, line: Line, currency: str) -> None:
    net, quantity = line.net or Decimal(0), abs(line.quantity)
    if net < 0:  # a price is never negative (BR-27): so much less was bought
        quantity = -quantity
    price = net / quantity if quantity else net
    element = _in(root, f"{kind}Line")
    _put(element, "ID", number)
    _put(element, "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity", _plain(quantity), unitCode=_ONE)
    _amount(element, "LineExtensionAmount", net, currency)
    item = _in(element, "Item")
    _put(item, "Name", line.text)
    _category(_in(item, "ClassifiedTaxCategory"), line)
    _put(_in(element, "Price"), "PriceAmount", _plain(price.quantize(_PRICE)), currencyID=currency)


def _category(element: etree._Element, of: Line | Taxed) -> None:
    _put(element, "ID", of.category)
    if of.category != "O":  # BR-O-05
        _put(element, "Percent", _plain(of.rate or Decimal(0)))
    if isinstance(of, Taxed):
        told = of.exemption or ""
        _put(element, "TaxExemptionReasonCode", told if is_code(told) else REASONS.get(of.category))
        _put(element, "TaxExemptionReason", told if not is_code(told) else None)
    _put(_in(element, "TaxScheme"), "ID", "VAT")


def _amount(parent: etree._Element, name: str, amount: Decimal, currency: str) -> None:
    _put(parent, name, f"{amount:.2f}", currencyID=currency)


def _plain(number: Decimal) -> str:
    """Its digits, without zeros at the end."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _in(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_CAC}}}{name}")


def _put(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    """A text of an element; none where there is nothing to say (R008)."""
    if text and text.strip():
        etree.SubElement(parent, f"{{{_CBC}}}{name}", attributes).text = text
