"""What a file of another system's past came to: counts, shares, days, and whether anything can be learned from it."""

from collections import Counter
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from prediction.history.file_map import HAPPENED
from prediction.history.past import NOT_TOLD, Happened, Numbers, Past, Words
from prediction.history.rough import Mask, Notes
from prediction.history.settled import End, turns_of
from prediction.history.written import local_days

_FEW: Final = 10  # of which nothing is said
_TOO_MUCH: Final = 1.25  # times what was owed, with fees
_MOST_TAKEN_BACK: Final = 0.1  # of payments


def summed_up(past: Past, rows: int, has_customers: bool, notes: Notes, zone: ZoneInfo) -> dict[str, Any]:
    """What a file came to, as it is shown and kept: counts, shares, days, what was left out, and what can be learned."""
    invoices, events = past.invoices, past.events
    turns = turns_of(past)
    last = np.searchsorted(turns.invoice, np.arange(len(invoices)), side="right") - 1
    how, last_due = turns.how[last], turns.due[last]
    paid = how == End.PAID
    days_late = np.where(paid, turns.days_late[last], np.nan)
    days_to_pay = (local_days(turns.paid_at[last][paid], zone) - invoices.issued[paid]).astype(np.float64)
    through = local_days(np.array([past.through - np.timedelta64(1, "s")]), zone)[0]
    due = last_due < through
    late = due & (~paid | (days_late > 0))
    counted = Counter(events.kind.tolist())
    notes.said += _doubts(past)
    reason = _nothing_learned(paid, days_late, due)
    if reason is None and paid.all():
        notes.said.append(
            "everybody paid in the end: when somebody pays can be learned from it, and not who never does"
        )
    return {
        "rows": rows,
        "invoices": len(invoices),
        "customers": len(np.unique(invoices.debtor)) if has_customers else None,
        "currencies": _counts(invoices.currency),
        "ends": _ends(past, how),
        "events": {word: counted[kind] for word, kind in HAPPENED.items() if counted[kind]},
        "first_day": str(invoices.issued.min()),
        "through": str(through),
        "late_share": round(float(late.sum() / due.sum()), 4) if due.any() else None,
        "median_days_to_pay": _median(days_to_pay),
        "median_days_late": _median(days_late[paid]),
        "left_out": [{"what": what, "count": count, "lines": lines} for what, (count, lines) in notes.left_out.items()],
        "said": list(notes.said),
        "learnable": reason is None,
        "why_not": reason,
    }


def _doubts(past: Past) -> list[str]:
    """What in the payments looks as if a column were named for what it is not."""
    kind, invoice, amount = past.events.kind, past.events.invoice, np.nan_to_num(past.events.amount)
    paying, of = kind == Happened.PAYMENT, len(past.invoices)
    paid, times = np.bincount(invoice[paying], amount[paying], of), np.bincount(invoice[paying], minlength=of)
    charged = kind == Happened.FEE
    owed = past.invoices.amount + np.bincount(invoice[charged], amount[charged], of)
    several = times > 1
    found = []
    if several.sum() >= _FEW and (paid[several] > owed[several] * _TOO_MUCH).mean() > 0.5:
        found.append(
            "most invoices with several payments are paid far more than was owed: is that column the total so far? "
            "Then write `total:` for `amount:`"
        )
    if (falling := int((amount[paying] < 0).sum())) >= _FEW and falling > _MOST_TAKEN_BACK * paying.sum():
        found.append(
            f"{falling} payments are less than nothing, so money was taken back: if a total so far was named that tells "
            "single sums, write `amount:` for `total:`"
        )
    return found


def _nothing_learned(paid: Mask, days_late: Numbers, due: Mask) -> str | None:
    if not due.any():
        return "nothing can be learned: no invoice was due by then"
    if not paid.any():
        return "nothing can be learned: nobody paid"
    if paid.all() and not (days_late > 0).any():
        return "nothing can be learned: everybody paid in time"
    return None


def _ends(past: Past, how: NDArray[np.int8]) -> dict[str, int]:
    """How the invoices ended, each once."""
    events, rest, found = past.events, np.ones(len(how), dtype=bool), {}

    def some(kind: Happened) -> Mask:
        return np.bincount(events.invoice[events.kind == kind], minlength=len(how)) > 0

    for word, ended in (
        ("paid", how == End.PAID),
        ("closed", how == End.OTHERWISE),
        ("handed off", some(Happened.HAND_OFF)),
        ("paid in part", some(Happened.PAYMENT)),
        ("open", rest.copy()),
    ):
        found[word] = int((rest & ended).sum())
        rest &= ~ended
    return found


def _counts(column: Words) -> dict[str, int]:
    counts = np.bincount(column.codes[column.codes != NOT_TOLD], minlength=len(column.meanings))
    return {word: int(count) for word, count in zip(column.meanings, counts, strict=True) if count}


def _median(values: Numbers) -> float | None:
    return float(np.median(values)) if len(values) else None
