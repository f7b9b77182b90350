"""AvtaleGiro files of Nets, 80 characters a record, Latin-1: mandates are read, claims and cancellations written.

A file is a transmission (record types 10 to 89) of assignments (20 to 88) of transactions. Mandates (kind 24) have one
record each (70). A claim has an amount (30), a name and a reference (31), and lines of text (49) where the bank tells
the debtor of it. A cancellation (kind 36) repeats the claim, without the text.

Mandates stand in files of their own or beside payments. What does not add up is told as a flag; good records beside
a bad one are read all the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from connectors.bank_files.bank_file import Findings
from connectors.bank_files.records import WIDTH, Records
from connectors.direct_debit.mandate_list import MandateFile, MandateList
from connectors.direct_debit.unwritable import Unwritable
from domain.agreements.direct_debit import Registration, ReportedMandate
from domain.countries.no import KID

Kind = Literal["claims", "cancellations"]

NETS = "00008080"
_ORE = 100
_NAME, _REFERENCE, _LINE, _MOST_LINES = 10, 25, 80, 42
_REGISTRATIONS: dict[str, Registration] = {"0": "standing", "1": "new", "2": "ended"}

_RECORD = re.compile(r"NY\d{6}")
_START = re.compile(r"NY000010(?P<sender>\d{8})(?P<transmission>\d{7})")
_ASSIGNMENT = re.compile(r"NY(?P<service>\d\d)(?P<kind>\d\d)20.{9}(?P<number>\d{7})(?P<account>\d{11})")
_MANDATE = re.compile(r"NY219470(?P<sequence>\d{7})(?P<registration>[012])(?P<kid>[\d\- ]{25})(?P<notify>[JN])")
_END = re.compile(r"NY\d{4}8[89](?P<transactions>\d{8})(?P<records>\d{8})")
_DATED = re.compile(r"NY000089.{33}(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)")
_WAY_TO_SETTLEMENT = timedelta(days=14)  # from the day a file is made to the day in its end record, over the holidays


# --- mandates in -----------------------------------------------------------------------------------------------


def is_mandate(record: str) -> bool:
    """Whether a record of type 70 is a mandate that can be read."""
    match = _MANDATE.match(record)
    return match is not None and KID.shape.fullmatch(match["kid"].strip()) is not None


def read_mandates(path: Path) -> MandateFile:
    """The mandates of an AvtaleGiro file, what is wrong about it as flags; OSError where it cannot be read."""
    reading = _Reading()
    records = Records(path, _RECORD)
    for record in records:
        reading.take(records.place, record)
    reading.end()
    if not reading.lists and not reading.findings.flags:
        reading.findings.flag("holds no mandates: an assignment of mandates starts with NY212420")
    return MandateFile(str(path), tuple(reading.lists), tuple(reading.findings.flags))


@dataclass
class _Tally:
    """How many transactions and records were found, to be held against an end record."""

    transactions: int = 0
    records: int = 1

    def disagreements(self, end: re.Match[str]) -> Iterator[str]:
        for name, found in (("transactions", self.transactions), ("records", self.records)):
            if int(end[name]) != found:
                yield f"says {int(end[name])} {name}, but the file holds {found}"


@dataclass
class _Assignment:
    """The assignment being read."""

    place: str
    kind: str  # service and kind: 2124 for mandates
    number: int
    account: str
    tally: _Tally = field(default_factory=_Tally)
    mandates: list[ReportedMandate] = field(default_factory=list)


class _Reading:
    """A file being read record by record."""

    def __init__(self) -> None:
        self.lists: list[MandateList] = []
        self.findings = Findings()
        self._number = 0
        self._of_transmission = 0  # the place of its first list
        self._transmission: _Tally | None = None
        self._assignment: _Assignment | None = None

    def take(self, place: str, record: str) -> None:
        """Takes the next record, good or bad."""
        record_type = record[6:8] if _RECORD.match(record) and len(record) == WIDTH else ""
        if record_type == "10":
            self._start(place, record)
            return
        self._count(place, record_type)
        match record_type:
            case "20":
                self._start_assignment(place, record)
            case "88":
                self._end_assignment(place, record)
            case "89":
                self._end_transmission(place, record)
            case "70" if self._assignment and self._assignment.kind == "2124":
                self._take_mandate(place, record, self._assignment)
            case "":
                self.findings.flag(f"{place}: is no record of {WIDTH} characters starting with NY: skipped")
            case _ if self._assignment is None:
                self.findings.flag(f"{place}: stands outside an assignment: skipped")
            case _ if self._assignment.kind == "2124":
                self.findings.flag(f"{place}: is no mandate (type 70) but of type {record_type}: skipped")

    def end(self) -> None:
        """Nothing more comes in this transmission."""
        self._close_assignment()
        if self._transmission:
            self.findings.flag("the end record (type 89) is missing: the file is cut short")
            self._transmission = None

    def _start(self, place: str, record: str) -> None:
        self.end()
        match = _START.match(record)
        if match is None:
            self.findings.flag(f"{place}: is a bad start record (type 10)")
        self._number = int(match["transmission"]) if match else 0
        self._of_transmission = len(self.lists)
        self._transmission = _Tally()

    def _count(self, place: str, record_type: str) -> None:
        if self._transmission is None:
            self.findings.flag(f"{place}: no start record (type 10) stands before it")
            self._transmission = _Tally(records=0)
        self._transmission.records += 1
        self._transmission.transactions += record_type == "30"  # payments, and claims, are counted for the end record
        if self._assignment and record_type != "20":
            self._assignment.tally.records += 1

    def _start_assignment(self, place: str, record: str) -> None:
        self._close_assignment()
        match = _ASSIGNMENT.match(record)
        if match is None:
            self.findings.flag(f"{place}: is a bad start of an assignment (type 20): its records are skipped")
            return
        kind = match["service"] + match["kind"]
        self._assignment = _Assignment(place, kind, int(match["number"]), match["account"])

    def _take_mandate(self, place: str, record: str, assignment: _Assignment) -> None:
        match = _MANDATE.match(record)
        if match is None or not is_mandate(record):
            self.findings.flag(f"{place}: is a bad mandate (type 70): skipped")
            return
        assignment.tally.transactions += 1
        if self._transmission:
            self._transmission.transactions += 1
        registration = _REGISTRATIONS[match["registration"]]
        if assignment.mandates and (assignment.mandates[0].registration == "standing") != (registration == "standing"):
            self.findings.flag(f"{place}: mixes a list of all mandates with one of changes")
        assignment.mandates.append(ReportedMandate(match["kid"].strip(), registration, match["notify"] == "J"))

    def _end_assignment(self, place: str, record: str) -> None:
        assignment, self._assignment = self._assignment, None
        match = _END.match(record)
        if match is None or assignment is None:
            self.findings.flag(f"{place}: is a bad or stray end of an assignment (type 88)")
        elif assignment.kind == "2124":
            for fault in assignment.tally.disagreements(match):
                self.findings.flag(f"{place}: the assignment {fault}")
        self._keep(assignment)

    def _end_transmission(self, place: str, record: str) -> None:
        self._close_assignment()
        transmission, self._transmission = self._transmission, None
        made_on = _made_on(self._number, record)
        told = [replace(each, made_on=made_on) for each in self.lists[self._of_transmission :]]
        self.lists[self._of_transmission :] = told
        match = _END.match(record)
        if match is None or transmission is None:
            self.findings.flag(f"{place}: is a bad end record (type 89)")
            return
        for fault in transmission.disagreements(match):
            self.findings.flag(f"{place}: the file {fault}")

    def _close_assignment(self) -> None:
        assignment, self._assignment = self._assignment, None
        if assignment:
            self.findings.flag(f"{assignment.place}: this assignment has no end record (type 88)")
        self._keep(assignment)

    def _keep(self, assignment: _Assignment | None) -> None:
        if assignment and assignment.kind == "2124":
            mandates = tuple(assignment.mandates)
            lists_all = bool(mandates) and all(mandate.registration == "standing" for mandate in mandates)
            self.lists.append(
                MandateList(assignment.account, self._number, assignment.number, mandates, lists_all=lists_all)
            )


def _made_on(transmission: int, end: str) -> date | None:
    """The day a transmission was made, None where its end record tells no day.

    That is the day in the end record; beside payments it is the day they are settled, which comes later. The first three
    digits of the number are the day of the year on which the file was made, and count where they fit that.
    """
    match = _DATED.match(end)
    try:
        dated = date(2000 + int(match["year"]), int(match["month"]), int(match["day"])) if match else None
    except ValueError:
        return None
    if dated is None:
        return None
    in_year = timedelta(days=transmission // 10_000 - 1)
    made = [date(year, 1, 1) + in_year for year in (dated.year - 1, dated.year)]
    return next((day for day in reversed(made) if timedelta(0) <= dated - day <= _WAY_TO_SETTLEMENT), dated)


# --- claims and cancellations out ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DrawnClaim:
    """One claim as Nets gets it. `amount` is in kroner.

    `payer` is for the creditor's own lists, its first 10 characters. `shown_as` (25 characters) is what the debtor
    sees on the account statement. With `bank_notifies` the bank tells the debtor of the claim, with `text`: at most
    42 lines of 80 characters. Without it the creditor tells the debtor.
    """

    reference: str
    due_on: date
    amount: Decimal
    payer: str
    shown_as: str
    bank_notifies: bool = False
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the data sender's and the account's numbers in the agreement with Nets, 8 and 11 digits."""

    data_sender: str
    account: str


def write_file(kind: Kind, sender: Sender, transmission: int, assignment: int, claims: Sequence[DrawnClaim]) -> bytes:
    """A file of claims, or of cancellations of them.

    `transmission` numbers the data sender's files and `assignment` the account's assignments, both upwards.
    Raises Unwritable where something does not fit its field: such a file would be refused as a whole.
    """
    if not claims:
        raise Unwritable("a file needs at least one claim")
    service = "2100" if kind == "claims" else "2136"
    body = [
        record for sequence, claim in enumerate(claims, start=1) for record in _claim_records(kind, sequence, claim)
    ]
    total = _digits(sum(_ore(claim.amount) for claim in claims), 17, "sum")
    first, last = (f"{pick(claim.due_on for claim in claims):%d%m%y}" for pick in (min, max))
    counts = f"{len(claims):08}{len(body) + 2:08}{total}"
    records = [
        f"NY000010{_number(sender.data_sender, 8)}{_digits(transmission, 7, 'transmission number')}{NETS}",
        f"NY{service}20{0:09}{_digits(assignment, 7, 'assignment number')}{_number(sender.account, 11)}",
        *body,
        f"NY{service}88{counts}{first}{last}",
        f"NY000089{len(claims):08}{len(body) + 4:08}{total}{first}",
    ]
    return "".join(f"{record:0<{WIDTH}}\r\n" for record in records).encode("latin-1")


def _claim_records(kind: Kind, sequence: int, claim: DrawnClaim) -> Iterator[str]:
    transaction = "93" if kind == "cancellations" else "21" if claim.bank_notifies else "02"
    if not KID.shape.fullmatch(claim.reference):
        raise Unwritable(f"{claim.reference!r} is no KID: 2 to 25 digits")
    ore = _digits(_ore(claim.amount), 17, "amount")
    place = _digits(sequence, 7, "number of claims")
    yield f"NY21{transaction}30{place}{claim.due_on:%d%m%y}{'':11}{ore}{claim.reference:>25}"
    yield f"NY21{transaction}31{place}{_text(claim.payer, _NAME)}{'':25}{_text(claim.shown_as, _REFERENCE)}"
    if transaction != "21":
        return
    if len(claim.text) > _MOST_LINES:
        raise Unwritable(f"a claim holds at most {_MOST_LINES} lines of text, not {len(claim.text)}")
    for number, line in enumerate(claim.text, start=1):
        whole = _text(line, _LINE)
        for column, half in enumerate((whole[:40], whole[40:]), start=1):
            if not half.isspace():
                yield f"NY212149{place}4{number:03}{column}{half}"


def _ore(amount: Decimal) -> int:
    ore = amount * _ORE
    if ore <= 0 or ore != ore.to_integral_value():
        raise Unwritable(f"{amount} cannot be claimed: an amount is positive and has at most two decimals")
    return int(ore)


def _digits(value: int, width: int, what: str) -> str:
    if len(digits := f"{value:0{width}}") > width:
        raise Unwritable(f"the {what} {value} has more than {width} digits")
    return digits


def _number(value: str, width: int) -> str:
    if not re.fullmatch(rf"\d{{{width}}}", value):
        raise Unwritable(f"{value!r} is no number of {width} digits")
    return value


def _text(text: str, width: int) -> str:
    """The text in its field, cut or filled up; letters that Latin-1 does not have lose their accents."""
    return f"{''.join(map(_latin, text))[:width]:{width}}"


def _latin(character: str) -> str:
    if not character.isprintable():
        return " "
    for form in (character, unicodedata.normalize("NFKD", character)[0]):
        if ord(form) < 0x100:
            return form
    return "?"
