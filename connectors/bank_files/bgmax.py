"""Payments in Bankgirot's BgMax files: 80 characters a record, Latin-1.

A file (transaction codes 01 to 70) holds sections (05 to 15), one deposit to one bankgiro number each, of
payments (20) and deductions (21), each followed by what belongs to it: further references (22, 23), free text
(25), the payer's name (26), address (27, 28) and organisation number (29). The record that ends a section tells
its day, so a file is read twice: once for the days. Layout: Bankgiro Inbetalningar, technical manual.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.bank_files.bank_file import BankPayment, Deposit, Findings, Part, Repeats
from connectors.bank_files.records import WIDTH, Records, day_of

STARTS = re.compile(rb"01BGMAX|05\d{10}.{10}(SEK|EUR)")

_SEVERAL_REFERENCES = "3"  # the reference code of a field that holds several, with blanks between
_PRODUCTION = "P"
_BY_AUTOGIRO = "4"  # the channel that a payment came by
_NUMBER = re.compile(r"[\d-]+", re.ASCII)

_RECORD = re.compile(r"01BGMAX|05\d{10}|2[0-3]\d{10}|2[5-8]\S|29\d{12}|15\d{51}|70\d{32}", re.ASCII)
_SECTION = re.compile(r"05(?P<bankgiro>[\d ]{10})(?P<plusgiro>[\d ]{10})(?P<currency>SEK|EUR)", re.ASCII)
_PAYMENT = re.compile(
    r"2[0-3](?P<sender>[\d ]{10})(?P<reference>.{25})(?P<ore>\d{18})(?P<code>.)(?P<channel>.)(?P<serial>.{12})",
    re.ASCII,
)
_DEPOSIT = re.compile(r"15.{35}\d{8}(?P<serial>[\d ]{5})(?P<ore>\d{18})(?P<currency>...)(?P<count>\d{8})", re.ASCII)
_END = re.compile(r"70(\d{8})(\d{8})(\d{8})(\d{8})", re.ASCII)
# In the order of the end record's counts.
_COUNTED = {"20": "payments", "21": "deductions", "22": "extra references", "23": "extra references", "15": "deposits"}


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of a BgMax file, one after the other; OSError where it cannot be read."""
    records = Records(path, _RECORD)
    reading = _Reading(records, findings, _days(Records(path, _RECORD)))
    for record in records:
        if payment := reading.take(record):
            yield payment
    if payment := reading.end():
        yield payment


def _days(records: Records) -> list[date | None]:
    """The day of each section, in the file's order; None where it has none."""
    days: list[date | None] = []
    open_section = False
    for record in records:
        code = record[:2]
        if code == "05":
            days.append(None)
            open_section = True
        elif code == "15" and open_section:
            days[-1] = day_of(record[37:45])  # wanted even where the rest of the record is bad
            open_section = False
    return days


@dataclass(slots=True)
class _Section:
    """The section being read: a bankgiro number and what came to it."""

    place: str
    account: str
    currency: str
    day: date | None
    payments: int = 0
    ore: int = 0


@dataclass(slots=True)
class _Transaction:
    """A payment or deduction being read, and what the records after it add."""

    place: str
    code: str
    sender: str
    amount: Decimal
    serial: str
    drawn: bool
    references: dict[str, Decimal | None]  # each once, with its share where the file tells it
    words: set[str] = field(default_factory=set)  # of these, what the payer wrote where a reference belongs
    texts: list[str] = field(default_factory=list)
    name: str | None = None


class _Reading:
    """A file being read record by record."""

    def __init__(self, records: Records, findings: Findings, days: list[date | None]) -> None:
        self._records = records
        self._findings = findings
        self._days = iter(days)
        self._repeats = Repeats()
        self._counts = dict.fromkeys(_COUNTED.values(), 0)
        self._started = False
        self._ended = False
        self._section: _Section | None = None
        self._transaction: _Transaction | None = None

    def take(self, record: str) -> BankPayment | None:
        """Takes the next record, good or bad; gives the payment that is whole before it."""
        code = record[:2] if len(record) == WIDTH else ""
        if code in ("22", "23", "25", "26", "27", "28", "29"):
            self._continue_transaction(code, record)
            return None
        if record.isspace():
            return None
        payment = self._close_transaction()
        if not self._started and code != "01":
            self._flag("no start record (01) stands before it")
        self._started = True
        match code:
            case "20" | "21":
                self._start_transaction(code, record)
            case "05":
                self._close_section()
                self._start_section(record)
            case "15":
                self._end_section(record)
            case "01":
                self._start(record)
            case "70":
                self._end(record)
            case _:
                self._flag(f"is no record of {WIDTH} characters with a known transaction code: skipped")
        return payment

    def end(self) -> BankPayment | None:
        """Nothing more comes; gives the payment that was still open."""
        payment = self._close_transaction()
        self._close_section()
        if not self._ended:
            self._findings.flag("the end record (70) is missing: the file is cut short")
        return payment

    def _flag(self, fault: str) -> None:
        self._findings.flag(f"{self._records.place}: {fault}")

    def _start(self, record: str) -> None:
        self._close_section()
        if (mark := record[44]) not in (_PRODUCTION, " "):
            self._flag(f"is marked as a test file ({mark})")

    def _start_section(self, record: str) -> None:
        day = next(self._days)
        match = _SECTION.match(record)
        account = (_number(match["bankgiro"]) or _plusgiro(match["plusgiro"])) if match else ""
        if match is None or not account:
            self._flag("is a bad start of a section (05): its records are skipped")
            return
        self._section = _Section(self._records.place, account, match["currency"], day)
        self._findings.accounts.add(account)
        if day:
            self._findings.is_imported_through(account, day)
        else:
            self._flag(
                "this section has no day, for its deposit record (15) is bad or missing: its payments are skipped"
            )

    def _close_section(self) -> None:
        if self._section:
            self._findings.flag(f"{self._section.place}: this section has no deposit record (15)")
            self._section = None

    def _end_section(self, record: str) -> None:
        section, self._section = self._section, None
        self._counts["deposits"] += 1
        match = _DEPOSIT.match(record)
        if match is None or section is None:
            self._flag("is a bad or stray deposit record (15)")
            return
        if int(match["count"]) != section.payments:
            self._flag(f"the deposit says {int(match['count'])} payments, but the file holds {section.payments}")
        if int(match["ore"]) != section.ore:
            stated, found = Decimal(int(match["ore"])).scaleb(-2), Decimal(section.ore).scaleb(-2)
            self._flag(f"the deposit says a sum of {stated}, but the payments make {found}")
        if match["currency"] not in (section.currency, "   "):
            self._flag(f"the deposit is in {match['currency']}, but its section in {section.currency}")
        if section.day:
            amount = Decimal(section.ore).scaleb(-2)
            deposit = Deposit(section.account, section.day, match["serial"], amount, section.currency, section.payments)
            self._findings.deposits.append(deposit)

    def _end(self, record: str) -> None:
        self._close_section()
        self._ended = True
        match = _END.match(record)
        if match is None:
            self._flag("is a bad end record (70)")
            return
        for stated, (what, found) in zip(map(int, match.groups()), self._counts.items(), strict=True):
            if stated != found:
                self._flag(f"the file says {stated} {what}, but it holds {found}")

    def _start_transaction(self, code: str, record: str) -> None:
        self._counts[_COUNTED[code]] += 1
        match = _PAYMENT.match(record)
        section = self._section
        if match is None or section is None:
            why = "stands outside a section" if section is None else f"is a bad record of a payment ({code})"
            self._flag(f"{why}: skipped")
            return
        ore = int(match["ore"]) if code == "20" else -int(match["ore"])
        section.payments += 1
        section.ore += ore
        written = match["reference"]
        references = written.split() if match["code"] == _SEVERAL_REFERENCES else [written.strip()]
        self._transaction = _Transaction(
            self._records.place,
            code,
            _number(match["sender"]),
            Decimal(ore).scaleb(-2),
            match["serial"].strip(),
            match["channel"] == _BY_AUTOGIRO and code == "20",
            {reference: None for reference in references if reference.strip("0")},
        )
        if _is_words(written):
            self._transaction.words.update(references)
            self._transaction.texts.append(" ".join(written.split()))

    def _continue_transaction(self, code: str, record: str) -> None:
        if code in _COUNTED:
            self._counts[_COUNTED[code]] += 1
        transaction = self._transaction
        if transaction is None:
            if self._section is None or self._section.day:
                self._flag(f"follows no payment that it belongs to ({code}): skipped")
            return
        if code == "25":
            transaction.texts.append(record[2:52].strip())
        elif code == "26":
            transaction.name = record[2:37].strip() or None
        elif code in ("22", "23"):
            match = _PAYMENT.match(record)
            reference = match["reference"].strip() if match else ""
            if match is None or not reference.strip("0"):
                self._flag(f"is a bad record of an extra reference ({code}): skipped")
                return
            ore = int(match["ore"])
            transaction.words.discard(reference)
            transaction.references[reference] = Decimal(ore if code == "22" else -ore).scaleb(-2) if ore else None

    def _close_transaction(self) -> BankPayment | None:
        transaction, section = self._transaction, self._section
        self._transaction = None
        if transaction is None or section is None or section.day is None:
            return None
        references = [one for one in transaction.references if one not in transaction.words]
        several = len(references) > 1
        return BankPayment(
            provider_id=self._provider_id(transaction, section, section.day),
            reference=references[0] if len(references) == 1 else None,
            amount=transaction.amount,
            currency=section.currency,
            booked_on=section.day,
            type=transaction.code,
            account=section.account,
            debit_account=transaction.sender or None,
            text=" ".join(filter(None, transaction.texts)) or None,
            payer_name=transaction.name,
            parts=tuple(Part(one, transaction.references[one]) for one in references) if several else (),
            under_mandate=transaction.drawn,
        )

    def _provider_id(self, transaction: _Transaction, section: _Section, day: date) -> str:
        """What makes this payment itself: Bankgirot's serial number, or where it has none (Autogiro) all we know."""
        references = ",".join(transaction.references)
        identity = (
            f"bgmax/{section.account.replace('-', '')}/{day}/{transaction.serial}/{transaction.sender}/{references}/"
            f"{transaction.amount}{section.currency}"
        ).replace(" ", "")
        times = self._repeats.count(identity)
        if times > 1 and transaction.serial:
            self._findings.flag(f"{transaction.place}: is the same payment as one before it")
        return identity if times == 1 else f"{identity}/{times}"


def _is_words(written: str) -> bool:
    """Whether what stands for a reference is what a payer wrote: nothing with a digit, or several words not all numbers."""
    words = written.split()
    if len(words) == 1:
        return not any(map(str.isdecimal, words[0]))
    return not all(map(_NUMBER.fullmatch, words))


def _plusgiro(field: str) -> str:
    """A plusgiro number with the dash that tells it from a bankgiro number of the same digits; empty where there is none."""
    number = _number(field)
    return f"{number[:-1]}-{number[-1]}" if number else ""


def _number(field: str) -> str:
    """A bankgiro or plusgiro number without its leading zeros; empty where there is none."""
    return field.strip().lstrip("0")
