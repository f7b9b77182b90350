"""How invoices were at moments: each allowed feature of each invoice, by what was known then alone.

It is what one finds in `past.as_of(moment)` for each, reckoned for all at once: of each owner (an invoice, a debtor, a creditor)
the rows in the order in which they became known, and running sums over them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.allowed import CALLS, CHANNELS, NAMES, SAID
from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Chosen, Codes, Days, Happened, Moments, Numbers, Past, Told, Words
from prediction.history.settled import End, Turns, turns_of
from prediction.history.timeline import NEVER, Asked, Mask, Timeline, Whole, hundredths, latest

Column = NDArray[Any]
Columns = dict[str, Column]

SHRUNK_BY: Final = 3  # invoices of a creditor's usual debtor that a debtor's own past is weighed against
LONGEST_LATE: Final = 365  # days: later counts as this late
SOON_AFTER: Final = np.timedelta64(7 * 86400, "s")  # of a reminder: a payment that came so soon came after it
A_MONTH: Final = np.timedelta64(30 * 86400, "s")
DAYS_OF_A_MONTH: Final = 30.4375
_FINE: Final = 2**20  # whole numbers for what lies between -1 and 1
_ANOTHER: Final = -2  # the code of a currency in which nobody owes
_AROUND: Final = 2 * np.pi * np.arange(31) / DAYS_OF_A_MONTH  # where each day stands in the round of a month
_EAST: Final = np.rint(np.cos(_AROUND) * _FINE).astype(np.int64)
_NORTH: Final = np.rint(np.sin(_AROUND) * _FINE).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Features:
    """What is looked at of some invoices, a row each, in the order of `names`; nan where it is not known."""

    names: tuple[str, ...]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.values)

    def row(self, place: int) -> dict[str, float]:
        """One invoice's, by name."""
        return dict(zip(self.names, self.values[place].tolist(), strict=True))


def features_at(past: Past, rows: Chosen, moments: Moments, turns: Turns | None = None) -> Features:
    """Every allowed feature of invoices at moments: `rows` are their places in the past, with a moment for each; `turns` are
    those of the past, where they are known already.

    Raises ValueError for a moment before its invoice was known.
    """
    rows = np.asarray(rows, dtype=np.int64)
    moments = np.asarray(moments, dtype="datetime64[s]")
    if (early := np.flatnonzero(~(past.invoices.known_at[rows] <= moments))).size:
        row = rows[early[0]]
        raise ValueError(
            f"invoice {past.invoices.id[row]} was not known before {past.invoices.known_at[row]}: "
            f"ask for that moment or a later one, not for {moments[early[0]]}"
        )
    values = np.empty((len(NAMES), len(rows)), dtype=np.float32)
    past = _in_order(past)
    order = np.lexsort((moments, rows, past.invoices.debtor[rows]))  # what lies together is looked up together
    questions = _Questions(past, rows[order], moments[order], turns or turns_of(past))
    for part in (_of_invoice, _of_own_past, _of_process, _of_words, _of_outside):
        for name, column in part(questions).items():
            values[NAMES.index(name), order] = column
    return Features(NAMES, values.T)


def _in_order(past: Past) -> Past:
    """The same past with no event known before its invoice was: that is how anybody who looked back then found it."""
    events = past.events
    known_at = np.maximum(events.known_at, past.invoices.known_at[events.invoice])
    events = replace(events, known_at=known_at)
    in_order = (known_at[1:] >= known_at[:-1]).all()
    return replace(past, events=events if in_order else events.of(np.argsort(known_at, kind="stable")))


def holding(told: Told, what: str, debtor: Codes, day: Days, moment: Moments) -> Whole:
    """Of what is told of debtors, the row of the newest that holds on a day and was known by a moment; -1 where there is none.

    The newest is what holds since the latest day; of one day what became known last takes the place of the others.
    """
    found = np.full(len(debtor), -1, dtype=np.int64)
    if what not in told.what.meanings:
        return found
    rows = np.flatnonzero((told.what.codes == told.what.meanings.index(what)) & ~np.isnat(told.since))
    rows = rows[np.lexsort((rows, told.known_at[rows], told.since[rows], told.debtor[rows]))]
    since = told.since[rows].astype("datetime64[s]")
    debtors = max(int(debtor.max(initial=-1)), int(told.debtor[rows].max(initial=-1))) + 1
    timeline = Timeline(told.debtor[rows], since, debtors)
    asked = timeline.asked(debtor, day.astype("datetime64[s]"))
    of_that_day = np.arange(len(rows))  # the place of the first of the same debtor and day
    of_that_day[1:][(told.debtor[rows][1:] == told.debtor[rows][:-1]) & (since[1:] == since[:-1])] = 0
    of_that_day = np.maximum.accumulate(of_that_day)
    looking, place = np.arange(len(debtor)), asked.end - 1
    while (left := place[looking] >= asked.first[looking]).any():
        looking = looking[left]
        row = rows[place[looking]]
        over = told.until[row] <= day[looking]
        known = told.known_at[row] <= moment[looking]
        found[looking[known & ~over]] = row[known & ~over]
        place[looking] = np.where(known, of_that_day[place[looking]], place[looking]) - 1
        looking = looking[~known | over]
    return found


class _Questions:
    """Which invoices at which moments, and the ways to ask their past."""

    def __init__(self, past: Past, rows: NDArray[np.int64], moments: Moments, turns: Turns) -> None:
        self.past, self.rows, self.moments, self.turns = past, rows, moments, turns
        self.debtor = past.invoices.debtor[rows]
        self.today = days_of(moments, past.invoices.country.of(rows))

    @cached_property
    def turn(self) -> Whole:
        """Each invoice's own turn at its moment."""
        asked = Timeline(self.turns.invoice, self.turns.known_at, len(self.past.invoices)).asked(
            self.rows, self.moments
        )
        return asked.end - 1

    @cached_property
    def of_debtor(self) -> "_Sums":
        debtors = int(self.past.invoices.debtor.max(initial=-1)) + 1
        owner = self.past.invoices.debtor
        return _Sums(self.turns, owner, debtors, owner[self.rows], self.moments)

    @cached_property
    def of_creditor(self) -> "_Sums":
        """All that is owed to one creditor in one currency."""
        creditor, currency = self.past.invoices.creditor, self.past.invoices.currency
        currencies = len(currency.meanings) + 1
        owner = (creditor.codes + 1) * currencies + currency.codes + 1
        owners = (len(creditor.meanings) + 1) * currencies
        return _Sums(self.turns, owner, owners, owner[self.rows], self.moments)

    def others(self, column: Whole) -> Whole:
        """The sum over the debtor's other invoices of a number that each has from one turn to the next."""
        return self.of_debtor.total(column) - column[self.turn]

    @cached_property
    def by_invoice(self) -> "_Happenings":
        return _Happenings(self.past, np.arange(len(self.past.invoices), dtype=np.int32), self.rows, self.moments)

    @cached_property
    def by_debtor(self) -> "_Happenings":
        return _Happenings(self.past, self.past.invoices.debtor, self.debtor, self.moments)

    def told(self, what: str) -> Whole:
        """What is told of each debtor; -1 where nothing."""
        return holding(self.past.told, what, self.debtor, self.today, self.moments)

    def number(self, what: str) -> Numbers:
        """The number that is told of each debtor; nan where none is."""
        return _at(self.past.told.number, self.told(what), np.nan)

    def days_since(self, at: Moments) -> Numbers:
        """Days from each moment to its question's; nan where there is none."""
        return _days(self.moments - at)


class _Sums:
    """Numbers that invoices have from one turn to the next, summed over their owner's at the moments asked for."""

    def __init__(self, turns: Turns, owner: Column, owners: int, asked: Column, moments: Moments) -> None:
        timeline = Timeline(owner[turns.invoice], turns.known_at, owners)
        self._order = timeline.order
        self._asked = timeline.asked(asked, moments)
        self.since = turns.known_at[timeline.order][self._asked.first]  # when the owner's first was known
        self._goes_on = np.zeros(len(turns.invoice), dtype=bool)
        self._goes_on[1:] = turns.invoice[1:] == turns.invoice[:-1]

    def total(self, column: Whole) -> Whole:
        """The sum of what each invoice had last."""
        change = column.copy()
        change[1:] -= np.where(self._goes_on[1:], column[:-1], 0)
        return self._asked.total(change[self._order])


class _Happenings:
    """What happened to each owner, in the order in which it became known."""

    def __init__(self, past: Past, owner: Codes, asked: Column, moments: Moments) -> None:
        self._events, self._owner, self._who = past.events, owner, asked
        self._timeline = Timeline(owner[past.events.invoice], past.events.known_at, int(owner.max(initial=-1)) + 1)
        self._order = self._timeline.order
        self._asked = self._timeline.asked(asked, moments)

    @cached_property
    def invoice(self) -> Codes:
        """Whose each event is."""
        found: Codes = self._events.invoice[self._order]
        return found

    @cached_property
    def kind(self) -> Column:
        found: Column = self._events.kind[self._order]
        return found

    @cached_property
    def at(self) -> Moments:
        found: Moments = self._events.at[self._order]
        return found

    @cached_property
    def amount(self) -> Numbers:
        found: Numbers = self._events.amount[self._order]
        return found

    @cached_property
    def came(self) -> Mask:
        """Payments, and none that were taken back."""
        events = self._events
        found: Mask = ((events.kind == Happened.PAYMENT) & ~(events.amount < 0))[self._order]
        return found

    @cached_property
    def channel(self) -> Words:
        return self._events.channel.of(self._order)

    @cached_property
    def detail(self) -> Words:
        return self._events.detail.of(self._order)

    def of(self, *kinds: Happened) -> Mask:
        """Those of some kinds."""
        return _one_of(self.kind, kinds)

    @cached_property
    def reminders(self) -> Mask:
        """Messages besides the invoice itself."""
        return self.of(Happened.MESSAGE) & ~_is(self.detail, ("invoice",))

    def count(self, which: Column) -> Whole:
        """How many of a mask were known, or the sum of a column of whole numbers over all that was."""
        return self._asked.total(which)

    def place(self, where: Mask) -> Whole:
        """The place of the last one of a mask; -1 where there is none."""
        return _at(np.flatnonzero(where), self._asked.last(where), -1)

    def latest(self, where: Mask) -> Moments:
        """When the latest of a mask happened; NaT where none did."""
        return self._latest(where, self._asked)

    def latest_of(self, where: Mask, asked: Column, moments: Moments) -> Moments:
        """When the latest happened to others, by what was known at other moments."""
        return self._latest(where, self._timeline.asked(asked, moments))

    def in_a_month(self, where: Mask, moments: Moments) -> Whole:
        """How many became known within 30 days."""
        return self.count(where) - self._timeline.asked(self._who, moments - A_MONTH).total(where)

    def _latest(self, where: Mask, asked: Asked) -> Moments:
        return _at(latest(self._owner[self.invoice[where]], self.at[where]), asked.last(where), NEVER)


def _of_invoice(asked: _Questions) -> Columns:
    invoices, turns, turn = asked.past.invoices, asked.turns, asked.turn
    owed = hundredths(invoices.amount)
    amount = np.where(owed[asked.rows] > 0, owed[asked.rows], np.nan) / 100
    one, amounts = np.ones(len(turns.invoice), dtype=np.int64), owed[turns.invoice]
    due = turns.due[turn]
    business = invoices.kind.of(asked.rows)
    of_process = asked.by_invoice
    return {
        "amount": _log(amount),
        "amount_to_creditors": _log(
            _over(amount * 100 * asked.of_creditor.total(one), asked.of_creditor.total(amounts))
        ),
        "amount_to_usual": _log(_over(amount * 100 * asked.others(one), asked.others(amounts))),
        "left_share": np.clip(_over(turns.left[turn] / 100, amount), 0, 1),
        "days_past_due": _whole_days(asked.today - due),
        "terms_days": _whole_days(invoices.due[asked.rows] - invoices.issued[asked.rows]),
        "due_moves": of_process.count(of_process.of(Happened.DUE_DATE_MOVED)),
        "due_weekday": np.where(np.isnat(due), np.nan, (due.astype(np.int64) + 3) % 7),
        "due_day_of_month": np.where(np.isnat(due), np.nan, _day_of_month(due) + 1),
        "business": np.where(business.codes < 0, np.nan, _is(business, ("business",))),
        "draw_agreed": asked.number("direct debit") > 0,
        "draws_failed": of_process.count(of_process.of(Happened.DRAW_FAILED)),
    }


def _of_own_past(asked: _Questions) -> Columns:
    turns, events = asked.turns, asked.by_debtor
    paid = (turns.how == End.PAID).astype(np.int64)
    days_late = np.where(paid, np.clip(turns.days_late, -LONGEST_LATE, LONGEST_LATE), 0)
    late = (days_late > 0).astype(np.int64)
    settled, late_before, days = asked.others(paid), asked.others(late), asked.others(days_late)
    all_settled, all_late = asked.of_creditor.total(paid), asked.of_creditor.total(late)
    usual_share = (all_late + 1) / (all_settled + 2)
    usual_days = asked.of_creditor.total(days_late) / (all_settled + 2)
    spread = _over(asked.others(days_late * days_late), settled) - _over(days, settled) ** 2
    overdue = turns.overdue.astype(np.int64)
    owed = hundredths(asked.past.invoices.amount)[asked.rows]
    others_only = _without(asked, events)
    return {
        "cold": settled == 0,
        "invoices_before": asked.others(np.ones(len(paid), dtype=np.int64)),
        "settled_before": settled,
        "late_before": late_before,
        "late_share": (late_before + SHRUNK_BY * usual_share) / (settled + SHRUNK_BY),
        "days_late_mean": (days + SHRUNK_BY * usual_days) / (settled + SHRUNK_BY),
        "days_late_spread": np.where(settled > 1, np.sqrt(np.maximum(spread, 0)), np.nan),
        "days_late_last": _last_days_late(asked, days_late),
        "open_others": asked.others((turns.how == End.OPEN).astype(np.int64)),
        "overdue_others": asked.others(overdue),
        "overdue_to_amount": _over(asked.others(np.where(turns.overdue, turns.left, 0)), owed),
        "ended_unpaid_before": asked.others((turns.how == End.OTHERWISE).astype(np.int64)),
        "promises_kept": events.count(events.of(Happened.PROMISE_KEPT)),
        "promises_broken": events.count(events.of(Happened.PROMISE_BROKEN)),
        "plans_kept": events.count(events.of(Happened.PLAN_KEPT)),
        "plans_broken": events.count(events.of(Happened.PLAN_BROKEN)),
        "disputes_before": others_only(lambda of: of.of(Happened.DISPUTE)),
        "days_since_payment": asked.days_since(events.latest(events.came)),
        "days_to_payday": _days_to_payday(asked, events, events.came),
        "paid_after_message": _over(asked.others(_paid_after_message(asked)), settled),
        "days_known": asked.days_since(asked.of_debtor.since),
    }


def _of_process(asked: _Questions) -> Columns:
    events = asked.by_invoice
    messages, reads = events.of(Happened.MESSAGE), events.of(Happened.READ)
    last_message, last_read = events.latest(messages), events.latest(reads)
    visits, calls = events.of(Happened.VISIT), events.of(Happened.CALL)
    promise = events.place(events.of(Happened.PROMISE))
    promise_ended = events.place(events.of(Happened.PROMISE_KEPT, Happened.PROMISE_BROKEN))
    promised = np.where(promise > promise_ended, _at(events.amount, promise, np.nan), np.nan)
    plan_ended = events.place(events.of(Happened.PLAN_KEPT, Happened.PLAN_BROKEN))
    disputes, ended = events.of(Happened.DISPUTE), events.of(Happened.DISPUTE_ENDED)
    return {
        "messages": events.count(messages),
        **{f"messages_{name}": events.count(messages & _is(events.channel, (name,))) for name in CHANNELS},
        "reminders": events.count(events.reminders),
        "days_since_message": asked.days_since(last_message),
        "read_since_message": np.where(np.isnat(last_message), np.nan, last_read >= last_message),
        "reads": events.count(reads),
        "not_delivered": events.count(events.of(Happened.NOT_DELIVERED)),
        "visits": events.count(visits),
        "days_since_visit": asked.days_since(events.latest(visits)),
        "payments_failed": events.count(events.of(Happened.PAYMENT_FAILED)),
        "messages_month": asked.by_debtor.in_a_month(asked.by_debtor.of(Happened.MESSAGE), asked.moments),
        "fees": events.count(events.of(Happened.FEE)),
        "noticed": events.count(events.of(Happened.NOTICE)) > 0,
        "handed_off": events.count(events.of(Happened.HAND_OFF)) > 0,
        "calls": events.count(calls),
        **{f"calls_{name}": events.count(calls & _is(events.detail, which)) for name, which in CALLS.items()},
        "promise_days_left": np.clip(promised - asked.today.astype(np.int64), -3650, 3650),
        "plan_runs": events.place(events.of(Happened.PLAN)) > plan_ended,
        "disputed": events.count(disputes) > events.count(ended),
    }


def _of_words(asked: _Questions) -> Columns:
    events = asked.by_invoice
    replies = events.of(Happened.REPLY)
    others_only = _without(asked, asked.by_debtor)
    return {
        **{f"said_{name}": events.count(replies & _is(events.detail, which)) for name, which in SAID.items()},
        "replies_before": others_only(lambda of: of.of(Happened.REPLY)),
    }


def _of_outside(asked: _Questions) -> Columns:
    since = asked.number("customer since")
    return {
        "credit_score": asked.number("credit score"),
        "income": asked.number("income statistics"),
        "margin": _in_own_currency(asked, "monthly margin"),
        "months_as_customer": (asked.today.astype(np.int64) - since) / DAYS_OF_A_MONTH,
    }


def _in_own_currency(asked: _Questions, what: str) -> Numbers:
    """A sum that is told of each debtor, in the currency of what is owed; one that is told in another is not known."""
    told, owed = asked.past.told.word, asked.past.invoices.currency
    codes = {word: code for code, word in enumerate(owed.meanings)}
    as_owed = np.array([*(codes.get(word, _ANOTHER) for word in told.meanings), NOT_TOLD], dtype=np.int32)
    spoken = as_owed[_at(told.codes, asked.told(what), NOT_TOLD)]
    other = (spoken != NOT_TOLD) & (spoken != owed.codes[asked.rows])
    return np.where(other, np.nan, asked.number(what))


def _without(asked: _Questions, events: _Happenings) -> Callable[[Callable[[_Happenings], Mask]], Whole]:
    """Counts over a debtor's other invoices."""
    return lambda which: events.count(which(events)) - asked.by_invoice.count(which(asked.by_invoice))


def _last_days_late(asked: _Questions, days_late: Whole) -> Numbers:
    """By how many days the last payment of another invoice was late, as it became known; nan where none was paid."""
    turns, moments = asked.turns, asked.moments
    debtor = asked.past.invoices.debtor
    became_paid = np.flatnonzero((turns.how == End.PAID) & (turns.began == np.arange(len(turns.how))))
    timeline = Timeline(
        debtor[turns.invoice[became_paid]], turns.known_at[became_paid], int(debtor.max(initial=-1)) + 1
    )
    of_debtor = timeline.asked(asked.debtor, moments)
    became_paid = became_paid[timeline.order]
    place = of_debtor.end - 1
    while (own := (place >= of_debtor.first) & (np.append(turns.invoice[became_paid], -1)[place] == asked.rows)).any():
        place = np.where(own, place - 1, place)
    return _at(days_late[became_paid].astype(np.float64), np.where(place < of_debtor.first, -1, place), np.nan)


def _paid_after_message(asked: _Questions) -> Whole:
    """Of each turn whether the invoice was then paid, within a week of a reminder."""
    turns, events = asked.turns, asked.by_invoice
    paid = np.flatnonzero((turns.how == End.PAID) & (turns.began == np.arange(len(turns.how))))
    since = turns.paid_at[paid] - events.latest_of(events.reminders, turns.invoice[paid], turns.known_at[paid])
    soon = np.zeros(len(turns.how), dtype=np.int64)
    soon[paid] = (since >= np.timedelta64(0, "s")) & (since <= SOON_AFTER)
    return np.where(turns.how == End.PAID, soon[turns.began], 0)


def _days_to_payday(asked: _Questions, events: _Happenings, came: Mask) -> Numbers:
    """Days until the day of the month around which the debtor's payments come; nan of few payments, or scattered ones."""
    day = np.zeros(len(came), dtype=np.int64)
    day[came] = _day_of_month(days_of(events.at[came], asked.past.invoices.country.of(events.invoice[came])))
    count = events.count(came)
    east = events.count(np.where(came, _EAST[day], 0))
    north = events.count(np.where(came, _NORTH[day], 0))
    together = np.hypot(east / _FINE, north / _FINE)
    payday = np.arctan2(north, east) / (2 * np.pi) * DAYS_OF_A_MONTH
    ahead = (payday - _day_of_month(asked.today)) % DAYS_OF_A_MONTH
    return np.where((count >= 3) & (together >= 0.8 * count), ahead, np.nan)


def _is(column: Words, meanings: Sequence[str]) -> Mask:
    """Which rows have one of some words."""
    return _one_of(column.codes, [code for code, meaning in enumerate(column.meanings) if meaning in meanings])


def _one_of(codes: Column, wanted: Sequence[int]) -> Mask:
    """Which codes are one of some: a look into a table, for there are few codes and many rows."""
    table = np.zeros(int(codes.max(initial=0)) + 2, dtype=bool)  # the last is of what nobody told
    table[[code for code in wanted if code < len(table) - 1]] = True
    found: Mask = table[codes]
    return found


def _at(values: Column, place: Whole, otherwise: Any) -> Column:
    """The values at some places; something else where there is no place (-1)."""
    found: Column = np.append(values, np.array([otherwise], dtype=values.dtype))[place]
    return found


def _day_of_month(days: Days) -> Whole:
    """From 0; of no day it is 0."""
    day = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    return np.where(np.isnat(days), 0, day)


def _whole_days(lasted: Column) -> Numbers:
    """A difference of days as numbers; nan where one was not told."""
    return np.where(np.isnat(lasted), np.nan, lasted.astype(np.int64))


def _days(lasted: Column) -> Numbers:
    """A difference of moments in days; nan where there was none."""
    return np.where(np.isnat(lasted), np.nan, lasted.astype(np.int64) / 86400)


def _over(number: Column, by: Column) -> Numbers:
    """A ratio; nan of nothing."""
    found: Numbers = np.divide(number, by, out=np.full(len(by), np.nan), where=by > 0)
    return found


def _log(number: Numbers) -> Numbers:
    """The natural logarithm; nan of nothing and less."""
    return np.log(number, out=np.full(len(number), np.nan), where=number > 0)
