"""Payments in the OCR giro files of Nets: 80 characters a record, Latin-1.

A file is one or more transmissions (record types 10 to 89) of assignments (20 to 88), one for each account,
of transactions (30 amount and KID, 31 the bank's references and debit account, 32 free text). What does not
add up is told as a flag: a file with flags is booked only after a person has accepted it. Good records beside
a bad one are read all the same. AvtaleGiro mandates, which come in the same files, are counted here, and a bad one is
a flag: direct debit reads them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from connectors.bank_files.bank_file import BankPayment, Findings, Repeats
from connectors.bank_files.records import WIDTH, Records
from connectors.direct_debit.avtalegiro import is_mandate

# What a file may start with, that is: the first record, or any other where the first is missing.
STARTS = re.compile(rb"NY(000010|09\d\d[23]0|212420)")

_TRANSACTION_TYPES = frozenset(str(kind) for kind in range(10, 24))
_REVERSALS = ("18", "20")
_PAYMENTS = "09"  # the service of OCR giro
_MANDATES = "24"  # the kind of an AvtaleGiro assignment that tells of mandates

# What a record must hold. The filler after it is not looked at: banks fill it differently, mail trims spaces.
_RECORD = re.compile(r"NY\d{6}", re.ASCII)
_ASSIGNMENT = re.compile(r"NY(?P<service>\d\d)(?P<kind>\d\d)20.{9}(?P<number>\d{7})(?P<account>\d{11})", re.ASCII)
_AMOUNT = re.compile(r"NY09(\d\d)30(\d{7})(\d{6})(.{10})([-0 ])(\d{15})(\d\d)(.{25})", re.ASCII)
_ORIGIN = re.compile(r"NY09\d\d31(\d{7})(.{10})(.{9}).{13}(\d{11}|[ ]{11})", re.ASCII)
_CLAIM = re.compile(r"NY21\d\d30.{24}(?P<ore>\d{17})", re.ASCII)
_END_OF_ASSIGNMENT = re.compile(
    r"NY\d{4}88(?P<transactions>\d{8})(?P<records>\d{8})(?:(?P<ore>\d{17})(?P<dates>[\d ]{18})|[ ]{43})", re.ASCII
)
_END = re.compile(r"NY000089(?P<transactions>\d{8})(?P<records>\d{8})(?P<ore>\d{17})", re.ASCII)


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of an OCR giro file, one after the other; OSError where it cannot be read."""
    records = Records(path, _RECORD)
    reading = _Reading(records, findings)
    for record in records:
        if payment := reading.take(record):
            yield payment
    if payment := reading.end():
        yield payment


@dataclass(slots=True)
class _Tally:
    """What some records add up to, to be held against their end record."""

    transactions: int = 0
    records: int = 0
    signed: Decimal = Decimal("0.00")
    unsigned: Decimal = Decimal("0.00")

    def add(self, other: "_Tally") -> None:
        """What a part of it adds up to."""
        self.transactions += other.transactions
        self.records += other.records
        self.signed += other.signed
        self.unsigned += other.unsigned

    def disagreements(self, end: re.Match[str]) -> Iterator[str]:
        """Where an end record differs. Its sum has no sign, so reversals may be added in it or taken off."""
        for name, found in (("transactions", self.transactions), ("records", self.records)):
            if int(end[name]) != found:
                yield f"says {int(end[name])} {name}, but the file holds {found}"
        if end["ore"] and (stated := _kroner(end["ore"])) not in (abs(self.signed), self.unsigned):
            yield f"says a sum of {stated}, but the transactions make {self.signed}"


@dataclass(slots=True)
class _Assignment:
    """The assignment being read: an account and what came to it."""

    place: str
    service: str
    number: str
    account: str
    last_day: date | None = None
    tally: _Tally = field(default_factory=lambda: _Tally(records=1))


@dataclass(slots=True)
class _Transaction:
    """A transaction being read: its amount record, and what the records after it add."""

    place: str
    type: str
    sequence: str
    booked_on: date
    settlement: str
    amount: Decimal
    kid: str
    origin: tuple[str, str, str] | None = None  # form number, archive reference, debit account
    text: str = ""


class _Reading:
    """A file being read record by record."""

    def __init__(self, records: Records, findings: Findings) -> None:
        self._records = records
        self._findings = findings
        self._repeats = Repeats()
        self._transmission: _Tally | None = None
        self._assignment: _Assignment | None = None
        self._transaction: _Transaction | None = None

    def take(self, record: str) -> BankPayment | None:
        """Takes the next record, good or bad; gives the payment that is whole before it."""
        record_type = record[6:8] if len(record) == WIDTH and record.startswith("NY") else ""
        assignment = self._assignment
        if assignment is not None and assignment.service == _PAYMENTS:
            if record_type == "30":
                assignment.tally.records += 1
                payment = self._close_transaction()
                self._start_transaction(record)
                return payment
            if record_type in ("31", "32"):
                assignment.tally.records += 1
                self._continue_transaction(record_type, record)
                return None
        if record.isspace():
            return None
        return self._take_other(record_type, record)

    def _take_other(self, record_type: str, record: str) -> BankPayment | None:
        if record_type == "10":
            payment = self.end()
            self._start(record)
            return payment
        if self._transmission is None:
            self._flag("no start record (type 10) stands before it")
            self._transmission = _Tally()
        match record_type:
            case "20":
                payment = self._close_assignment()
                self._start_assignment(record)
                return payment
            case "88":
                payment = self._close_transaction()
                self._end_assignment(record)
                return payment
            case "89":
                payment = self._close_assignment()
                self._end_transmission(record)
                return payment
        tally = self._assignment.tally if self._assignment else self._transmission
        tally.records += 1
        if record_type == "":
            self._flag(f"is no record of {WIDTH} characters starting with NY: skipped")
        elif self._assignment is None:
            self._flag("stands outside an assignment: skipped")
        elif self._assignment.service == _PAYMENTS:
            self._flag(f"is a record of unknown type {record_type}: skipped")
        else:
            self._take_avtalegiro_record(self._assignment, record_type, record)
        return None

    def end(self) -> BankPayment | None:
        """Nothing more comes in this transmission; gives the payment that was still open."""
        payment = self._close_assignment()
        if self._transmission:
            self._findings.flag("the end record (type 89) is missing: the file is cut short")
            self._transmission = None
        return payment

    def _flag(self, fault: str) -> None:
        self._findings.flag(f"{self._records.place}: {fault}")

    def _start(self, record: str) -> None:
        self._transmission = _Tally(records=1)
        if not record.startswith("NY000010"):
            self._flag("is a bad start record (type 10)")

    def _start_assignment(self, record: str) -> None:
        match = _ASSIGNMENT.match(record)
        if match is None:
            if self._transmission:
                self._transmission.records += 1
            self._flag("is a bad start of an assignment (type 20): its records are skipped")
            return
        self._assignment = _Assignment(self._records.place, match["service"], match["number"], match["account"])
        if match["service"] == _PAYMENTS:
            self._findings.accounts.add(match["account"])
        elif match["kind"] != _MANDATES:
            self._flag(f"starts an assignment of service {match['service']}, not of payments")

    def _close_assignment(self) -> BankPayment | None:
        """An assignment that ends without an end record."""
        payment = self._close_transaction()
        if self._assignment:
            self._findings.flag(f"{self._assignment.place}: this assignment has no end record (type 88)")
            self._leave_assignment()
        return payment

    def _leave_assignment(self) -> None:
        if self._assignment and self._transmission:
            self._transmission.add(self._assignment.tally)
        self._assignment = None

    def _end_assignment(self, record: str) -> None:
        assignment = self._assignment
        if assignment:
            assignment.tally.records += 1
        elif self._transmission:
            self._transmission.records += 1
        self._leave_assignment()
        match = _END_OF_ASSIGNMENT.match(record)
        if match is None or assignment is None:
            self._flag("is a bad or stray end of an assignment (type 88)")
            return
        for fault in assignment.tally.disagreements(match):
            self._flag(f"the assignment {fault}")
        if assignment.service == _PAYMENTS:
            dates = match["dates"] or ""
            for start in range(0, len(dates), 6):
                if day := _day(dates[start : start + 6]):
                    self._findings.is_imported_through(assignment.account, day)

    def _end_transmission(self, record: str) -> None:
        transmission, self._transmission = self._transmission, None
        match = _END.match(record)
        if match is None or transmission is None:
            self._flag("is a bad end record (type 89)")
            return
        transmission.records += 1
        for fault in transmission.disagreements(match):
            self._flag(f"the file {fault}")

    def _take_avtalegiro_record(self, assignment: _Assignment, record_type: str, record: str) -> None:
        """AvtaleGiro is only counted: mandates (70), claims (30) and what belongs to claims (31, 49)."""
        if record_type == "70" and is_mandate(record):
            self._findings.mandates += 1
            self._findings.mandate_accounts.add(assignment.account)
            assignment.tally.transactions += 1
        elif record_type == "30" and (match := _CLAIM.match(record)):
            amount = _kroner(match["ore"])
            assignment.tally.add(_Tally(transactions=1, signed=amount, unsigned=amount))
        elif record_type not in {"31", "49"}:
            self._flag(f"is a bad record or of unknown type {record_type}: skipped")

    def _start_transaction(self, record: str) -> None:
        match = _AMOUNT.match(record)
        booked_on = _day(match[3]) if match else None
        if match is None or booked_on is None:
            self._flag("is a bad amount record (type 30): this transaction is skipped")
            return
        kind, sequence, _, settlement, sign, kroner, ore, kid = match.groups()
        amount = Decimal(f"-{kroner}.{ore}" if sign == "-" else f"{kroner}.{ore}")
        self._transaction = _Transaction(self._records.place, kind, sequence, booked_on, settlement, amount, kid)

    def _continue_transaction(self, record_type: str, record: str) -> None:
        transaction = self._transaction
        if transaction and record_type == "31" and (match := _ORIGIN.match(record)):
            sequence, form, archive, debit_account = match.groups()
            if sequence == transaction.sequence:
                transaction.origin = form, archive, debit_account
                return
        if transaction and record_type == "32" and record.startswith("NY09") and record[8:15] == transaction.sequence:
            transaction.text = f"{transaction.text} {record[15:55].strip()}".strip()
            return
        self._flag(f"is bad or follows no amount of its transaction (type {record_type}): skipped")

    def _close_transaction(self) -> BankPayment | None:
        transaction, assignment = self._transaction, self._assignment
        if transaction is None or assignment is None:
            return None
        self._transaction = None
        tally = assignment.tally
        tally.transactions += 1
        tally.signed += transaction.amount
        tally.unsigned += abs(transaction.amount)
        if transaction.booked_on is not assignment.last_day:
            assignment.last_day = transaction.booked_on
            self._findings.is_imported_through(assignment.account, transaction.booked_on)
        return self._payment(transaction, assignment)

    def _payment(self, transaction: _Transaction, assignment: _Assignment) -> BankPayment:
        if transaction.type not in _TRANSACTION_TYPES:
            self._findings.flag(f"{transaction.place}: has the unknown transaction type {int(transaction.type)}")
        if transaction.type in _REVERSALS and transaction.amount > 0:
            self._findings.flag(f"{transaction.place}: is a reversal (type {transaction.type}) without a minus sign")
        form, archive, debit_account = transaction.origin or ("", "", "")
        if transaction.origin is None:
            self._findings.flag(f"{transaction.place}: has no record of its origin (type 31)")
        return BankPayment(
            self._provider_id(transaction, assignment, form, archive),
            _reference(transaction.kid),
            transaction.amount,
            "NOK",
            transaction.booked_on,
            transaction.type,
            assignment.account,
            debit_account if debit_account.strip("0 ") else None,
            transaction.text or None,
        )

    def _provider_id(self, transaction: _Transaction, assignment: _Assignment, form: str, archive: str) -> str:
        """What makes this payment itself, by the bank's own numbers; the transmission has no part in it."""
        identity = (
            f"ocr-giro/{assignment.account}/{assignment.number}/{transaction.booked_on}/{transaction.settlement}/"
            f"{form}/{archive}/{transaction.sequence}/{transaction.amount}"
        ).replace(" ", "")
        times = self._repeats.count(identity)
        if times == 1:
            return identity
        self._findings.flag(f"{transaction.place}: is the same transaction as one before it")
        return f"{identity}/{times}"


def _reference(kid: str) -> str | None:
    """The KID without its blanks; None where the field is blank or all zeros."""
    kid = kid.strip()
    return kid if kid.strip("0") else None


def _kroner(ore: str) -> Decimal:
    return Decimal(f"{ore[:-2]}.{ore[-2:]}")


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    """A date written DDMMYY; None where it is none. Years 69 to 99 are 19yy, as in POSIX: old files exist."""
    try:
        year = int(text[4:6])
        return date(1900 + year if year >= 69 else 2000 + year, int(text[2:4]), int(text[:2]))
    except ValueError:
        return None
