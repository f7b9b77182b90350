"""Account statements of Finnish banks (TITO, konekielinen tiliote): a statement (T00) with its entries (T10) and balances.

Money that comes in is a payment, the correction of such one a negative payment; outgoing money is left out. What an
entry sums up is told by the entries below it (levels 1 to 9), which are then the payments. A sum of reference payments
(code 705, without a reference of its own) is left out with all below it: these payments come one by one in the KTL file of
the account. A bank that has them one by one here gives them the same ids as there.
Layout: Finance Finland, machine-readable account statement, as public files and readers have it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.bank_files.bank_file import BankPayment, Findings, Repeats
from connectors.bank_files.finnish_text import account_of, as_finns_wrote, identity_of, reference_of
from connectors.bank_files.records import Lines, day_of_this_century
from domain.money.accounts import is_iban

STARTS = re.compile(rb"T00\d{3}[ -~]{3}[\dA-Z ]{14}")

_RECORD = re.compile(r"T\d\d\d{3}", re.ASCII)
_STATEMENT = re.compile(
    r"T00.{6}(?P<account>.{14}).{3}(?P<since>\d{6})(?P<until>\d{6}).{33}(?P<sign>[+\- ])(?P<cents>[\d ]{18})(?P<count>[\d ]{6})"
    r"(?P<currency>...)(?:.{193}(?P<iban>.{0,30}))?",
    re.ASCII | re.DOTALL,
)
_ENTRY = re.compile(
    r"T10\d{3}[\d ]{6}(?P<archive>.{18})(?P<booked>\d{6})(?P<valued>[\d ]{6})(?P<paid>[\d ]{6})(?P<kind>\d)(?P<code>.{3})"
    r"(?P<words>.{35})(?P<sign>[+-])(?P<cents>\d{18}).{2}(?P<name>.{35}).(?P<payer>.{14}).(?P<reference>.{20}).{8}(?P<level>.)",
    re.ASCII,
)
_BALANCE = re.compile(r"T40\d{3}(?P<day>\d{6})(?P<sign>[+-])(?P<cents>\d{18})", re.ASCII)
_SUMS = re.compile(
    r"T50\d{3}(?P<period>\d)(?P<day>\d{6})(?P<ins>\d{8})(?P<in_sign>.)(?P<in_cents>\d{18})(?P<outs>\d{8})(?P<out_sign>.)"
    r"(?P<out_cents>\d{18})",
    re.ASCII,
)
_TOLD_BESIDE = re.compile(r"T11\d{3}(?P<kind>\d\d)(?P<told>.*)", re.ASCII | re.DOTALL)
_ENTRY_LENGTH, _PIECE = 188, 35
_IN, _OUT, _CORRECTION_OF_IN, _CORRECTION_OF_OUT, _REJECTED = "1", "2", "3", "4", "9"
_SIGNS = {_IN: "+", _OUT: "-", _CORRECTION_OF_IN: "-", _CORRECTION_OF_OUT: "+"}
_OF_THE_DAY = "1"
_REFERENCE_PAYMENTS = "705"
_LEFT_OUT = {
    _OUT: "outgoing payments",
    _CORRECTION_OF_OUT: "outgoing payments that came back",
    _REJECTED: "rejected entries",
}


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """The payments of a statement, one after the other; OSError where it cannot be read."""
    records = Lines(path, _RECORD)
    reading = _Reading(records, findings)
    for record in records:
        yield from reading.take(record)
    yield from reading.end()


@dataclass(slots=True)
class _Entry:
    """An entry being read, with what the records after it tell."""

    place: str
    archive: str
    booked: date
    days: tuple[date, ...]
    """All that are told of it: when it was booked, its value, and when it was paid."""
    kind: str
    code: str
    cents: int
    name: str | None
    payer: str | None
    reference: str | None
    level: int
    below: int | None = None
    """What the entries below it make in cents; None where there are none."""
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Statement:
    """A statement being read, with its entries added up in cents."""

    place: str
    account: str
    currency: str
    opening: int | None
    stated: int
    """How many records it says that it has, or how many entries, as banks count them; 0 where it does not say."""
    records: int = 1
    cents: int = 0
    entries: int = 0
    below: int = 0
    of_day: dict[date, list[int]] = field(default_factory=dict)
    closing: int | None = None
    closing_place: str = ""


class _Reading:
    """A file being read record by record."""

    def __init__(self, records: Lines, findings: Findings) -> None:
        self._records, self._findings = records, findings
        self._repeats = Repeats()
        self._statement: _Statement | None = None
        self._above: list[_Entry] = []  # the entry being read, after those that it is below

    def take(self, record: str) -> Iterator[BankPayment]:
        """Takes the next record, good or bad; gives the payments that are whole before it."""
        kind = record[:3]
        if record.isspace() or not record:
            return
        if self._statement and kind != "T00":
            self._statement.records += 1
        if not _RECORD.match(record):
            self._flag("starts with no type of a record (T00 to T99): skipped")
        elif kind == "T11":
            self._tell(record)
        elif kind == "T10":
            yield from self._entry(record)
        elif kind == "T00":
            yield from self._close()
            self._start(record)
        elif kind in ("T40", "T50"):
            yield from self._close_entries()
            self._hold_against(record, kind)
        elif kind not in ("T51", "T60", "T70"):
            self._flag(f"is a record of unknown type {kind}: skipped")

    def end(self) -> Iterator[BankPayment]:
        """Nothing more comes; gives the payment that was still open."""
        yield from self._close()

    def _flag(self, fault: str) -> None:
        self._findings.flag(f"{self._records.place}: {fault}")

    # --- statements ---------------------------------------------------------------------------------------------

    def _start(self, record: str) -> None:
        match = _STATEMENT.match(record)
        if match is None:
            self._flag("is a bad start of a statement (T00): its entries are skipped")
            return
        told = (match["iban"] or "").split()
        account = told[0] if told and is_iban(told[0]) else account_of(match["account"])
        cents, count = match["cents"].strip(), match["count"].strip()
        self._statement = _Statement(
            self._records.place,
            account,
            match["currency"].strip() or "EUR",
            _signed(match["sign"], cents) if cents else None,
            int(count or 0),
        )
        self._findings.accounts.add(account)
        until = day_of_this_century(match["until"])
        if until:
            self._findings.is_imported_through(account, until)
        else:
            self._flag("does not say through which day the statement goes")

    def _close(self) -> Iterator[BankPayment]:
        yield from self._close_entries()
        statement, self._statement = self._statement, None
        if statement is None:
            return
        made = None if statement.opening is None else statement.opening + statement.cents
        if statement.closing is None:
            self._findings.flag(f"{statement.place}: this statement has no balance (T40): it is cut short")
        elif made is not None and statement.closing != made:
            says, makes = _money(statement.closing), _money(made)
            self._findings.flag(f"{statement.closing_place}: says a balance of {says}, but its entries make {makes}")
        entries = statement.entries + statement.below
        if statement.stated and statement.stated not in (statement.records, entries, statement.entries):
            fault = f"says {statement.stated} records, but holds {statement.records}, of which {entries} are entries"
            self._findings.flag(f"{statement.place}: {fault}")

    def _hold_against(self, record: str, kind: str) -> None:
        match, statement = (_BALANCE if kind == "T40" else _SUMS).match(record), self._statement
        day = day_of_this_century(match["day"]) if match else None
        if match is None or statement is None or (day is None and kind == "T40"):
            self._flag(f"is a bad or stray record of {'a balance' if kind == 'T40' else 'sums'} ({kind})")
        elif kind == "T40":
            statement.closing, statement.closing_place = _signed(match["sign"], match["cents"]), self._records.place
            if day:
                self._findings.is_imported_through(statement.account, day)
        elif match["period"] == _OF_THE_DAY and day:
            number = int(match["ins"]) + int(match["outs"])
            cents = _signed(match["in_sign"], match["in_cents"]) + _signed(match["out_sign"], match["out_cents"])
            of_day = statement.of_day.get(day, [])
            if number != len(of_day):
                self._flag(f"says {number} entries of {day}, but the statement holds {len(of_day)}")
            if cents != sum(of_day):
                self._flag(f"says that the entries of {day} make {_money(cents)}, but they make {_money(sum(of_day))}")

    # --- entries ------------------------------------------------------------------------------------------------

    def _entry(self, record: str) -> Iterator[BankPayment]:
        entry = self._read(record)
        if entry is None or self._statement is None:
            yield from self._close_entries()
            return
        yield from self._close_entries(entry.level)
        if self._above:
            above = self._above[-1]
            above.below = (above.below or 0) + (entry.cents if entry.kind != _REJECTED else 0)
        self._above.append(entry)
        if entry.kind == _REJECTED:
            return
        if entry.level:
            self._statement.below += 1
        else:
            self._statement.entries += 1
            self._statement.cents += entry.cents
            self._statement.of_day.setdefault(entry.booked, []).append(entry.cents)

    def _read(self, record: str) -> _Entry | None:
        match = _ENTRY.match(record.ljust(_ENTRY_LENGTH))
        booked = day_of_this_century(match["booked"]) if match else None
        if self._statement is None:
            self._flag("is an entry (T10) outside a statement: skipped")
        elif match is None or booked is None or match["kind"] not in (*_SIGNS, _REJECTED):
            self._flag("is a bad entry (T10): skipped")
        elif _SIGNS.get(match["kind"], match["sign"]) != match["sign"]:
            self._flag(f"is of type {match['kind']}, but its amount has the sign {match['sign']}: skipped")
        else:
            days = map(day_of_this_century, (match["valued"], match["paid"]))
            return _Entry(
                place=self._records.place,
                archive=match["archive"].strip(),
                booked=booked,
                days=(booked, *filter(None, days)),
                kind=match["kind"],
                code=match["code"].strip(),
                cents=_signed(match["sign"], match["cents"]),
                name=as_finns_wrote(match["name"]) or None,
                payer=match["payer"].strip().strip("0") and account_of(match["payer"]),
                reference=reference_of(match["reference"]),
                level=_level(record if len(record.rstrip()) > _ENTRY_LENGTH else match["level"]),
            )
        return None

    def _close_entries(self, level: int = 0) -> Iterator[BankPayment]:
        """Ends every entry that nothing more can be below; gives the payments that they are."""
        while self._above and self._above[-1].level >= level:
            ended = self._above.pop()
            if ended.below is None:
                payment = self._payment(ended)
                if payment:
                    yield payment
            elif ended.below != ended.cents:
                fault = f"is of {_money(ended.cents)}, but the entries below it make {_money(ended.below)}"
                self._findings.flag(f"{ended.place}: {fault}")

    def _tell(self, record: str) -> None:
        """What a record tells of the entry before it."""
        match = _TOLD_BESIDE.match(record)
        if match is None or not self._above:
            self._flag("tells more (T11) of no entry: skipped")
            return
        entry, told = self._above[-1], match["told"]
        pieces = [as_finns_wrote(told[at : at + _PIECE]) for at in range(0, len(told), _PIECE)]
        match match["kind"]:
            case "06" if told.strip().isdecimal() and entry.reference is None:
                entry.reference = reference_of(told)
            case "00" | "06":
                entry.texts += filter(None, pieces)
            case "02":
                customer, number = as_finns_wrote(told[:10]), as_finns_wrote(told[11:26])
                entry.texts += [
                    f"{word} {one}"
                    for word, one in (("asiakas", customer), ("lasku", number))
                    if one.strip("0")  # as people write in a text, so that matching knows them
                ]
            case "09":
                entry.name = as_finns_wrote(told[:_PIECE]) or entry.name
            case "11":
                entry.reference = entry.reference or reference_of("".join(told[:_PIECE].split()))
                entry.payer = as_finns_wrote(told[_PIECE : 2 * _PIECE]) or entry.payer
                entry.name = as_finns_wrote(told[175:245]) or entry.name

    def _payment(self, entry: _Entry) -> BankPayment | None:
        statement = self._statement
        if statement is None:
            return None
        if any(map(_sums_reference_payments, (*self._above, entry))):
            self._findings.left_out["sums of reference payments, which the KTL file has one by one"] += 1
            return None
        if entry.kind in _LEFT_OUT:
            self._findings.left_out[_LEFT_OUT[entry.kind]] += 1
            return None
        amount = Decimal(entry.cents).scaleb(-2)
        return BankPayment(
            provider_id=self._provider_id(entry, statement, amount),
            reference=entry.reference,
            amount=amount,
            currency=statement.currency,
            booked_on=min(entry.days),
            type=entry.code,
            account=statement.account,
            debit_account=entry.payer or None,
            text=" ".join(entry.texts) or None,
            payer_name=entry.name,
            return_reason="corrected by the bank" if entry.kind == _CORRECTION_OF_IN else None,
        )

    def _provider_id(self, entry: _Entry, statement: _Statement, amount: Decimal) -> str:
        """What makes this payment itself: the bank's archive number with what else is told."""
        if entry.code == _REFERENCE_PAYMENTS:
            identity = identity_of(statement.account, entry.booked, entry.archive, entry.reference, amount)
        else:
            told = f"{statement.account}/{entry.booked}/{entry.archive}/{entry.reference}/{amount}{statement.currency}"
            identity = f"tito/{told}".replace(" ", "")
        times = self._repeats.count(identity)
        if times > 1 and entry.archive and not entry.level:
            self._findings.flag(f"{entry.place}: has the archive number, day, reference and amount of one before it")
        return identity if times == 1 else f"{identity}/{times}"


def _level(written: str) -> int:
    """How far below the entry of the account one is: the last sign of a record, also of one that a field made longer."""
    last = written.rstrip()[-1:]
    return int(last) if last.isascii() and last.isdecimal() else 0


def _sums_reference_payments(entry: _Entry) -> bool:
    return entry.code == _REFERENCE_PAYMENTS and entry.reference is None


def _signed(sign: str, cents: str) -> int:
    return -int(cents) if sign == "-" else int(cents)


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
