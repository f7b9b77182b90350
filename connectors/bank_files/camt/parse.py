"""Payments in ISO 20022 statements (camt.053) and notifications (camt.054), version .001.02 and later.

A file holds statements or notifications, one an account, of entries; an entry is one booking on the account and
may be a batch of many transactions. Money that comes in is a payment; money that goes back to the payer (a
debit with a return reason, or a reversed credit) is a negative one; all other debits are outgoing and left out.

Each transaction is forgotten once it is read, so that memory stays flat however long the file is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, NamedTuple

from lxml import etree

from connectors.bank_files.bank_file import BankPayment, Findings, Part, Repeats
from connectors.bank_files.camt.charges import NO_CHARGES, Charges, charges_of, together, ways
from connectors.bank_files.camt.elements import (
    Elements,
    amount_of,
    cents,
    code_of,
    count_of,
    day_of,
    lines_before,
    norwegian,
    parent,
    parsed,
)
from connectors.bank_files.camt.totals import Statement, statement_of
from domain.money.references import holds

_KINDS: dict[str, tuple[Literal["camt.053", "camt.054"], str]] = {
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_NAMESPACE = re.compile(r".*\bcamt\.05[34]\.001\.(?!01)\d\d\b.*")
_REPORT = "BkToCstmrAcctRpt"  # camt.052
_FIRST_ELEMENTS = 50  # among which the message starts, whatever envelope is around it
_KEPT = 64  # transactions of a batch that are in memory at once
# What a payer numbers a payment with is a reference only where it is long enough to be no chance, and starts with no day.
_PLAINLY_A_REFERENCE = re.compile(r"(?!20\d\d(?:0[1-9]|1[0-2])[0-3]\d)\d{9,25}", re.ASCII)
_NOTHING: frozenset[Decimal] = frozenset()
_NO_REFERENCE = {"", "NONREF", "NOTPROVIDED"}
_SCOR = "SCOR"  # the code of a creditor's own payment reference
# ISO 20022 sub-families of bank transaction codes that tell of money going back.
_RETURNS = {"UPDD", "PRDD", "ARET", "AREV", "RPCR", "RRTN"}
_REASONS = {  # ISO 20022 external return reasons that occur with creditors
    "AC01": "the account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AG01": "the account may not be used like this",
    "AM04": "not enough money",
    "AM05": "paid twice",
    "CUST": "the payer asked for it",
    "DUPL": "paid twice",
    "FOCR": "the payment was recalled",
    "MD01": "no mandate",
    "MD06": "the payer wants the money back",
    "MD07": "the payer has died",
    "MS02": "the payer refused",
    "MS03": "the bank gives no reason",
    "NARR": "told in words",
    "TECH": "a technical error",
}

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
_ENTRY_FIELDS = (
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


class Message(NamedTuple):
    """What a file of XML is."""

    format: Literal["camt.053", "camt.054"]
    namespace: str
    statement: str  # the name of the element that holds the entries
    lines_before: int  # its XML


def message_of(path: Path) -> Message | str:
    """What the file's first elements tell; in words why it is none that we read. OSError if unreadable."""
    with path.open("rb") as file:
        try:
            for number, (_, element) in enumerate(parsed(file, events=("start",))):
                if element.getroottree().docinfo.internalDTD is not None:
                    return "declares a document type (DOCTYPE), behind which anything may hide: it is not read"
                name = etree.QName(element)
                if name.localname in _KINDS and name.namespace and _NAMESPACE.fullmatch(name.namespace):
                    written_in, statement = _KINDS[name.localname]
                    return Message(written_in, name.namespace, statement, lines_before(path))
                if name.localname in _KINDS:
                    told = f"its namespace is {name.namespace}" if name.namespace else "it has no namespace"
                    return f"is no {_KINDS[name.localname][0]} of version .001.02 or later: {told}"
                if name.localname == _REPORT:
                    return "is a camt.052, a report of a day that goes on: import the account's camt.053 or camt.054"
                if number > _FIRST_ELEMENTS:
                    break
        except etree.XMLSyntaxError as error:
            return f"line {(error.lineno or 0) + lines_before(path)}: is not well-formed XML"
    return "is XML, but no camt.053 or camt.054 of ISO 20022, version .001.02 or later"


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


@dataclass(slots=True)
class _Entry:
    """The entry being read: one booking on the account."""

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


class _Reading:
    """A message being read element by element."""

    def __init__(self, message: Message, findings: Findings) -> None:
        self._findings = findings
        self._elements = elements = Elements(message.namespace, message.lines_before)
        self._names, self._text = elements.names, elements.text
        self._transaction_fields = elements.question(_TRANSACTION_FIELDS)
        self._entry_fields = elements.question(_ENTRY_FIELDS)
        self._statement: Statement | None = None
        self._entry: _Entry | None = None
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
        self, entry: _Entry, number: int, element: etree._Element, fields: list[str], whole: Decimal | None = None
    ) -> BankPayment | None:
        """A transaction as a payment; None where it is none. `whole` is the amount of one that is an entry alone."""
        bank_reference, written, currency, indicator, name, account, remittances, told, reference, *rest = fields
        returned, code, charged = rest
        indicator = indicator or entry.indicator
        goes_back = returned != "0" or entry.goes_back or code_of(code)[-4:] in _RETURNS
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
            amount, currency = self._other_amount(entry, element, amount, currency, whole, kept_back)
        if amount is None or currency != entry.currency:
            entry.comparable = False
        else:
            if kept_back:
                amount = self._before_charges(entry, element, amount, kept_back) or amount
            entry.cents += cents(amount) if indicator == entry.indicator else -cents(amount)
        if goes_back == (indicator == "CRDT"):
            self._findings.left_out["outgoing payments that came back" if goes_back else "outgoing payments"] += 1
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
        elif told not in (reference, f"{_SCOR}{reference}"):
            reference, parts, text = self._remittance(entry, number, element, amount)
        if not (reference or parts or text):
            text = self._text(element, "d:AddtlTxInf")
        reference = reference.strip()
        amount = -amount if goes_back else amount
        account = norwegian(account)
        name = " ".join(name.split()) or self._text(element, "d:RltdPties/d:UltmtDbtr//d:Nm") or ""
        known = (reference, parts, text, account, name)
        provider_id = self._provider_id(entry, number, element, bank_reference, f"{amount}{currency}", known)
        if not (reference or parts):
            text = self._told_elsewhere(element, text, alone=whole is not None)
            reference = "" if text else self._end_to_end(element)
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
            self._return_reason(element) if goes_back else None,
        )

    def _other_amount(
        self,
        entry: _Entry,
        element: etree._Element,
        amount: Decimal | None,
        currency: str,
        whole: Decimal | None,
        kept_back: frozenset[Decimal],
    ) -> tuple[Decimal | None, str]:
        """The amount in the entry's currency: what the entry says of one that is the entry alone, else what it tells."""
        told = self._told_amounts(element)
        own = [one for one, in_currency in told if in_currency == entry.currency]
        if whole is not None:
            before = self._before_charges(entry, element, whole, kept_back)
            if before is None and amount is None and not own:
                before = whole - (entry.charged.included or entry.charges.included)
            return before or whole, entry.currency
        if own:
            return own[0], entry.currency
        if amount is None and told:
            return told[0][0], told[0][1] or entry.currency
        return amount, currency

    def _told_amounts(self, element: etree._Element) -> list[tuple[Decimal, str]]:
        """The amounts in a transaction's details, the likeliest first, with their currencies."""
        found = [element.find(f"d:AmtDtls/d:{path}/d:Amt", self._names) for path in ("TxAmt", "CntrValAmt", "InstdAmt")]
        written = [(amount_of(one.text or ""), one.get("Ccy") or "") for one in found if one is not None]
        return [(amount, currency) for amount, currency in written if amount is not None]

    def _before_charges(
        self, entry: _Entry, element: etree._Element, left: Decimal, kept_back: frozenset[Decimal]
    ) -> Decimal | None:
        """What the payer paid, where a transaction tells it beside what is left of it after its charges."""
        told = self._told_amounts(element) if kept_back else []
        return next((one for one, currency in told if currency == entry.currency and left - one in kept_back), None)

    def _told_elsewhere(self, element: etree._Element, text: str | None, *, alone: bool) -> str | None:
        """The words beside a transaction's own: of the bank and, where it is alone, on its entry."""
        words = [text, self._text(element, "d:AddtlTxInf")]
        if alone:
            entry = element if element.tag == self._elements.tag("Ntry") else parent(parent(element))
            words.append(self._text(entry, "d:AddtlNtryInf"))
        kept: list[str] = []
        for one in filter(None, words):
            if not any(one in other for other in kept):
                kept.append(one)
        return " ".join(kept) or None

    def _end_to_end(self, element: etree._Element) -> str:
        """The payer's own number where it is plainly a payment reference: digits, long enough, that hold, and no date."""
        number = self._text(element, "d:Refs/d:EndToEndId") or ""
        return number if _PLAINLY_A_REFERENCE.fullmatch(number) and holds(number) else ""

    def _remittance(
        self, entry: _Entry, number: int, element: etree._Element, amount: Decimal
    ) -> tuple[str, tuple[Part, ...], str | None]:
        """Reference, parts and text of a transaction that has more than one reference or text."""
        found: dict[str, dict[str, Decimal | None]] = {_SCOR: {}, "": {}}
        texts = [one.text or "" for one in element.iterfind("d:RmtInf/d:Ustrd", self._names)]
        for structured in element.iterfind("d:RmtInf/d:Strd", self._names):
            given = structured.findall("d:CdtrRefInf", self._names)
            share = self._share(structured) if len(given) == 1 else None
            for one in given:
                reference = self._text(one, "d:Ref")
                code = self._text(one, "d:Tp/d:CdOrPrtry/d:Cd") or ""
                if reference and code in found:
                    found[code][reference] = share
                elif reference:
                    texts.append(reference)
            for path in ("d:RfrdDocInf/d:Nb", "d:AddtlRmtInf"):
                texts += [one.text or "" for one in structured.iterfind(path, self._names)]
        references = found[_SCOR] or found[""]
        text = " ".join(" ".join(texts).split()) or None
        if len(references) < 2:
            return next(iter(references), ""), (), text
        parts = tuple(Part(*reference) for reference in references.items())
        shares = [part.amount for part in parts if part.amount is not None]
        if len(shares) == len(parts) and sum(shares) != amount:
            self._flag(entry, number, f"is of {amount}, but its references make {sum(shares)}")
        return "", parts, text

    def _share(self, structured: etree._Element) -> Decimal | None:
        """The part of a payment that belongs to one reference; a credit note's is taken off."""
        for path, sign in (("d:RfrdDocAmt/d:RmtdAmt", 1), ("d:RfrdDocAmt/d:CdtNoteAmt", -1)):
            amount = amount_of(self._text(structured, path) or "")
            if amount is not None:
                return amount * sign
        return None

    def _return_reason(self, element: etree._Element) -> str | None:
        code = self._text(element, "d:RtrInf/d:Rsn/d:Cd")
        told = self._text(element, "d:RtrInf/d:AddtlInf") or self._text(element, "d:RtrInf/d:Rsn/d:Prtry")
        return ": ".join(filter(None, (code, told or _REASONS.get(code or "")))) or None

    def _provider_id(
        self, entry: _Entry, number: int, element: etree._Element, reference: str, money: str, known: Any
    ) -> str:
        """What makes this payment itself in whatever file it stands: the bank's reference, else all that is told."""
        own = "" if reference in _NO_REFERENCE or reference == entry.reference else reference
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
        self._end_details(entry)
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

    def _start_entry(self, element: etree._Element) -> _Entry:
        statement = self._statement or self._start_statement(parent(element))
        self._entries += 1
        place = f"entry {self._entries}{self._elements.line_of(element)}"
        fields = self._elements.ask(self._entry_fields, element, len(_ENTRY_FIELDS))
        written, currency, indicator, status, booked, valued, reference, reversal, code, other, charged = fields
        booked_on, valued_on = day_of(booked), day_of(valued)
        entry = _Entry(
            place=place,
            amount=amount_of(written),
            currency=currency,
            indicator=indicator,
            booked=status.strip() in ("BOOK", ""),
            booked_on=booked_on or valued_on,
            # Value that is given after the booking, over a weekend, is the bank's doing: the debtor paid before.
            paid_on=min(filter(None, (booked_on, valued_on)), default=None),
            reference="" if reference in _NO_REFERENCE else reference,
            goes_back=reversal.strip() in ("true", "1") or code_of(code)[-4:] in _RETURNS,
            code=code_of(code) or other,
            account=statement.account,
            day=str(booked_on or valued_on),
            charges=charges_of(element, currency, indicator, self._elements) if charged else NO_CHARGES,
        )
        self._entry = entry
        if entry.booked:
            if not status.strip():
                self._findings.flag(f"{place}: does not say whether it is booked: taken as booked")
            if indicator not in ("CRDT", "DBIT"):
                self._findings.flag(f"{place}: says neither CRDT nor DBIT: skipped")
                entry.amount = None
            elif entry.amount is None:
                self._findings.flag(f"{place}: has the bad amount {written!r}: skipped")
            elif not currency:
                self._findings.flag(f"{place}: has an amount without its currency: skipped")
                entry.amount = None
            elif entry.booked_on is None:
                self._findings.flag(f"{place}: has no booking date: skipped")
            else:
                self._findings.is_imported_through(statement.account, entry.booked_on)
        if entry.amount is not None and indicator in ("CRDT", "DBIT"):
            statement.add(entry.amount, indicator, booked=entry.booked)
        return entry

    def _start_details(self, entry: _Entry, details: etree._Element) -> None:
        self._end_details(entry)
        stated = count_of(self._text(details, "d:Btch/d:NbOfTxs"))
        entry.details, entry.in_details = details, 0
        entry.in_batch = stated

    def _end_details(self, entry: _Entry) -> None:
        """Holds what the details say they hold against what they do."""
        if entry.in_batch is None or not entry.readable:
            return
        if entry.transactions == 1 < entry.in_batch and entry.first:
            entry.first = None
            entry.comparable = False
            self._flag_lump(entry, entry.in_batch)
        elif entry.in_details != entry.in_batch:
            fault = f"says {entry.in_batch} transactions, but holds {entry.in_details}"
            self._findings.flag(f"{entry.place}: {fault}")
        entry.in_batch = None

    def _is_lump(self, entry: _Entry, element: etree._Element) -> bool:
        """Whether an entry without transactions is the sum of several."""
        batches = element.iterfind("d:NtryDtls/d:Btch/d:NbOfTxs", self._names)
        number = sum(count_of(one.text) or 0 for one in batches)
        if number > 1 and (entry.indicator == "CRDT" or entry.goes_back):
            self._flag_lump(entry, number)
        return number > 1

    def _flag_lump(self, entry: _Entry, number: int) -> None:
        fault = f"is a lump sum of {number} transactions that are not told: import the camt.054 of this account"
        self._findings.flag(f"{entry.place}: {fault}")

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

    def _flag(self, entry: _Entry, number: int, fault: str) -> None:
        self._findings.flag(f"{entry.place}, transaction {number}: {fault}")
