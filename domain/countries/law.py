"""The dunning law of one country, asked about single days and kinds of debtor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from domain.countries.calendar import Calendar, ContactHours, add_months
from domain.countries.fees import CompensationRules, EarlierFee, FeeOf, FeeRules
from domain.countries.half_years import Amount, RoundingOf, half_year_start
from domain.countries.interest import InterestRules
from domain.countries.limitation import Filings, Limitation, Renewal, Renewed
from domain.countries.notices import TRADES, Forms, NoticeRules, NoticeSender, Trade
from domain.countries.regions import Home, Region, postcode_in
from domain.countries.rows import LawMissing, Rows
from domain.countries.sender_names import SenderNames
from domain.countries.sources import Source
from domain.countries.terms import Term
from domain.distribution_house import Need
from domain.moment import zone_of
from domain.money.allocation import AllocationRules, Part
from domain.money.amount import ZERO, rounded
from domain.vocabulary import DebtorKind

WHOLE = Decimal(1)

TOLD_AHEAD = timedelta(days=45)  # how long before a half-year without its row begins it is told of


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """What a creditor may ask for and how, on a given day, of a kind of debtor, in one country.

    Each table is asked by day and kind of debtor; `any`, who may be a consumer, is treated as one.
    """

    file: str
    country: str
    calendar: Calendar
    currency: str
    contact_hours: Rows[ContactHours]
    regions: Rows[Region]  # that have holidays of their own
    majority: Rows[int]  # years
    letter_transit: Rows[int]  # banking days
    times_to_pay: Rows[int]  # days from receipt that every message gives which sets a day
    fees: Rows[FeeRules]
    notices: Rows[NoticeRules]
    forms: Rows[Forms]
    digital_mailboxes: Rows[tuple[Need, ...]]  # what a letter in one has the form for
    interest: Rows[InterestRules]
    compensations: Rows[CompensationRules]
    allocations: Rows[AllocationRules]
    set_offs: Rows[bool]  # credit of one invoice may pay another that is due, without asking
    limitations: Rows[Limitation]
    notice_senders: Rows[NoticeSender]
    service_notices: Rows[int]  # days
    filings: Rows[Filings]
    licences: Rows[Term]  # what it takes to charge for a plan or for more time
    sender_names: Rows[SenderNames]  # what SMS to its numbers may be sent as
    roundings: Rows[Decimal]  # to what amounts that are reckoned are rounded, halves up
    ways_to_pay: Rows[tuple[str, ...]]  # by which people pay at once, the most used first
    half_years: Mapping[date, Mapping[str, Decimal]]
    sources: tuple[Source, ...]
    terms: frozenset[Term]
    """What the creditor declares, under which it is asked."""

    def under(self, terms: frozenset[Term]) -> "Law":
        """The same law as it holds for a creditor that declares something of its agreements and licences."""
        return _under(self, terms) if terms else self

    def felt_in(self, country: str, there: "Law | None", place: str = "") -> "Law":
        """The same law for a debtor elsewhere, by the clock, the days and, where its law is known, the hours of a country.

        `place` is the last line of their address, with the postcode: it tells the region. Of whose postcode nobody knows,
        the days are the country's.
        """
        postcode = there.postcode_of_region(place) if there else ""
        return self if country == self.country and not postcode else _felt_in(self, country, there, postcode)

    def postcode_of_region(self, place: str) -> str:
        """The postcode in the last line of an address, where it is of a region with holidays of its own; else nothing."""
        postcode = postcode_in(place) if self.regions.rows else ""
        return postcode if any(row.value.covers(postcode) for row in self.regions) else ""

    # --- where it comes from -------------------------------------------------------------------------------------

    def unverified(self) -> tuple[str, ...]:
        """The rows of the country file that no source confirms: `no.yaml:14: letter_transit from 1980-01-01`."""
        return tuple(f"{source.at}: {source.of}" for source in self.sources if not source.verified)

    def source(self, table: str, on: date, kind: DebtorKind = "any", **written: str) -> Source | None:
        """Where the row of a table comes from that holds on a day and says what is `written`; None without one."""
        kinds = (None, "any", "consumer" if kind == "any" else kind)
        rows = [
            source
            for source in self.sources
            if source.of == f"{table} from {source.row.get('from')}"
            and date.fromisoformat(source.row["from"]) <= on
            and source.row.get("for") in kinds
            and written.items() <= source.row.items()
        ]
        return rows[-1] if rows else None

    # --- days ----------------------------------------------------------------------------------------------------

    def effective_due(self, due: date) -> date:
        """The due date moved to a banking day; every deadline counts from there."""
        return self.calendar.banking_day_on_or_after(due)

    def arrives(self, posted_on: date) -> date:
        """The day on which a letter posted on a day has reached its addressee."""
        return self.calendar.add_banking_days(posted_on, self.letter_transit.on(posted_on))

    def last_day(self, start: date, days: int) -> date:
        """The last of so many days to pay that are given from a day on: the first banking day on or after it."""
        return self.calendar.banking_day_on_or_after(start + timedelta(days=days))

    def deadline(self, days: int, *, sent: date, arrives: date, kind: DebtorKind = "any", notice: bool = False) -> date:
        """The day by which to pay that a message sets: so many days from its arrival, and never fewer than the law gives."""
        ends = [self.last_day(arrives, days)]
        if (letter := self.times_to_pay.find(sent, kind)) is not None:
            ends.append(self.last_day(arrives, letter))
        if notice:
            ends.append(self.shortest_notice(kind, sent=sent, arrives=arrives))
        return max(ends)

    def shortest_notice(self, kind: DebtorKind, *, sent: date, arrives: date) -> date:
        """The earliest day that a collection notice may give which is sent and arrives on these days."""
        rules = self.notice(sent, kind)
        ends = self.last_day(sent, rules.shortest_deadline_days)
        if rules.banking_days_after_receipt is not None:
            ends = max(ends, self.calendar.add_banking_days(arrives, rules.banking_days_after_receipt))
        return ends

    def is_minor(self, born: date | None, on: date) -> bool:
        """Whether somebody is not yet of age on a day; who was born on 29 February is on 1 March.

        Whose birth date nobody told is taken to be of age.
        """
        if born is None:
            return False
        came_of_age_before = (on.year - self.majority.on(on), on.month, on.day)
        return came_of_age_before < (born.year, born.month, born.day)

    # --- what may be charged -------------------------------------------------------------------------------------

    def fee(self, on: date, kind: DebtorKind = "any", of: FeeOf = "reminder") -> FeeRules:
        """The rules of a fee on a day; LawMissing without a row."""
        return self.fees.on(on, kind, of)

    def late_fee_from(
        self, due: date, kind: DebtorKind = "any", of: FeeOf = "reminder", on: date | None = None
    ) -> date:
        """The first day a fee may be charged, by the rules of a day (None: the due date's); LawMissing without a row."""
        return self.effective_due(due) + timedelta(days=self.fee(on or due, kind, of).days_after_due_date)

    def statutory_fee(
        self,
        on: date,
        kind: DebtorKind = "any",
        of: FeeOf = "reminder",
        *,
        principal: Decimal = ZERO,
        parts: int = 1,
    ) -> Decimal:
        """The largest fee on a day for a message, or for a plan of so many parts; LawMissing without its row.

        Of a claim whose size nobody told it is the smallest.
        """
        rules = self.fee(on, kind, of)
        larger = (each.amount for each in rules.larger if principal > each.above and parts > each.parts)
        return max(larger, default=self._amount(rules.amount, on))

    def fee_allowed(
        self,
        *,
        wanted: Decimal | None,
        on: date,
        due: date,
        earlier_fees: Sequence[EarlierFee],
        compensation: Decimal = ZERO,
        kind: DebtorKind = "any",
        of: FeeOf = "reminder",
        issued: date | None = None,
        last_reminder: date | None = None,
    ) -> Decimal:
        """The part of the wanted fee (None: the statutory one) that may be charged on a day, 0 when none may.

        None may before its day, after the most fees within the reset period, too soon after the last reminder, when an
        earlier fee's deadline was too short or has not passed, or without the agreement that it needs. A
        `compensation` already claimed takes the place of fees: only what a fee has above it is left. LawMissing
        without rules or rates.
        """
        rules = self.fee(on, kind, of)
        counting = [fee for fee in earlier_fees if fee.of in rules.of and self._counts(fee, rules, on)]
        if (
            on < self.late_fee_from(due, kind, of, on)
            or len(counting) >= rules.most
            or not all(self._deadline_was_missed(fee, rules, on) for fee in counting)
            or (rules.needs_agreement and "reminder fee agreed" not in self.terms)
            or _too_soon(last_reminder, on, rules.days_after_last_reminder)
            or _too_soon(issued, due, rules.invoiced_days_before_due_date)
        ):
            return ZERO
        most = self._amount(rules.amount, on)
        fee = most if wanted is None else min(wanted, most)
        return max(ZERO, fee - compensation)

    def _counts(self, fee: EarlierFee, rules: FeeRules, on: date) -> bool:
        return rules.reset_months is None or on <= add_months(fee.charged_on, rules.reset_months)

    def _deadline_was_missed(self, fee: EarlierFee, rules: FeeRules, on: date) -> bool:
        if rules.after_missed_deadline_of_days is None:
            return True
        if fee.deadline is None or self.effective_due(fee.deadline) >= on:
            return False
        return (fee.deadline - fee.charged_on).days >= rules.after_missed_deadline_of_days

    def b2b_compensation(self, on: date) -> Decimal:
        """The standard compensation between businesses on a day; LawMissing without its row."""
        return self._amount(self.compensations.on(on, "business").amount, on)

    def compensation_to_charge(self, kind: DebtorKind, *, on: date, due: date, charged: Decimal) -> Decimal:
        """The standard compensation that a creditor may still claim of a business on a day; a consumer never pays it.

        `charged` is every fee and compensation of the case so far, which it offsets. Kinder than the law: never before
        its days, and the lower of the amounts of the due day and of the day of sending. LawMissing without either.
        """
        if kind != "business":
            return ZERO
        from_ = self.effective_due(due) + timedelta(days=self.compensations.on(on, kind).days_after_due_date)
        if on < from_:
            return ZERO
        lower = min(self.b2b_compensation(self.effective_due(due)), self.b2b_compensation(on))
        return max(ZERO, lower - charged)

    def interest_rate(self, on: date, kind: DebtorKind = "any") -> Decimal:
        """The late-payment interest on a day, in percent a year; LawMissing without its row."""
        rate = self.interest.on(on, kind).rate
        return self._figure(rate.figure, on) + rate.points

    def interest_due(self, due: date, issued: date, kind: DebtorKind = "any") -> date:
        """The day after which interest runs: the due date moved to a banking day, and later where nobody agreed on it."""
        without = self.interest.on(due, kind).days_without_agreed_due_date
        if without is not None and "due date agreed" not in self.terms:
            due = max(due, issued + timedelta(days=without))
        return self.effective_due(due)

    def may_charge_time(self, on: date, kind: DebtorKind = "any") -> bool:
        """Whether a plan or more time may cost something on a day: nothing is asked for, or the creditor declares it."""
        needed = self.licences.find(on, kind)
        return needed is None or needed in self.terms

    # --- notices, letters and the end ----------------------------------------------------------------------------

    def notice(self, on: date, kind: DebtorKind = "any") -> NoticeRules:
        """The rules of a collection notice that is sent on a day; LawMissing without a row."""
        return self.notices.on(on, kind)

    def notice_expires(self, sent: date, kind: DebtorKind = "any") -> date:
        """The last day on which a collection notice sent that day still allows a hand-off."""
        return add_months(sent, self.notice(sent, kind).oldest_months)

    def hand_off_from(self, sent: date, kind: DebtorKind = "any") -> date:
        """The first day on which a collection notice sent that day allows a hand-off, whatever its deadline."""
        return sent + timedelta(days=self.notice(sent, kind).days_before_hand_off or 0)

    def notice_sender(self, on: date, kind: DebtorKind = "any") -> NoticeSender:
        """Who may send a collection notice on a day; LawMissing before the first row."""
        return self.notice_senders.on(on, kind)

    def service_notice_days(self, kind: DebtorKind, on: date, trade: Trade | None) -> int:
        """How many days a debtor who is warned on a day is given before a service is blocked or ended.

        Of a service whose trade nobody told, the longest of all trades. LawMissing without a row.
        """
        wanted = TRADES if trade is None else (trade,)
        known = [days for each in wanted if (days := self.service_notices.find(on, kind, each)) is not None]
        if not known:
            raise self.service_notices.missing(on, kind, trade or "any trade")
        return max(known)

    def allocation_for(
        self, creditors_own: Sequence[Part] | None, on: date, kind: DebtorKind = "any"
    ) -> tuple[Part, ...]:
        """The order in which money pays the parts of a claim: the creditor's own, where the country lets it choose."""
        return self.allocations.on(on, kind).order_for(creditors_own)

    def limitation_ends(
        self,
        due: date,
        kind: DebtorKind = "any",
        origin: date | None = None,
        renewed: Iterable[Renewed] = (),
    ) -> date:
        """The last day before a claim is barred that could first be demanded on a day and arose on `origin`.

        Of what may have begun it anew that counts which the law names, while the claim was not barred yet; each gives
        the same years again. LawMissing before the first row.
        """
        rules = self.limitations.on(due, kind)
        start = min(due, origin or due) if rules.counts_from == "origin" else due
        ends = add_months(start, 12 * rules.years)
        for each in sorted(renewed):
            if rules.is_renewed_by(each.by) and each.on <= ends:
                ends = max(ends, add_months(each.on, 12 * rules.years))
        return ends

    def begins_anew_by(self, due: date, kind: DebtorKind = "any") -> tuple[Renewal, ...]:
        """What begins limitation anew, by the same row. A person judges the end all the same: the facts do not have all of it."""
        return self.limitations.on(due, kind).renewed_by

    # --- figures that are told for each half-year ----------------------------------------------------------------

    def _amount(self, amount: Amount, on: date) -> Decimal:
        if amount.figure is None:
            return amount.fixed
        figure = self._figure(amount.figure, on)
        return figure if amount.part == 1 else self.rounded(figure / amount.part, "fee", on)

    def rounded(self, amount: Decimal, of: RoundingOf, on: date) -> Decimal:
        """An amount that was reckoned, rounded halves up: to what the row of a day says.

        Without a row fees that are a part of a figure are whole, and interest is to what the currency has.
        """
        step = self.roundings.find(on, of=of) or (WHOLE if of == "fee" else None)
        return rounded(amount, self.currency) if step is None else (amount / step).quantize(WHOLE, ROUND_HALF_UP) * step

    def _figure(self, name: str, on: date) -> Decimal:
        start = half_year_start(on)
        row = self.half_years.get(start)
        if row is None:
            raise LawMissing(self.missing_row(start))
        return row[name]

    @property
    def needs_figures(self) -> str:
        """What stands still without the figures of a half-year, in words."""
        fixed = all(row.value.amount.figure is None for row in (*self.fees, *self.compensations))
        return "interest" if fixed else "a fee or interest"

    def missing_row(self, start: date) -> str:
        """What to add for a half-year that has no row."""
        figures = ", ".join(f"{name}: …" for name in next(iter(self.half_years.values()), {}))
        return (
            f"{self.file} has no row in half_years for the half-year from {start}: add "
            f"`- {{from: {start}, {figures}, verified: …}}`"
        )


@lru_cache
def _under(law: Law, terms: frozenset[Term]) -> Law:
    return replace(law, terms=terms)


@lru_cache(maxsize=1_024)
def _felt_in(law: Law, country: str, there: Law | None, postcode: str) -> Law:
    home = Home(there.regions, postcode) if there and postcode else None
    calendar = Calendar(country, zone_of(country).key, law.calendar.draws, home)
    return replace(law, calendar=calendar, contact_hours=there.contact_hours if there else law.contact_hours)


def _too_soon(since: date | None, on: date, days: int | None) -> bool:
    """Whether a day is fewer than so many days after another."""
    return since is not None and days is not None and on < since + timedelta(days=days)


def missing_soon(laws: Iterable[Law], today: date) -> list[str]:
    """The first half-year without its row of each law, where it has begun or begins within 45 days; a sentence each."""
    told = []
    for law in laws:
        start = half_year_start(today)
        while start in law.half_years:
            start = add_months(start, 6)
        if law.half_years and start <= today + TOLD_AHEAD:
            told.append(f"from {start} every step with {law.needs_figures} stands still: {law.missing_row(start)}")
    return told
