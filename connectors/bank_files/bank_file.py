"""What a bank file holds: payments, and whatever is wrong about the file."""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

BankFileFormat = Literal["ocr-giro", "camt.053", "camt.054", "bgmax", "ktl", "tito", "pain.002", "autogiro"]

MOST_FLAGS = 50
_AVTALEGIRO = "15"
DRAWN_BY_AUTOGIRO = "82"
ISSUED_DIRECT_DEBIT = "PMNT/IDDT"  # ISO 20022, external bank transaction codes: domain and family


class Part(NamedTuple):
    """One of several references that one payment carries, and its share where the file tells it."""

    reference: str
    amount: Decimal | None


class BankPayment(NamedTuple):
    """One payment to an account of a creditor, or the reversal of one (negative amount).

    A tuple, for a file gives a hundred thousand of them a second. With `parts` there is no `reference`: several
    invoices are paid at once, and no one of them may be taken for the whole.
    """

    provider_id: str  # the same for the same payment whenever its file is read: it is booked once
    reference: str | None
    amount: Decimal
    currency: str
    booked_on: date
    type: str  # OCR giro: 10 giro … 15 AvtaleGiro … 18 and 20 reversals; BgMax: 20, 21; camt: PMNT/RCDT/VCOM
    account: str  # the creditor's: 11 digits in Norway, a bankgiro's digits in BgMax, else as IBAN
    debit_account: str | None = None
    text: str | None = None
    payer_name: str | None = None
    parts: tuple[Part, ...] = ()
    return_reason: str | None = None  # of a reversal, in words: "AM04: not enough money"
    under_mandate: bool = False  # where the file tells it beside the type: BgMax, by the payment's channel

    @property
    def drawn(self) -> bool:
        """Whether the bank drew it for the creditor, under a mandate (AvtaleGiro, Autogiro; in camt an issued direct debit)."""
        drawn = self.type in (_AVTALEGIRO, DRAWN_BY_AUTOGIRO) or self.type.startswith(ISSUED_DIRECT_DEBIT)
        return drawn or self.under_mandate


class Deposit(NamedTuple):
    """A sum that a centre paid out, as the file that has its payments one by one tells it."""

    number: str  # the bankgiro number that it was paid to
    day: date
    serial: str  # of the centre, on that day
    amount: Decimal
    currency: str
    payments: int  # how many


class LumpSum(NamedTuple):
    """An entry of an account that is the sum of several payments: another file has them one by one."""

    id: str  # the same for the same entry whenever its file is read
    account: str
    days: tuple[date, ...]  # of its booking and of its value
    amount: Decimal
    currency: str
    payments: int | None  # how many; None where the entry does not say
    text: str  # all that stands in it
    flag: str  # that it is of its file, until its payments are known


class OrderTold(NamedTuple):
    """What a file tells of a payment that we ordered ourselves: it left the account, or came back and why."""

    account: str
    end_to_end: str
    amount: Decimal
    currency: str
    day: date
    returned: bool
    reason: str | None


class OrderRefused(NamedTuple):
    """What a bank will not carry out: one order of a file of ours by its id, or the whole of the file by that one's."""

    id: str
    whole: bool
    day: date  # of the bank's answer
    reason: str | None


@dataclass(frozen=True, slots=True)
class BankFile:
    """One bank file as a whole; with any flag, its payments are booked only after a person has accepted it."""

    file: str
    format: BankFileFormat | None  # None where the file is of no known format
    sha256: str | None  # None where the file cannot be read
    transactions: int
    totals: dict[str, Decimal]  # the sum of each currency, reversals taken off
    flags: list[str]  # at most MOST_FLAGS, and one that says how many more
    imported_through: dict[str, date] = field(default_factory=dict)  # each account's latest day in the file
    accounts: tuple[str, ...] = ()  # all that the file speaks of, sorted
    mandates: int = 0  # AvtaleGiro mandates in the same file, which are no payments
    notes: tuple[str, ...] = ()  # what was left out though nothing is wrong: pending entries, outgoing money
    mandate_accounts: tuple[str, ...] = ()  # whose mandates they are, sorted
    orders: tuple[OrderTold, ...] = ()  # what it tells of payments that we ordered
    refused: tuple[OrderRefused, ...] = ()  # what of them the bank will not carry out
    lump_sums: tuple[LumpSum, ...] = ()  # each with its flag among those of the file
    deposits: tuple[Deposit, ...] = ()  # what its payments came in as

    @property
    def source(self) -> str:
        """What imports its accounts: a KTL file has one by one what a TITO file leaves out, so both are one source."""
        return "tito" if self.format == "ktl" else str(self.format)

    @property
    def is_beside(self) -> bool:
        """Whether another kind of file imports its accounts: this one says what a part of their money is for."""
        return self.format == "autogiro"

    @property
    def total(self) -> Decimal | None:
        """The sum of all payments; None where they are in several currencies."""
        if len(self.totals) > 1:
            return None
        return next(iter(self.totals.values()), Decimal("0.00"))

    @property
    def total_in_words(self) -> str:
        """Such as `350.51 NOK`, or `350.51 NOK and 12.00 EUR`."""
        return " and ".join(f"{total} {currency}" for currency, total in self.totals.items()) or "0.00"


class Findings:
    """What comes to light while a file is read, besides its payments."""

    def __init__(self) -> None:
        self.imported_through: dict[str, date] = {}
        self.accounts: set[str] = set()
        self.mandates = 0
        self.mandate_accounts: set[str] = set()
        self.orders: list[OrderTold] = []
        self.refused: list[OrderRefused] = []
        self.lump_sums: list[LumpSum] = []
        self.deposits: list[Deposit] = []
        self.left_out: dict[str, int] = defaultdict(int)  # how many of what, in words
        self._flags: list[str] = []
        self._more = 0

    def flag(self, fault: str) -> None:
        """Something is wrong: the fault, with its place."""
        if len(self._flags) < MOST_FLAGS:
            self._flags.append(fault)
        else:
            self._more += 1

    def is_imported_through(self, account: str, day: date) -> None:
        """The file tells of an account's day."""
        if day > self.imported_through.get(account, date.min):
            self.imported_through[account] = day
            self.accounts.add(account)

    @property
    def flags(self) -> list[str]:
        """The faults in the file's order, the last one standing for those too many to tell."""
        return [*self._flags, f"and {self._more} more faults"] if self._more else list(self._flags)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in words."""
        return tuple(f"{what}: {number}" for what, number in self.left_out.items())


class Repeats:
    """Counts how often something came, in about eight bytes each, so that a long file stays small in memory."""

    _BUCKETS = 1 << 15

    def __init__(self) -> None:
        self._buckets: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
        self._again: dict[int, int] = {}

    def count(self, thing: str) -> int:
        """1 for what comes for the first time, 2 for the second, and so on."""
        fingerprint = hash(thing)  # 64 bits: two of a million differ in all but one of 30 million files
        bucket = self._buckets[fingerprint % self._BUCKETS]
        if fingerprint not in bucket:
            bucket.append(fingerprint)
            return 1
        self._again[fingerprint] = times = self._again.get(fingerprint, 1) + 1
        return times


def payments_report(files: Iterable[tuple[BankFile, Iterable[BankPayment]]]) -> Iterator[str]:
    """What the bank files hold, as pieces of the JSON that machines read; amounts with two decimals.

    In pieces because a file may be larger than memory: each payment is written as it is read.
    """
    yield '{"files": ['
    for place, (bank_file, payments) in enumerate(files):
        head = {
            "file": bank_file.file,
            "format": bank_file.format,
            "sha256": bank_file.sha256,
            "transactions": bank_file.transactions,
            "total": None if bank_file.total is None else str(bank_file.total),
            "totals": {currency: str(total) for currency, total in bank_file.totals.items()},
            "flags": bank_file.flags,
            "notes": bank_file.notes,
        }
        yield f'{", " if place else ""}{json.dumps(head)[:-1]}, "payments": ['
        for number, payment in enumerate(payments):
            yield f"{', ' if number else ''}{json.dumps(_reported(payment, bank_file.format))}"
        yield "]}"
    yield "]}"


def _reported(payment: BankPayment, written_in: BankFileFormat | None) -> dict[str, Any]:
    """A payment in the report. Where it has several references, `reference` is the first and `parts` are all."""
    return {
        "reference": payment.parts[0].reference if payment.parts else payment.reference,
        "amount": str(payment.amount),
        "currency": payment.currency,
        "booked_on": payment.booked_on.isoformat(),
        "type": int(payment.type) if written_in == "ocr-giro" else payment.type,
        "debit_account": payment.debit_account,
        "account": payment.account,
        "payer_name": payment.payer_name,
        "text": payment.text,
        "return_reason": payment.return_reason,
        "parts": [
            {"reference": part.reference, "amount": None if part.amount is None else str(part.amount)}
            for part in payment.parts
        ],
    }
