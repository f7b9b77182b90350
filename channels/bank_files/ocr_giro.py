"""Payments in the OCR giro files of Nets: 80 characters a record, Latin-1.

A file is one or more transmissions (record types 10 to 89) of assignments (20 to 88), one for each account,
of transactions (30 amount and KID, 31 the bank's references and debit account, 32 free text). What does not
add up is told as a flag: a file with flags is booked only after a person has accepted it. Good records beside
a bad one are read all the same. AvtaleGiro mandates, which come in the same files, are only counted.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from channels.bank_files.bank_file import BankFile, BankFileFormat, BankPayment

_WIDTH = 80
_LONGEST_LINE = 1000 * _WIDTH  # bytes read at once where a file has no line breaks
_MOST_FLAGS = 50
_ORE = Decimal("0.01")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TRANSACTION_TYPES = range(10, 24)
_REVERSALS = (18, 20)
_MANDATES = "24"  # the kind of an AvtaleGiro assignment that tells of mandates

# What a record must hold. The filler after it is not looked at: banks fill it differently, mail trims spaces.
_START = re.compile(r"NY000010")
_ASSIGNMENT = re.compile(r"NY(?P<service>\d\d)(?P<kind>\d\d)20.{9}(?P<number>\d{7})(?P<account>\d{11})")
_AMOUNT = re.compile(
    r"NY09(?P<type>\d\d)30(?P<sequence>\d{7})(?P<date>\d{6})(?P<settlement>.{10})"
    r"(?P<sign>[-0 ])(?P<ore>\d{17})(?:(?P<kid>.{25})|$)"
)
_ORIGIN = re.compile(r"NY09\d\d31(?P<sequence>\d{7})(?P<form>.{10})(?P<archive>.{9}).{13}(?P<account>\d{11}|[ ]{11})")
_FREE_TEXT = re.compile(r"NY09\d\d32(?P<sequence>\d{7})(?P<text>.{0,40})")
_CLAIM = re.compile(r"NY21\d\d30.{24}(?P<ore>\d{17})")
_END_OF_ASSIGNMENT = re.compile(
    r"NY\d{4}88(?P<transactions>\d{8})(?P<records>\d{8})(?:(?P<ore>\d{17})(?P<dates>[\d ]{6,18}))?"
)
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_END = re.compile(r"NY000089(?P<transactions>\d{8})(?P<records>\d{8})(?P<ore>\d{17})")


def recognise(path: Path) -> BankFileFormat | None:
    """The format that a file's first record tells, None where it is no known one; OSError if unreadable."""
    with path.open("rb") as file:
        start = file.read(_WIDTH).removeprefix(_BYTE_ORDER_MARK).lstrip()
    return "ocr-giro" if re.match(rb"NY(000010|09\d\d[23]0|212420)", start) else None


def read_ocr(path: Path) -> BankFile:
    """The payments of an OCR giro file, what is wrong about it as flags; OSError where it cannot be read."""
    if recognise(path) is None:
        flag = "is no bank file of a known format: an OCR giro file starts with NY000010"
        return BankFile(str(path), None, [], [flag])
    reading = _Reading()
    with path.open("rb") as file:
        for place, record in _records(file):
            reading.take(place, record)
    reading.end()
    flags = reading.flags[:_MOST_FLAGS]
    if len(reading.flags) > _MOST_FLAGS:
        flags.append(f"and {len(reading.flags) - _MOST_FLAGS} more faults")
    return BankFile(str(path), "ocr-giro", reading.payments, flags, reading.imported_through, reading.mandates)


def _records(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Each record with its place; several records on a line are taken apart, a wrong line is given whole."""
    if file.read(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
        file.seek(0)
    line_number, record_number, at_line_start = 0, 0, True
    while line := file.readline(_LONGEST_LINE):
        line_number += at_line_start
        glued = not at_line_start
        at_line_start = line.endswith(b"\n")
        text = _text(line)
        pieces = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
        if len(pieces) == 1 and not glued:
            record_number += 1
            yield f"line {line_number}", text
        elif all(piece.startswith("NY") for piece in pieces):
            for piece in pieces:
                record_number += 1
                yield f"record {record_number}", piece
        else:
            record_number += 1
            yield f"line {line_number}", text


def _text(line: bytes) -> str:
    """The line without its end; Latin-1, or UTF-8 where only that makes whole records."""
    line = line.rstrip(b"\r\n\x1a \t")
    if len(line) % _WIDTH and not line.isascii():
        try:
            if len(text := line.decode()) % _WIDTH == 0:
                return text
        except UnicodeDecodeError:
            pass
    return line.decode("latin-1")


@dataclass
class _Tally:
    """What some records add up to, to be held against their end record."""

    transactions: int = 0
    records: int = 0
    signed: Decimal = Decimal("0.00")
    unsigned: Decimal = Decimal("0.00")

    def add(self, amount: Decimal) -> None:
        """One transaction of an amount."""
        self.transactions += 1
        self.signed += amount
        self.unsigned += abs(amount)

    def disagreements(self, end: re.Match[str]) -> Iterator[str]:
        """Where an end record differs. Its sum has no sign, so reversals may be added in it or taken off."""
        for name, found in (("transactions", self.transactions), ("records", self.records)):
            if int(end[name]) != found:
                yield f"says {int(end[name])} {name}, but the file holds {found}"
        if end["ore"] and (stated := int(end["ore"]) * _ORE) not in (abs(self.signed), self.unsigned):
            yield f"says a sum of {stated}, but the transactions make {self.signed}"


@dataclass
class _Assignment:
    """The assignment being read: an account and what came to it."""

    place: str
    service: str
    number: str
    account: str
    tally: _Tally = field(default_factory=lambda: _Tally(records=1))


@dataclass
class _Transaction:
    """A transaction being read: its amount record, and what the records after it add."""

    place: str
    amount_record: re.Match[str]
    booked_on: date
    amount: Decimal
    origin: re.Match[str] | None = None
    texts: list[str] = field(default_factory=list)


class _Reading:
    """A file being read record by record."""

    def __init__(self) -> None:
        self.payments: list[BankPayment] = []
        self.flags: list[str] = []
        self.imported_through: dict[str, date] = {}
        self.mandates = 0
        self._times_seen: Counter[str] = Counter()
        self._transmission: _Tally | None = None
        self._assignment: _Assignment | None = None
        self._transaction: _Transaction | None = None

    def take(self, place: str, record: str) -> None:
        """Takes the next record, good or bad."""
        if not record:
            return
        record_type = record[6:8] if record.startswith("NY") and len(record) <= _WIDTH else ""
        if record_type == "10":
            self._start(place, record)
            return
        self._count_record(place, starts_assignment=record_type == "20")
        match record_type:
            case "":
                self.flags.append(f"{place}: is no record of {_WIDTH} characters starting with NY: skipped")
            case "20":
                self._start_assignment(place, record)
            case "88":
                self._end_assignment(place, record)
            case "89":
                self._end_transmission(place, record)
            case _ if self._assignment is None:
                self.flags.append(f"{place}: stands outside an assignment: skipped")
            case _ if self._assignment.service == "09":
                self._take_payment_record(place, record_type, record)
            case _:
                self._take_avtalegiro_record(place, record_type, record)

    def end(self) -> None:
        """Nothing more comes in this transmission."""
        self._close_assignment()
        if self._transmission:
            self.flags.append("the end record (type 89) is missing: the file is cut short")
            self._transmission = None

    def _start(self, place: str, record: str) -> None:
        self.end()
        self._transmission = _Tally(records=1)
        if not _START.match(record):
            self.flags.append(f"{place}: is a bad start record (type 10)")

    def _count_record(self, place: str, *, starts_assignment: bool) -> None:
        if self._transmission is None:
            self.flags.append(f"{place}: no start record (type 10) stands before it")
            self._transmission = _Tally()
        self._transmission.records += 1
        if self._assignment and not starts_assignment:
            self._assignment.tally.records += 1

    def _count_transaction(self, amount: Decimal) -> None:
        for tally in (self._transmission, self._assignment and self._assignment.tally):
            if tally:
                tally.add(amount)

    def _start_assignment(self, place: str, record: str) -> None:
        self._close_assignment()
        match = _ASSIGNMENT.match(record)
        if match is None:
            self.flags.append(f"{place}: is a bad start of an assignment (type 20): its records are skipped")
            return
        self._assignment = _Assignment(place, match["service"], match["number"], match["account"])
        if match["service"] != "09" and match["kind"] != _MANDATES:
            self.flags.append(f"{place}: starts an assignment of service {match['service']}, not of payments")

    def _close_assignment(self) -> None:
        self._close_transaction()
        if self._assignment:
            self.flags.append(f"{self._assignment.place}: this assignment has no end record (type 88)")
            self._assignment = None

    def _end_assignment(self, place: str, record: str) -> None:
        self._close_transaction()
        assignment, self._assignment = self._assignment, None
        match = _END_OF_ASSIGNMENT.match(record)
        if match is None or assignment is None:
            self.flags.append(f"{place}: is a bad or stray end of an assignment (type 88)")
            return
        self.flags.extend(f"{place}: the assignment {fault}" for fault in assignment.tally.disagreements(match))
        if assignment.service == "09":
            dates = match["dates"] or ""
            for start in range(0, len(dates), 6):
                if day := _day(dates[start : start + 6]):
                    self._is_imported_through(assignment.account, day)

    def _end_transmission(self, place: str, record: str) -> None:
        self._close_assignment()
        transmission, self._transmission = self._transmission, None
        match = _END.match(record)
        if match is None or transmission is None:
            self.flags.append(f"{place}: is a bad end record (type 89)")
            return
        self.flags.extend(f"{place}: the file {fault}" for fault in transmission.disagreements(match))

    def _take_avtalegiro_record(self, place: str, record_type: str, record: str) -> None:
        """AvtaleGiro is only counted: mandates (70), claims (30) and what belongs to claims (31, 49)."""
        if record_type == "70":
            self.mandates += 1
            self._count_transaction(Decimal("0.00"))
        elif record_type == "30" and (match := _CLAIM.match(record)):
            self._count_transaction(int(match["ore"]) * _ORE)
        elif record_type not in {"31", "49"}:
            self.flags.append(f"{place}: is a bad record or of unknown type {record_type}: skipped")

    def _take_payment_record(self, place: str, record_type: str, record: str) -> None:
        if record_type == "30":
            self._start_transaction(place, record)
            return
        if record_type not in {"31", "32"}:
            self.flags.append(f"{place}: is a record of unknown type {record_type}: skipped")
            return
        match = (_ORIGIN if record_type == "31" else _FREE_TEXT).match(record)
        transaction = self._transaction
        if match is None or transaction is None or match["sequence"] != transaction.amount_record["sequence"]:
            self.flags.append(f"{place}: is bad or follows no amount of its transaction (type {record_type}): skipped")
        elif record_type == "31":
            transaction.origin = match
        else:
            transaction.texts.append(match["text"].strip())

    def _start_transaction(self, place: str, record: str) -> None:
        self._close_transaction()
        match = _AMOUNT.match(record)
        booked_on = _day(match["date"]) if match else None
        if match is None or booked_on is None:
            self.flags.append(f"{place}: is a bad amount record (type 30): this transaction is skipped")
            return
        amount = int(match["ore"]) * _ORE
        self._transaction = _Transaction(place, match, booked_on, -amount if match["sign"] == "-" else amount)

    def _close_transaction(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is None or self._assignment is None:
            return
        self._count_transaction(transaction.amount)
        self._is_imported_through(self._assignment.account, transaction.booked_on)
        self.payments.append(self._payment(transaction, self._assignment))

    def _payment(self, transaction: _Transaction, assignment: _Assignment) -> BankPayment:
        place, record, origin = transaction.place, transaction.amount_record, transaction.origin
        kind = int(record["type"])
        if kind not in _TRANSACTION_TYPES:
            self.flags.append(f"{place}: has the unknown transaction type {kind}")
        if kind in _REVERSALS and transaction.amount > 0:
            self.flags.append(f"{place}: is a reversal (type {kind}) without a minus sign")
        if origin is None:
            self.flags.append(f"{place}: has no record of its origin (type 31)")
        payer = origin["account"].strip("0 ") if origin else ""
        return BankPayment(
            provider_id=self._provider_id(transaction, assignment),
            reference=_reference(record["kid"] or ""),
            amount=transaction.amount,
            currency="NOK",
            booked_on=transaction.booked_on,
            type=kind,
            account=assignment.account,
            debit_account=origin["account"] if origin and payer else None,
            text=" ".join(text for text in transaction.texts if text) or None,
        )

    def _provider_id(self, transaction: _Transaction, assignment: _Assignment) -> str:
        """What makes this payment itself, by the bank's own numbers; the transmission has no part in it."""
        record, origin = transaction.amount_record, transaction.origin
        parts = [
            assignment.account,
            assignment.number,
            transaction.booked_on.isoformat(),
            record["settlement"],
            origin["form"] if origin else "",
            origin["archive"] if origin else "",
            record["sequence"],
            str(transaction.amount),
        ]
        identity = "ocr-giro/" + "/".join("".join(part.split()) for part in parts)
        self._times_seen[identity] += 1
        if (times := self._times_seen[identity]) == 1:
            return identity
        self.flags.append(f"{transaction.place}: is the same transaction as one before it")
        return f"{identity}/{times}"

    def _is_imported_through(self, account: str, day: date) -> None:
        self.imported_through[account] = max(day, self.imported_through.get(account, day))


def _reference(kid: str) -> str | None:
    """The KID without its blanks; None where the field is blank or all zeros."""
    return kid.strip() if kid.strip("0 ") else None


def _day(text: str) -> date | None:
    """A date written DDMMYY; None where it is none. Years 69 to 99 are 19yy, as in POSIX: old files exist."""
    if not _SIX_DIGITS.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%d%m%y").replace(tzinfo=UTC).date()
    except ValueError:
        return None
