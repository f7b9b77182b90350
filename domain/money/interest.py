"""Late-payment interest: simple, to the day, at the dated rates of the law, on a principal that changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from domain.countries.calendar import add_months
from domain.countries.half_years import half_year_start
from domain.countries.law import Law
from domain.money.allocation import Change, owed_on
from domain.money.amount import ZERO, to_cents
from domain.vocabulary import DebtorKind

_PER_DAY = Decimal(365 * 100)  # act/365, rates in percent a year
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of days, both ends included, over which principal and rate (percent a year) stay the same."""

    first: date
    last: date
    principal: Decimal
    rate: Decimal

    @property
    def days(self) -> int:
        """How many days bear interest."""
        return (self.last - self.first).days + 1

    @property
    def amount(self) -> Decimal:
        """The interest of the stretch, not rounded."""
        return self.principal * self.rate * self.days / _PER_DAY


def accrued(changes: Sequence[Change], due: date, through: date, law: Law, kind: DebtorKind = "any") -> Decimal:
    """The interest that a kind of debtor owes from the day after the due date through a day, rounded once, as the law says.

    `changes` of the principal are by value date, in any order: (issue date, amount), (payment's date, -amount) …
    A payment's own day still bears interest, as the day after the due date is the first. LawMissing names a
    half-year without its row.
    """
    amount = sum((spell.amount for spell in spells(changes, due, through, law, kind)), ZERO)
    return law.rounded(amount, "interest", through)


def spells(changes: Sequence[Change], due: date, through: date, law: Law, kind: DebtorKind = "any") -> list[Spell]:
    """The stretches that bear interest, oldest first, as a page or a notice can state them.

    Interest counts from the due date moved to a banking day (kinder to the debtor); credit bears none. LawMissing as
    for `accrued`.
    """
    found: list[Spell] = []
    for first, last in _stretches(changes, law.effective_due(due) + _DAY, through):
        principal = owed_on(changes, first - _DAY)
        if principal <= 0:
            continue
        spell = Spell(first, last, principal, law.interest_rate(first, kind))
        before = found[-1] if found else None
        if before is not None and replace(before, first=first, last=last) == spell and before.last + _DAY == first:
            found[-1] = replace(before, last=last)
        else:
            found.append(spell)
    return found


def per_day(principal: Decimal, rate: Decimal) -> Decimal:
    """What one more day costs, to the cent; the rate is in percent a year."""
    return to_cents(principal * rate / _PER_DAY)


def _stretches(changes: Sequence[Change], first: date, through: date) -> Iterator[tuple[date, date]]:
    """The days cut where the principal changes (from the next day on) and where other rates begin."""
    if through < first:
        return
    cuts = {day + _DAY for day, _ in changes if first <= day < through}
    half_year = half_year_start(first)
    while (half_year := add_months(half_year, 6)) <= through:
        cuts.add(half_year)
    starts = sorted({first} | cuts)
    yield from zip(starts, [*(start - _DAY for start in starts[1:]), through], strict=True)
