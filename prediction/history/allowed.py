"""What is looked at before anything is guessed: an allow-list, each feature with what it says in words; all else is not seen.

Nothing here is, or stands for, a name, an age, a sex, a language, a nationality or an address; a postcode joins statistics of
incomes alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, isnan
from string import Formatter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.vocabulary import Channel
from prediction.history.past import Words


class About(StrEnum):
    """Where a feature comes from."""

    INVOICE = "invoice"
    OWN_PAST = "own past"  # the debtor's own, with this creditor
    PROCESS = "process"  # what was sent and done about this invoice
    WORDS = "words"  # what the debtor wrote or said
    OUTSIDE = "outside"  # told by the creditor, or bought, with a source and a purpose


@dataclass(frozen=True, slots=True)
class Feature:
    """One number that is looked at, nan where it is not known, with what it says.

    A sentence has the values of this and other features by their names in braces, `{calls:call}` as "1 call" or "2 calls", and
    behind money `{currency}`: a space and the invoice's own, nothing where that is not known. The
    others are said in place of `says`: `none` where the number is nothing, `below` where it is less (with the number without
    its sign), `unknown` where it is not known, and `alone` where nothing of the debtor's was settled before.
    """

    name: str
    about: About
    says: str
    none: str = ""
    below: str = ""
    unknown: str = ""
    alone: str = ""
    logarithm: bool = False  # looked at is the number's natural logarithm, and said the number itself
    share: bool = False  # said in per cent


INVOICE, OWN_PAST, PROCESS, WORDS, OUTSIDE = About
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
SAID_AS: Final[Mapping[str, str]] = {
    "paid": "it is paid",
    "promise": "a promise to pay",
    "wants_time": "wants more time",
    "wants_plan": "wants a plan",
    "disputes": "disagrees",
    "moved": "has moved",
    "question": "a question",
}
"""The same in words."""
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "promised": ("paid", "promised", "plan"),
    "cannot_pay": ("cannot pay",),
    "not_reached": ("no answer", "wrong number"),
}
"""What came of calls, and the outcomes that say it."""

FEATURES: Final[tuple[Feature, ...]] = (
    Feature(
        "amount",
        INVOICE,
        "its amount is about {amount:whole}{currency}",
        unknown="its amount is nothing, or not known",
        logarithm=True,
    ),
    Feature(
        "amount_to_creditors",
        INVOICE,
        "it is {amount_to_creditors:%} of what this creditor's invoices usually are",
        unknown="what this creditor's invoices usually are is not known",
        logarithm=True,
        share=True,
    ),
    Feature(
        "amount_to_usual",
        INVOICE,
        "it is {amount_to_usual:%} of what the debtor's other invoices usually are",
        unknown="the debtor has no other invoice to compare its amount with",
        logarithm=True,
        share=True,
    ),
    Feature(
        "left_share",
        INVOICE,
        "{left_share:%} of it is still to pay",
        "nothing of it is left to pay",
        unknown="how much of it is still to pay is not known",
        share=True,
    ),
    Feature(
        "days_past_due",
        INVOICE,
        "it is {days_past_due:day} past its due date",
        "it is due today",
        below="it is due in {days_past_due:day}",
        unknown="its due date is not known",
    ),
    Feature(
        "terms_days",
        INVOICE,
        "the debtor had {terms_days:day} to pay",
        "it was due on the day it was made",
        below="it was due {terms_days:day} before it was made",
        unknown="how long the debtor had to pay is not known",
    ),
    Feature("due_moves", INVOICE, "its due date was moved {due_moves:time}", "its due date was never moved"),
    Feature(
        "due_weekday",
        INVOICE,
        "its due date is a {due_weekday:weekday}",
        unknown="the weekday of its due date is not known",
    ),
    Feature(
        "due_day_of_month",
        INVOICE,
        "it is due on day {due_day_of_month} of a month",
        unknown="the day of the month of its due date is not known",
    ),
    Feature(
        "business",
        INVOICE,
        "the debtor is a business",
        "the debtor is a consumer",
        unknown="whether the debtor is a business is not known",
    ),
    Feature("draw_agreed", INVOICE, "direct debit is agreed on", "direct debit is not agreed on"),
    Feature("draws_failed", INVOICE, "a draw of it failed {draws_failed:time}", "no draw of it failed"),
    Feature("cold", OWN_PAST, "nothing of this debtor's was settled before", "the debtor settled invoices before"),
    Feature(
        "invoices_before",
        OWN_PAST,
        "the debtor has {invoices_before:other invoice}",
        "it is the debtor's first invoice",
    ),
    Feature(
        "settled_before", OWN_PAST, "the debtor paid {settled_before:other invoice}", "the debtor paid no other invoice"
    ),
    Feature(
        "late_before",
        OWN_PAST,
        "{late_before} of {settled_before:other invoice} came late",
        "none of {settled_before:other invoice} came late",
        alone="no other invoice was paid, so none came late",
    ),
    Feature(
        "late_share",
        OWN_PAST,
        "paid late {late_before} of {settled_before:time} before",
        alone="how often this creditor's invoices are late counts, for the debtor paid none before",
    ),
    Feature(
        "days_late_mean",
        OWN_PAST,
        "pays about {days_late_mean:day} late, as far as is known",
        "pays about on the due date, as far as is known",
        below="pays about {days_late_mean:day} before the due date, as far as is known",
        alone="how late this creditor's invoices are paid counts, for the debtor paid none before",
    ),
    Feature(
        "days_late_spread",
        OWN_PAST,
        "when others were paid differs by about {days_late_spread:day}",
        "others were paid about equally late or early",
        unknown="fewer than two other invoices were paid",
    ),
    Feature(
        "days_late_last",
        OWN_PAST,
        "the last one was paid {days_late_last:day} late",
        "the last one was paid on its due date",
        below="the last one was paid {days_late_last:day} before its due date",
        unknown="no other invoice was paid, late or in time",
    ),
    Feature("open_others", OWN_PAST, "the debtor has {open_others:other open invoice}", "no other invoice is open"),
    Feature(
        "overdue_others",
        OWN_PAST,
        "the debtor has {overdue_others:other overdue invoice}",
        "no other invoice is overdue",
    ),
    Feature(
        "overdue_to_amount",
        OWN_PAST,
        "what else is overdue is {overdue_to_amount:%} of this invoice",
        "nothing else is overdue",
        unknown="what else is overdue cannot be compared with this invoice",
        share=True,
    ),
    Feature(
        "ended_unpaid_before",
        OWN_PAST,
        "the debtor had {ended_unpaid_before:invoice} that ended without a payment",
        "no invoice of the debtor's ended without a payment",
    ),
    Feature(
        "promises_kept", OWN_PAST, "the debtor kept {promises_kept:promise}", "the debtor has kept no promise so far"
    ),
    Feature("promises_broken", OWN_PAST, "the debtor broke {promises_broken:promise}", "the debtor broke no promise"),
    Feature("plans_kept", OWN_PAST, "the debtor kept {plans_kept:plan}", "the debtor has kept no plan so far"),
    Feature("plans_broken", OWN_PAST, "the debtor broke {plans_broken:plan}", "the debtor broke no plan"),
    Feature(
        "disputes_before",
        OWN_PAST,
        "other invoices were disputed {disputes_before:time}",
        "no other invoice was disputed",
    ),
    Feature(
        "days_since_payment",
        OWN_PAST,
        "the debtor's last payment came {days_since_payment:day} ago",
        "a payment came less than a day ago",
        unknown="no payment of the debtor's has come so far",
    ),
    Feature(
        "days_to_payday",
        OWN_PAST,
        "money usually comes in {days_to_payday:day}, by the days of earlier payments",
        "money usually comes today, by the days of earlier payments",
        unknown="earlier payments are too few, or came on all days of the month",
    ),
    Feature(
        "paid_after_message",
        OWN_PAST,
        "{paid_after_message:%} of what was paid came within a week of a reminder",
        "nothing of what was paid came within a week of a reminder",
        unknown="whether reminders help is not known, for no other invoice was paid",
        share=True,
    ),
    Feature(
        "days_known", OWN_PAST, "the debtor is known for {days_known:day}", "the debtor is known for less than a day"
    ),
    Feature("messages", PROCESS, "{messages:message} went out about it", "nothing was sent about it"),
    *(
        Feature(
            f"messages_{name}",
            PROCESS,
            f"{{messages_{name}:message}} went out about it by {name.spoken}",
            f"nothing was sent about it by {name.spoken}",
        )
        for name in CHANNELS
    ),
    Feature("reminders", PROCESS, "{reminders:reminder} went out about it", "no reminder went out about it"),
    Feature(
        "days_since_message",
        PROCESS,
        "the last message about it went out {days_since_message:day} ago",
        "the last message about it went out less than a day ago",
        unknown="no message about it went out so far",
    ),
    Feature(
        "read_since_message",
        PROCESS,
        "the last message was read",
        "the last message was not read",
        unknown="there is no message about it to read",
    ),
    Feature("reads", PROCESS, "messages about it were read {reads:time}", "no message about it was read"),
    Feature(
        "not_delivered", PROCESS, "{not_delivered:message} about it did not arrive", "no message about it got lost"
    ),
    Feature("visits", PROCESS, "the invoice page was opened {visits:time}", "the invoice page was never opened"),
    Feature(
        "days_since_visit",
        PROCESS,
        "the invoice page was opened {days_since_visit:day} ago",
        "the invoice page was opened less than a day ago",
        unknown="the invoice page was not opened so far",
    ),
    Feature(
        "payments_failed",
        PROCESS,
        "a payment was begun and not finished {payments_failed:time}",
        "no payment was begun and not finished",
    ),
    Feature(
        "messages_month",
        PROCESS,
        "the debtor got {messages_month:message} about all invoices in 30 days",
        "the debtor got no message about any invoice in 30 days",
    ),
    Feature("fees", PROCESS, "a fee was charged {fees:time}", "no fee was charged"),
    Feature("noticed", PROCESS, "a collection notice was sent", "no collection notice was sent"),
    Feature("handed_off", PROCESS, "it was handed off", "it was not handed off"),
    Feature("calls", PROCESS, "somebody called about it {calls:time}", "nobody called about it"),
    *(
        Feature(
            f"calls_{name}",
            PROCESS,
            f"{{calls_{name}:call}} ended so: {' or '.join(which)}",
            f"no call ended so: {' or '.join(which)}",
        )
        for name, which in CALLS.items()
    ),
    Feature(
        "promise_days_left",
        PROCESS,
        "a promise has {promise_days_left:day} left",
        "a promise is for today",
        below="a promise was for {promise_days_left:day} ago",
        unknown="no promise runs",
    ),
    Feature("plan_runs", PROCESS, "a plan runs", "no plan runs"),
    Feature("disputed", PROCESS, "it is disputed", "it is not disputed"),
    *(
        Feature(
            f"said_{name}",
            WORDS,
            f"wrote {{said_{name}:time}} about it: {SAID_AS[name]}",
            f"never wrote about it: {SAID_AS[name]}",
        )
        for name in SAID
    ),
    Feature(
        "replies_before", WORDS, "wrote {replies_before:time} about other invoices", "never wrote about other invoices"
    ),
    Feature("credit_score", OUTSIDE, "the credit score is {credit_score}", unknown="no credit score is known"),
    Feature(
        "income",
        OUTSIDE,
        "the usual income where the debtor lives is {income:whole}",
        unknown="the usual income where the debtor lives is not known",
    ),
    Feature(
        "margin",
        OUTSIDE,
        "the customer's margin is {margin:whole}{currency} a month",
        unknown="the customer's margin is not known",
    ),
    Feature(
        "months_as_customer",
        OUTSIDE,
        "a customer for {months_as_customer:month}",
        "a new customer",
        below="will be a customer in {months_as_customer:month}",
        unknown="since when the debtor is a customer is not known",
    ),
)
"""All that is looked at. What is not here is not seen, whatever a past has besides."""
NAMES: Final = tuple(feature.name for feature in FEATURES)
BY_NAME: Final[Mapping[str, Feature]] = {feature.name: feature for feature in FEATURES}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _Figure(float):
    """A number as it is said: as it is, `whole`, in per cent (`%`), as a `weekday`, or as so many of what is counted."""

    def __format__(self, form: str) -> str:
        number = float(self)
        match form:
            case "":
                return f"{number:.1f}".removesuffix(".0")
            case "whole":
                return str(round(number))
            case "%":
                return f"{number * 100:.0f}%"
            case "weekday":
                return _WEEKDAYS[int(number)]
        return f"{round(number)} {form}{'' if round(number) == 1 else 's'}"


class _Figures(dict[str, "_Figure | str"]):
    """The numbers that a sentence has, each made ready where it is asked for, and the currency of those that are money."""

    def __init__(self, values: Mapping[str, float], currency: str, make: Callable[[float], float]) -> None:
        super().__init__(currency=f" {currency}" if currency else "")
        self._values, self._make = values, make

    def __missing__(self, name: str) -> _Figure:
        return _Figure(self._make(self._values[name]))


def in_words(feature: Feature, values: Mapping[str, float], currency: str = "") -> str:
    """What a feature says of an invoice, by the values of all its features: of what is not known, that it is not."""
    value = values[feature.name]
    if isnan(value):
        return feature.unknown
    if feature.alone and values["settled_before"] == 0:
        return feature.alone
    if feature.logarithm:
        return feature.says.format_map(_Figures(values, currency, exp))
    if feature.none and abs(value) <= _nothing(feature):
        return feature.none.format_map(_Figures(values, currency, float))
    if feature.below and value < 0:
        return feature.below.format_map(_Figures(values, currency, abs))
    return feature.says.format_map(_Figures(values, currency, float))


def in_words_of_all(feature: Feature, values: Mapping[str, NDArray[Any]], currency: Words) -> list[str]:
    """The same of many invoices, by columns: they are told apart as far as their sentences are, and each is written once."""
    column = values[feature.name].astype(np.float64)
    alike = np.zeros(len(column), dtype=np.int64)
    kinds = [np.isnan(column), column < 0, np.abs(column) <= _nothing(feature)]
    for kind in [*kinds, *([values["settled_before"] == 0] if feature.alone else [])]:
        alike = alike * 2 + kind
    figures = {name: form for _, name, form, _ in Formatter().parse(feature.says) if name and form is not None}
    if figures.pop("currency", None) is not None:
        alike = alike * (len(currency.meanings) + 1) + currency.codes + 1
    for figure in _as_said(feature, figures, values):
        alike = np.unique(alike, return_inverse=True)[1]
        _, place = np.unique(figure, return_inverse=True)
        alike = alike * len(column) + place
    _, first, which = np.unique(alike, return_index=True, return_inverse=True)
    looked_at = {feature.name, "settled_before", *figures}
    said = [
        in_words(feature, {name: float(values[name][row]) for name in looked_at}, currency.word(row))
        for row in first.tolist()
    ]
    return [said[place] for place in which.tolist()]


def _as_said(
    feature: Feature, figures: Mapping[str, str], values: Mapping[str, NDArray[Any]]
) -> Iterator[NDArray[np.float64]]:
    """The numbers of a sentence as far as it tells them apart."""
    for name, form in figures.items():
        figure = values[name].astype(np.float64)
        figure = np.exp(figure) if feature.logarithm else figure
        yield figure if form == "" else np.rint(figure * 100 if form == "%" else figure)


def _nothing(feature: Feature) -> float:
    """So little would be said as 0."""
    return 0.005 if feature.share else 0.5
