"""Incoming reference payments of Finnish banks (KTL, viitesiirrot): 90 characters a record, one batch after the other.

A batch starts (0), has a record for each payment (3, or 5 for direct debit of old) and ends with counts and sums (9),
payments and corrections apart. A correction takes an earlier payment back. Layout: Finance Finland, Incoming reference
payments, service description 2.1.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.bank_files.bank_file import BankPayment, Findings, Repeats
from connectors.bank_files.finnish_text import account_of, as_finns_wrote, identity_of, reference_of
from connectors.bank_files.records import Records, day_of_this_century

_DAY = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
STARTS = re.compile(rf"0{_DAY}(?:[01]\d|2[0-4])[0-5]\d[\dA-Z ]{{2}}[ -~]{{9}}[1 ](?:[\r\n ]|$)".encode())

_WIDTH = 90
_RECORD = re.compile(rf"0{_DAY}\d{{4}}|[35]\d{{26}}|9[\d ]{{34}}", re.ASCII)
_PAYMENT = re.compile(
    r"(?P<kind>[35])(?P<account>\d{14})(?P<booked>\d{6})(?P<paid>\d{6})(?P<archive>.{16})(?P<reference>[\d ]{20})"
    r"(?P<name>.{12})(?P<currency>.).(?P<cents>\d{10})(?P<correction>.)",
    re.ASCII,
)
_END = re.compile(r"9(\d{6})(\d{11})([\d ]{6})([\d ]{11})", re.ASCII)
_EURO = ("1", " ")
_CORRECTION = "1"


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of a file, one after the other, corrections as negative amounts; OSError where it cannot be read."""
    records = Records(path, _RECORD, _WIDTH)
    reading = _Reading(records, findings)
    for record in records:
        if payment := reading.take(record):
            yield payment
    reading.end()


class _Sums:
    """The payments or corrections of a batch: how many, and what they come to in cents."""

    def __init__(self) -> None:
        self.number = self.cents = 0

    def add(self, cents: int) -> None:
        self.number += 1
        self.cents += cents


class _Reading:
    """A file being read record by record."""

    def __init__(self, records: Records, findings: Findings) -> None:
        self._records, self._findings = records, findings
        self._repeats = Repeats()
        self._payments, self._corrections = _Sums(), _Sums()
        self._open = False

    def take(self, record: str) -> BankPayment | None:
        """Takes the next record, good or bad; gives the payment that it is."""
        kind = record[0] if len(record) == _WIDTH else ""
        if record.isspace():
            return None
        if kind not in ("0", "3", "5", "9"):
            self._flag(f"is no record of {_WIDTH} characters that starts with 0, 3, 5 or 9: skipped")
        elif kind == "0":
            self._start()
        elif not self._open and kind != "9":
            self._flag("no start record (0) stands before it")
            self._start()
        if kind == "9":
            self._end_batch(record)
        return self._payment(record) if kind in ("3", "5") else None

    def end(self) -> None:
        """Nothing more comes."""
        if self._open:
            self._findings.flag("the last batch has no sums (record 9): the file is cut short")

    def _flag(self, fault: str) -> None:
        self._findings.flag(f"{self._records.place}: {fault}")

    def _start(self) -> None:
        if self._open:
            self._flag("the batch before it has no sums (record 9)")
        self._open = True
        self._payments, self._corrections = _Sums(), _Sums()

    def _end_batch(self, record: str) -> None:
        if not self._open:
            self._flag("are sums (record 9) of no batch")
            return
        self._open = False
        match = _END.match(record)
        if match is None:
            self._flag("is a bad record of sums (9)")
            return
        stated = [int(field.strip() or 0) for field in match.groups()]
        self._hold_against("payments", self._payments, *stated[:2])
        self._hold_against("corrections", self._corrections, *stated[2:])

    def _hold_against(self, words: str, found: _Sums, number: int, cents: int) -> None:
        if number != found.number:
            self._flag(f"the batch says {number} {words}, but holds {found.number}")
        if cents != found.cents:
            says, makes = (Decimal(each).scaleb(-2) for each in (cents, found.cents))
            self._flag(f"the batch says a sum of {says} of {words}, but they make {makes}")

    def _payment(self, record: str) -> BankPayment | None:
        match = _PAYMENT.match(record)
        booked = day_of_this_century(match["booked"]) if match else None
        if match is None or booked is None:
            self._flag("is a bad record of a payment: skipped")
            return None
        is_correction, cents = match["correction"] == _CORRECTION, int(match["cents"])
        (self._corrections if is_correction else self._payments).add(cents)
        account = account_of(match["account"])
        self._findings.accounts.add(account)
        self._findings.is_imported_through(account, booked)
        if match["correction"] not in ("0", "1", " "):
            self._flag(f"says {match['correction']!r} where 0 is a payment and 1 a correction: skipped")
            return None
        if match["currency"] not in _EURO:
            self._flag(f"is in another currency than the euro ({match['currency']}): skipped")
            return None
        amount = Decimal(-cents if is_correction else cents).scaleb(-2)
        reference = reference_of(match["reference"])
        return BankPayment(
            provider_id=self._provider_id(match, account, booked, reference, amount),
            reference=reference,
            amount=amount,
            currency="EUR",
            booked_on=min(filter(None, (booked, day_of_this_century(match["paid"])))),
            type=match["kind"],
            account=account,
            payer_name=as_finns_wrote(match["name"]) or None,
            return_reason="corrected by the bank" if is_correction else None,
        )

    def _provider_id(
        self, match: re.Match[str], account: str, booked: date, reference: str | None, amount: Decimal
    ) -> str:
        """What makes this payment itself: the bank's archive number with what else is told."""
        archive = match["archive"].strip()
        identity = identity_of(account, booked, archive, reference, amount)
        times = self._repeats.count(identity)
        if times > 1 and archive.strip("0"):
            self._flag("has the archive number, day, reference and amount of one before it")
        return identity if times == 1 else f"{identity}/{times}"
