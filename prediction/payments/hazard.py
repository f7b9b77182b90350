"""How probable a payment is in each stretch of days after a moment, while none has come (a discrete-time hazard)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

EDGES: Final = np.array([0, 1, 3, 7, 10, 14, 21, 30, 45, 60, 90], dtype=np.float64)  # days after the moment
HORIZONS: Final = (7, 14, 30)  # days within which a payment is asked for; all are edges
STRETCHES: Final = len(EDGES) - 1

Hazards = NDArray[np.float64]  # a row for each moment, a column for each stretch: 0 to 1
Days = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Periods:
    """What was seen of each stretch that began unpaid and was seen to its end: a row each."""

    row: NDArray[np.intp]  # the moment that it comes after
    stretch: NDArray[np.intp]
    paid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    def of(self, chosen: NDArray[np.bool_]) -> "Periods":
        """Some of them."""
        return Periods(self.row[chosen], self.stretch[chosen], self.paid[chosen])


def periods(waited: Days, seen: Days) -> Periods:
    """The stretches that were seen whole, after moments of which each was paid `waited` days later (endless: not that is
    known) and watched for `seen` days. An open invoice is censored there; one that was taken back is known not to be paid.
    """
    risk = (waited[:, None] > EDGES[:-1]) & (seen[:, None] >= EDGES[1:])
    row, stretch = np.nonzero(risk)
    return Periods(row, stretch, waited[row] <= EDGES[1:][stretch])


def waiting(hazards: Hazards) -> Hazards:
    """The log of the chance that no payment has come by each edge: a column more than there are stretches."""
    unpaid = np.log1p(-np.clip(hazards, 0, 1 - 1e-9))
    return np.concatenate([np.zeros((len(hazards), 1)), np.cumsum(unpaid, axis=1)], axis=1)


def chance_by(hazards: Hazards, days: Days | float) -> Days:
    """The chance of a payment within so many days, one number for all rows or one for each; nan beyond what is foreseen."""
    unpaid = waiting(hazards)
    last = EDGES[unpaid.shape[1] - 1]
    asked = np.broadcast_to(np.asarray(days, dtype=np.float64), len(hazards))
    inside = np.clip(asked, 0, last)
    at = np.clip(np.searchsorted(EDGES, inside, side="left") - 1, 0, unpaid.shape[1] - 2)
    rows = np.arange(len(hazards))
    part = (inside - EDGES[at]) / (EDGES[at + 1] - EDGES[at])
    before, after = unpaid[rows, at], unpaid[rows, at + 1]
    log_unpaid = np.maximum(before + part * (after - before), after)  # rounding puts no day before an earlier one
    return np.where(asked <= last, -np.expm1(log_unpaid), np.nan)


def median_day(hazards: Hazards) -> Days:
    """After how many days a payment is as likely as not; nan where it is not within what is foreseen."""
    unpaid, half = waiting(hazards), np.log(0.5)
    reached = unpaid[:, 1:] <= half
    at = np.argmax(reached, axis=1)
    rows = np.arange(len(hazards))
    before, after = unpaid[rows, at], unpaid[rows, at + 1]
    part = (before - half) / np.where(before > after, before - after, 1)
    return np.where(reached.any(axis=1), EDGES[at] + part * (EDGES[at + 1] - EDGES[at]), np.nan)
