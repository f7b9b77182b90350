"""Instalment plans: what may be offered, whether a schedule keeps to the policy, and where an agreed plan stands."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Literal

from domain.countries.calendar import Calendar, add_months
from domain.money.allocation import Change
from domain.money.amount import ZERO, is_short, to_cents

USUAL_MONTHS = (2, 3, 6, 12)  # what is offered where no budget is known
FEWEST = 2  # one instalment is a promise to pay
SHORTER_OFFERS = 2  # beside the plan that fits a budget
GRACE_BANKING_DAYS = 3  # money ordered on the last day is booked this late
CHANCE_DAYS = 7  # how long the one chance to make good lasts
REMIND_DAYS_BEFORE = 3
_ONE_DAY = timedelta(days=1)
_WHOLE = Decimal(1)
_YEAR_IN_PERCENT_DAYS = Decimal(365 * 100)


@dataclass(frozen=True, slots=True)
class PlanRules:
    """The bounds of every plan; amounts are in the policy's currency."""

    smallest: Decimal = Decimal(500)
    most_months: int = 12
    first_within_days: int = 30
    interest: Literal["free", "statutory"] = "free"
    ask_above: Decimal = Decimal(10000)  # what is owed above it is split by what the debtor has left each month
    moves: int = 2  # of one plan's dates, by the debtor
    move_within_days: int = 14  # how much later than agreed an instalment may be moved to


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment of a plan; the due date is a banking day."""

    number: int
    due_on: date
    amount: Decimal
    moved_from: date | None = None  # the day that was agreed first, where the debtor moved it


InterestOf = Callable[[Sequence[Change]], Decimal]
"""The interest in all that runs on a debt while these payments come in, by value date."""


@dataclass(frozen=True, slots=True)
class PlanInterest:
    """Simple interest (act/365) on a plan's principal, from the day after `since` until it is paid.

    The rate, in percent a year, is that of the day of agreement for the whole plan: its cost is fixed in writing.
    """

    principal: Decimal
    since: date
    rate: Decimal

    def of(self, paid: Iterable[Change]) -> Decimal:
        """All that runs while these payments come in, by value date."""
        owed, day, found = self.principal, self.since, ZERO
        for paid_on, amount in paid:
            found += max(owed, ZERO) * self.rate * max((paid_on - day).days, 0) / _YEAR_IN_PERCENT_DAYS
            owed, day = owed - amount, max(paid_on, day)
        return to_cents(found)

    def never_runs(self, agreed: Decimal, paid: Sequence[Change]) -> Decimal:
        """How much of the interest that was agreed never runs, once payments have paid the principal; zero before that.

        Who pays late pays no more than was agreed.
        """
        if sum((amount for _, amount in paid), ZERO) < self.principal:
            return ZERO
        return max(ZERO, agreed - self.of(sorted(paid)))


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that may be agreed. `monthly` is the regular instalment, `total` the whole cost, interest included."""

    months: int
    instalments: tuple[Instalment, ...]
    monthly: Decimal
    interest: Decimal
    total: Decimal


class NoOffer(StrEnum):
    """Why no plan is offered."""

    NO_PLANS = "no plans"
    TOO_SMALL = "too small"
    NOTHING_LEFT = "nothing left"
    BEYOND_BUDGET = "beyond the budget"
    TOO_LONG = "too long"


WHY_NO_OFFER = {
    NoOffer.NO_PLANS: "the policy offers no instalment plans: a promise to pay gives more time",
    NoOffer.TOO_SMALL: "the amount is too small to be split: a promise to pay gives more time",
    NoOffer.NOTHING_LEFT: (
        "nothing is left each month after spending: do not promise money for food and rent; "
        "a person helps, and there is free debt advice (in Norway from NAV)"
    ),
    NoOffer.BEYOND_BUDGET: (
        "even the longest plan takes more than half of what is left each month: "
        "a person finds another way, and there is free debt advice (in Norway from NAV)"
    ),
    NoOffer.TOO_LONG: "so little a month takes longer than the policy allows: a person finds another way",
}
"""The same in kind words."""


@dataclass(frozen=True, slots=True)
class Offers:
    """The plans to choose from, shortest first; why there are none where there are none."""

    plans: tuple[Offer, ...] = ()
    none_because: NoOffer | None = None


class PlanState(StrEnum):
    """Where an agreed plan stands."""

    ACTIVE = "active"
    WAITING = "waiting for bank data"  # an instalment is late, and its money may lie in a file not yet imported
    BREACHED = "breached"  # the first breach: one chance is to be given
    CHANCE = "chance"  # the one chance runs
    BROKEN = "broken"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """Where a plan stands on one day. Instalments here carry the amount that is still unpaid of them."""

    state: PlanState
    next: Instalment | None = None  # the first that is not paid in full
    overdue: tuple[Instalment, ...] = ()  # unpaid when their grace was over, whether bank data is there or not
    changes_on: date | None = None  # the next day on which time alone may change the state


def offers(
    total: Decimal,
    rules: PlanRules,
    today: date,
    calendar: Calendar,
    *,
    first_due: date | None = None,
    income: Decimal | None = None,
    spending: Decimal | None = None,
    monthly: Decimal | None = None,
    interest: InterestOf | None = None,
) -> Offers:
    """The plans that may be agreed for a debt of `total` on day `today`.

    Without a budget the usual lengths; with a month's income and spending the plan that takes about half of what
    is left, the nearest at or below, and two shorter ones. With an own amount a month, `monthly`, the one plan that is
    nearest at or below that. `interest` is None for plans that are free of it.
    Raises ValueError, in words, when `first_due` is outside the policy's bounds.
    """
    first = latest_first(rules, today, calendar) if first_due is None else first_due
    if wrong := _first_out_of_bounds(first, rules, today, calendar):
        raise ValueError(wrong)
    if rules.most_months < FEWEST:
        return Offers(none_because=NoOffer.NO_PLANS)
    possible = list(_possible(total, rules, first, calendar, interest))
    if not possible:
        return Offers(none_because=NoOffer.TOO_SMALL)
    if monthly is not None:
        nearest = next((offer for offer in possible if offer.monthly <= monthly), None)
        return Offers((nearest,)) if nearest else Offers(none_because=NoOffer.TOO_LONG)
    if income is None or spending is None:
        usual = (*USUAL_MONTHS, possible[-1].months)
        return Offers(tuple(offer for offer in possible if offer.months in usual))
    left = income - spending
    if left <= 0:
        return Offers(none_because=NoOffer.NOTHING_LEFT)
    fitting = next((place for place, offer in enumerate(possible) if offer.monthly <= left / 2), None)
    if fitting is None:
        return Offers(none_because=NoOffer.BEYOND_BUDGET)
    return Offers(tuple(possible[max(fitting - SHORTER_OFFERS, 0) : fitting + 1]))


def out_of_bounds(
    schedule: Sequence[Instalment], total: Decimal, rules: PlanRules, today: date, calendar: Calendar
) -> str | None:
    """Why a schedule that an agent wrote may not be agreed, in words; None when it may."""
    if rules.most_months < FEWEST:
        return WHY_NO_OFFER[NoOffer.NO_PLANS]
    if len(schedule) < FEWEST:
        return f"a plan has at least {FEWEST} instalments: for one later day record a promise to pay"
    for instalment in schedule:
        if instalment.amount < rules.smallest:
            return f"instalment {instalment.number} of {instalment.amount} is under the smallest, {rules.smallest}"
        if not calendar.is_banking_day(instalment.due_on):
            return f"{instalment.due_on} is no banking day"
    if any(before.due_on >= after.due_on for before, after in pairwise(schedule)):
        return "each instalment is due after the one before"
    if wrong := _first_out_of_bounds(schedule[0].due_on, rules, today, calendar):
        return wrong
    last = calendar.banking_day_on_or_after(add_months(latest_first(rules, today, calendar), rules.most_months - 1))
    if schedule[-1].due_on > last:
        return f"the last instalment, due {schedule[-1].due_on}, is after {last}: at most {rules.most_months} months"
    if (written := sum((each.amount for each in schedule), ZERO)) != total:
        return f"the instalments come to {written}, the debt is {total}"
    return None


def why_not_moved(
    plan: Sequence[Instalment],
    unpaid: Sequence[Instalment],
    number: int,
    to: date,
    rules: PlanRules,
    today: date,
    calendar: Calendar,
) -> str | None:
    """Why an instalment of an agreed plan may not be due on another day, in words; None when it may.

    `plan` are all instalments as they stand, `unpaid` what is left of them. The day is moved to a banking day first.
    Each date is moved once, to a later day that is ahead, and the order of the instalments stays.
    """
    moving = next((each for each in unpaid if each.number == number), None)
    if moving is None:
        return f"instalment {number} is paid, or the plan has none"
    if moving.moved_from is not None:
        return f"instalment {number} was moved already, from {moving.moved_from}"
    if (moved := sum(each.moved_from is not None for each in plan)) >= rules.moves:
        return f"the policy allows {rules.moves} moved dates in one plan, and there were {moved}"
    latest = latest_move(plan, moving, rules, calendar)
    if max(today, moving.due_on) < to <= latest:
        return None
    return f"{to} is not possible: give a day after {max(today, moving.due_on)} and through {latest}"


def latest_move(plan: Sequence[Instalment], moving: Instalment, rules: PlanRules, calendar: Calendar) -> date:
    """The last banking day to which an instalment may be moved: within the policy's days, and before the next one."""
    latest = calendar.banking_day_on_or_after(moving.due_on + timedelta(days=rules.move_within_days))
    following = next((each.due_on for each in plan if each.number == moving.number + 1), None)
    return latest if following is None else min(latest, calendar.add_banking_days(following, -1))


def paid_as_agreed(instalments: Iterable[Instalment]) -> list[Change]:
    """The payments of a plan that is kept to the day."""
    return [(each.due_on, each.amount) for each in instalments]


def left(instalments: Sequence[Instalment], paid: Decimal) -> tuple[Instalment, ...]:
    """What is left of each instalment when `paid` has filled them in their order; those paid in full are gone."""
    reached = accumulate(instalment.amount for instalment in instalments)
    rest = ((each, min(through - paid, each.amount)) for each, through in zip(instalments, reached, strict=True))
    return tuple(each if of == each.amount else replace(each, amount=of) for each, of in rest if of > 0)


def plan_standing(
    instalments: Sequence[Instalment],
    paid: Decimal,
    today: date,
    calendar: Calendar,
    bank_data_through: date | None,
    chance_until: date | None,
    tolerance: Decimal = ZERO,
) -> PlanStanding:
    """Where a plan stands, `paid` being all that came in since it was agreed, however it was split.

    An instalment is late when its due date and three banking days are past, and missed when bank data is imported
    through them. The first miss gives one chance for the whole plan; with that chance over (`chance_until` and
    its three banking days), whatever is missed breaks the plan. Less than `tolerance` in all is no miss: it is not
    given up but goes on to the next instalment, and what is left of the last one stays on the invoice.
    """
    unpaid = left(instalments, paid)
    late = tuple(each for each in unpaid if settled_by(each.due_on, calendar) < today)
    if not is_short(sum((each.amount for each in late), ZERO), tolerance):
        unpaid, late = _carried_on(unpaid, late), ()
    if not unpaid:
        return PlanStanding(PlanState.KEPT)
    coming = (settled_by(each.due_on, calendar) + _ONE_DAY for each in unpaid if each not in late)
    changes_on = next(coming, None)
    # From here on the miss is certain, once bank data reaches as far.
    missed_by = settled_by(max(late[0].due_on, chance_until or late[0].due_on), calendar) if late else None
    if missed_by is None:
        state = PlanState.ACTIVE
    elif today <= missed_by:
        state, changes_on = PlanState.CHANCE, missed_by + _ONE_DAY
    elif bank_data_through is None or bank_data_through < missed_by:
        state = PlanState.WAITING
    else:
        state = PlanState.BREACHED if chance_until is None else PlanState.BROKEN
    return PlanStanding(state, unpaid[0], late, changes_on)


def _carried_on(unpaid: tuple[Instalment, ...], tolerated: tuple[Instalment, ...]) -> tuple[Instalment, ...]:
    """What is unpaid, with the little that is tolerated of the first ones added to the next; empty when none follows."""
    coming = unpaid[len(tolerated) :]
    if not coming:
        return ()
    more = sum((each.amount for each in tolerated), ZERO)
    return (replace(coming[0], amount=coming[0].amount + more), *coming[1:])


def settled_by(day: date, calendar: Calendar) -> date:
    """The last day on which money that was ordered in time for a due date or deadline may be booked."""
    return calendar.add_banking_days(day, GRACE_BANKING_DAYS)


def remind_on(instalment: Instalment) -> date:
    """The day on which an instalment is reminded of: three days before it is due."""
    return instalment.due_on - timedelta(days=REMIND_DAYS_BEFORE)


def _possible(
    total: Decimal, rules: PlanRules, first: date, calendar: Calendar, interest: InterestOf | None
) -> Iterator[Offer]:
    """Every plan within the bounds, shortest first; each longer one takes less a month."""
    for months in range(FEWEST, rules.most_months + 1):
        schedule = _schedule(total, months, first, calendar)
        cost = interest(paid_as_agreed(schedule)) if interest else ZERO
        if cost:
            schedule = _schedule(total + cost, months, first, calendar)
        if schedule[0].amount < max(rules.smallest, _WHOLE):
            return
        yield Offer(months, schedule, schedule[0].amount, cost, total + cost)


def _schedule(total: Decimal, months: int, first: date, calendar: Calendar) -> tuple[Instalment, ...]:
    """Whole amounts on the same day each month; the last instalment takes what is over, cents too."""
    monthly = to_cents((total / months).quantize(_WHOLE, ROUND_DOWN))
    amounts = [monthly] * (months - 1) + [total - monthly * (months - 1)]
    return tuple(
        Instalment(place + 1, _in_its_month(add_months(first, place), calendar), amount)
        for place, amount in enumerate(amounts)
    )


def _in_its_month(day: date, calendar: Calendar) -> date:
    """The banking day on or after a day; the last one before it where that would fall into the next month."""
    later = calendar.banking_day_on_or_after(day)
    return later if later.month == day.month else calendar.add_banking_days(day, -1)


def latest_first(rules: PlanRules, today: date, calendar: Calendar) -> date:
    """The latest day for a first instalment, and the one offered: the kinder choice."""
    return calendar.banking_day_on_or_after(today + timedelta(days=rules.first_within_days))


def _first_out_of_bounds(first: date, rules: PlanRules, today: date, calendar: Calendar) -> str | None:
    latest = latest_first(rules, today, calendar)
    # The last day of a month that is no banking day is paid on the one before it, which may be today.
    if today < first <= latest and _in_its_month(first, calendar) > today:
        return None
    return f"a first instalment on {first} is not possible: give a day after {today} and through {latest}"
