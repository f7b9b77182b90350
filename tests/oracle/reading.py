"""The rules of reminding read a second time, by another road than the planner's: over what was told, when all is over.

The reader has the letters and calls of one debtor on the table, what was known of that life and when, and a calendar of
its own; it knows nothing of policies, steps or decisions. Each rule is one function that names what it finds wrong. The
numbers of each law, with their sources, are in `tests.oracle.countries`; others: foreldelsesloven § 2, vergemålsloven § 9.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.planner.flags import FLAGS
from tests.oracle.countries import NUMBERS, Numbers

MOST_NOTICES = 2
UNREAD_BANKING_DAYS = 5  # how long what a debtor wrote may lie unread before hard things go on
GOES_ON_AT = time(9)
LONGEST_ON_ITS_WAY = timedelta(days=16)  # a letter: to be posted, over Christmas, and its days in transit


class Sort(StrEnum):
    """What a debtor may be met with, the kindest first."""

    INVOICE = "the invoice"
    WORD = "a word of what happened"
    THANKS = "a last word"
    COPY = "a copy of a letter"
    ASKS = "a reminder"
    HARD = "what costs or threatens"
    CALL = "a call"
    COLLECTION = "the hand-off"


UNASKED = frozenset({Sort.ASKS, Sort.HARD, Sort.CALL, Sort.COLLECTION})
ALL_BUT_THANKS = frozenset(Sort) - {Sort.THANKS}
FORBIDS: Mapping[str, frozenset[Sort]] = {
    "has died": frozenset(Sort),  # the estate has a contact, or nobody is written to
    "an estate": UNASKED,
    "insolvent": frozenset(Sort),
    "paused": UNASKED,
    "on hold": ALL_BUT_THANKS,
    "promised": UNASKED | {Sort.INVOICE},
    "in a plan": UNASKED | {Sort.INVOICE},
    "somebody else": frozenset({Sort.HARD, Sort.CALL, Sort.COLLECTION}),
    "unread words": frozenset({Sort.HARD, Sort.COLLECTION}),  # who calls has read them
    "partly disputed": frozenset({Sort.COLLECTION}),
    "no calls": frozenset({Sort.CALL}),
    "represented": frozenset({Sort.CALL}),
    "a minor": frozenset({Sort.CALL}),
}
"""What each thing that is known keeps from a debtor, by the practice; what is not named here keeps nothing."""
STANDS_IN = frozenset({"an estate", "represented"})
THANKS = frozenset({"paid", "handed-off", "credit-used"})
THREATENS = frozenset({"collection-notice", "block-warning"})
WAIT_FOR_ROOM = frozenset({Sort.INVOICE, Sort.ASKS, Sort.HARD, Sort.CALL})
"""What the contact budget keeps back, but notices of the law; these, what happened and last words count and do not wait."""
SOMEBODY = (
    "on hold: ",  # who put it there, until released
    "stop switch: ",  # whoever set it lifts it
    "handed off: waiting for the collection partner's answer",
    "waiting for a person to approve the hand-off",
)
"""Who is waited for where no flag says it: the words name them."""


@dataclass(frozen=True)
class Known:
    """Something that stood, of one invoice or of all: a word of `FORBIDS`, from when (UTC) until when (None: for good)."""

    what: str
    since: datetime
    until: datetime | None = None
    invoice: str | None = None

    def holds(self, invoice: str, at: datetime, law: Numbers) -> bool:
        """Whether it stood in the way of an invoice at a moment."""
        over = self.until is not None and self.until <= at
        return self.invoice in (None, invoice) and self.since < at and not over and not self._is_passed_over(at, law)

    def _is_passed_over(self, at: datetime, law: Numbers) -> bool:
        """Words may lie unread for so long; after that nobody waits for their reader."""
        if self.what != "unread words":
            return False
        day = law.banking_days_after(self.since.astimezone(law.zone).date(), UNREAD_BANKING_DAYS)
        return at >= datetime.combine(day, GOES_ON_AT, law.zone)


@dataclass(frozen=True)
class Waiting:
    """What a case waited for when somebody looked: until when (UTC), the flag it shows, and why, in words."""

    invoice: str
    at: datetime
    until: datetime | None
    flag: str | None
    why: str


@dataclass(frozen=True)
class Told:
    """One message or call as it came: when (local), what, how, about which invoices."""

    at: datetime
    what: str  # invoice, due-date-reminder, reminder, collection-notice, alert …
    step: str
    channel: str
    about: tuple[str, ...]
    fee: Decimal = Decimal(0)
    fee_on: str | None = None
    deadline: date | None = None
    asked: dict[str, Decimal] = field(default_factory=dict)  # the principal asked for, by invoice
    failed: bool = False  # it reached nobody
    reachable: bool = True  # whoever is to be written to has an address there that works

    @property
    def day(self) -> date:
        """The local day."""
        return self.at.date()

    @property
    def sort(self) -> Sort:
        """What it is to whom it comes to."""
        if self.channel == "phone":
            return Sort.CALL
        if self.what == "alert":
            return Sort.COPY
        if self.what in THANKS:
            return Sort.THANKS
        if self.fee > 0 or self.what in THREATENS:
            return Sort.HARD
        if self.what == "invoice":
            return Sort.INVOICE
        happened = "#" in self.step and not self.step.startswith("first-reminder")
        return Sort.WORD if happened else Sort.ASKS


@dataclass(frozen=True)
class HandedOff:
    """One invoice that went to collection: when (local), and the principal that was exported."""

    at: datetime
    invoice: str
    principal: Decimal


@dataclass(frozen=True)
class Claim:
    """One invoice of the debtor: the day it is due, on a banking day or not, and whether it was paid in time."""

    invoice: str
    due: date


@dataclass(frozen=True)
class Debtor:
    """One debtor at the end: the claims, all that was told, what was handed off, what was known, and what was waited for.

    `budget`: so many contacts within so many days, each of which holds. `asked_for`: (invoice, step) that a person wanted.
    """

    claims: tuple[Claim, ...]
    told: tuple[Told, ...]
    handed_off: tuple[HandedOff, ...] = ()
    wrote_on: date | None = None
    business: bool = False
    known: tuple[Known, ...] = ()
    budget: tuple[tuple[int, int], ...] = ()
    asked_for: frozenset[tuple[str, str]] = frozenset()
    waiting: tuple[Waiting, ...] = ()
    law: Numbers = NUMBERS["NO"]

    def one_was_written_to_since(self, at: datetime) -> datetime:
        """Since when whoever is written to at a moment has been: who stands in has heard nothing of what went before."""
        stood_in = (known for known in self.known if known.what in STANDS_IN)
        changes = (change for known in stood_in for change in (known.since, known.until) if change and change <= at)
        return max(changes, default=datetime.min.replace(tzinfo=UTC))


def faults(debtor: Debtor) -> list[str]:
    """What was done wrong to this debtor, a sentence each with the rule's name; empty when all was right."""
    return [f"{rule.__name__}: {found}" for rule in RULES for found in rule(debtor)]


def one_message_of_a_kind_a_day(debtor: Debtor) -> Iterator[str]:
    """Nobody gets two messages of one step on a day, however many invoices there are; what happened is spoken of one by one."""
    seen: dict[tuple[date, str, str], Told] = {}
    for told in (each for each in _arrived(debtor) if each.sort is not Sort.WORD):
        key = (told.day, told.what, told.channel)
        if key in seen:
            yield f"{told.what} by {told.channel} twice on {told.day}, about {seen[key].about} and {told.about}"
        seen[key] = told


def one_fee_a_day(debtor: Debtor) -> Iterator[str]:
    """What is due together bears one fee. A notice and a reminder are kept apart by law, and so are theirs."""
    days: set[tuple[date, str]] = set()
    for told in _arrived(debtor):
        if told.fee > 0:
            if (told.day, told.what) in days:
                yield f"two fees for a {told.what} on {told.day}"
            days.add((told.day, told.what))


def a_fee_is_small_late_and_rare(debtor: Debtor) -> Iterator[str]:
    """Never above the law's, never before its day, at most so many a claim, a second one only when the law lets it."""
    law = debtor.law
    due = {claim.invoice: law.effective(claim.due) for claim in debtor.claims}
    charged: dict[str, list[Told]] = {}
    for told in _arrived(debtor):
        if told.fee <= 0 or told.fee_on is None:
            continue
        if told.fee > law.highest_fee[told.what, debtor.business]:
            yield f"a fee of {told.fee} for a {told.what} on {told.day}"
        days = law.compensation_after_days if debtor.business else law.fee_after_days
        if told.day < due[told.fee_on] + timedelta(days=days):
            yield f"a fee on {told.day} for an invoice due on {due[told.fee_on]}"
        before = charged.setdefault(told.fee_on, [])
        most, of = law.most_fees.get("any"), before
        if most is None:
            most, of = law.most_fees[told.what], [each for each in before if each.what == told.what]
        if len(of) >= most and told.day < of[-most].day + timedelta(days=180):
            yield f"fee number {len(of) + 1} for {told.fee_on}"
        if law.after_a_missed_deadline and before and (before[-1].deadline is None or told.day <= before[-1].deadline):
            yield f"a second fee on {told.day} before the deadline {before[-1].deadline} was missed"
        before.append(told)


def a_fee_keeps_its_distance_from_the_reminder_before(debtor: Debtor) -> Iterator[str]:
    """So many days after whatever reminder of the claim went out last, free ones too."""
    gap = timedelta(days=debtor.law.fee_after_reminder_days[debtor.business])
    for told in (each for each in _arrived(debtor) if each.fee > 0):
        earlier = [each for each in _reminders(debtor, told.fee_on or "") if each.at < told.at]
        if earlier and told.day < earlier[-1].day + gap:
            yield f"a fee on {told.day} after the {earlier[-1].step} of {earlier[-1].day}"


def what_costs_goes_in_the_form_of_the_law(debtor: Debtor) -> Iterator[str]:
    """A fee or a notice goes by letter, or in some countries by an email address that the debtor wrote from lately."""
    for told in _arrived(debtor):
        if not (told.fee > 0 or told.what == "collection-notice") or told.channel == "letter":
            continue
        lately = debtor.wrote_on is not None and told.day - debtor.wrote_on <= timedelta(days=181)
        if told.channel != "email" or not lately or not debtor.law.email_carries:
            yield f"{told.what} with fee {told.fee} by {told.channel} on {told.day}"


def a_notice_comes_after_words_and_gives_days(debtor: Debtor) -> Iterator[str]:
    """Never the first word about a claim, never before it is overdue, with the days of the law, and to nobody more than twice."""
    law = debtor.law
    due = {claim.invoice: law.effective(claim.due) for claim in debtor.claims}
    for invoice in due:
        heard = [told for told in _arrived(debtor) if invoice in told.about and told.what != "alert"]
        notices = [told for told in heard if told.what == "collection-notice"]
        if notices and heard[0] is notices[0]:
            yield f"a notice on {notices[0].day} is the first word about {invoice}"
        to_each = Counter(debtor.one_was_written_to_since(notice.at) for notice in notices)
        if any(many > MOST_NOTICES for many in to_each.values()):
            yield f"{len(notices)} notices about {invoice}"
        for notice in notices:
            received = law.received(notice.day, notice.channel)
            least = max(
                notice.day + timedelta(days=law.notice_days),
                law.banking_days_after(received, law.notice_banking_days_from_receipt),
            )
            if notice.day <= due[invoice]:
                yield f"a notice on {notice.day} about {invoice}, due on {due[invoice]}"
            if notice.deadline is None or notice.deadline < least:
                yield f"a notice on {notice.day} gives until {notice.deadline}, not {least}"


def every_letter_gives_the_days_of_the_law(debtor: Debtor) -> Iterator[str]:
    """A reminder or a notice gives so many days from the latest day on which it arrives."""
    law = debtor.law
    for told in _arrived(debtor):
        least = law.received(told.day, told.channel) + timedelta(days=law.letter_days_from_receipt)
        if told.what in ("reminder", "collection-notice") and (told.deadline is None or told.deadline < least):
            yield f"{told.step} by {told.channel} on {told.day} gives until {told.deadline}, not {least}"


def nothing_costs_that_nobody_was_told_of(debtor: Debtor) -> Iterator[str]:
    """No fee, notice or hand-off for an invoice of which no message ever arrived that was free for it.

    What a joint message costs is on one of its invoices: for the others it is free.
    """
    hard = [
        (told.at, invoice) for told in _arrived(debtor) if told.what == "collection-notice" for invoice in told.about
    ]
    hard += [(told.at, told.fee_on) for told in _arrived(debtor) if told.fee > 0 and told.fee_on]
    hard += [(gone.at, gone.invoice) for gone in debtor.handed_off]
    for at, invoice in hard:
        kind = [t for t in _arrived(debtor) if invoice in t.about and t.at < at and t.what != "alert"]
        if all(t.fee_on == invoice for t in kind):
            yield f"{invoice} cost something on {at:%d %b %Y}, and no free word came before"


def a_printed_deadline_is_kept(debtor: Debtor) -> Iterator[str]:
    """After a message that gives days to pay, nothing that costs or threatens comes before they are over."""
    for invoice in (claim.invoice for claim in debtor.claims):
        given: list[tuple[str, date]] = []
        for told in (each for each in _arrived(debtor) if invoice in each.about and each.what != "alert"):
            hard = told.what == "collection-notice" or (told.fee > 0 and told.fee_on == invoice)
            if hard and (broken := [day for step, day in given if step != told.step and told.day <= day]):
                yield f"{told.step} on {told.day} about {invoice}, though {max(broken)} was given"
            if told.deadline is not None:
                given.append((told.step, told.deadline))
        for gone in debtor.handed_off:
            if gone.invoice == invoice and (broken := [day for _, day in given if gone.at.date() <= day]):
                yield f"{invoice} handed off on {gone.at.date()}, though {max(broken)} was given"


def a_hand_off_is_what_the_notice_asked_for(debtor: Debtor) -> Iterator[str]:
    """A notice at most six months old, its deadline gone, and no more of the claim than it named."""
    for gone in debtor.handed_off:
        notices = [t for t in _arrived(debtor) if t.what == "collection-notice" and gone.invoice in t.about]
        least = timedelta(days=debtor.law.hand_off_after_days[debtor.business])
        valid = [
            t
            for t in notices
            if t.deadline is not None
            and t.deadline < gone.at.date() <= t.day + timedelta(days=184)
            and t.day + least <= gone.at.date()
        ]
        if not valid:
            yield f"{gone.invoice} handed off on {gone.at.date()} without a valid notice"
        elif all(t.asked.get(gone.invoice, Decimal(0)) < gone.principal for t in valid):
            yield f"{gone.invoice} handed off with {gone.principal}, the notice asked for {valid[-1].asked[gone.invoice]}"


def messages_come_at_decent_hours(debtor: Debtor) -> Iterator[str]:
    """Monday to Friday 08-21, Saturday 09-15, never on Sundays and public holidays; calls too."""
    for told in debtor.told:
        clock = told.at.time()
        saturday = told.day.weekday() == 5
        opens, closes = (time(9), time(15)) if saturday else (time(8), time(21))
        if told.day.weekday() == 6 or told.day in debtor.law.holidays or not opens <= clock <= closes:
            yield f"{told.what} by {told.channel} on {told.at:%a %d %b %Y %H:%M}"


def nobody_is_met_with_what_they_may_not_be(debtor: Debtor) -> Iterator[str]:
    """Nothing that is known of a debtor or an invoice forbids what comes, also where it reached nobody."""
    for told in debtor.told:
        for invoice in told.about:
            for known in debtor.known:
                if told.sort in FORBIDS[known.what] and known.holds(invoice, told.at, debtor.law):
                    yield f"{told.step} by {told.channel} about {invoice} on {told.at:%d %b %Y %H:%M}: {known.what}"


def it_goes_to_who_may_be_written_to(debtor: Debtor) -> Iterator[str]:
    """The debtor, or whoever stands in, at an address that works; a minor on paper alone."""
    for told in debtor.told:
        if not told.reachable:
            yield f"{told.step} by {told.channel} on {told.at:%d %b %Y %H:%M}: nobody who may get it has an address there"


def a_minor_pays_no_fee(debtor: Debtor) -> Iterator[str]:
    """Fees are no minor's to bear."""
    for told in debtor.told:
        if told.fee > 0 and any(
            known.what == "a minor" and known.holds(told.about[0], told.at, debtor.law) for known in debtor.known
        ):
            yield f"a fee of {told.fee} on {told.day}"


def no_more_than_the_budget(debtor: Debtor) -> Iterator[str]:
    """So many messages and calls within so many days, whatever about and by; what a person wants at once does not wait."""
    counted: list[datetime] = []
    for told in debtor.told:
        moment = told.at.astimezone(UTC)  # a week is 168 hours
        wanted = any((invoice, told.step) in debtor.asked_for for invoice in told.about)
        waits = told.sort in WAIT_FOR_ROOM and told.what != "collection-notice" and not wanted
        for most, days in debtor.budget if waits else ():
            lately = sum(at > moment - timedelta(days=days) for at in counted)
            if lately >= most:
                yield f"{told.step} by {told.channel} on {told.at:%d %b %Y %H:%M} after {lately} in {days} days"
        if told.sort is not Sort.COPY:  # a letter is one contact, with its copies
            counted.append(moment)


def a_copy_tells_of_a_letter_on_its_way(debtor: Debtor) -> Iterator[str]:
    """A copy says that a letter is coming: it leaves with it, and not when it has long arrived."""
    for told in (each for each in debtor.told if each.sort is Sort.COPY):
        lately = (t for t in debtor.told if timedelta(0) <= told.at - t.at <= LONGEST_ON_ITS_WAY)
        announced = {invoice for t in lately if t.channel == "letter" for invoice in t.about}
        if not announced.issuperset(told.about):
            yield f"a copy of {told.step} by {told.channel} on {told.at:%d %b %Y} without a letter on its way"


def nobody_is_told_again_by_what_was_passed_over(debtor: Debtor) -> Iterator[str]:
    """Paper is the last way of a message: after a letter nothing of the step comes about the same invoice to the same person."""
    for told in _arrived(debtor):
        if told.channel == "letter" or told.sort is Sort.COPY or told.deadline is None:
            continue
        for invoice in told.about:
            before = [
                t.day
                for t in _arrived(debtor)
                if (t.step, t.channel, t.sort) == (told.step, "letter", told.sort)
                and invoice in t.about
                and debtor.one_was_written_to_since(told.at) <= t.at < told.at
            ]
            if before:
                yield f"{told.step} by {told.channel} on {told.day} about {invoice}, after its letter of {before[-1]}"


def no_hand_off_goes_through_a_closed_gate(debtor: Debtor) -> Iterator[str]:
    """Nothing goes to collection while anything known of the debtor or the invoice forbids it."""
    for gone in debtor.handed_off:
        for known in debtor.known:
            if Sort.COLLECTION in FORBIDS[known.what] and known.holds(gone.invoice, gone.at, debtor.law):
                yield f"{gone.invoice} handed off on {gone.at:%d %b %Y %H:%M}: {known.what}"


def what_waits_has_a_day_or_names_who_must_do_what(debtor: Debtor) -> Iterator[str]:
    """A case goes on by itself at a moment ahead, or shows a flag of the operators' guide, or says who is waited for."""
    for case in debtor.waiting:
        if case.until is not None and case.until <= case.at:
            yield f"{case.invoice} waits on {case.at:%d %b %Y} for what is past: {case.why}"
        if case.until is None and case.flag not in FLAGS and not case.why.startswith(SOMEBODY):
            yield f"{case.invoice} waits on {case.at:%d %b %Y} and nobody knows for whom: {case.why} [{case.flag}]"


def _reminders(debtor: Debtor, invoice: str) -> list[Told]:
    """The reminders and notices of an invoice that arrived, in their order."""
    return [t for t in _arrived(debtor) if invoice in t.about and t.what in ("reminder", "collection-notice")]


def _arrived(debtor: Debtor) -> Sequence[Told]:
    """The messages that arrived: no law of letters is about calls."""
    return [told for told in debtor.told if not told.failed and told.sort is not Sort.CALL]


RULES: tuple[Callable[[Debtor], Iterator[str]], ...] = (
    one_message_of_a_kind_a_day,
    one_fee_a_day,
    a_fee_is_small_late_and_rare,
    a_fee_keeps_its_distance_from_the_reminder_before,
    what_costs_goes_in_the_form_of_the_law,
    a_notice_comes_after_words_and_gives_days,
    every_letter_gives_the_days_of_the_law,
    nothing_costs_that_nobody_was_told_of,
    a_printed_deadline_is_kept,
    a_hand_off_is_what_the_notice_asked_for,
    messages_come_at_decent_hours,
    nobody_is_met_with_what_they_may_not_be,
    it_goes_to_who_may_be_written_to,
    a_minor_pays_no_fee,
    no_more_than_the_budget,
    a_copy_tells_of_a_letter_on_its_way,
    nobody_is_told_again_by_what_was_passed_over,
    no_hand_off_goes_through_a_closed_gate,
    what_waits_has_a_day_or_names_who_must_do_what,
)
