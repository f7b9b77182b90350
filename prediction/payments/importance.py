"""What a model leans on: how much worse it guesses where one feature is shuffled among the invoices."""

from typing import Final

import numpy as np

from prediction.payments.calibration import log_odds
from prediction.payments.hazard import chance_by
from prediction.payments.learners import Seen
from prediction.payments.model import Model
from prediction.payments.training import JUDGED_BY

MOST: Final = 20_000  # moments
SEED: Final = 0


def importance(model: Model, seen: Seen) -> dict[str, float]:
    """By how much the log loss 14 days ahead grows without each feature, the most first; those without a part are left out."""
    rows = np.flatnonzero(seen.seen >= JUDGED_BY)
    chance = np.random.default_rng(SEED)
    if len(rows) > MOST:
        rows = np.sort(chance.choice(rows, MOST, replace=False))
    known, creditor, came = seen.known[rows].copy(), seen.creditor.of(rows), seen.waited[rows] <= JUDGED_BY
    order = chance.permutation(len(rows))

    def missed() -> float:
        odds = log_odds(chance_by(model.hazards(known, creditor), float(JUDGED_BY)))
        return float(np.mean(np.logaddexp(0, odds) - odds * came))

    whole, found = missed(), {}
    for feature, name in enumerate(model.names):
        if feature != model.age and not model.tables[feature].any():
            continue
        column = known[:, feature].copy()
        known[:, feature] = column[order]
        found[name] = missed() - whole
        known[:, feature] = column
    return dict(sorted(found.items(), key=lambda each: -each[1]))
