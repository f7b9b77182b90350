"""What is known as codes: each number's place among the quantiles of what was learned from, or that it is not known."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 32  # of what is known; code 0 is "not known"
COARSE: Final = 4  # bins of a coarse one, for what is learned without regard to their order

Known = NDArray[np.float32]  # what is known: a row for each moment, a column for each feature; nan: not known
Binned = NDArray[np.uint8]


@dataclass(frozen=True)
class Bins:
    """Where each feature is cut: a row each, filled up with endless."""

    cuts: NDArray[np.float32]

    def codes(self, known: Known) -> Binned:
        """The code of each number: 0 where it is not known, else 1 and up, in the order of the numbers."""
        found = np.empty(known.shape, dtype=np.uint8)
        for feature, cuts in enumerate(self.cuts):
            column = known[:, feature]
            finite = cuts[np.isfinite(cuts)]
            found[:, feature] = np.where(np.isnan(column), 0, np.searchsorted(finite, column, side="left") + 1)
        return found

    def coarse(self, codes: Binned) -> Binned:
        """The same with fewer of them: still 0 where it is not known."""
        return ((codes.astype(np.int16) + COARSE - 1) // COARSE).astype(np.uint8)


def bins_of(known: Known) -> Bins:
    """Cuts at the quantiles; a feature that is always the same, or never known, has none."""
    cuts = np.full((known.shape[1], BINS - 1), np.inf, dtype=np.float32)
    for feature, column in enumerate(known.T):
        values = np.unique(column[np.isfinite(column)])
        if len(values) > BINS:
            shares = np.linspace(0, 1, BINS + 1)[1:-1]
            inner = np.unique(np.quantile(column[np.isfinite(column)], shares).astype(np.float32))
            inner = inner[inner < values[-1]]
        else:
            inner = (values[:-1] + values[1:]) / 2
        cuts[feature, : len(inner)] = inner
    return Bins(cuts)
