"""The dunning law of one country, asked about single days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args

from domain.countries.calendar import Calendar, ContactHours, add_months
from domain.money.allocation import Part
from domain.money.amount import ZERO
from domain.vocabulary import Channel, DebtorKind

NoticeSender = Literal["creditor", "licensed agency"]
Trade = Literal["grid", "telecom", "insurance", "subscription"]
TRADES: tuple[Trade, ...] = get_args(Trade)
"""What a service is, where the law of the country makes a difference before it is blocked or ended."""

TOLD_AHEAD = timedelta(days=45)  # how long before a half-year without its row begins it is told of


class LawMissing(Exception):
    """The country file has no row for a day; the message names the file, the table and the row to add."""


@dataclass(frozen=True, slots=True)
class EarlierFee:
    """A reminder or notice fee already charged, with the last day of the deadline it gave."""

    charged_on: date
    deadline: date | None


@dataclass(frozen=True, slots=True)
class Filings:
    """In how many days a claim is filed: with an estate, in a bankruptcy, in a debt settlement."""

    estate_days: int
    bankruptcy_days: int
    debt_settlement_days: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table or a dated row of a country file comes from."""

    of: str
    """The table, as `fees`, or the row, as `half_years from 2026-07-01`."""
    at: str
    """File and line: `no.yaml:14`."""
    row: Mapping[str, str]
    """What is written there, by its words."""
    named: str
    """The law or practice behind it, as the file names it; empty where it names none."""
    verified: bool
    """Whether a source confirms it."""


@dataclass(frozen=True, slots=True)
class ServiceNotice:
    """How many days a debtor is warned before a service of a trade is blocked or ended."""

    trade: Trade
    consumer_days: int
    business_days: int

    def days(self, kind: DebtorKind) -> int:
        """Of a kind of debtor; who may be a consumer is treated as one."""
        return self.business_days if kind == "business" else self.consumer_days


@dataclass(frozen=True, slots=True)
class HalfYear:
    """The rates of one half-year: interest in percent a year, amounts in the country's currency."""

    interest_rate: Decimal
    b2b_compensation: Decimal
    statutory_fee: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """What a creditor may ask for and how, on a given day, in one country."""

    file: str
    country: str
    calendar: Calendar
    currency: str
    contact_hours: ContactHours
    age_of_majority: int
    letter_transit_days: int
    fee_earliest_days: int
    max_fees: int
    fee_reset_months: int
    second_fee_needs_deadline_days: int
    notice_min_deadline_days: int
    notice_max_age_months: int
    formal_channels: frozenset[Channel]
    conditional_formal_channels: frozenset[Channel]
    allocation: tuple[Part, ...]
    creditor_may_change_allocation: bool
    set_off: bool  # credit of one invoice may pay another that is due, without asking
    limitations: tuple[tuple[date, int], ...]
    notice_senders: tuple[tuple[date, NoticeSender], ...]
    service_notices: tuple[tuple[date, ServiceNotice], ...]
    filings: tuple[tuple[date, Filings], ...]
    half_years: Mapping[date, HalfYear]
    sources: tuple[Source, ...]

    def unverified(self) -> tuple[str, ...]:
        """The tables and rows of the country file that no source confirms: `no.yaml:14: letter_transit`."""
        return tuple(f"{source.at}: {source.of}" for source in self.sources if not source.verified)

    def source(self, table: str, on: date, **written: str) -> Source | None:
        """Where a table comes from, or its row of a day that says what is `written`; None where the file has none."""
        rows = [
            source
            for source in self.sources
            if source.of in (table, f"{table} from {source.row.get('from')}")
            and date.fromisoformat(source.row.get("from", "0001-01-01")) <= on
            and written.items() <= source.row.items()
        ]
        return rows[-1] if rows else None

    def effective_due(self, due: date) -> date:
        """The due date moved to a banking day; every deadline counts from there."""
        return self.calendar.banking_day_on_or_after(due)

    def arrives(self, posted_on: date) -> date:
        """The day on which a letter posted on a day has reached its addressee."""
        return self.calendar.add_banking_days(posted_on, self.letter_transit_days)

    def last_day(self, start: date, days: int) -> date:
        """The last of so many days to pay that are given from a day on: the first banking day on or after it."""
        return self.calendar.banking_day_on_or_after(start + timedelta(days=days))

    def is_minor(self, born: date | None, on: date) -> bool:
        """Whether somebody is not yet of age on a day (vergemålsloven § 8); who was born on 29 February is on 1 March.

        Whose birth date nobody told is taken to be of age.
        """
        came_of_age_before = (on.year - self.age_of_majority, on.month, on.day)
        return born is not None and came_of_age_before < (born.year, born.month, born.day)

    def late_fee_from(self, due: date) -> date:
        """The first day a fee may be charged (inkassoforskriften §1-2)."""
        return self.effective_due(due) + timedelta(days=self.fee_earliest_days)

    def statutory_fee(self, on: date) -> Decimal:
        """The largest fee for a reminder or notice (inkassoforskriften §1-2); LawMissing without its row."""
        return self._half_year(on).statutory_fee

    def interest_rate(self, on: date) -> Decimal:
        """The late-payment interest on a day, in percent a year; LawMissing without its row."""
        return self._half_year(on).interest_rate

    def b2b_compensation(self, on: date) -> Decimal:
        """The standard compensation between businesses on a day; LawMissing without its row."""
        return self._half_year(on).b2b_compensation

    def fee_allowed(
        self,
        *,
        wanted: Decimal | None,
        on: date,
        due: date,
        earlier_fees: Sequence[EarlierFee],
        compensation: Decimal = ZERO,
    ) -> Decimal:
        """The part of the wanted fee (None: the statutory one) that may be charged on a day, 0 when none may.

        None may before `late_fee_from`, after the most fees within the reset period, or when an earlier fee's
        deadline was too short or has not passed (inkassoforskriften §1-2, §1-3). A `compensation` already claimed
        takes the place of fees: only what a fee has above it is left. LawMissing without rates.
        """
        if on < self.late_fee_from(due):
            return ZERO
        counting = [fee for fee in earlier_fees if on <= add_months(fee.charged_on, self.fee_reset_months)]
        if len(counting) >= self.max_fees or not all(self._deadline_was_missed(fee, on) for fee in counting):
            return ZERO
        most = self.statutory_fee(on)
        fee = most if wanted is None else min(wanted, most)
        return max(ZERO, fee - compensation)

    def compensation_to_charge(self, kind: DebtorKind, *, on: date, due: date, charged: Decimal) -> Decimal:
        """The standard compensation that a creditor may still claim of a business on a day; a consumer never pays it.

        `charged` is every fee and compensation of the case so far, which it offsets (forsinkelsesrenteloven §3 a).
        Kinder than the law: never before a fee might be charged, and the lower of the rates of the due day and of
        the day of sending. LawMissing without either.
        """
        if kind != "business" or on < self.late_fee_from(due):
            return ZERO
        lower = min(self.b2b_compensation(self.effective_due(due)), self.b2b_compensation(on))
        return max(ZERO, lower - charged)

    def service_notice_days(self, kind: DebtorKind, on: date, trade: Trade | None) -> int:
        """How many days a debtor who is warned on a day is given before a service is blocked or ended.

        Of a service whose trade nobody told, the longest of all trades. LawMissing without a row.
        """
        in_force = {row.trade: row for since, row in self.service_notices if since <= on}
        wanted = [row for row in in_force.values() if trade in (None, row.trade)]
        if not wanted:
            raise LawMissing(
                f"{self.file} has no row in service_notices for {trade or 'any trade'} on {on}: add "
                f"`- {{from: {on}, trade: {trade or TRADES[0]}, consumer_days: …, business_days: …, verified: …}}`"
            )
        return max(row.days(kind) for row in wanted)

    def allocation_for(self, creditors_own: Sequence[Part] | None) -> tuple[Part, ...]:
        """The order in which money pays the parts of a claim: the creditor's own, where the country lets it choose."""
        if creditors_own is None or not self.creditor_may_change_allocation:
            return self.allocation
        return tuple(creditors_own)

    def notice_expires(self, sent: date) -> date:
        """The last day on which a collection notice sent that day still allows a hand-off."""
        return add_months(sent, self.notice_max_age_months)

    def limitation_ends(self, due: date) -> date:
        """The last day before a claim that could first be demanded on a day is barred (foreldelsesloven §2, §3).

        LawMissing before the first row.
        """
        for since, years in reversed(self.limitations):
            if since <= due:
                return add_months(due, 12 * years)
        raise LawMissing(
            f"{self.file} has no row in limitations for {due}: add `- {{from: {due}, years: …, verified: …}}`"
        )

    def notice_sender(self, on: date) -> NoticeSender:
        """Who may send a collection notice on a day; LawMissing before the first row."""
        for since, sender in reversed(self.notice_senders):
            if since <= on:
                return sender
        raise LawMissing(
            f"{self.file} has no row in notice_senders for {on}: "
            f"add `- {{from: {on}, sender: …, verified: …}}` with what the law says"
        )

    def filing(self, on: date) -> Filings:
        """How soon a claim is filed where something began on a day; LawMissing before the first row."""
        for since, filings in reversed(self.filings):
            if since <= on:
                return filings
        raise LawMissing(
            f"{self.file} has no row in filings for {on}: add "
            f"`- {{from: {on}, estate_days: …, bankruptcy_days: …, debt_settlement_days: …, verified: …}}`"
        )

    def _deadline_was_missed(self, fee: EarlierFee, on: date) -> bool:
        if fee.deadline is None or self.effective_due(fee.deadline) >= on:
            return False
        return (fee.deadline - fee.charged_on).days >= self.second_fee_needs_deadline_days

    def _half_year(self, on: date) -> HalfYear:
        start = half_year_start(on)
        row = self.half_years.get(start)
        if row is None:
            raise LawMissing(self.missing_row(start))
        return row

    def missing_row(self, start: date) -> str:
        """What to add for a half-year that has no row."""
        return (
            f"{self.file} has no row in half_years for the half-year from {start}: add "
            f"`- {{from: {start}, interest: …, b2b_compensation: …, inkassosats: …, verified: …}}`"
        )


def missing_soon(laws: Iterable[Law], today: date) -> list[str]:
    """The first half-year without its row of each law, where it has begun or begins within 45 days; a sentence each."""
    told = []
    for law in laws:
        start = half_year_start(today)
        while start in law.half_years:
            start = add_months(start, 6)
        if start <= today + TOLD_AHEAD:
            told.append(f"from {start} every step with a fee or interest stands still: {law.missing_row(start)}")
    return told


def half_year_start(on: date) -> date:
    """The 1 January or 1 July from which the rates of a day hold."""
    return date(on.year, 1 if on.month < 7 else 7, 1)
