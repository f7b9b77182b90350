"""What a file of another system's past came to: counts, shares, days, and whether anything can be learned from it."""

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from prediction.history.file_map import HAPPENED
from prediction.history.past import NOT_TOLD, Days, Happened, Numbers, Past, Words
from prediction.history.rough import Mask, Notes
from prediction.history.written import local_days


def summed_up(past: Past, rows: int, has_customers: bool, notes: Notes, zone: ZoneInfo) -> dict[str, Any]:
    """What a file came to, as it is shown and kept: counts, shares, days, what was left out, and what can be learned."""
    invoices, events = past.invoices, past.events
    day_of_end = _paid_in_full(past, zone)
    paid = ~np.isnat(day_of_end)
    moved = events.kind == Happened.DUE_DATE_MOVED
    last_due = invoices.due.copy()
    last_due[events.invoice[moved]] = events.amount[moved].astype(np.int64).astype("datetime64[D]")
    days_late = (day_of_end - last_due).astype(np.float64)
    days_late[~paid] = np.nan
    through = local_days(np.array([past.through - np.timedelta64(1, "s")]), zone)[0]
    due = last_due < through
    late = due & (~paid | (days_late > 0))
    counted = Counter(events.kind.tolist())
    reason = _nothing_learned(paid, days_late, due)
    return {
        "rows": rows,
        "invoices": len(invoices),
        "customers": len(np.unique(invoices.debtor)) if has_customers else None,
        "currencies": _counts(invoices.currency),
        "ends": _ends(past, ~np.isnat(day_of_end)),
        "events": {word: counted[kind] for word, kind in HAPPENED.items() if counted[kind]},
        "first_day": str(invoices.issued.min()),
        "through": str(through),
        "late_share": round(float(late.sum() / due.sum()), 4) if due.any() else None,
        "median_days_to_pay": _median((day_of_end - invoices.issued).astype(np.float64)[paid]),
        "median_days_late": _median(days_late[paid]),
        "left_out": [{"what": what, "count": count, "lines": lines} for what, (count, lines) in notes.left_out.items()],
        "said": list(notes.said),
        "learnable": reason is None,
        "why_not": reason,
    }


def _nothing_learned(paid: Mask, days_late: Numbers, due: Mask) -> str | None:
    if not due.any():
        return "nothing can be learned: no invoice was due by then"
    if not paid.any():
        return "nothing can be learned: nobody paid"
    if paid.all() and not (days_late > 0).any():
        return "nothing can be learned: everybody paid in time"
    return None


def _paid_in_full(past: Past, zone: ZoneInfo) -> Days:
    """The day on which payments and credits had come to the invoice's own amount; NaT where they did not."""
    events = past.events
    money = np.isin(events.kind, (Happened.PAYMENT, Happened.CREDIT))
    invoice, amount, at = events.invoice[money], events.amount[money], events.at[money]
    order = np.lexsort((at.astype(np.int64), invoice))
    invoice, amount, at = invoice[order], amount[order], at[order]
    found = np.full(len(past.invoices), np.datetime64("NaT"), dtype="datetime64[D]")
    if not len(invoice):
        return found
    total = np.cumsum(amount)
    first = np.concatenate([[True], invoice[1:] != invoice[:-1]])
    before = np.where(first, total - amount, 0.0)
    begin = np.maximum.accumulate(np.where(first, np.arange(len(invoice)), 0))
    in_full = total - before[begin] >= past.invoices.amount[invoice] - 0.005
    some = np.flatnonzero(in_full)
    _, where = np.unique(invoice[some], return_index=True)
    found[invoice[some[where]]] = local_days(at[some[where]], zone)
    return found


def _ends(past: Past, paid: Mask) -> dict[str, int]:
    """How the invoices ended, each once."""
    kinds = {kind: np.zeros(len(past.invoices), dtype=bool) for kind in Happened}
    for kind in (Happened.PAYMENT, Happened.HAND_OFF, Happened.WRITTEN_OFF, Happened.CLOSED):
        kinds[kind][past.events.invoice[past.events.kind == kind]] = True
    rest = np.ones(len(past.invoices), dtype=bool)
    found = {}
    for word, some in (
        ("paid", paid),
        ("closed", kinds[Happened.CLOSED] | kinds[Happened.WRITTEN_OFF]),
        ("handed off", kinds[Happened.HAND_OFF]),
        ("paid in part", kinds[Happened.PAYMENT]),
        ("open", rest.copy()),
    ):
        found[word] = int((rest & some).sum())
        rest &= ~some
    return found


def _counts(column: Words) -> dict[str, int]:
    counts = np.bincount(column.codes[column.codes != NOT_TOLD], minlength=len(column.meanings))
    return {word: int(count) for word, count in zip(column.meanings, counts, strict=True) if count}


def _median(values: Numbers) -> float | None:
    return float(np.median(values)) if len(values) else None
