"""Payments in ISO 20022 statements (camt.053) and notifications (camt.054), version .001.02 and later.

A file holds statements or notifications, one an account, of entries; an entry is one booking on the account and
may be a batch of many transactions. Money that comes in is a payment; money that goes back to the payer (a
debit with a return reason, or a reversed credit) is a negative one. Of outgoing money what we ordered ourselves is told,
and all other is left out.

Each transaction is forgotten once it is read, so that memory stays flat however long the file is.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.bank_files.bank_file import ISSUED_DIRECT_DEBIT, BankPayment, Findings, LumpSum, Part, Repeats
from connectors.bank_files.camt.amounts import before_charges, in_currency_of
from connectors.bank_files.camt.charges import NO_CHARGES, charges_of, together, ways
from connectors.bank_files.camt.elements import Elements, amount_of, cents, code_of, count_of, norwegian, parent, parsed
from connectors.bank_files.camt.entry import ENTRY_FIELDS, NO_REFERENCE, Entry, entry_of
from connectors.bank_files.camt.message import Message, message_of
from connectors.bank_files.camt.orders import order_told
from connectors.bank_files.camt.remittance import SCOR, end_to_end, remittance, told_elsewhere
from connectors.bank_files.camt.returns import return_reason, tells_of_return
from connectors.bank_files.camt.totals import Statement, statement_of

_KEPT = 64  # transactions of a batch that are in memory at once
_NOTHING: frozenset[Decimal] = frozenset()
_TRANSACTION_FIELDS = (
    "d:Refs/d:AcctSvcrRef",
    "d:Amt",
    "d:Amt/@Ccy",
    "d:CdtDbtInd",
    "d:RltdPties/d:Dbtr//d:Nm",  # in Dbtr itself in .02, in its Pty in .08
    "d:RltdPties/d:DbtrAcct/d:Id//text()",  # an IBAN, or what stands first in Othr
    "count(d:RmtInf//*)",
    "d:RmtInf",
    "d:RmtInf/d:Strd/d:CdtrRefInf/d:Ref",
    "count(d:RtrInf)",
    "d:BkTxCd/d:Domn",
    "d:Chrgs",
)


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of a statement or notification, one after the other; OSError where it cannot be read."""
    message = message_of(path)
    if isinstance(message, str):
        findings.flag(message)
        return
    reading = _Reading(message, findings)
    transaction, entry, statement = (
        Elements(message.namespace).tag(name) for name in ("TxDtls", "Ntry", message.statement)
    )
    with path.open("rb") as file:
        try:
            for _, element in parsed(file, events=("end",), tag=(transaction, entry, statement)):
                tag = element.tag
                if tag == transaction:
                    yield from reading.transaction(element)
                elif tag == entry:
                    yield from reading.end_entry(element)
                else:
                    reading.end_statement(element)
        except etree.XMLSyntaxError as error:
            line = (error.lineno or 0) + message.lines_before
            findings.flag(f"line {line}: the XML is broken: what comes after it is not read")
        else:
            reading.end()


class _Reading:
    """A message being read element by element."""

    def __init__(self, message: Message, findings: Findings) -> None:
        self._findings = findings
        self._elements = elements = Elements(message.namespace, message.lines_before)
        self._names, self._text = elements.names, elements.text
        self._transaction_fields = elements.question(_TRANSACTION_FIELDS)
        self._entry_fields = elements.question(ENTRY_FIELDS)
        self._statement: Statement | None = None
        self._entry: Entry | None = None
        self._statements = 0
        self._entries = 0
        self._repeats = Repeats()
        self._entry_repeats = Repeats()

    # --- transactions -------------------------------------------------------------------------------------------

    def transaction(self, element: etree._Element) -> Iterable[BankPayment]:
        """A transaction is whole. The first of an entry waits until it is seen whether it is the only one."""
        details = parent(element)
        entry = self._entry or self._start_entry(parent(details))
        if details is not entry.details:
            self._start_details(entry, details)
        entry.transactions += 1
        entry.in_details += 1
        if entry.in_details % _KEPT == 0:
            del details[: details.index(element)]
        if not entry.readable:
            return ()
        fields = self._elements.ask(self._transaction_fields, element, len(_TRANSACTION_FIELDS))
        if entry.transactions == 1:
            entry.first = (element, fields)
            return ()
        first = self._payment(entry, 1, *entry.first) if entry.first else None
        entry.first = None
        payment = self._payment(entry, entry.transactions, element, fields)
        return [one for one in (first, payment) if one]

    def _payment(
        self, entry: Entry, number: int, element: etree._Element, fields: list[str], whole: Decimal | None = None
    ) -> BankPayment | None:
        """A transaction as a payment; None where it is none. `whole` is the amount of one that is an entry alone."""
        bank_reference, written, currency, indicator, name, account, remittances, told, reference, *rest = fields
        returned, code, charged = rest
        indicator = indicator or entry.indicator
        goes_back = returned != "0" or entry.goes_back or tells_of_return(code)
        amount = amount_of(written)
        bad_amount = written and amount is None
        if bad_amount or indicator not in ("CRDT", "DBIT"):
            fault = f"has the bad amount {written!r}" if bad_amount else "says neither CRDT nor DBIT"
            self._flag(entry, number, f"{fault}: skipped")
            entry.comparable = False
            return None
        kept_back = _NOTHING
        if charged or entry.charges is not NO_CHARGES:
            charges = charges_of(element, entry.currency, indicator, self._elements)
            entry.charged = together(entry.charged, charges)
            kept_back = ways(charges) if whole is None else ways(charges, entry.charges)
        if amount is None or currency != entry.currency:
            amount, currency = in_currency_of(entry, element, (amount, currency), whole, kept_back, self._elements)
        if amount is None or currency != entry.currency:
            entry.comparable = False
        else:
            if kept_back:
                amount = before_charges(element, currency, amount, kept_back, self._elements) or amount
            entry.cents += cents(amount) if indicator == entry.indicator else -cents(amount)
        if goes_back == (indicator == "CRDT"):
            order = order_told(entry, element, amount, currency, self._elements, returned=goes_back)
            if order is not None:
                self._findings.orders.append(order)
            else:
                what = "outgoing payments that came back" if goes_back else "outgoing payments"
                self._findings.left_out[what] += 1
            return None
        if amount is None:
            self._flag(entry, number, "has no amount: skipped")
            return None
        if currency != entry.currency:
            self._flag(entry, number, f"is in {currency}, but its entry in {entry.currency}")
        parts: tuple[Part, ...] = ()
        text: str | None = None
        if remittances == "1" and not reference:
            text = " ".join(told.split())
        elif told not in (reference, f"{SCOR}{reference}"):
            reference, parts, text, differing = remittance(element, amount, self._elements)
            if differing:
                self._flag(entry, number, differing)
        if not (reference or parts or text):
            text = self._text(element, "d:AddtlTxInf")
        reference = reference.strip()
        amount = -amount if goes_back else amount
        account = norwegian(account)
        name = " ".join(name.split()) or self._text(element, "d:RltdPties/d:UltmtDbtr//d:Nm") or ""
        known = (reference, parts, text, account, name)
        provider_id = self._provider_id(entry, number, element, bank_reference, f"{amount}{currency}", known)
        if not (reference or parts):
            text = told_elsewhere(element, text, self._elements, alone=whole is not None)
            reference = "" if text else end_to_end(element, self._elements, currency)
        return BankPayment(
            provider_id,
            reference or None,
            amount,
            currency,
            entry.paid_on or date.min,
            entry.code or code_of(code),
            entry.account,
            account or None,
            text or None,
            name or None,
            parts,
            return_reason(element, self._elements) if goes_back else None,
        )

    def _provider_id(
        self, entry: Entry, number: int, element: etree._Element, reference: str, money: str, known: Any
    ) -> str:
        """What makes this payment itself in whatever file it stands: the bank's reference, else all that is told."""
        own = "" if reference in NO_REFERENCE or reference == entry.reference else reference
        if not own and not entry.reference:
            own = self._text(element, "d:Refs/d:TxId") or ""
        if bank_reference := own or entry.reference:
            told = bank_reference.replace(" ", "")
        else:
            told = blake2b(repr(known).encode(), digest_size=12).hexdigest()
        identity = f"camt/{entry.account}/{entry.day}/{told}/{money}"
        times = self._repeats.count(identity)
        if times == 1:
            return identity
        if own:
            self._flag(entry, number, "has the bank's reference, day and amount of one before it")
        return f"{identity}/{times}"

    # --- entries ------------------------------------------------------------------------------------------------

    def end_entry(self, element: etree._Element) -> Iterable[BankPayment]:
        """An entry is whole; gives the payment of one that is a single transaction."""
        entry = self._entry or self._start_entry(element)
        self._entry = None
        statement = parent(element)
        if index := statement.index(element):
            del statement[:index]
        if not entry.booked:
            self._findings.left_out["entries that are not booked yet"] += 1
        if not entry.readable or entry.amount is None:
            return ()
        self._end_details(entry, element)
        identity = f"{entry.booked_on}/{entry.reference}/{entry.indicator}/{entry.amount}"
        if entry.reference and self._entry_repeats.count(identity) > 1:
            self._findings.flag(f"{entry.place}: has the bank's reference, day and amount of an entry before it")
        payment = None
        if entry.first:
            payment = self._payment(entry, 1, *entry.first, whole=entry.amount)
        elif not entry.transactions and not self._is_lump(entry, element):
            nothing = [entry.reference, "", "", "", "", "", "0", "", "", "0", "", ""]
            payment = self._payment(entry, 0, element, nothing, whole=entry.amount)
            return (payment,) if payment else ()
        if entry.transactions and entry.comparable and entry.cents != cents(entry.amount):
            found = Decimal(entry.cents).scaleb(-2)
            if entry.amount - found not in ways(entry.charges, entry.charged):
                self._findings.flag(f"{entry.place}: is of {entry.amount}, but its transactions make {found}")
        return (payment,) if payment else ()

    def _start_entry(self, element: etree._Element) -> Entry:
        statement = self._statement or self._start_statement(parent(element))
        self._entries += 1
        place = f"entry {self._entries}{self._elements.line_of(element)}"
        fields = self._elements.ask(self._entry_fields, element, len(ENTRY_FIELDS))
        entry, faults = entry_of(element, fields, place, statement.account, self._elements)
        self._entry = entry
        for fault in faults:
            self._findings.flag(f"{place}: {fault}")
        if entry.readable and entry.booked_on:
            self._findings.is_imported_through(statement.account, entry.booked_on)
        if entry.amount is not None and entry.indicator in ("CRDT", "DBIT"):
            statement.add(entry.amount, entry.indicator, booked=entry.booked)
        return entry

    def _start_details(self, entry: Entry, details: etree._Element) -> None:
        self._end_details(entry, parent(details))
        stated = count_of(self._text(details, "d:Btch/d:NbOfTxs"))
        entry.details, entry.in_details = details, 0
        entry.in_batch = stated

    def _end_details(self, entry: Entry, element: etree._Element) -> None:
        """Holds what the details say they hold against what they do."""
        if entry.in_batch is None or not entry.readable:
            return
        if entry.transactions == 1 < entry.in_batch and entry.first:
            entry.first = None
            entry.comparable = False
            self._found_lump(entry, entry.in_batch, element)
        elif entry.in_details != entry.in_batch:
            fault = f"says {entry.in_batch} transactions, but holds {entry.in_details}"
            self._findings.flag(f"{entry.place}: {fault}")
        entry.in_batch = None

    def _is_lump(self, entry: Entry, element: etree._Element) -> bool:
        """Whether an entry without transactions is the sum of several."""
        batches = element.iterfind("d:NtryDtls/d:Btch/d:NbOfTxs", self._names)
        number = sum(count_of(one.text) or 0 for one in batches)
        drawn = entry.indicator == "CRDT" and not entry.goes_back and entry.code.startswith(ISSUED_DIRECT_DEBIT)
        if number > 1 and (entry.indicator == "CRDT" or entry.goes_back):
            self._found_lump(entry, number, element)
        elif drawn:  # draws are told with who is drawn, or else as their sum
            self._found_lump(entry, number or None, element)
        return number > 1 or drawn

    def _found_lump(self, entry: Entry, number: int | None, element: etree._Element) -> None:
        what = f"a lump sum of {number} transactions" if number else "a sum of draws"
        flag = f"{entry.place}: is {what} that are not told: import the camt.054 of this account"
        self._findings.flag(flag)
        if entry.amount is None or entry.booked_on is None or entry.goes_back:
            return
        identity = (
            f"camt/{entry.account}/{entry.day}/sum/{entry.reference.replace(' ', '')}/{entry.amount}{entry.currency}"
        )
        times = self._repeats.count(identity)
        lump = LumpSum(
            id=identity if times == 1 else f"{identity}/{times}",
            account=entry.account,
            days=tuple(sorted({entry.booked_on, entry.paid_on or entry.booked_on})),
            amount=entry.amount,
            currency=entry.currency,
            payments=number,
            text=" ".join(" ".join(map(str, element.itertext())).split()),
            flag=flag,
        )
        self._findings.lump_sums.append(lump)

    # --- statements ---------------------------------------------------------------------------------------------

    def end_statement(self, element: etree._Element) -> None:
        """A statement or notification is whole: its entries are held against its sums and balances."""
        statement = self._statement or self._start_statement(element)
        self._statement = None
        above = parent(element)
        if index := above.index(element):
            del above[:index]
        for fault in statement.faults(self._elements):
            self._findings.flag(fault)

    def _start_statement(self, element: etree._Element) -> Statement:
        self._statements += 1
        self._statement = statement_of(element, self._statements, self._elements, self._findings)
        return self._statement

    def end(self) -> None:
        """The file is whole."""
        if not self._statements:
            self._findings.flag("holds no statement and no notification")

    def _flag(self, entry: Entry, number: int, fault: str) -> None:
        self._findings.flag(f"{entry.place}, transaction {number}: {fault}")
