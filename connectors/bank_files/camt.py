"""Payments in ISO 20022 statements (camt.053) and notifications (camt.054), version .001.02 and later.

A file holds statements or notifications, one an account, of entries; an entry is one booking on the account and
may be a batch of many transactions. Money that comes in is a payment; money that goes back to the payer (a
debit with a return reason, or a reversed credit) is a negative one; all other debits are outgoing and left out.

XML from outside: no document type, no entities, no network, libxml2's bounds on depth and on text. Each
transaction is forgotten once it is read, so that memory stays flat however long the file is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, cast

from lxml import etree

from connectors.bank_files.bank_file import BankPayment, Findings, Part, Repeats
from domain.moment import Moment, zone_of

_KINDS: dict[str, tuple[Literal["camt.053", "camt.054"], str]] = {
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_NAMESPACE = re.compile(r".*\bcamt\.05[34]\.001\.(?!01)\d\d")
_FIRST_ELEMENTS = 50  # among which the message starts, whatever envelope is around it
_LAST_LINE_KNOWN = 65_534  # libxml2 counts no further
_KEPT = 64  # transactions of a batch that are in memory at once
_IN_UTC = re.compile(r"T.*(?:Z|[+-]00:00)$")
_BANKS_ZONE = zone_of("NO")  # Norwegian and Swedish banks: the days of an account are those of its bank

_AMOUNT = re.compile(r"\s*(\d{1,15})(?:\.(\d{0,2})0{0,3})?\s*", re.ASCII)
_NORWEGIAN_IBAN = re.compile(r"NO\d{2}(\d{11})", re.ASCII)
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

_SEPARATOR = "\ue01f"  # private to us: stands between the fields of a transaction
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
)


class Message(NamedTuple):
    """What a file of XML is."""

    format: Literal["camt.053", "camt.054"]
    namespace: str
    statement: str  # the name of the element that holds the entries


def message_of(path: Path) -> Message | str:
    """What the file's first elements tell; in words why it is none that we read. OSError if unreadable."""
    with path.open("rb") as file:
        try:
            for number, (_, element) in enumerate(_parsed(file, events=("start",))):
                if element.getroottree().docinfo.internalDTD is not None:
                    return "declares a document type (DOCTYPE), behind which anything may hide: it is not read"
                name = etree.QName(element)
                if name.localname in _KINDS and name.namespace and _NAMESPACE.fullmatch(name.namespace):
                    written_in, statement = _KINDS[name.localname]
                    return Message(written_in, name.namespace, statement)
                if number > _FIRST_ELEMENTS:
                    break
        except etree.XMLSyntaxError as error:
            return f"line {error.lineno}: is no good XML: {error.msg}"
    return "is XML, but no camt.053 or camt.054 of ISO 20022, version .001.02 or later"


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of a statement or notification, one after the other; OSError where it cannot be read."""
    message = message_of(path)
    if isinstance(message, str):
        findings.flag(message)
        return
    reading = _Reading(message, findings)
    transaction, entry, statement = (reading.tag(name) for name in ("TxDtls", "Ntry", message.statement))
    with path.open("rb") as file:
        try:
            for _, element in _parsed(file, events=("end",), tag=(transaction, entry, statement)):
                tag = element.tag
                if tag == transaction:
                    yield from reading.transaction(element)
                elif tag == entry:
                    yield from reading.end_entry(element)
                else:
                    reading.end_statement(element)
        except etree.XMLSyntaxError as error:
            findings.flag(f"line {error.lineno}: the XML is broken ({error.msg}): what comes after it is not read")
        else:
            reading.end()


def _parsed(file: BinaryIO, **options: Any) -> Iterator[tuple[str, etree._Element]]:
    """The events of an XML file, from its first character that is not blank."""
    start = file.read(1024)
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(len(start) - len(bare))
    events: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        file,
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
        **options,
    )
    return events


@dataclass(slots=True)
class _Sum:
    """A number of entries and what they come to, in hundredths."""

    number: int = 0
    cents: int = 0

    def add(self, cents: int) -> None:
        """One entry more."""
        self.number += 1
        self.cents += cents


class _Tally:
    """The entries of a statement, by their direction and in all."""

    def __init__(self) -> None:
        self.sums = {"CRDT": _Sum(), "DBIT": _Sum()}

    @property
    def all(self) -> _Sum:
        """Every entry, whatever its direction."""
        return _Sum(sum(one.number for one in self.sums.values()), sum(one.cents for one in self.sums.values()))

    @property
    def net(self) -> int:
        """What came in less what went out, in hundredths."""
        return self.sums["CRDT"].cents - self.sums["DBIT"].cents


@dataclass(slots=True)
class _Statement:
    """The statement or notification being read: an account, and what the head says of its entries."""

    place: str
    account: str
    change: int | None  # closing balance less opening balance, in hundredths; None where it is not told
    summary: etree._Element | None
    booked: _Tally = field(default_factory=_Tally)
    all: _Tally = field(default_factory=_Tally)  # with those that are pending


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
        self._namespace = message.namespace
        self._names = {"d": message.namespace}
        self._transaction_fields = self._xpath(_TRANSACTION_FIELDS)
        self._entry_fields = self._xpath(_ENTRY_FIELDS)
        self._statement: _Statement | None = None
        self._entry: _Entry | None = None
        self._statements = 0
        self._entries = 0
        self._repeats = Repeats()
        self._entry_repeats = Repeats()

    def tag(self, name: str) -> str:
        """The name of an element in the message's namespace."""
        return f"{{{self._namespace}}}{name}"

    # --- transactions -------------------------------------------------------------------------------------------

    def transaction(self, element: etree._Element) -> Iterable[BankPayment]:
        """A transaction is whole. The first of an entry waits until it is seen whether it is the only one."""
        details = _parent(element)
        entry = self._entry or self._start_entry(_parent(details))
        if details is not entry.details:
            self._start_details(entry, details)
        entry.transactions += 1
        entry.in_details += 1
        if entry.in_details % _KEPT == 0:
            del details[: details.index(element)]
        if not entry.readable:
            return ()
        fields = self._ask(self._transaction_fields, element, len(_TRANSACTION_FIELDS))
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
        bank_reference, written, currency, indicator, name, account, remittances, told, reference, returned = fields
        indicator = indicator or entry.indicator
        goes_back = returned != "0" or entry.goes_back
        amount = _amount(written)
        bad_amount = written and amount is None
        if bad_amount or indicator not in ("CRDT", "DBIT"):
            fault = f"has the bad amount {written!r}" if bad_amount else "says neither CRDT nor DBIT"
            self._flag(entry, number, f"{fault}: skipped")
            entry.comparable = False
            return None
        if amount is None or currency != entry.currency:
            amount, currency = self._other_amount(entry, element, amount, currency, whole)
        if amount is None or currency != entry.currency:
            entry.comparable = False
        else:
            entry.cents += _cents(amount) if indicator == entry.indicator else -_cents(amount)
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
        return BankPayment(
            self._provider_id(entry, number, element, bank_reference, f"{amount}{currency}", known),
            reference or None,
            amount,
            currency,
            entry.paid_on or date.min,
            entry.code,
            entry.account,
            account or None,
            text or None,
            name or None,
            parts,
            self._return_reason(element) if goes_back else None,
        )

    def _other_amount(
        self, entry: _Entry, element: etree._Element, amount: Decimal | None, currency: str, whole: Decimal | None
    ) -> tuple[Decimal | None, str]:
        """The amount in the entry's currency where the transaction tells one elsewhere, or is the entry alone."""
        for path in ("TxAmt", "CntrValAmt", "InstdAmt"):
            other = element.find(f"d:AmtDtls/d:{path}/d:Amt", self._names)
            if other is not None and (other_amount := _amount(other.text or "")) is not None:
                if other.get("Ccy") == entry.currency:
                    return other_amount, entry.currency
                if amount is None:
                    amount, currency = other_amount, other.get("Ccy") or entry.currency
        if whole is not None:
            return whole, entry.currency
        return amount, currency

    def _remittance(
        self, entry: _Entry, number: int, element: etree._Element, amount: Decimal
    ) -> tuple[str, tuple[Part, ...], str | None]:
        """Reference, parts and text of a transaction that has more than one reference or text."""
        found: dict[str, dict[str, Decimal | None]] = {_SCOR: {}, "": {}}
        texts = [one.text or "" for one in element.iterfind("d:RmtInf/d:Ustrd", self._names)]
        for structured in element.iterfind("d:RmtInf/d:Strd", self._names):
            reference = self._text(structured, "d:CdtrRefInf/d:Ref")
            code = self._text(structured, "d:CdtrRefInf/d:Tp/d:CdOrPrtry/d:Cd") or ""
            if reference and code in found:
                found[code][reference] = self._share(structured)
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
            amount = _amount(self._text(structured, path) or "")
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
        statement = _parent(element)
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
            nothing = [entry.reference, "", "", "", "", "", "0", "", "", "0"]
            payment = self._payment(entry, 0, element, nothing, whole=entry.amount)
            if payment:
                return (payment._replace(text=self._text(element, "d:AddtlNtryInf")),)
        if entry.transactions and entry.comparable and entry.cents != _cents(entry.amount):
            found = Decimal(entry.cents).scaleb(-2)
            self._findings.flag(f"{entry.place}: is of {entry.amount}, but its transactions make {found}")
        return (payment,) if payment else ()

    def _start_entry(self, element: etree._Element) -> _Entry:
        statement = self._statement or self._start_statement(_parent(element))
        self._entries += 1
        place = f"entry {self._entries}{_line(element)}"
        written, currency, indicator, status, booked, valued, reference, reversal, code, other = self._ask(
            self._entry_fields, element, len(_ENTRY_FIELDS)
        )
        booked_on, valued_on = _day(booked), _day(valued)
        entry = _Entry(
            place=place,
            amount=_amount(written),
            currency=currency,
            indicator=indicator,
            booked=status.strip() in ("BOOK", ""),
            booked_on=booked_on or valued_on,
            # Value that is given after the booking, over a weekend, is the bank's doing: the debtor paid before.
            paid_on=min(filter(None, (booked_on, valued_on)), default=None),
            reference="" if reference in _NO_REFERENCE else reference,
            goes_back=reversal.strip() in ("true", "1") or _code(code)[-4:] in _RETURNS,
            code=_code(code) or other,
            account=statement.account,
            day=str(booked_on or valued_on),
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
            statement.all.sums[indicator].add(_cents(entry.amount))
            if entry.booked:
                statement.booked.sums[indicator].add(_cents(entry.amount))
        return entry

    def _start_details(self, entry: _Entry, details: etree._Element) -> None:
        self._end_details(entry)
        stated = _count(self._text(details, "d:Btch/d:NbOfTxs"))
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
        number = sum(_count(one.text) or 0 for one in batches)
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
        above = _parent(element)
        if index := above.index(element):
            del above[:index]
        if statement.summary is not None:
            self._check_summary(statement, statement.summary)
        if statement.change is not None and statement.change != statement.booked.net:
            stated, found = (Decimal(cents).scaleb(-2) for cents in (statement.change, statement.booked.net))
            self._findings.flag(f"{statement.place}: the balance changes by {stated}, but its entries make {found}")

    def _start_statement(self, element: etree._Element) -> _Statement:
        self._statements += 1
        place = f"statement {self._statements}{_line(element)}"
        number = self._text(element, "d:Acct/d:Id/d:IBAN") or self._text(element, "d:Acct/d:Id/d:Othr/d:Id") or ""
        account = norwegian(number)
        if account:
            self._findings.accounts.add(account)
        else:
            self._findings.flag(f"{place}: names no account")
        summary = element.find("d:TxsSummry", self._names)
        self._statement = _Statement(place, account, self._change(element, account), summary)
        return self._statement

    def _change(self, element: etree._Element, account: str) -> int | None:
        """By how much the booked balance changes; also tells the day through which the statement goes."""
        balances: dict[str, list[int]] = {"OPBD": [], "PRCD": [], "CLBD": []}
        for balance in element.iterfind("d:Bal", self._names):
            kind = self._text(balance, "d:Tp/d:CdOrPrtry/d:Cd") or ""
            amount = _amount(self._text(balance, "d:Amt") or "")
            if kind in balances and amount is not None:
                credit = self._text(balance, "d:CdtDbtInd") == "CRDT"
                balances[kind].append(_cents(amount) if credit else -_cents(amount))
            day = _day(self._text(balance, "d:Dt/d:Dt") or self._text(balance, "d:Dt/d:DtTm") or "")
            if kind == "CLBD" and day and account:
                self._findings.is_imported_through(account, day)
        opening, closing = balances["OPBD"] or balances["PRCD"], balances["CLBD"]
        return closing[0] - opening[0] if len(opening) == len(closing) == 1 else None

    def _check_summary(self, statement: _Statement, summary: etree._Element) -> None:
        """Counts and sums of entries; those that are pending may be in them or not."""
        for name, words, direction in (
            ("TtlNtries", "entries", None),
            ("TtlCdtNtries", "credit entries", "CRDT"),
            ("TtlDbtNtries", "debit entries", "DBIT"),
        ):
            found = [tally.sums[direction] if direction else tally.all for tally in (statement.booked, statement.all)]
            number = _count(self._text(summary, f"d:{name}/d:NbOfNtries"))
            if number is not None and number not in [one.number for one in found]:
                self._findings.flag(f"{statement.place}: says {number} {words}, but holds {found[0].number}")
            stated = _amount(self._text(summary, f"d:{name}/d:Sum") or "")
            if stated is not None and _cents(stated) not in [one.cents for one in found]:
                made = Decimal(found[0].cents).scaleb(-2)
                self._findings.flag(f"{statement.place}: says a sum of {stated} of {words}, but they make {made}")

    def end(self) -> None:
        """The file is whole."""
        if not self._statements:
            self._findings.flag("holds no statement and no notification")

    # --- small things -------------------------------------------------------------------------------------------

    def _xpath(self, fields: tuple[str, ...]) -> etree.XPath:
        """One question for all fields of an element: much faster than one each."""
        joined = f", '{_SEPARATOR}', ".join(fields)
        return etree.XPath(f"concat({joined})", namespaces=self._names, smart_strings=False)

    def _ask(self, question: etree.XPath, element: etree._Element, number: int) -> list[str]:
        """An element's fields, empty where it has none; all empty where one of them holds our separator."""
        fields = str(question(element)).split(_SEPARATOR)
        return fields if len(fields) == number else [""] * number

    def _text(self, element: etree._Element, path: str) -> str | None:
        return " ".join((element.findtext(path, None, self._names) or "").split()) or None

    def _flag(self, entry: _Entry, number: int, fault: str) -> None:
        self._findings.flag(f"{entry.place}, transaction {number}: {fault}")


def norwegian(account: str) -> str:
    """An account as the ledger has it: without blanks and dots, a Norwegian IBAN as its eleven digits."""
    if not account.isalnum():
        account = account.replace(" ", "").replace(".", "")
    match = _NORWEGIAN_IBAN.fullmatch(account)
    return match[1] if match else account


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    assert parent is not None, "what is read stands inside the message"
    return parent


def _line(element: etree._Element) -> str:
    line = cast("int | None", element.sourceline)
    return f" (line {line})" if line and line <= _LAST_LINE_KNOWN else ""


def _amount(written: str) -> Decimal | None:
    """An amount with two decimals; None where it is none, negative, or finer than that."""
    match = _AMOUNT.fullmatch(written)
    return Decimal(f"{match[1]}.{match[2] or '':0<2}") if match else None


def _count(written: str | None) -> int | None:
    """A number of things; None where there is none."""
    return int(written) if written and re.fullmatch(r"\s*\d{1,15}\s*", written, re.ASCII) else None


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


@lru_cache(maxsize=1024)
def _code(domain: str) -> str:
    """A bank transaction code such as PMNT/RCDT/VCOM, of its three codes written one after the other."""
    return "/".join(re.findall(r"[A-Z]{4}", domain))


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    """The bank's day of a date, or of a date with a time; None where it is none.

    A time in UTC is turned into the bank's own; with any other offset, or none, it is the bank's own already.
    """
    text = text.strip()
    try:
        if _IN_UTC.search(text):
            return Moment(datetime.fromisoformat(text), _BANKS_ZONE).day
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
