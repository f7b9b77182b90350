"""How each invoice of a past was paid: when, how late, by which method, and after which message; in columns."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.moment import Moment, moment_in
from prediction.history.past import NOT_TOLD, Chosen, Codes, Days, Happened, Moments, Numbers, Past, Words

SOON: Final = 3  # days within which a payment is put down to what was sent: money takes a banking day or two
LATE_FROM: Final = 3  # days after the due date from which a payment is late: a weekend and the bank's day are not
NEVER: Final = np.datetime64("NaT")
_A_DAY: Final = np.timedelta64(86_400, "s")


@dataclass(frozen=True, slots=True)
class HowPaid:
    """Of each invoice, in the past's order; where it is not paid: NaT, nan and NOT_TOLD."""

    at: Moments  # when money had come in for all of it
    on: Days  # the local day of that
    due: Days  # the due date that counted then
    days_late: Numbers  # negative before the due date
    method: Codes  # of the last payment, in the words of the events' details
    after: Codes  # the channel of the last message before, where it was at most SOON days before
    messages: Codes  # how many messages about it had gone out after the due date


def how_paid(past: Past) -> HowPaid:
    """How each was paid, by all that this past knows."""
    invoices, events = past.invoices, past.events
    count = len(invoices)
    at, last = _settled(past)
    paid = ~np.isnat(at)
    due = due_at(past, np.where(paid, at, past.through))
    on = np.full(count, NEVER, dtype="datetime64[D]")
    on[paid] = local_days(at[paid], invoices.country.of(paid))
    days_late = np.full(count, np.nan)
    days_late[paid] = (on[paid] - due[paid]).astype(np.float64)
    method = np.full(count, NOT_TOLD, dtype=np.int32)
    method[paid] = events.detail.codes[last[paid]]
    sent = np.flatnonzero(events.kind == Happened.MESSAGE)
    sent = sent[events.at[sent] <= at[events.invoice[sent]]]  # NaT: of what is not paid, none
    late = events.at[sent] > due[events.invoice[sent]].astype("datetime64[s]")
    newest = sent[np.argsort(events.at[sent], kind="stable")]
    before = np.full(count, NOT_TOLD, dtype=np.int64)
    before[events.invoice[newest]] = newest
    some = before != NOT_TOLD
    after = np.full(count, NOT_TOLD, dtype=np.int32)
    soon = np.zeros(count, dtype=bool)
    soon[some] = at[some] - events.at[before[some]] <= (SOON + 1) * _A_DAY
    after[soon] = events.channel.codes[before[soon]]
    messages = np.bincount(events.invoice[sent[late]], minlength=count).astype(np.int32)
    return HowPaid(at, on, due, days_late, method, after, messages)


def due_at(past: Past, moments: Moments) -> Days:
    """The due date of each invoice that was known at a moment of its own."""
    due = past.invoices.due.copy()
    events = past.events
    moved = np.flatnonzero(events.kind == Happened.DUE_DATE_MOVED)
    moved = moved[(events.known_at[moved] <= moments[events.invoice[moved]]) & ~np.isnan(events.amount[moved])]
    due[events.invoice[moved]] = events.amount[moved].astype(np.int64).astype("datetime64[D]")
    return due


def local_days(moments: Moments, country: Words) -> Days:
    """The local day of each moment, in the country of each; where none is told, or none is known of it, in UTC."""
    hours = moments.astype("datetime64[h]")
    told, place = np.unique(
        np.stack([hours.astype(np.int64), country.codes.astype(np.int64)]), axis=1, return_inverse=True
    )
    days = [_day_in(None if code < 0 else country.meanings[code], hour * 3600) for hour, code in told.T.tolist()]
    return np.array(days, dtype="datetime64[D]")[np.reshape(place, -1)]


def earlier_of(past: Past, rows: Chosen, most: int = 24) -> NDArray[np.int64]:
    """Of each of these invoices the same debtor's that were due before it, the latest `most`; NOT_TOLD fills up its row."""
    invoices = past.invoices
    order = np.lexsort((invoices.id, invoices.due, invoices.debtor))
    debtor = invoices.debtor[order]
    first = np.searchsorted(debtor, debtor)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    wanted = place[rows][:, None] - np.arange(1, most + 1)
    there = wanted >= first[place[rows]][:, None]
    return np.where(there, order[np.where(there, wanted, 0)], NOT_TOLD)


def _settled(past: Past) -> tuple[Moments, NDArray[np.int64]]:
    """When the money that came for each had become all of it, and the payment with which it had; NaT where it has not."""
    invoices, events = past.invoices, past.events
    at = np.full(len(invoices), NEVER, dtype="datetime64[s]")
    last = np.full(len(invoices), NOT_TOLD, dtype=np.int64)
    money = np.flatnonzero(np.isin(events.kind, (Happened.PAYMENT, Happened.CREDIT)))
    money = money[np.lexsort((money, events.at[money], events.invoice[money]))]
    if not len(money):
        return at, last
    of = events.invoice[money]
    amounts = np.nan_to_num(events.amount[money])
    running = np.cumsum(amounts)
    begins = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    before = np.repeat(running[begins] - amounts[begins], np.diff(np.r_[begins, len(of)]))
    enough = running - before >= invoices.amount[of] - 0.005
    short = np.maximum.reduceat(np.where(enough, -1, np.arange(len(of))), begins)
    ends = np.r_[begins[1:], len(of)] - 1
    settled = enough[ends]  # only what is settled now counts, since when it has been so
    since = money[np.maximum(short + 1, begins)[settled]]
    at[events.invoice[since]], last[events.invoice[since]] = events.at[since], since
    closed_by_money = events.kind[last] == Happened.PAYMENT
    at[(last != NOT_TOLD) & ~closed_by_money] = NEVER  # credited, not paid
    return at, np.where(closed_by_money, last, NOT_TOLD)


def _day_in(country: str | None, seconds: int) -> date:
    at = datetime.fromtimestamp(seconds, UTC)
    try:
        return moment_in(country or "", at).day
    except ValueError:
        return Moment(at, UTC).day
