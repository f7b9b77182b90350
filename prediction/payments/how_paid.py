"""How each invoice of a past was paid: when, how late, by which method, and after which message; in columns."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Chosen, Codes, Days, Happened, Moments, Numbers, Past
from prediction.history.settled import End, Turns, turns_of
from prediction.history.timeline import NEVER, Mask

SOON: Final = 3  # days within which a payment is put down to what was sent: money takes a banking day or two
LATE_FROM: Final = 3  # days after the due date from which a payment is late: a weekend and the bank's day are not
_A_DAY: Final = np.timedelta64(86_400, "s")


@dataclass(frozen=True, slots=True)
class HowPaid:
    """Of each invoice, in the past's order; where it is not paid: NaT, nan and NOT_TOLD."""

    at: Moments  # when the last of the money came
    on: Days  # the local day of that
    days_late: Numbers  # after the due date then in force; negative before
    method: Codes  # of the last payment, in the words of the events' details
    after: Codes  # the channel of the last message before, where it was at most SOON days before
    messages: Codes  # how many messages about it had gone out after its first due date
    overdue: Mask  # open, and the due date is over


def how_paid(past: Past, turns: Turns | None = None) -> HowPaid:
    """How each was paid, by all that this past knows at its end; `turns` are its own, where they are known already."""
    invoices, events = past.invoices, past.events
    count = len(invoices)
    turns = turns or turns_of(past)
    so_far = np.flatnonzero(turns.known_at <= past.through)  # a due date that is not over turns nothing yet
    last = np.zeros(count, dtype=np.int64)
    last[turns.invoice[so_far]] = so_far
    paid = turns.how[last] == End.PAID
    at = np.where(paid, turns.paid_at[last], NEVER)
    on = np.full(count, np.datetime64("NaT", "D"))
    on[paid] = days_of(at[paid], invoices.country.of(paid))
    money = np.flatnonzero((events.kind == Happened.PAYMENT) & (np.nan_to_num(events.amount, nan=1) > 0))
    method = np.full(count, NOT_TOLD, dtype=np.int32)
    method[events.invoice[money]] = events.detail.codes[money]
    method[~paid] = NOT_TOLD
    sent = np.flatnonzero(events.kind == Happened.MESSAGE)
    sent = sent[events.at[sent] <= at[events.invoice[sent]]]  # NaT: of what is not paid, none
    late = days_of(events.at[sent], invoices.country.of(events.invoice[sent])) > invoices.due[events.invoice[sent]]
    newest = sent[np.argsort(events.at[sent], kind="stable")]
    before = np.full(count, NOT_TOLD, dtype=np.int64)
    before[events.invoice[newest]] = newest
    some = np.flatnonzero(before != NOT_TOLD)
    soon = some[at[some] - events.at[before[some]] <= (SOON + 1) * _A_DAY]
    after = np.full(count, NOT_TOLD, dtype=np.int32)
    after[soon] = events.channel.codes[before[soon]]
    return HowPaid(
        at=at,
        on=on,
        days_late=np.where(paid, turns.days_late[last].astype(np.float64), np.nan),
        method=method,
        after=after,
        messages=np.bincount(events.invoice[sent[late]], minlength=count).astype(np.int32),
        overdue=turns.overdue[last],
    )


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
