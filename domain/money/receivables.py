"""Receivables: what is owed to a creditor, by age; how fast it comes in, and what will come of it. Each currency for itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from domain.money.allocation import Part
from domain.money.amount import ZERO

What = Literal["invoiced", "credited", "charged", "paid", "taken back", "written off", "recovered", "due date"]

NOT_DUE: Final = "not_due"
BUCKETS: Final = {
    NOT_DUE: (None, 0),
    "days_1_14": (1, 14),
    "days_15_30": (15, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "days_over_90": (91, None),
}
"""How many days after the due date: from and through. On the due date itself nothing is late."""


@dataclass(frozen=True, slots=True)
class Change:
    """By how much what is owed under one due date changed in a period, the first of which is 0.

    `amount` is what the ledger has; `credit` what of it changed debtors' credit, which pays nobody else's debt.
    """

    period: int
    currency: str
    due_date: date
    what: What
    part: Part
    amount: Decimal
    credit: Decimal
    invoices: int  # how many more there are on which something is owed

    @property
    def owed(self) -> Decimal:
        """What of it changed what is owed."""
        return self.amount - self.credit


@dataclass(slots=True)
class Ageing:
    """What is owed in one currency by how late it is; `owed` and `credit` (below zero) make the ledger's balance."""

    by_bucket: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(BUCKETS, ZERO))
    credit: Decimal = ZERO
    invoices: int = 0  # on which something is owed

    @property
    def owed(self) -> Decimal:
        """All of it, late or not."""
        return sum(self.by_bucket.values(), ZERO)

    @property
    def late(self) -> Decimal:
        """What is past its due date."""
        return self.owed - self.by_bucket[NOT_DUE]

    @property
    def balance(self) -> Decimal:
        """What the ledger adds up to."""
        return self.owed + self.credit


def bucket_of(due: date, on: date) -> str:
    """How late it is on a day what was due on another."""
    days = (on - due).days
    return next(name for name, (_, through) in BUCKETS.items() if through is None or days <= through)


def ageing(changes: Iterable[Change], on: date) -> dict[str, Ageing]:
    """What is owed on a day by currency, from all changes through it."""
    found: dict[str, Ageing] = defaultdict(Ageing)
    for change in changes:
        of = found[change.currency]
        of.by_bucket[bucket_of(change.due_date, on)] += change.owed
        of.credit += change.credit
        of.invoices += change.invoices
    return dict(sorted(found.items()))


# --- month by month --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """What happened to what is owed in a month, or in its days so far: opening and what was added, less the rest, is closing.

    What was paid, credited and written off is above zero.
    """

    first: date
    last: date
    opening: Decimal
    invoiced: Decimal
    charged: Decimal  # fees and interest, less those taken back
    credited: Decimal
    written_off: Decimal
    recovered: Decimal  # of what was written off: money came for it
    paid: Decimal
    closing: Decimal
    closing_not_due: Decimal

    @property
    def collectable(self) -> Decimal:
        """What could be collected in it: all that was owed on the way, but what is not due when it ends."""
        return self.opening + self.invoiced + self.charged - self.credited - self.closing_not_due


def months(changes: Iterable[Change], begins: Sequence[date], on: date) -> dict[str, list[Month]]:
    """The months that begin on these days, the last of them through `on`, by currency; the first period is before them."""
    found: dict[str, list[Month]] = {}
    for currency, of in _by_currency(changes).items():
        owed: dict[date, Decimal] = defaultdict(lambda: ZERO)
        made = []
        for period in range(len(begins) + 1):
            opening = sum(owed.values(), ZERO)
            moved: dict[str, Decimal] = defaultdict(lambda: ZERO)
            for change in of[period]:
                owed[change.due_date] += change.owed
                moved[change.what] += change.owed
            if not period:
                continue
            last = begins[period] - timedelta(days=1) if period < len(begins) else on
            made.append(
                Month(
                    first=begins[period - 1],
                    last=last,
                    opening=opening,
                    invoiced=moved["invoiced"],
                    charged=moved["charged"] + moved["taken back"],
                    credited=-moved["credited"],
                    written_off=-moved["written off"],
                    recovered=moved["recovered"],
                    paid=-moved["paid"],
                    closing=sum(owed.values(), ZERO),
                    closing_not_due=sum((rest for due, rest in owed.items() if due >= last), ZERO),
                )
            )
        found[currency] = made
    return found


def days_sales_outstanding(months: Sequence[Month]) -> Decimal | None:
    """How many days of invoicing stand unpaid at the end of these months; None where nothing was invoiced in them."""
    invoiced = sum((month.invoiced - month.credited for month in months), ZERO)
    days = (months[-1].last - months[0].first).days + 1
    return months[-1].closing / invoiced * days if invoiced > 0 else None


# --- what of it rolls on ---------------------------------------------------------------------------------------

FELL_DUE: Final = "fell_due"


def roll_rates(changes: Iterable[Change], before: date, on: date) -> dict[str, dict[str, tuple[Decimal, Decimal]]]:
    """What was owed on an earlier day in each bucket, and what of that is still owed; by currency.

    Changes after the earlier day are of period 1. `fell_due` is what was ever invoiced for the due dates since, and what of it
    is owed. An invoice that came after its bucket's day is in none of them.
    """
    found: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}
    for currency, of in _by_currency(changes).items():
        then = dict.fromkeys([FELL_DUE, *list(BUCKETS)[1:]], ZERO)
        still = dict(then)
        for period, all_of_it in of.items():
            for change in all_of_it:
                bucket = bucket_of(change.due_date, before)
                if bucket == NOT_DUE:
                    if change.due_date < on:
                        then[FELL_DUE] += change.owed if change.what in ("invoiced", "credited") else ZERO
                        still[FELL_DUE] += change.owed
                elif period == 0:
                    then[bucket] += change.owed
                    still[bucket] += change.owed
                elif change.what != "invoiced":
                    still[bucket] += change.owed
        found[currency] = {bucket: (then[bucket], still[bucket]) for bucket in then}
    return found


# --- what will come of it --------------------------------------------------------------------------------------

WEEK: Final = timedelta(days=7)
SEEN, AHEAD = 26, 13  # weeks
EARLIEST, LATEST = -9, 26  # weeks after the due date: what is earlier or later counts as these


def weeks_seen(on: date) -> list[date]:
    """The first days of the weeks that a forecast on a day learns from; the last of them ends on it."""
    return [on + timedelta(days=1) - WEEK * weeks for weeks in range(SEEN, 0, -1)]


def cash_forecast(changes: Iterable[Change], on: date) -> dict[str, list[tuple[date, Decimal]]]:
    """What of that which is owed on a day will be paid in each of the next weeks, by currency and the week's first day.

    Of money of the same age so much comes in a week as did in the weeks seen. Nothing that is not invoiced yet is in it.
    """
    begins = weeks_seen(on)
    found = {}
    for currency, of in _by_currency(changes).items():
        owed: dict[date, Decimal] = defaultdict(lambda: ZERO)
        there: dict[int, Decimal] = defaultdict(lambda: ZERO)
        paid: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for change in of[0]:
            owed[change.due_date] += change.owed
        for period, begin in enumerate(begins, 1):
            for due, rest in owed.items():
                there[_age(due, begin)] += rest
            for change in of[period]:
                owed[change.due_date] += change.owed
                if change.what == "paid":
                    paid[_age(change.due_date, begin)] -= change.owed
                else:
                    there[_age(change.due_date, begin)] += change.owed
        share = {age: min(Decimal(1), max(ZERO, paid[age] / of_age)) for age, of_age in there.items() if of_age > 0}
        found[currency] = [
            (begin, _come(owed, begin, share))
            for begin in (on + timedelta(days=1) + WEEK * week for week in range(AHEAD))
        ]
    return found


def _come(owed: dict[date, Decimal], begin: date, share: Mapping[int, Decimal]) -> Decimal:
    """What comes in a week; it is taken off what is owed."""
    comes = {due: rest * share.get(_age(due, begin), ZERO) for due, rest in owed.items() if rest > 0}
    for due, some in comes.items():
        owed[due] -= some
    return sum(comes.values(), ZERO)


def _age(due: date, begin: date) -> int:
    return max(EARLIEST, min(LATEST, (begin - due) // WEEK))


def _by_currency(changes: Iterable[Change]) -> dict[str, dict[int, list[Change]]]:
    found: dict[str, dict[int, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        found[change.currency][change.period].append(change)
    return dict(sorted(found.items()))
