"""An invoice as an e-invoice tells it: its lines with their VAT, what these come to, and what is missing to send it as one.

Nothing is made up: what the invoice was not given with is named in words, and there is no e-invoice until it is. The rules
are those of EN 16931 and Peppol BIS Billing 3.0, whose names stand beside each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.countries.registry import country_of
from domain.invoices.vat import WRITTEN, VatCategory, wrong_vat
from domain.money.amount import ZERO, to_cents

_RULES = {"K": "IC"}  # what rules call a category where that is not its code
_HUNDRED = Decimal(100)
_ROUNDED = Decimal(1)  # less than so much of the currency is rounding


class NotAnEInvoice(ValueError):
    """An invoice cannot be an e-invoice: the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what was bought, how much of it, and what it costs without VAT; None what the invoice was not given with."""

    text: str
    quantity: Decimal
    net: Decimal | None
    category: VatCategory | None
    rate: Decimal | None
    """Percent."""
    exemption: str | None = None
    """Why it bears no VAT: a code of VATEX, or words."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """When what was bought was delivered, and to which country."""

    day: date | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Credits:
    """The invoice that a credit note lowers, and why in words."""

    number: str
    issue_date: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells, or who buys."""

    name: str
    country: str
    organisation_number: str | None
    address: Sequence[str]
    customer_number: str | None = None
    contact: str | None = None
    phone: str | None = None
    email: str | None = None
    vat_number: str | None = None


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An invoice with all that an e-invoice says of it; or a credit note, which `credits` an invoice."""

    number: str
    issue_date: date
    due_date: date
    currency: str
    amount: Decimal
    """What is to pay; of a credit note, what is not to pay any more."""
    reference: str | None
    account: str | None
    account_holder: str
    order_reference: str | None
    buyer_reference: str | None
    cost_centre: str | None
    seller: Party
    buyer: Party
    lines: Sequence[Line]
    delivery: Delivery = Delivery()
    credits: Credits | None = None

    @property
    def bears_vat(self) -> bool:
        """Whether VAT numbers may stand in it: what is not subject to VAT names none (BR-O-02)."""
        return any(line.category != "O" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Taxed:
    """What lines of one category and rate come to, and why they bear no VAT where they bear none."""

    category: VatCategory
    rate: Decimal
    net: Decimal
    vat: Decimal
    exemption: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What the lines come to, and how much the amount to pay is rounded by."""

    taxed: Sequence[Taxed]
    net: Decimal
    vat: Decimal
    rounding: Decimal

    @property
    def with_vat(self) -> Decimal:
        """Before it is rounded."""
        return self.net + self.vat


def net_of(amount: Decimal, rate: Decimal) -> Decimal:
    """What is left of an amount without its VAT, in hundredths."""
    return to_cents(amount * _HUNDRED / (_HUNDRED + rate))


def totals_of(invoice: EInvoice) -> Totals:
    """What an invoice without `faults` comes to: VAT of all that one category and rate has, in hundredths (BR-CO-17)."""
    sums: dict[tuple[VatCategory, Decimal], Decimal] = {}
    reasons: dict[VatCategory, str] = {}
    for line in invoice.lines:
        if line.category is not None and line.net is not None:
            key = line.category, line.rate or ZERO
            sums[key] = sums.get(key, ZERO) + line.net
            if line.exemption:
                reasons[line.category] = line.exemption
    taxed = [
        Taxed(*key, net, to_cents(net * key[1] / _HUNDRED), reasons.get(key[0])) for key, net in sorted(sums.items())
    ]
    net, vat = sum((each.net for each in taxed), ZERO), sum((each.vat for each in taxed), ZERO)
    return Totals(taxed, net, vat, invoice.amount - net - vat)


def vat_number_of(party: Party) -> str | None:
    """A party's VAT number: its own, else where the country makes one of the organisation number, that."""
    e_invoicing = country_of(party.country).e_invoicing
    if party.vat_number or e_invoicing is None or party.organisation_number is None:
        return party.vat_number
    return e_invoicing.vat_number(party.organisation_number)


def credited(note: EInvoice, invoice: EInvoice) -> EInvoice:
    """A credit note whose lines were not told, with those that its invoice leaves no doubt of.

    What takes back all of an invoice takes back its lines; where all of these bear the same VAT, so does any part of them.
    """
    if note.lines or not invoice.lines:
        return note
    if note.amount == invoice.amount:
        return replace(note, lines=invoice.lines)
    first = invoice.lines[0]
    same = {(line.category, line.rate or ZERO, line.exemption) for line in invoice.lines}
    if len(same) > 1 or first.category is None:
        return note
    reason = note.credits.reason if note.credits else None
    net = net_of(note.amount, first.rate or ZERO)
    return replace(note, lines=[replace(first, text=reason or invoice.number, quantity=Decimal(1), net=net)])


def faults(invoice: EInvoice) -> list[str]:
    """What is missing or wrong for an e-invoice, each in words; none where it can be sent."""
    return [*_of_parties(invoice), *_of_payment(invoice), *_of_lines(invoice)]


def _of_parties(invoice: EInvoice) -> Iterator[str]:
    for who, party in (("creditor", invoice.seller), ("debtor", invoice.buyer)):
        e_invoicing = country_of(party.country).e_invoicing
        if e_invoicing is None:
            yield f"the {who} is in {party.country}: how its companies are addressed in Peppol is not known here"
        elif party.organisation_number is None:
            yield f"the {who} has no organisation number, by which Peppol finds it (R010, R020)"
        elif e_invoicing.address(party.organisation_number) is None:
            yield f"the {who}'s organisation number is none of {party.country}, so Peppol has no address of it"
    if not (invoice.buyer_reference or invoice.order_reference):
        yield "it has neither the buyer's reference nor its order (R003): give buyer_reference or order_reference"


def _of_payment(invoice: EInvoice) -> Iterator[str]:
    if invoice.account is None and invoice.credits is None:
        yield "there is no account to pay to (BR-61)"


def _of_lines(invoice: EInvoice) -> Iterator[str]:
    if not invoice.lines:
        yield "it has no lines (BR-16)"
        return
    told = [
        f"line {number}: {what}" for number, line in enumerate(invoice.lines, 1) if (what := _of_line(line, invoice))
    ]
    yield from told
    if told:
        return
    yield from _of_categories(invoice)
    totals = totals_of(invoice)
    if abs(totals.rounding) >= _ROUNDED:
        yield (
            f"with VAT its lines come to {totals.with_vat}, and {invoice.amount} is to pay: what is between was not told, as an"
            " allowance, a charge or what was prepaid"
        )


def _of_categories(invoice: EInvoice) -> Iterator[str]:
    """What is wrong with the VAT of all lines together."""
    categories = {line.category for line in invoice.lines}
    if "O" in categories and len(categories) > 1:
        yield "some lines are subject to VAT and others are not (BR-O-11): these are two e-invoices"
    for category in sorted(each for each in categories if each is not None):
        if len({line.exemption for line in invoice.lines if line.category == category and line.exemption}) > 1:
            yield (
                f"its lines of category {category} have several reasons, and an e-invoice tells one "
                f"(BR-{_RULES.get(category, category)}-01): give one for all, or send several e-invoices"
            )
    if invoice.bears_vat and vat_number_of(invoice.seller) is None:
        yield "the creditor has no VAT number (BR-S-02): give vat_number in its file"
    if "K" in categories:
        yield from _within_the_union(invoice)


def _within_the_union(invoice: EInvoice) -> Iterator[str]:
    """What is missing for a supply to another country of the EU."""
    for who, party in (("creditor", invoice.seller), ("debtor", invoice.buyer)):
        if not country_of(party.country).in_union:
            yield f"category K is within the EU, and the {who} is in {party.country}: give G for what leaves it"
    if invoice.delivery.country == invoice.seller.country:
        yield "category K goes to another country of the EU, and this stays at home: give S, or AE where the buyer pays the VAT"
    if vat_number_of(invoice.buyer) is None:
        yield "the debtor has no VAT number (BR-IC-02): give buyer_vat_number"
    if invoice.delivery.day is None:
        yield "the day of delivery was not told (BR-IC-11): give delivery_date"
    if invoice.delivery.country is None:
        yield "where it was delivered to was not told (BR-IC-12): give delivery_country"


def _of_line(line: Line, invoice: EInvoice) -> str:
    """What is wrong with a line; empty where nothing is."""
    if line.category is None or line.net is None:
        return "its VAT was not told: give vat_category and vat_rate with the line"
    if line.category not in WRITTEN:
        return f"VAT category {line.category} is not written here: only {', '.join(WRITTEN)} go"
    if wrong := wrong_vat(line.category, line.rate, line.exemption):
        return wrong
    e_invoicing = country_of(invoice.seller.country).e_invoicing
    rates = e_invoicing.vat_rates if e_invoicing else ()
    if line.category == "S" and rates and line.rate not in rates:
        return f"{line.rate} % is no VAT rate in {invoice.seller.country} (SE-R-006)"
    if not line.quantity and line.net:
        return "nothing of it was bought, and it costs something (R120)"
    return ""
