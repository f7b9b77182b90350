"""Promises to pay: how many and how far ahead they may be, and where the last one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from domain.countries.calendar import Calendar
from domain.money.amount import ZERO, is_short


@dataclass(frozen=True, slots=True)
class PromiseRules:
    """How many promises one case may have, and within how many days of the promise its money must come."""

    most: int = 2
    within_days: int = 14


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise that was not withdrawn. Amounts are in the case's currency."""

    id: int
    pay_by: date  # a banking day
    amount: Decimal
    made_on: date
    paid_since: Decimal  # what was paid on the case since the promise was made


@dataclass(frozen=True, slots=True)
class PromiseStanding:
    """What the promises of a case ask of it today."""

    open_until: date | None = None  # the case rests through this day and goes on the day after
    broken: Promise | None = None
    waits_for_bank_data: bool = False  # the day is past, and the money may lie in a bank file not yet imported


def may_promise(rules: PromiseRules, earlier: int, pay_by: date, today: date, calendar: Calendar) -> str | None:
    """Why a promise for that day may not be made, in words; None when it may. `earlier` counts those already made.

    The last day is moved to a banking day, as every deadline is.
    """
    if rules.most == 0:
        return "the policy takes no promises to pay: offer an instalment plan"
    if earlier >= rules.most:
        return f"the policy allows {rules.most} promises to pay in one case, and there were {earlier}"
    if pay_by < today:
        return f"{pay_by} is past: promise a day from {today} on"
    latest = calendar.banking_day_on_or_after(today + timedelta(days=rules.within_days))
    if pay_by > latest:
        return f"{pay_by} is too far ahead: the policy allows promises through {latest}"
    return None


def promise_standing(
    promises: Sequence[Promise], today: date, bank_data_through: date | None, tolerance: Decimal = ZERO
) -> PromiseStanding:
    """Where a case stands with its promises, of which the last one made counts.

    A promise is open through its day even when it was kept early: who pays early is not reminded early. It is
    broken only when bank data is imported through its day and less than was promised has come, by `tolerance` or more.
    """
    if not promises:
        return PromiseStanding()
    last = max(promises, key=lambda promise: (promise.made_on, promise.id))
    if today <= last.pay_by:
        return PromiseStanding(open_until=last.pay_by)
    if not is_short(last.amount - last.paid_since, tolerance):
        return PromiseStanding()
    if bank_data_through is None or bank_data_through < last.pay_by:
        return PromiseStanding(waits_for_bank_data=True)
    return PromiseStanding(broken=last)
