"""What the bank keeps back of a payment: its charges, on a transaction or on its entry.

An entry may be the money before its charges or after them, and banks differ in whether they say so (ChrgInclInd). The
payer has paid what was there before them.
"""

from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from connectors.bank_files.camt.elements import Elements, amount_of

_ZERO = Decimal("0.00")


class Charges(NamedTuple):
    """Charges as what they add to the amount they stand beside: less than nothing where they are taken off it."""

    included: Decimal  # those that the bank says are in the amount already
    all: Decimal


NO_CHARGES = Charges(_ZERO, _ZERO)


def together(*charges: Charges) -> Charges:
    """All of them in one."""
    return Charges(sum((one.included for one in charges), _ZERO), sum((one.all for one in charges), _ZERO))


def ways(*charges: Charges) -> frozenset[Decimal]:
    """The differences that they may explain: one of them or all together, with or without those only announced."""
    several = (*charges, together(*charges)) if len(charges) > 1 else charges
    return frozenset(amount for one in several for amount in one if amount)


def charges_of(element: etree._Element, currency: str, indicator: str, elements: Elements) -> Charges:
    """The charges that stand on a transaction or an entry of this currency and direction."""
    charges = NO_CHARGES
    for told in element.iterfind("d:Chrgs", elements.names):
        records = told.findall("d:Rcrd", elements.names) or [told]  # without records in .02
        for record in records:
            written = record.find("d:Amt", elements.names)
            if written is None:
                written = record.find("d:TtlChrgsAndTaxAmt", elements.names)
            amount = amount_of(written.text or "") if written is not None else None
            if written is None or amount is None or written.get("Ccy") != currency:
                continue
            amount = amount if (elements.text(record, "d:CdtDbtInd") or "DBIT") == indicator else -amount
            included = elements.text(record, "d:ChrgInclInd") in ("true", "1")
            charges = together(charges, Charges(amount if included else _ZERO, amount))
    return charges
