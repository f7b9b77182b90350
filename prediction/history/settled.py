"""How each invoice stood from turn to turn: open, overdue, paid, or over without a payment, as it became known.

An invoice is paid when what came in, less what was taken back, covers its amount less credits but for half a percent; a payment
without an amount covers it whole. A payment taken back opens it again. What is credited in full, written off or closed, and not
paid, is over otherwise: it competes with being paid.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.money.amount import LITTLE_MISSING
from prediction.history.local_days import begins_of, days_of
from prediction.history.past import Codes, Days, Happened, Moments, Past
from prediction.history.timeline import NEVER, Mask, Timeline, Whole, hundredths, latest

TOLERANCE: Final = float(LITTLE_MISSING)  # of the amount
_FARTHEST: Final = 10**6  # days: no due date is farther from 1970
_BORN, _DUE_PASSED = 0, -1  # turns that are no events


class End(IntEnum):
    """How an invoice stands at last."""

    OPEN = 0
    PAID = 1
    OTHERWISE = 2  # over without a payment


@dataclass(frozen=True, slots=True)
class Turns:
    """How invoices stood from one moment on, until their next turn: by invoice, in the order in which it became known."""

    invoice: Codes
    known_at: Moments
    how: NDArray[np.int8]
    due: Days  # as it was in force
    overdue: Mask
    left: Whole  # hundredths to pay, where open
    began: Whole  # the turn at which it came to stand so
    paid_at: Moments  # of the one paid: when the last of the money came
    days_late: Whole  # of the one paid, after the due date then in force; negative: before


def turns_of(past: Past) -> Turns:
    """Every invoice's turns. Each has at least the one at which it became known."""
    invoices, events = past.invoices, past.events
    turning = np.isin(events.kind, _TURNING)
    events = events.of(turning & ~((events.kind == Happened.DUE_DATE_MOVED) & ~np.isfinite(events.amount)))
    moved = np.flatnonzero(events.kind == Happened.DUE_DATE_MOVED)
    moved_to = np.rint(np.clip(events.amount[moved], -_FARTHEST, _FARTHEST)).astype(np.int64).astype("datetime64[D]")

    everyone = np.arange(len(invoices), dtype=np.int32)
    of_dues = np.concatenate((everyone, events.invoice[moved]))
    dues = np.concatenate((invoices.due, moved_to))
    passed = begins_of(dues + 1, invoices.country.of(of_dues))
    has_due = ~np.isnat(passed)
    of_dues, passed = of_dues[has_due], passed[has_due]
    nothing = np.zeros(len(of_dues), dtype=np.int64)

    invoice = np.concatenate((everyone, of_dues, events.invoice)).astype(np.int32)
    kind = np.concatenate(
        (np.full(len(everyone), _BORN), np.full(len(of_dues), _DUE_PASSED), events.kind.astype(np.int64))
    )
    known_at = np.concatenate((invoices.known_at, passed, events.known_at))
    known_at = np.maximum(known_at, invoices.known_at[invoice])
    at = np.concatenate((invoices.known_at, passed, events.at))
    amount = np.concatenate((hundredths(invoices.amount), nothing, hundredths(events.amount)))
    whole = np.concatenate((np.zeros(len(everyone) + len(of_dues), dtype=bool), np.isnan(events.amount)))
    due = np.full(len(invoice), np.datetime64("NaT", "D"))
    due[: len(everyone)] = invoices.due
    due[len(everyone) + len(of_dues) + moved] = moved_to

    timeline = Timeline(invoice, known_at, len(invoices))
    order = timeline.order
    invoice, kind, known_at, at = invoice[order], kind[order], known_at[order], at[order]
    amount, whole, due = amount[order], whole[order], due[order]

    owed = np.maximum(hundredths(invoices.amount), 1)[invoice]  # 1: of who tells no amounts the first payment covers
    amount = np.where(whole, owed, amount)
    first = timeline.first[invoice]
    paid = _so_far(np.where(kind == Happened.PAYMENT, amount, 0), first)
    credited = _so_far(np.where(kind == Happened.CREDIT, amount, 0), first)
    closed = _so_far(np.isin(kind, (Happened.WRITTEN_OFF, Happened.CLOSED)).astype(np.int64), first)
    enough = np.ceil(owed * (1 - TOLERANCE)).astype(np.int64)
    covered = (paid > 0) & (paid + credited >= enough)
    how = np.where(covered, End.PAID, np.where((credited >= enough) | (closed > 0), End.OTHERWISE, End.OPEN))

    rows = np.arange(len(invoice))
    due_from = np.maximum.accumulate(np.where((kind == _BORN) | (kind == Happened.DUE_DATE_MOVED), rows, 0))
    due = due[due_from]
    came = np.isin(kind, (Happened.PAYMENT, Happened.CREDIT)) & (amount > 0)
    paid_at = np.full(len(invoice), NEVER)
    paid_at[came] = latest(invoice[came], at[came])
    paid_at = paid_at[np.maximum.accumulate(np.where(came, rows, 0))]  # of one paid there was one of its own

    lasts = np.ones(len(invoice), dtype=bool)  # of what became known at one moment only the end counts
    lasts[:-1] = (invoice[1:] != invoice[:-1]) | (known_at[1:] != known_at[:-1])
    invoice, known_at, due = invoice[lasts], known_at[lasts], due[lasts]
    how, paid_at, left = how[lasts].astype(np.int8), paid_at[lasts], (owed - credited - paid)[lasts]

    country = invoices.country.of(invoice)
    begins = np.ones(len(invoice), dtype=bool)
    begins[1:] = (invoice[1:] != invoice[:-1]) | (how[1:] != how[:-1])
    began = np.maximum.accumulate(np.where(begins, np.arange(len(invoice)), 0))
    paid_at = np.where(how == End.PAID, paid_at[began], NEVER)
    late = np.where(how == End.PAID, days_of(paid_at, country) - due[began], np.timedelta64("NaT"))
    return Turns(
        invoice=invoice,
        known_at=known_at,
        how=how,
        due=due,
        overdue=(how == End.OPEN) & (begins_of(due + 1, country) <= known_at),
        left=np.where(how == End.OPEN, left, 0),
        began=began,
        paid_at=paid_at,
        days_late=np.where(np.isnat(late), 0, late.astype(np.int64)),
    )


def _so_far(values: Whole, first: Whole) -> Whole:
    """The running sum of each invoice's own."""
    running = np.concatenate(([0], np.cumsum(values)))
    return running[1:] - running[first]


_TURNING: Final = (
    Happened.PAYMENT,
    Happened.CREDIT,
    Happened.DUE_DATE_MOVED,
    Happened.WRITTEN_OFF,
    Happened.CLOSED,
)
