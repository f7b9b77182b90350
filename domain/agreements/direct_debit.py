"""Direct debit by country: when a claim may be drawn, what speaks against it, when it can be stopped or has failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Literal

from domain.countries.calendar import Calendar, add_months
from domain.countries.country import DirectDebitRules
from domain.countries.registry import country_of
from domain.money.accounts import is_one_of, one_spelling

HEADROOM = Decimal("1.25")  # of a monthly limit above the largest month
LIMIT_STEPS = ((Decimal(1000), Decimal(100)), (Decimal(10000), Decimal(500)), (Decimal(0), Decimal(1000)))
"""In which steps a limit is rounded up, for largest months below an amount; the last is for all others."""
GRACE_BANKING_DAYS = 5  # of a draw that is the creditor's own affair, in a country where we draw nothing

# What a mandate file says of one mandate: it stands (in a list of all), is new or changed, was made in the payer's online bank,
# has ended, or was asked for and refused.
Registration = Literal["standing", "new", "made", "ended", "refused"]


@dataclass(frozen=True, slots=True)
class ReportedMandate:
    """A mandate as the bank reports it. With `notify` the debtor wants the bank to tell of each claim.

    `why` is the centre's code for how it ended or why it was refused, `account` the payer's, where the centre names it.
    """

    reference: str
    registration: Registration
    notify: bool
    # Not in the words of a list, by which it is known when it comes again: those of before had none.
    why: str | None = field(default=None, repr=False)
    account: str | None = field(default=None, repr=False)


def faults_of_agreement(country: str, agreement: Mapping[str, str], accounts: Sequence[str]) -> list[str]:
    """What is wrong with a creditor's agreement with the centre, as sentences; `accounts` are those it is paid on."""
    here = country_of(country)
    if not agreement:
        return []
    if not here.agreement:
        return [f"no direct debit is known in {country}: leave it out"]
    faults = [
        f"{name} is missing: {field.words}"
        for name, field in here.agreement.items()
        if field.needed and name not in agreement
    ]
    for name, value in agreement.items():
        field = here.agreement.get(name)
        if field and not (field.shape.fullmatch(value) and field.holds(value)):
            faults.append(f"{name} cannot be {value!r}: {field.words}")
        elif not field and name != "account":
            faults.append(f"{name} is not of the agreement in {country}: leave it out")
    account = agreement.get("account", "")
    if "account" not in here.agreement and not (
        here.account and here.account.fullmatch(account) and here.is_account(account)
    ):
        faults.append(f"account cannot be {account!r}: an account number in digits alone, whose check digit holds")
    elif account and not (
        is_one_of(account, accounts) or any(each.endswith(account) for each in map(one_spelling, accounts))
    ):
        faults.append(
            f"account {account} is not among the creditor's accounts: draws are paid there, so add it to them"
        )
    return faults


def mandate_number(country: str, reference: str) -> str | None:
    """The number that a mandate is made with, of a payment reference; None where it is too long for one.

    Where the creditor brings mandates to the centre, that is the payer's number: digits alone, without leading zeros.
    """
    form = country_of(country).payer_form
    if form is None:
        return reference
    number = reference.lstrip("0")
    return number if number.isdecimal() and len(number) <= form.longest_number else None


def rules_on(calendar: Calendar, day: date) -> DirectDebitRules:
    """The rules of the calendar's country on a day; LookupError where nobody draws."""
    rules = calendar.rules_of_draws(day)
    if rules is None:
        raise LookupError(
            f"no direct debit is known in {calendar.country} on {day}: give its file a row in direct_debit"
        )
    return rules


def worked_on(calendar: Calendar, now: datetime) -> date:
    """The banking day on which the centre works on a file that is sent now."""
    today = calendar.local_date(now)
    after_cut_off = now >= calendar.at(today, rules_on(calendar, today).cut_off)
    return calendar.banking_day_on_or_after(today + timedelta(days=1) if after_cut_off else today)


def earliest_due(calendar: Calendar, now: datetime) -> date:
    """The first day on which a claim that is sent now can be drawn: its notice, then a banking day."""
    day = worked_on(calendar, now)
    left = rules_on(calendar, day).notice_days
    while left:
        day += timedelta(days=1)
        left -= not calendar.is_public_holiday(day)
    return calendar.banking_day_on_or_after(day)


def latest_due(calendar: Calendar, now: datetime) -> date:
    """The last day for which a claim can be sent now."""
    today = calendar.local_date(now)
    return add_months(today, rules_on(calendar, today).months_ahead)


def is_in_time(calendar: Calendar, now: datetime, due: date) -> bool:
    """Whether a claim for money due on this day is still in time, so that a mandate confirmed now covers it.

    When not, the mandate covers the debtor's next invoice.
    """
    return calendar.banking_day_on_or_after(due) >= earliest_due(calendar, now)


def draw_on(calendar: Calendar, now: datetime, due: date) -> date | None:
    """The day a claim sent now draws money that is due on `due`: that day, or the banking day after it.

    None when it is too late to claim it, or too early.
    """
    if not is_in_time(calendar, now, due):
        return None
    day = calendar.banking_day_on_or_after(due)
    return day if day <= latest_due(calendar, now) else None


def bank_tells_in_time(calendar: Calendar, now: datetime, due_on: date) -> bool:
    """Whether the bank would tell of a claim that is sent now early enough before the draw.

    It tells in the account statement at the end of a month. Where that comes too late the creditor tells.
    """
    day = worked_on(calendar, now)
    latest = due_on - timedelta(days=rules_on(calendar, day).bank_notice_days)
    statement = (latest + timedelta(days=1)).replace(day=1) - timedelta(days=1)  # the last end of a month until then
    return day <= statement


def stoppable_until(calendar: Calendar, due_on: date) -> datetime:
    """Until when the centre takes a cancellation: the cut-off on the last banking day before the draw, in UTC."""
    last = calendar.add_banking_days(due_on, -1)
    return calendar.at(last, rules_on(calendar, last).cut_off)


def may_be_stopped(calendar: Calendar, due_on: date, now: datetime) -> bool:
    """Whether a cancellation sent now still stops the draw."""
    return now < stoppable_until(calendar, due_on)


def grace_ends(calendar: Calendar, due_on: date) -> date:
    """The last day on which the money of a draw may still come in: banks try again for some days."""
    rules = calendar.rules_of_draws(due_on)
    return calendar.add_banking_days(due_on, rules.grace_banking_days if rules else GRACE_BANKING_DAYS)


def has_failed(calendar: Calendar, due_on: date, now: datetime, imported_through: date | None) -> bool:
    """Whether a draw that brought nothing has failed: its grace is over, and the bank data of it is all here."""
    last = grace_ends(calendar, due_on)
    return calendar.local_date(now) > last and imported_through is not None and imported_through >= last


def monthly_limit(largest: Decimal) -> Decimal:
    """The most that is to be drawn in a month, as a debtor is told to set it in the bank: a whole, round amount.

    A quarter above the largest month so far, so that a somewhat higher invoice is not stopped by the bank; never less than
    the first step.
    """
    step = next((step for bound, step in LIMIT_STEPS if largest < bound), LIMIT_STEPS[-1][1])
    return max((largest * HEADROOM / step).to_integral_value(ROUND_UP) * step, LIMIT_STEPS[0][1])


def against(owed: Decimal, in_the_way: str | None, *, mandate_stands: bool = True) -> str | None:
    """What speaks against a claim, in words; None when nothing does.

    `owed` is what it may draw: the undisputed balance, or what is left of the plan's instalment. `in_the_way`, in
    words, is what stands in the way of a draw (`domain.planner.obstacles`).
    """
    if not mandate_stands:
        return "the mandate has ended"
    return "nothing is owed" if owed <= 0 else in_the_way


def against_drawing(
    owed: Decimal,
    in_the_way: str | None,
    amount: Decimal,
    *,
    still_meant: bool,
    too_early: bool = False,
    mandate_stands: bool = True,
) -> str | None:
    """Why a claim of an amount that is with the bank should be stopped; None when it should be drawn.

    `still_meant` is false where the claim is for something that a plan has replaced, or for a plan that is over; `too_early`
    is true where the money is due on a later day now.
    """
    if reason := against(owed, in_the_way, mandate_stands=mandate_stands):
        return reason
    if not still_meant:
        return "another agreement is in force"
    if too_early:
        return "it is due on a later day now"
    return f"only {owed} is owed now" if owed < amount else None
