"""The moments of a past at which one would have guessed: landmarks of each open invoice, with what came after each.

At a moment an invoice is looked at that was known and open, by what was known then; what came is read from all of the past
that is given. A past that ends earlier knows less of what came: its end is where an open invoice is censored.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.imported import KNOWN_NO_LONGER
from prediction.history.past import Happened, Moments, Past
from prediction.history.settled import End, Turns, turns_of
from prediction.payments.hazard import Days

LANDMARKS: Final = np.array([-30, -21, -14, -7, -3, 0, 3, 7, 14, 21, 30, 45, 60, 90])  # days after the due date
OF_A_DAY: Final = np.timedelta64(4, "h")  # UTC: in the night, when all open invoices are looked at
CONTACTS: Final = (Happened.MESSAGE, Happened.NOTICE, Happened.CALL)
_FARTHEST: Final = 10**6  # days: no due date is farther from 1970
A_DAY: Final = np.timedelta64(1, "D")
SEED: Final = 0


@dataclass(frozen=True)
class Snapshots:
    """Moments at which invoices were open: a row each, by invoice and time."""

    rows: NDArray[np.intp]  # of the past's invoices
    moments: Moments

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, chosen: NDArray[np.bool_]) -> "Snapshots":
        """Some of them."""
        return Snapshots(self.rows[chosen], self.moments[chosen])


def snapshots_of(past: Past) -> Snapshots:
    """The night after each became known and after each contact, and all landmarks of its due dates: one of an invoice and day,
    while it was open and with us."""
    invoices, events = past.invoices, past.events
    contacts = np.isin(events.kind, CONTACTS)
    moved = (events.kind == Happened.DUE_DATE_MOVED) & np.isfinite(events.amount)
    ends = _with_us_until(past)
    days = np.clip(events.amount[moved], -_FARTHEST, _FARTHEST).astype(np.int64).astype("datetime64[D]")
    everyone = np.arange(len(invoices))
    pieces = [
        (everyone, invoices.known_at, _night_after(invoices.known_at)),
        (events.invoice[contacts], events.known_at[contacts], _night_after(events.known_at[contacts])),
        *((everyone, invoices.known_at, invoices.due + after) for after in LANDMARKS * A_DAY),
        *((events.invoice[moved], events.known_at[moved], days + after) for after in LANDMARKS * A_DAY),
    ]
    rows, since, nights = (np.concatenate(column) for column in zip(*pieces, strict=True))
    moments = nights.astype("datetime64[s]") + OF_A_DAY
    asked = (since <= moments) & (moments < ends[rows])  # nobody knew before; and no day that is not told
    rows, moments = rows[asked], moments[asked]
    order = np.lexsort((moments, rows))
    rows, moments = rows[order], moments[order]
    once = np.ones(len(rows), dtype=bool)
    once[1:] = (rows[1:] != rows[:-1]) | (moments[1:] != moments[:-1])
    found = Snapshots(rows[once], moments[once])
    return found.of(open_at(turns_of(past), found))


def _night_after(moments: Moments) -> Moments:
    return np.asarray(moments.astype("datetime64[D]") + A_DAY)


def _with_us_until(past: Past) -> Moments:
    """Until when anybody would have guessed: the end of the past, or what came before that when it was handed off."""
    events = past.events
    until = np.full(len(past.invoices), past.through)
    handed_off = events.kind == Happened.HAND_OFF
    np.minimum.at(until, events.invoice[handed_off], events.known_at[handed_off])
    return until


def open_at(turns: Turns, asked: Snapshots) -> NDArray[np.bool_]:
    """Which of them were open as was known at the moment."""
    return np.asarray(turns.how[_turn_at(turns, asked)] == End.OPEN)


def left_at(turns: Turns, asked: Snapshots) -> NDArray[np.float64]:
    """What was to pay as was known at the moment, in the invoice's own currency."""
    return np.asarray(turns.left[_turn_at(turns, asked)] / 100)


def came_after(past: Past, asked: Snapshots) -> tuple[Days, Days]:
    """After how many days each was known to be paid, endless where that is not known; and for how many days it was watched:
    to the end of the past, or until nothing more is known of the invoice.

    A payment that was taken back later is one that came: nobody knew better by then. What was taken back, credited in full or
    written off is known not to be paid.
    """
    turns = turns_of(past)
    paying = np.flatnonzero(turns.how == End.PAID)
    keys, begin, span = _keys(turns, paying)
    at = np.searchsorted(keys, _key(asked, begin, span), side="right")
    there = at < len(paying)
    turn = paying[np.where(there, at, 0)] if len(paying) else np.zeros(len(at), dtype=np.intp)
    there &= turns.invoice[turn] == asked.rows
    waited = (turns.known_at[turn] - asked.moments) / A_DAY
    seen = (_watched_until(past)[asked.rows] - asked.moments) / A_DAY
    waited = np.where(there & (waited <= seen), waited, np.inf)
    return waited, seen


def _watched_until(past: Past) -> Moments:
    """Until when each invoice is known: of some an imported past says no more, and none of how they ended."""
    events = past.events
    until = np.full(len(past.invoices), past.through)
    no_longer = [code for code, why in enumerate(events.detail.meanings) if why == KNOWN_NO_LONGER]
    lost = (events.kind == Happened.CLOSED) & np.isin(events.detail.codes, no_longer)
    np.minimum.at(until, events.invoice[lost], events.known_at[lost])
    return until


def some_of(asked: Snapshots, most: int) -> Snapshots:
    """At most so many, chosen by chance with a seed: the same are chosen of the same."""
    if len(asked) <= most:
        return asked
    chosen = np.zeros(len(asked), dtype=bool)
    chosen[np.random.default_rng(SEED).choice(len(asked), most, replace=False)] = True
    return asked.of(chosen)


def _turn_at(turns: Turns, asked: Snapshots) -> NDArray[np.intp]:
    """How each stood: the last turn known at the moment; before it was known, its first."""
    everyone = np.arange(len(turns.invoice))
    keys, begin, span = _keys(turns, everyone)
    found = np.searchsorted(keys, _key(asked, begin, span), side="right") - 1
    first = np.searchsorted(turns.invoice, asked.rows, side="left")
    return np.maximum(found, first)


def _keys(turns: Turns, rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], int, int]:
    """Numbers that lie in the order of invoices and moments, to be searched."""
    seconds = turns.known_at.astype(np.int64)
    begin, span = (int(seconds.min()), int(seconds.max() - seconds.min()) + 2) if len(seconds) else (0, 2)
    return turns.invoice[rows].astype(np.int64) * span + (seconds[rows] - begin), begin, span


def _key(asked: Snapshots, begin: int, span: int) -> NDArray[np.int64]:
    since = np.clip(asked.moments.astype(np.int64) - begin, -1, span - 1)
    return asked.rows.astype(np.int64) * span + since
