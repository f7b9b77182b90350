"""What is looked at before anything is guessed: an allow-list, each feature with what it says in words; all else is not seen.

Nothing here is, or stands for, a name, an age, a sex, a language, a nationality or an address; a postcode joins statistics of
incomes alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, isnan
from typing import Final

from domain.vocabulary import Channel


class About(StrEnum):
    """Where a feature comes from."""

    INVOICE = "invoice"
    OWN_PAST = "own past"  # the debtor's own, with this creditor
    PROCESS = "process"  # what was sent and done about this invoice
    WORDS = "words"  # what the debtor wrote or said
    OUTSIDE = "outside"  # told by the creditor, or bought, with a source and a purpose


@dataclass(frozen=True, slots=True)
class Feature:
    """One number that is looked at, nan where it is not known.

    `says` has the values of this and other features by their names in braces; `says_none` is said in its place where the
    number is zero.
    """

    name: str
    about: About
    says: str
    says_none: str = ""
    logarithm: bool = False  # looked at is the number's natural logarithm, and said the number itself


def _invoice(name: str, says: str, says_none: str = "", logarithm: bool = False) -> Feature:
    return Feature(name, About.INVOICE, says, says_none, logarithm)


def _past(name: str, says: str, says_none: str = "") -> Feature:
    return Feature(name, About.OWN_PAST, says, says_none)


def _process(name: str, says: str, says_none: str = "") -> Feature:
    return Feature(name, About.PROCESS, says, says_none)


CHANNELS: Final = (Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE, Channel.LETTER)
SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "paid": ("paid",),
    "promise": ("promise",),
    "wants_time": ("wants_time",),
    "wants_plan": ("wants_plan",),
    "disputes": ("dispute_whole", "dispute_part"),
    "moved": ("moved",),
    "question": ("question",),
}
"""What a message may say that is looked at, and the classes that say it. Health, death, age and guardians never are."""
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "promised": ("paid", "promised", "plan"),
    "cannot_pay": ("cannot pay",),
    "not_reached": ("no answer", "wrong number"),
}
"""What came of calls, and the outcomes that say it."""

FEATURES: Final[tuple[Feature, ...]] = (
    _invoice("amount", "its amount is {amount}", logarithm=True),
    _invoice(
        "amount_to_creditors",
        "it is {amount_to_creditors} times what this creditor's invoices usually are",
        logarithm=True,
    ),
    _invoice("amount_to_usual", "it is {amount_to_usual} times what the debtor's invoices usually are", logarithm=True),
    _invoice("left_share", "{left_share:%} of it is still to pay", "nothing of it is left to pay"),
    _invoice("days_past_due", "it is {days_past_due} days past its due date", "it is due today"),
    _invoice("terms_days", "the debtor had {terms_days} days to pay"),
    _invoice("due_moves", "its due date was moved {due_moves} times", "its due date was never moved"),
    _invoice("due_weekday", "its due date is a weekday of number {due_weekday}", "its due date is a Monday"),
    _invoice("due_day_of_month", "it is due on day {due_day_of_month} of a month"),
    _invoice("business", "the debtor is a business", "the debtor is a consumer"),
    _invoice("draw_agreed", "direct debit is agreed on", "direct debit is not agreed on"),
    _invoice("draws_failed", "{draws_failed} draws failed", "no draw failed"),
    _past("cold", "nothing of this debtor's was settled before", "the debtor settled invoices before"),
    _past("invoices_before", "the debtor had {invoices_before} other invoices", "it is the debtor's first invoice"),
    _past("settled_before", "{settled_before} other invoices were paid", "no other invoice was paid"),
    _past(
        "late_before",
        "{late_before} of {settled_before} others were paid late",
        "none of {settled_before} was paid late",
    ),
    _past("late_share", "paid late {late_before} of {settled_before} times before"),
    _past("days_late_mean", "others were paid {days_late_mean} days after their due date, as far as is known"),
    _past("days_late_spread", "the days by which others were late differ by about {days_late_spread}"),
    _past(
        "days_late_last", "the last one was paid {days_late_last} days late", "the last one was paid on its due date"
    ),
    _past("open_others", "{open_others} other invoices are open", "no other invoice is open"),
    _past("overdue_others", "{overdue_others} other invoices are overdue", "no other invoice is overdue"),
    _past(
        "overdue_to_amount", "what else is overdue is {overdue_to_amount} times this invoice", "nothing else is overdue"
    ),
    _past(
        "ended_unpaid_before", "{ended_unpaid_before} others ended without a payment", "none ended without a payment"
    ),
    _past("promises_kept", "{promises_kept} promises were kept", "no promise was kept before"),
    _past("promises_broken", "{promises_broken} promises were broken", "no promise was broken"),
    _past("plans_kept", "{plans_kept} plans were kept", "no plan was kept before"),
    _past("plans_broken", "{plans_broken} plans were broken", "no plan was broken"),
    _past("disputes_before", "other invoices were disputed {disputes_before} times", "no other invoice was disputed"),
    _past("days_since_payment", "the last payment came {days_since_payment} days ago", "a payment came today"),
    _past("days_to_payday", "money usually comes in {days_to_payday} days from now, by the days of earlier payments"),
    _past("paid_after_message", "{paid_after_message:%} of what was paid came within a week of a reminder"),
    _past("days_known", "the debtor is known for {days_known} days", "the debtor is known since today"),
    _process("messages", "{messages} messages were sent about it", "nothing was sent about it"),
    *(
        _process(f"messages_{name}", f"{{messages_{name}}} of them by {name.spoken}", f"none by {name.spoken}")
        for name in CHANNELS
    ),
    _process("reminders", "{reminders} of them were reminders", "no reminder was sent"),
    _process("days_since_message", "the last message was sent {days_since_message} days ago"),
    _process("read_since_message", "the last message was read", "the last message was not read"),
    _process("reads", "messages were read {reads} times", "no message was read"),
    _process("not_delivered", "{not_delivered} messages did not arrive", "every message arrived"),
    _process("visits", "the invoice page was opened {visits} times", "the invoice page was never opened"),
    _process("days_since_visit", "the invoice page was opened {days_since_visit} days ago"),
    _process("payments_failed", "{payments_failed} payments were begun and not finished", "no payment was given up"),
    _process("messages_month", "{messages_month} messages in 30 days about all invoices", "no message in 30 days"),
    _process("fees", "{fees} fees were charged", "no fee was charged"),
    _process("noticed", "a collection notice was sent", "no collection notice was sent"),
    _process("handed_off", "it was handed off", "it was not handed off"),
    _process("calls", "{calls} calls were made about it", "nobody called about it"),
    *(
        _process(
            f"calls_{name}",
            f"of calls, {{calls_{name}}} ended so: {' or '.join(which)}",
            f"no call ended so: {which[0]}",
        )
        for name, which in CALLS.items()
    ),
    _process("promise_days_left", "{promise_days_left} days are left of a promise", "a promise is for today"),
    _process("plan_runs", "a plan runs", "no plan runs"),
    _process("disputed", "it is disputed", "it is not disputed"),
    *(
        Feature(
            f"said_{name}", About.WORDS, f"wrote so {{said_{name}}} times: {' or '.join(which)}", f"never wrote: {name}"
        )
        for name, which in SAID.items()
    ),
    Feature("replies_before", About.WORDS, "wrote {replies_before} times about others", "never wrote about others"),
    Feature("credit_score", About.OUTSIDE, "the credit score is {credit_score}"),
    Feature("income", About.OUTSIDE, "the usual income where the debtor lives is {income}"),
    Feature("margin", About.OUTSIDE, "the customer's margin is {margin} a month"),
    Feature("months_as_customer", About.OUTSIDE, "a customer for {months_as_customer} months", "a new customer"),
)
"""All that is looked at. What is not here is not seen, whatever a past has besides."""
NAMES: Final = tuple(feature.name for feature in FEATURES)


class _Figure(float):
    """A number as it is said: with at most one decimal, or in per cent."""

    def __format__(self, form: str) -> str:
        return f"{float(self) * 100:.0f} %" if form == "%" else f"{float(self):.1f}".removesuffix(".0")


def in_words(feature: Feature, values: Mapping[str, float]) -> str:
    """What a feature says of an invoice, by the values of all its features; empty where it is not known."""
    value = values[feature.name]
    if isnan(value):
        return ""
    if feature.logarithm:
        return feature.says.format_map({feature.name: _Figure(exp(value))})
    says = feature.says_none if value == 0 and feature.says_none else feature.says
    return says.format_map({name: _Figure(each) for name, each in values.items()})
