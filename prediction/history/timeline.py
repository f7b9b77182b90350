"""Rows of many owners, each owner's in the order in which they became known, asked how it stood at many moments at once.

Sums are of whole numbers: they are taken as differences of running sums over all owners, and only whole numbers leave no trace
of what lies beside them, or after.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from prediction.history.past import Codes, Moments, Numbers

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
NEVER = np.datetime64("NaT", "s")
_MOST = 1e13  # more is nonsense, and must not run over


class Timeline:
    """The order of rows by owner and the moment at which they became known; rows of one moment stay as they were."""

    def __init__(self, owner: NDArray[Any], known_at: Moments, owners: int) -> None:
        seconds = known_at.astype(np.int64)
        self._from = int(seconds.min()) if len(seconds) else 0
        self._span = int(seconds.max()) - self._from + 2 if len(seconds) else 2
        keys = owner * np.int64(self._span) + (seconds - self._from)
        self.order: NDArray[Any]
        if (keys[1:] >= keys[:-1]).all():
            self.order = np.arange(len(keys))
        elif (seconds[1:] >= seconds[:-1]).all():
            self.order = _by_owner(owner, owners)
        else:
            by_time = np.argsort(seconds, kind="stable")
            self.order = by_time[_by_owner(owner[by_time], owners)]
        self._keys = keys[self.order]
        self.first = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=owners)))).astype(np.int64)

    def asked(self, owner: NDArray[Any], moment: Moments) -> "Asked":
        """What each owner's rows were at a moment."""
        since = np.clip(moment.astype(np.int64) - self._from, -1, self._span - 1)
        wanted = owner * np.int64(self._span) + since
        order = np.argsort(wanted)  # what is looked up in order is found seven times faster
        end = np.empty(len(wanted), dtype=np.int64)
        end[order] = np.searchsorted(self._keys, wanted[order], side="right")
        return Asked(self.first[owner], end)


def _by_owner(owner: NDArray[Any], owners: int) -> Codes:
    """The order of rows by their owner, each owner's as they were: the counting sort that makes a sparse matrix of rows."""
    rows = np.arange(len(owner), dtype=np.int32)
    found: Codes = csr_array((rows, (owner, rows)), shape=(owners, len(owner))).data
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """Of each question the rows, in the timeline's order, that were known: from `first` to before `end`."""

    first: Whole
    end: Whole

    def total(self, values: NDArray[Any]) -> Whole:
        """The sum of a column of whole numbers, or how many rows of a mask, over what was known."""
        running: NDArray[Any] = np.zeros(len(values) + 1, dtype=np.int32 if values.dtype == bool else np.int64)
        np.cumsum(values, out=running[1:], dtype=running.dtype)
        found: Whole = running[self.end] - running[self.first]
        return found

    def last(self, where: Mask) -> Whole:
        """Which of the rows of a mask, counted from 0, was the last one known; -1 where none was."""
        running = np.zeros(len(where) + 1, dtype=np.int32)
        np.cumsum(where, out=running[1:], dtype=np.int32)
        known = running[self.end]
        return np.where(known > running[self.first], known.astype(np.int64) - 1, -1)


def latest(owner: NDArray[Any], at: Moments) -> Moments:
    """Of each row, in a timeline's order, the latest moment among its owner's rows so far."""
    seconds = at.astype(np.int64)
    span = int(seconds.max(initial=0)) - int(seconds.min(initial=0)) + 1
    beginning = owner * np.int64(span)
    found: Moments = (np.maximum.accumulate(seconds + beginning) - beginning).astype("datetime64[s]")
    return found


def hundredths(amount: Numbers) -> Whole:
    """Amounts as whole hundredths; 0 where none is told."""
    return np.rint(np.clip(np.nan_to_num(amount), -_MOST, _MOST) * 100).astype(np.int64)
