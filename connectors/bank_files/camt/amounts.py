"""The amount of a transaction in its entry's currency, before what the bank kept back of it."""

from decimal import Decimal

from lxml import etree

from connectors.bank_files.camt.elements import Elements, amount_of
from connectors.bank_files.camt.entry import Entry


def told_in_details(element: etree._Element, elements: Elements) -> list[tuple[Decimal, str]]:
    """The amounts in a transaction's details, the likeliest first, with their currencies."""
    paths = ("TxAmt", "CntrValAmt", "InstdAmt")
    found = [element.find(f"d:AmtDtls/d:{path}/d:Amt", elements.names) for path in paths]
    written = [(amount_of(one.text or ""), one.get("Ccy") or "") for one in found if one is not None]
    return [(amount, currency) for amount, currency in written if amount is not None]


def before_charges(
    element: etree._Element, currency: str, left: Decimal, kept_back: frozenset[Decimal], elements: Elements
) -> Decimal | None:
    """What the payer paid, where a transaction tells it beside what is left of it after its charges."""
    told = told_in_details(element, elements) if kept_back else []
    return next((one for one, in_currency in told if in_currency == currency and left - one in kept_back), None)


def in_currency_of(
    entry: Entry,
    element: etree._Element,
    given: tuple[Decimal | None, str],
    whole: Decimal | None,
    kept_back: frozenset[Decimal],
    elements: Elements,
) -> tuple[Decimal | None, str]:
    """The amount in the entry's currency: what the entry says of one that is the entry alone, else what it tells."""
    amount, currency = given
    told = told_in_details(element, elements)
    own = [one for one, in_currency in told if in_currency == entry.currency]
    if whole is not None:
        before = before_charges(element, entry.currency, whole, kept_back, elements)
        if before is None and amount is None and not own:
            before = whole - (entry.charged.included or entry.charges.included)
        return before or whole, entry.currency
    if own:
        return own[0], entry.currency
    if amount is None and told:
        return told[0][0], told[0][1] or entry.currency
    return amount, currency
