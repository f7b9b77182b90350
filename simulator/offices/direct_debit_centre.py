"""Nets as direct debit sees it: confirms mandates, collects claims, and draws them from accounts that hold enough.

What is drawn comes to the creditor in an OCR giro file of its own, as transactions of type 15.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from domain.countries.calendar import Calendar
from facts.database import Database
from simulator.cast import Cast
from simulator.offices.bank import WIDTH, Order, import_file, ocr_file
from simulator.people import Draw

NEXT_TRY = 2  # banking days: the bank tries again, for four days at most
LATE_BANKING_DAYS = 8  # the money comes after the draw has been found failed
CLAIM = re.compile(
    r"NY21(?P<kind>02|21|93)30\d{7}(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d).{11}(?P<ore>\d{17})(?P<kid>.{25})"
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A claim that the centre has: of which account, with which KID, how much and when."""

    account: str
    kid: str
    amount: Decimal
    due_on: date


class DirectDebitCentre:
    """The direct-debit centre, with the folder that files pass through and a folder for its OCR files."""

    def __init__(self, database: Database, cast: Cast, calendar: Calendar, folder: Path, bank_folder: Path) -> None:
        self._database, self._cast, self._calendar = database, cast, calendar
        self._out, self._in, self._bank_folder = folder / "out", folder / "in", bank_folder
        self._signed: list[tuple[str, str, str]] = []  # account, registration, KID: not yet told
        self._claims: list[Drawn] = []  # several may have one KID: a mandate covers its debtor's other invoices
        self._seen: set[str] = set()
        self._files = 0
        self.came: defaultdict[str, Decimal] = defaultdict(Decimal)  # by invoice, the kroner drawn
        for draw_folder in (self._out, self._in):
            draw_folder.mkdir(parents=True, exist_ok=True)

    def sign(self, account: str, kid: str, *, standing: bool = False) -> None:
        """A debtor lets an account draw; `standing` from before, else new. Told with the next file."""
        self._signed.append((account, "0" if standing else "1", kid))

    def tell_mandates(self) -> int:
        """Leave a file of the mandates that were signed since the last one; gives how many."""
        signed, self._signed = self._signed, []
        if signed:
            self._files += 1
            name = f"mandates-{self._files:04}.txt"
            hidden = self._in / f".{name}"
            hidden.write_text(mandate_file(self._files, signed), encoding="latin-1")
            hidden.rename(self._in / name)
        return len(signed)

    def collect(self) -> tuple[int, int]:
        """Take the files that have come out; gives how many claims are new and how many are taken back."""
        claims = taken_back = 0
        for path in sorted(self._out.glob("*.txt")):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            account = ""
            for record in path.read_text("latin-1").splitlines():
                if record[6:8] == "20":
                    account = record[24:35]
                elif found := CLAIM.match(record):
                    due = date(2000 + int(found["year"]), int(found["month"]), int(found["day"]))
                    claim = Drawn(account, found["kid"].strip(), Decimal(int(found["ore"])).scaleb(-2), due)
                    if found["kind"] == "93":
                        self._claims.remove(claim)
                        taken_back += 1
                    else:
                        self._claims.append(claim)
                        claims += 1
        return claims, taken_back

    async def close_day(self, day: date) -> list[Drawn]:
        """Draw what is due and there to be drawn, and give the accounts their file; gives what came."""
        drawn = []
        for claim in list(self._claims):
            _, invoice = self._cast.who_pays(claim.kid)
            if day >= self._comes_on(claim.due_on, self._cast.habit(invoice.number).draw):
                self._claims.remove(claim)
                drawn.append(claim)
                self.came[invoice.number] += claim.amount
        if drawn:
            path = self._bank_folder / f"OCR.{day:%y%m%d}.avtalegiro"
            path.write_text(drawn_file(day, drawn), encoding="latin-1")
            await import_file(self._database, path)
        return drawn

    def _comes_on(self, due_on: date, draw: Draw | None) -> date:
        match draw:
            case "comes":
                return due_on
            case "comes at the next try":
                return self._calendar.add_banking_days(due_on, NEXT_TRY)
            case "comes late":
                return self._calendar.add_banking_days(due_on, LATE_BANKING_DAYS)
        return date.max


def mandate_file(number: int, signed: Sequence[tuple[str, str, str]]) -> str:
    """An AvtaleGiro file of mandates: an assignment for each account and kind of list."""
    records = [f"NY00001000008080{number:07}00008080"]
    lists = {(account, registration == "0") for account, registration, _ in signed}
    # A list of all that stand ends those that it does not name: what is new follows it.
    for place, (account, standing) in enumerate(sorted(lists, key=lambda each: (not each[1], each[0])), start=1):
        of_list = [mandate for mandate in signed if (mandate[0], mandate[1] == "0") == (account, standing)]
        records.append(f"NY212420{0:09}{number * 10 + place:07}{account}")
        records += [
            f"NY219470{sequence:07}{registration}{kid:>25}N"
            for sequence, (_, registration, kid) in enumerate(of_list, start=1)
        ]
        records.append(f"NY212488{len(of_list):08}{len(of_list) + 2:08}")
    records.append(f"NY000089{len(signed):08}{len(records) + 1:08}")
    return "".join(f"{record:0<{WIDTH}}\n" for record in records)


def drawn_file(day: date, drawn: Sequence[Drawn]) -> str:
    """An OCR giro file of what was drawn: type 15, in assignments that no other file of the day has."""
    orders = [Order(claim.account, claim.kid, claim.amount, debit_account="") for claim in drawn]
    return ocr_file(day, sorted({claim.account for claim in drawn}), orders, kind="15", first_assignment=501)
