"""What a statement says of its entries, in sums and balances, and whether its entries agree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from lxml import etree

from connectors.bank_files.bank_file import Findings
from connectors.bank_files.camt.elements import Elements, amount_of, cents, count_of, country_of_bank, day_of, norwegian

_PLUSGIRO = "PGNR"  # the scheme of such an account's number
_SUMMED: Final = (
    ("TtlNtries", "entries", None),
    ("TtlCdtNtries", "credit entries", "CRDT"),
    ("TtlDbtNtries", "debit entries", "DBIT"),
)


@dataclass(slots=True)
class Sum:
    """A number of entries and what they come to, in hundredths."""

    number: int = 0
    cents: int = 0

    def add(self, cents: int) -> None:
        """One entry more."""
        self.number += 1
        self.cents += cents


class Tally:
    """The entries of a statement, by their direction and in all."""

    def __init__(self) -> None:
        self.sums = {"CRDT": Sum(), "DBIT": Sum()}

    @property
    def all(self) -> Sum:
        """Every entry, whatever its direction."""
        return Sum(sum(one.number for one in self.sums.values()), sum(one.cents for one in self.sums.values()))

    @property
    def net(self) -> int:
        """What came in less what went out, in hundredths."""
        return self.sums["CRDT"].cents - self.sums["DBIT"].cents


@dataclass(slots=True)
class Statement:
    """The statement or notification being read: an account, and what the head says of its entries."""

    place: str
    account: str
    change: int | None  # closing balance less opening balance, in hundredths; None where it is not told
    summary: etree._Element | None
    booked: Tally = field(default_factory=Tally)
    all: Tally = field(default_factory=Tally)  # with those that are pending

    def add(self, amount: Decimal, indicator: str, *, booked: bool) -> None:
        """One entry more."""
        self.all.sums[indicator].add(cents(amount))
        if booked:
            self.booked.sums[indicator].add(cents(amount))

    def faults(self, elements: Elements) -> Iterator[str]:
        """Where its entries do not make what its summary and its balances say."""
        if self.summary is not None:
            yield from self._against_summary(self.summary, elements)
        if self.change is not None and self.change != self.booked.net:
            stated, found = (Decimal(one).scaleb(-2) for one in (self.change, self.booked.net))
            yield f"{self.place}: the balance changes by {stated}, but its entries make {found}"

    def _against_summary(self, summary: etree._Element, elements: Elements) -> Iterator[str]:
        """Counts and sums of entries; those that are pending may be in them or not."""
        for name, words, direction in _SUMMED:
            found = [tally.sums[direction] if direction else tally.all for tally in (self.booked, self.all)]
            number = count_of(elements.text(summary, f"d:{name}/d:NbOfNtries"))
            if number is not None and number not in [one.number for one in found]:
                yield f"{self.place}: says {number} {words}, but holds {found[0].number}"
            stated = amount_of(elements.text(summary, f"d:{name}/d:Sum") or "")
            if stated is not None and cents(stated) not in [one.cents for one in found]:
                made = Decimal(found[0].cents).scaleb(-2)
                yield f"{self.place}: says a sum of {stated} of {words}, but they make {made}"


def statement_of(element: etree._Element, number: int, elements: Elements, findings: Findings) -> Statement:
    """What the head of the file's n-th statement says; notes its account and the day through which it goes."""
    place = f"statement {number}{elements.line_of(element)}"
    told = elements.text(element, "d:Acct/d:Id/d:IBAN") or elements.text(element, "d:Acct/d:Id/d:Othr/d:Id") or ""
    scheme = elements.text(element, "d:Acct/d:Id/d:Othr/d:SchmeNm/d:Prtry") or ""
    account = _plusgiro(told) if scheme == _PLUSGIRO else norwegian(told)
    if account:
        findings.accounts.add(account)
    else:
        findings.flag(f"{place}: names no account")
    summary = element.find("d:TxsSummry", elements.names)
    return Statement(place, account, _change(element, account, elements, findings), summary)


def _plusgiro(number: str) -> str:
    """A plusgiro number as the ledger has it: a bankgiro number may have the same digits, so with the dash before its last."""
    digits = "".join(filter(str.isdecimal, number))
    return f"{digits[:-1]}-{digits[-1:]}"


def _change(element: etree._Element, account: str, elements: Elements, findings: Findings) -> int | None:
    """By how much the booked balance changes; also tells the day through which the statement goes."""
    balances: dict[str, list[int]] = {"OPBD": [], "PRCD": [], "CLBD": []}
    for balance in element.iterfind("d:Bal", elements.names):
        kind = elements.text(balance, "d:Tp/d:CdOrPrtry/d:Cd") or ""
        amount = amount_of(elements.text(balance, "d:Amt") or "")
        if kind in balances and amount is not None:
            credit = elements.text(balance, "d:CdtDbtInd") == "CRDT"
            balances[kind].append(cents(amount) if credit else -cents(amount))
        day = day_of(
            elements.text(balance, "d:Dt/d:Dt") or elements.text(balance, "d:Dt/d:DtTm") or "", country_of_bank(account)
        )
        if kind == "CLBD" and day and account:
            findings.is_imported_through(account, day)
    opening, closing = balances["OPBD"] or balances["PRCD"], balances["CLBD"]
    return closing[0] - opening[0] if len(opening) == len(closing) == 1 else None
