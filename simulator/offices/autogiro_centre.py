"""Bankgirot as Autogiro sees it: registers the mandates that creditors bring, collects draws, and says what became of each.

What is drawn comes in its payment specification, with what accounts did not cover; mandates are advised the next morning.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from domain.countries.calendar import Calendar
from facts.database import Database
from simulator.cast import Cast
from simulator.offices.direct_debit_centre import DirectDebitCentre, Drawn

_START = re.compile(r"01(?P<day>\d{8})AUTOGIRO {44}(?P<customer>\d{6})(?P<bankgiro>\d{10})")
_DRAW = re.compile(r"82(?P<day>\d{8})0 {4}(?P<payer>\d{16})(?P<ore>\d{12})(?P<bankgiro>\d{10})(?P<reference>.{16})")
_CHANGE = re.compile(
    r"(?P<kind>25|29)(?P<bankgiro>\d{10})(?P<payer>\d{16})(?P<day>\d{8})(?P<ore>\d{12})82(?P<moved>[\d ]{8})(?P<reference>.{16})"
)
_MANDATE = re.compile(r"0(?P<kind>[34])(?P<bankgiro>\d{10})(?P<payer>\d{16})(?P<account>.{16})")
_NO_COVER, _PAID = "1", "0"


class AutogiroCentre(DirectDebitCentre):
    """The centre of Sweden: what it is told of mandates it has from creditors alone."""

    def __init__(self, database: Database, cast: Cast, calendar: Calendar, folder: Path, bank_folder: Path) -> None:
        super().__init__(database, cast, calendar, folder, bank_folder)
        self._brought: list[tuple[str, re.Match[str]]] = []  # the day of its file, and the record: not advised yet
        self._payers: dict[Drawn, str] = {}
        self._customers: dict[str, str] = {}

    def sign(self, account: str, kid: str, *, standing: bool = False) -> None:
        """A debtor's word is none of the centre's affair: the creditor brings it."""

    def tell_mandates(self) -> int:
        """Leave a file for each bankgiro number with advice on its mandates; gives how many."""
        brought, self._brought = self._brought, []
        for bankgiro in sorted({record["bankgiro"] for _, record in brought}):
            of_this = [(day, record) for day, record in brought if record["bankgiro"] == bankgiro]
            self._leave("advice", _advice(self._customers[bankgiro], bankgiro, of_this))
        return len(brought)

    def collect(self) -> tuple[int, int]:
        """Take the files that have come out; gives how many draws are new and how many are taken back."""
        draws = taken_back = 0
        for path in sorted(self._out.glob("*.txt")):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            start, *records = path.read_text("latin-1").splitlines()
            head = _START.match(start)
            if head is None:
                raise LookupError(f"{path.name} does not start as a file for Bankgirot")
            self._customers[head["bankgiro"]] = head["customer"]
            for record in records:
                if mandate := _MANDATE.match(record):
                    self._brought.append((head["day"], mandate))
                elif draw := _DRAW.match(record):
                    self._claims.append(self._drawn(draw))
                    draws += 1
                elif change := _CHANGE.match(record):
                    self._claims.remove(self._drawn(change))
                    if change["kind"] == "29":
                        self._claims.append(self._drawn(change, change["moved"]))
                    else:
                        taken_back += 1
        return draws, taken_back

    async def close_day(self, day: date) -> list[Drawn]:
        """Draw what is due and there to be drawn, and specify it for each bankgiro number; gives what came."""
        told: defaultdict[str, list[tuple[Drawn, str]]] = defaultdict(list)
        for claim in list(self._claims):
            _, invoice = self._cast.who_pays(claim.kid)
            comes = day >= self._comes_on(claim.due_on, self._cast.habit(invoice.number).draw)
            if comes or day >= claim.due_on:
                self._claims.remove(claim)
                told[claim.account].append((claim, _PAID if comes else _NO_COVER))
                if comes:
                    self.came[invoice.number] += claim.amount
        for bankgiro, answers in sorted(told.items()):
            of_payers = [(claim, self._payers[claim], code) for claim, code in answers]
            self._leave("specification", _specification(self._customers[bankgiro], bankgiro, day, of_payers))
        return [claim for answers in told.values() for claim, code in answers if code == _PAID]

    def _drawn(self, record: re.Match[str], day: str | None = None) -> Drawn:
        due = date.fromisoformat(day or record["day"])
        claim = Drawn(record["bankgiro"], record["reference"].strip(), Decimal(int(record["ore"])).scaleb(-2), due)
        self._payers[claim] = record["payer"]
        return claim

    def _leave(self, what: str, records: Iterator[str]) -> None:
        self._files += 1
        hidden = self._in / f".{what}-{self._files:04}.txt"
        hidden.write_text("".join(f"{record:80}\r\n" for record in records), encoding="latin-1", newline="")
        hidden.rename(self._in / hidden.name[1:])


def _advice(customer: str, bankgiro: str, brought: Sequence[tuple[str, re.Match[str]]]) -> Iterator[str]:
    day = max(day for day, _ in brought)
    yield f"01AUTOGIRO{'':14}{f'{day}235900':20}{'AG-MEDAVI':20}{customer}{bankgiro}"
    for _, mandate in brought:
        made = mandate["kind"] == "4"
        yield f"73{bankgiro}{mandate['payer']}{mandate['account']}{'':12}{'':5}{'0432' if made else '0333'}{day}"
    yield f"09{day}9900{len(brought):07}"


def _specification(customer: str, bankgiro: str, day: date, told: Sequence[tuple[Drawn, str, str]]) -> Iterator[str]:
    made = [claim.amount for claim, _, code in told if code == _PAID]
    yield f"01AUTOGIRO{'':14}{f'{day:%Y%m%d}193000':20}BET. SPEC & STOPP TK{customer}{bankgiro}"
    yield f"15{bankgiro:0>35}{day:%Y%m%d}{1:05}{int(sum(made) * 100):018}   {len(made):08}"
    for claim, payer, code in told:
        yield (f"82{claim.due_on:%Y%m%d}0    {payer}{int(claim.amount * 100):012}{bankgiro}{claim.kid:16}{'':10}{code}")
    yield f"09{day:%Y%m%d}9900{1:06}{len(made):012}{0:06}{0:012}{0:06}{0:012}"
