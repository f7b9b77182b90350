"""Answers of Swedish Autogiro in the payment specifications of Bankgirot, in the new and the old file layout.

80 characters a record, Latin-1. In the new layout sections of deposits (15), withdrawals (16) and refunds (17) each say
how many of their payments (82, 32, 77) were made and their sum; the old layout only counts all at its end (09). What
does not add up is told as a flag, and a bad record never hides the good ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.bank_files.bank_file import Deposit, Findings
from connectors.bank_files.records import Records, day_of
from connectors.direct_debit import autogiro_amendments, autogiro_rejections
from connectors.direct_debit.autogiro_answer import AutogiroAnswer, AutogiroFile, Direction, Outcome
from connectors.direct_debit.autogiro_list import until_end

_OUTCOMES: dict[str, Outcome] = {"0": "paid", "1": "no cover", "2": "no account", "9": "tried again"}
_PAYMENTS: dict[str, Direction] = {"82": "in", "32": "out", "77": "refund"}
_SECTIONS: dict[str, Direction] = {"15": "in", "16": "out", "17": "refund"}
_ORE = Decimal("0.01")
_CURRENCY = "SEK"
_LISTS = (
    (autogiro_rejections.layout_of, autogiro_rejections.read),
    (autogiro_amendments.layout_of, autogiro_amendments.read),
)

RECORD = re.compile(
    r"01AUTOGIRO|01\d{8}AUTOGIRO|(?:09|15|16|17|32|77|82)[\d ]{30}|(?:03|11|2[1-9])\d{8}[\d ]{16}[83]2\d{12}"
)
_NEW_START = re.compile(r"01AUTOGIRO {14}.{20}BET\. SPEC & STOPP TK(?P<customer>\d{6})(?P<bankgiro>\d{10})")
_OLD_START = re.compile(r"01\d{8}AUTOGIRO9900 {40}(?P<customer>\d{6})(?P<bankgiro>\d{10})")
_SECTION = re.compile(r"1[567].{35}(?P<date>\d{8})(?P<serial>\d{5})(?P<amount>\d{18}).{3}(?P<count>\d{8})")
_PAYMENT = re.compile(
    r"(?:82|32|77)(?P<date>\d{8}).{5}(?P<payer>[\d ]{16})(?P<amount>\d{12})(?P<bankgiro>\d{10})(?P<reference>.{16})"
    r"(?P<rest>.{11})"
)
_NEW_END = re.compile(
    r"09\d{8}9900" + "".join(rf"(?P<{d}_sections>\d{{6}})(?P<{d}>\d{{12}})" for d in _SECTIONS.values())
)
_OLD_END = re.compile(
    r"09\d{8}9900.{14}(?P<out_amount>\d{12})(?P<out>\d{6})(?P<in>\d{6}).{4}(?P<in_amount>\d{12})"
)  # fmt: skip


def is_of_answers(start: str) -> bool:
    """Whether a file with this first record tells what became of payments."""
    return any(layout_of(start) for layout_of, _ in _LISTS) or bool(_NEW_START.match(start) or _OLD_START.match(start))


def read_answers(path: Path) -> AutogiroFile:
    """The answers of a payment specification or a list of rejected orders, what is wrong as flags; OSError if unreadable."""
    records = Records(path, RECORD)
    rest = iter(records)
    start = next(rest, "")
    for layout_of, read in _LISTS:
        if layout := layout_of(start):
            answers, flags = read(start, rest, records)
            return AutogiroFile(str(path), layout, answers, flags)
    head = _NEW_START.match(start) or _OLD_START.match(start)
    if head is None:
        flag = (
            "holds no answers of Autogiro to payments: after 01AUTOGIRO it has none of BET. SPEC & STOPP TK, AVVISADE BET UPPDR"
            " and MAKULERING/ÄNDRING, nor does it start with 01…AUTOGIRO9900"
        )
        return AutogiroFile(str(path), None, (), (flag,))
    reading = _Reading(head["bankgiro"].lstrip("0"), new=bool(_NEW_START.match(start)))
    for place, record in until_end(reading.through(rest), records, reading.findings, lambda each: each[:2] == "09"):
        reading.take(place, record)
    return AutogiroFile(
        str(path),
        "new" if reading.new else "old",
        tuple(reading.answers),
        tuple(reading.findings.flags),
        tuple(reading.findings.deposits),
    )


@dataclass
class _Section:
    """The section being read: what it says of itself, and what was made of it."""

    place: str
    direction: Direction
    day: date | None
    says_count: int
    says_amount: Decimal
    serial: str
    count: int = 0
    amount: Decimal = field(default_factory=lambda: Decimal("0.00"))

    def disagreements(self) -> Iterator[str]:
        if self.says_count != self.count:
            yield f"{self.place}: the section says {self.says_count} payments were made, but it holds {self.count}"
        if self.says_amount != self.amount:
            yield f"{self.place}: the section says a sum of {self.says_amount}, but the payments make {self.amount}"


class _Reading:
    """A file being read record by record."""

    def __init__(self, bankgiro: str, *, new: bool) -> None:
        self.new = new
        self._bankgiro = bankgiro
        self.answers: list[AutogiroAnswer] = []
        self.findings = Findings()
        self._section: _Section | None = None
        self._sections = dict.fromkeys(_SECTIONS.values(), 0)

    def through(self, rest: Iterator[str]) -> Iterator[str]:
        """The records that come; after the last of them no section is open any more."""
        yield from rest
        self._close_section()

    def take(self, place: str, record: str) -> None:
        """Takes the next record, good or bad."""
        code = record[:2]
        if code in _PAYMENTS:
            self._take_payment(place, record)
        elif code in _SECTIONS and self.new:
            self._start_section(place, record)
        elif code == "09":
            self._end_file(place, record)
        else:
            self.findings.flag(f"{place}: is a record of unknown type {code!r}: skipped")

    def _start_section(self, place: str, record: str) -> None:
        self._close_section()
        direction = _SECTIONS[record[:2]]
        self._sections[direction] += 1
        match = _SECTION.match(record)
        if match is None:
            self.findings.flag(f"{place}: is a bad start of a section (type {record[:2]})")
            return
        self._section = _Section(
            place, direction, day_of(match["date"]), int(match["count"]), int(match["amount"]) * _ORE, match["serial"]
        )

    def _close_section(self) -> None:
        section, self._section = self._section, None
        if section:
            for fault in section.disagreements():
                self.findings.flag(fault)
            if section.direction == "in" and section.day and section.count:
                deposit = Deposit(self._bankgiro, section.day, section.serial, section.amount, _CURRENCY, section.count)
                self.findings.deposits.append(deposit)

    def _take_payment(self, place: str, record: str) -> None:
        direction = _PAYMENTS[record[:2]]
        match = _PAYMENT.match(record)
        due_on = day_of(match["date"]) if match else None
        refunded_on = (
            day_of(match["rest"][:8]) if match and direction == "refund" and match["rest"][:8].isdecimal() else None
        )
        if match is None or due_on is None or (direction == "refund" and refunded_on is None):
            self.findings.flag(f"{place}: is a bad payment (type {record[:2]}): skipped")
            return
        code = match["rest"][8:10].strip() if direction == "refund" else match["rest"][10].strip()
        answer = AutogiroAnswer(
            direction=direction,
            payer_number=match["payer"].strip().lstrip("0"),
            reference=match["reference"].strip() or None,
            amount=int(match["amount"]) * _ORE,
            due_on=due_on,
            outcome=self._outcome(place, direction, code),
            code=code,
            bankgiro=match["bankgiro"].lstrip("0"),
            refunded_on=refunded_on,
            paid_on=self._section.day if self._section else None,
        )
        self.answers.append(answer)
        if not self.new:
            return
        if self._section is None or self._section.direction != direction:
            self.findings.flag(f"{place}: stands outside a section of its kind")
        elif answer.outcome in {"paid", "refunded"}:
            self._section.count += 1
            self._section.amount += answer.amount

    def _outcome(self, place: str, direction: Direction, code: str) -> Outcome:
        if direction == "refund":
            return "refunded"
        if not code and not self.new:  # the old layout leaves the code of a payment that was made blank
            return "paid"
        if code not in _OUTCOMES:
            self.findings.flag(f"{place}: has the unknown answer code {code!r}")
        return _OUTCOMES.get(code, "unknown")

    def _end_file(self, place: str, record: str) -> None:
        self._close_section()
        match = (_NEW_END if self.new else _OLD_END).match(record)
        if match is None:
            self.findings.flag(f"{place}: is a bad end record (type 09)")
            return
        for said, found, what in self._totals(match):
            if said != found:
                self.findings.flag(f"{place}: the file says {said} {what}, but it holds {found}")

    def _totals(self, end: re.Match[str]) -> Iterator[tuple[int | Decimal, int | Decimal, str]]:
        """What the end record says, what was found, and of what. Only the new layout leaves out what failed."""
        for direction in _SECTIONS.values():
            if not self.new and direction == "refund":
                continue
            told = [answer for answer in self.answers if answer.direction == direction]
            if self.new:
                made = [answer for answer in told if answer.outcome in {"paid", "refunded"}]
                yield int(end[f"{direction}_sections"]), self._sections[direction], f"sections {direction!r}"
                yield int(end[direction]), len(made), f"payments made {direction!r}"
            else:
                yield int(end[direction]), len(told), f"payments {direction!r}"
                total = sum((answer.amount for answer in told), Decimal("0.00"))
                yield int(end[f"{direction}_amount"]) * _ORE, total, f"kronor {direction!r}"
