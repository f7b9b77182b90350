"""What a UBL document comes to, taken only where its own figures lead there (EN 16931 BR-CO-10 to BR-CO-16)."""

from decimal import Decimal

from lxml import etree

from connectors.invoice_files.ubl.document import NAMESPACES, Document, text_of
from connectors.invoice_files.ubl.invoice_lines import line_amount
from domain.money.amount import to_cents

_COLLECTED = "cac:PrepaidPayment/cbc:PaidAmount"  # XRechnung's extension: for services of others, paid with the invoice
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}  # the four spellings of xsd:boolean


def owed(document: Document) -> Decimal:
    """What is owed. Raises where nothing is, or a total is not what the figures before it make, naming both."""
    document.required("cbc:DocumentCurrencyCode")
    payable = document.total("PayableAmount")
    if payable <= 0:
        advice = "; send what is given back as a credit note" if payable else ", so there is nothing to remind about"
        reason = f"PayableAmount is {payable or 0}: nothing is owed{advice}"
        raise document.rejected("cac:LegalMonetaryTotal/cbc:PayableAmount", reason)
    _checked_total(document)
    return payable


def credited(document: Document) -> Decimal:
    """What a credit note gives: its total, settled already or not. One that is negative throughout means the same."""
    document.required("cbc:DocumentCurrencyCode")
    if not document.total("TaxInclusiveAmount"):
        path = "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"
        raise document.rejected(path, "TaxInclusiveAmount is 0: nothing is credited")
    credit = _checked_total(document, is_settled=document.total("PayableAmount") == 0)
    if credit < 0:
        document.warnings.append(f"the credit note's amounts are negative: taken as a credit of {to_cents(-credit)}")
    return abs(credit)


def _checked_total(document: Document, *, is_settled: bool = False) -> Decimal:
    """What a document comes to, with its tax and rounded. Raises where a total is not what the figures before it make.

    Where it is settled, nothing needs to be payable.
    """
    lines = document.all(document.line_path)
    if not lines:
        raise document.rejected(document.line_path, f"{document.line_path} is missing")
    tax_currency = document.text("cbc:TaxCurrencyCode")
    _check_currencies(document, tax_currency)
    line_amounts = [line_amount(document, line) for line in lines]
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
            reason = f"{name} is {to_cents(stated)}, but {how} {to_cents(made)}"
            raise document.rejected(f"cac:LegalMonetaryTotal/cbc:{name}", reason)
    return rounded


def _check_currencies(document: Document, tax_currency: str | None) -> None:
    """Every amount is in the document's currency, but for a tax total in the currency of tax accounting."""
    for element in document.root.iterfind(".//*[@currencyID]"):
        name = f"cbc:{etree.QName(element).localname}"
        currency = element.get("currencyID")
        if currency != document.currency and not (name == "cbc:TaxAmount" and currency == tax_currency):
            found = f"{name} is in {currency}, the document in {document.currency}"
            raise document.rejected(f"/{name}", found, element)


def _allowances_and_charges(document: Document) -> tuple[Decimal, Decimal]:
    path = "cac:AllowanceCharge"
    sums = {False: Decimal(0), True: Decimal(0)}
    for element in document.all(path):
        is_charge = _BOOLEANS.get(text_of(element.find("cbc:ChargeIndicator", NAMESPACES)))
        amount = element.find("cbc:Amount", NAMESPACES)
        if is_charge is None or amount is None:
            reason = "cbc:ChargeIndicator must be true or false, with a cbc:Amount"
            raise document.rejected(path, reason, element)
        sums[is_charge] += document.amount(amount, f"{path}/cbc:Amount")
    return sums[False], sums[True]
