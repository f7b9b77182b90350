"""What became of a payment that we ordered, as its account's statement tells: it left, or it came back and why."""

from decimal import Decimal

from lxml import etree

from connectors.bank_files.bank_file import OrderTold
from connectors.bank_files.camt.elements import Elements
from connectors.bank_files.camt.entry import Entry
from connectors.bank_files.camt.returns import return_reason
from connectors.refund_files import END_TO_END


def order_told(
    entry: Entry, element: etree._Element, amount: Decimal | None, currency: str, elements: Elements, *, returned: bool
) -> OrderTold | None:
    """What an outgoing transaction, or one that came back, tells of an order of ours; None where it is none of ours."""
    number = elements.text(element, "d:Refs/d:EndToEndId") or ""
    if amount is None or entry.booked_on is None or not END_TO_END.fullmatch(number):
        return None
    reason = return_reason(element, elements) if returned else None
    return OrderTold(entry.account, number, amount, currency, entry.booked_on, returned, reason)
