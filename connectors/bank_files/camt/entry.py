"""An entry: one booking on the account, as its head tells it, and what is read of its transactions."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from connectors.bank_files.camt.charges import NO_CHARGES, Charges, charges_of
from connectors.bank_files.camt.elements import Elements, amount_of, code_of, country_of_bank, day_of
from connectors.bank_files.camt.returns import tells_of_return

NO_REFERENCE = {"", "NONREF", "NOTPROVIDED"}
"""What stands where the bank gives no reference."""
ENTRY_FIELDS = (
    "d:Amt",
    "d:Amt/@Ccy",
    "d:CdtDbtInd",
    "d:Sts",  # a word in .02 to .07, an element with one from .08
    "d:BookgDt",
    "d:ValDt",
    "d:AcctSvcrRef",
    "d:RvslInd",
    "d:BkTxCd/d:Domn",
    "d:BkTxCd/d:Prtry/d:Cd",
    "d:Chrgs",
)
"""What is asked of an entry's head."""


@dataclass(slots=True)
class Entry:
    """The entry being read."""

    place: str
    amount: Decimal | None
    currency: str
    indicator: str  # CRDT or DBIT
    booked: bool
    booked_on: date | None
    paid_on: date | None  # the value date: the day that the money counts from
    reference: str  # the bank's; empty where it gives none
    goes_back: bool  # what came in earlier
    code: str
    account: str
    day: str
    transactions: int = 0
    cents: int = 0  # of its transactions, those against its direction taken off
    comparable: bool = True  # every transaction has an amount in the entry's currency
    charges: Charges = NO_CHARGES  # that stand on the entry
    charged: Charges = NO_CHARGES  # those of its transactions
    details: etree._Element | None = None
    in_details: int = 0
    in_batch: int | None = None  # transactions that the details being read say they hold
    first: tuple[etree._Element, list[str]] | None = None

    @property
    def readable(self) -> bool:
        """Whether its transactions can be booked."""
        return self.booked and self.booked_on is not None and self.amount is not None


def entry_of(
    element: etree._Element, fields: list[str], place: str, account: str, elements: Elements
) -> tuple[Entry, list[str]]:
    """An entry by the fields of its head, and what is wrong with it; one that cannot be booked has no amount or no day."""
    written, currency, indicator, status, booked, valued, reference, reversal, code, other, charged = fields
    country = country_of_bank(account)
    booked_on, valued_on = day_of(booked, country), day_of(valued, country)
    entry = Entry(
        place=place,
        amount=amount_of(written),
        currency=currency,
        indicator=indicator,
        booked=status.strip() in ("BOOK", ""),
        booked_on=booked_on or valued_on,
        # Value that is given after the booking, over a weekend, is the bank's doing: the debtor paid before.
        paid_on=min(filter(None, (booked_on, valued_on)), default=None),
        reference="" if reference in NO_REFERENCE else reference,
        goes_back=reversal.strip() in ("true", "1") or tells_of_return(code),
        code=code_of(code) or other,
        account=account,
        day=str(booked_on or valued_on),
        charges=charges_of(element, currency, indicator, elements) if charged else NO_CHARGES,
    )
    if not entry.booked:
        return entry, []
    faults = [] if status.strip() else ["does not say whether it is booked: taken as booked"]
    if indicator not in ("CRDT", "DBIT"):
        faults.append("says neither CRDT nor DBIT: skipped")
        entry.amount = None
    elif entry.amount is None:
        faults.append(f"has the bad amount {written!r}: skipped")
    elif not currency:
        faults.append("has an amount without its currency: skipped")
        entry.amount = None
    elif entry.booked_on is None:
        faults.append("has no booking date: skipped")
    return entry, faults
