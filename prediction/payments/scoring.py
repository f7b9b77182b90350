"""What a model says of open invoices now: chances, money, a day, and what weighed most in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facts.prediction.scores import Reason
from prediction.history.allowed import BY_NAME, in_words
from prediction.history.features import features_at
from prediction.history.past import Moments, Past
from prediction.history.settled import turns_of
from prediction.payments.hazard import EDGES, HORIZONS, chance_by, median_day
from prediction.payments.model import Model
from prediction.payments.snapshots import A_DAY, Snapshots, left_at, open_at
from prediction.payments.training import COLD, JUDGED_BY

REASONS: Final = 3  # that are kept of each: the weightiest
LEAST: Final = 0.05  # log odds: what weighs less is no reason
_PLACES: Final = int(np.searchsorted(EDGES, JUDGED_BY))  # the stretches whose parts are reasons

Chances = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """A row for each open invoice; `feature` and `weight` are what weighed most, -1 where less did; `known` is all that was
    looked at."""

    invoice: NDArray[np.int64]
    chance: dict[int, Chances]  # by days ahead
    chance_next_step: Chances  # nan where no step has a day, or one beyond what is foreseen
    expected_money: Chances  # of what is left to pay, within 30 days, in the invoice's own currency
    expected_in: Chances  # days until a payment is as likely as not; nan where it is not within what is foreseen
    cold: NDArray[np.bool_]
    feature: NDArray[np.int64]
    weight: NDArray[np.float32]
    known: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.invoice)

    def reasons(self, row: int, names: tuple[str, ...]) -> Iterator[Reason]:
        """What weighed most in one: a feature's name, `sooner` or `later`, how much in log odds, and what it says by the
        values that it has now."""
        values = dict(zip(names, self.known[row].tolist(), strict=True))
        for feature, weight in zip(self.feature[row].tolist(), self.weight[row].tolist(), strict=True):
            if feature >= 0:
                name = names[feature]
                yield name, "sooner" if weight > 0 else "later", round(abs(weight), 3), in_words(BY_NAME[name], values)


def open_now(past: Past) -> NDArray[np.intp]:
    """The rows of the invoices that are open at the end of a past."""
    everyone = Snapshots(np.arange(len(past.invoices)), np.full(len(past.invoices), past.through))
    return np.flatnonzero(open_at(turns_of(past), everyone)) if len(everyone) else everyone.rows


def score(model: Model, past: Past, rows: NDArray[np.intp], next_step_at: Moments) -> Scores:
    """What a model says of open invoices at the end of a past; `next_step_at` is when each one's next step is, NaT for none."""
    asked = Snapshots(rows, np.full(len(rows), past.through))
    known = features_at(past, asked.rows, asked.moments).values
    hazards = model.hazards(known, past.invoices.creditor.of(rows))
    ahead = np.where(np.isnat(next_step_at), np.nan, (next_step_at - past.through) / A_DAY)
    feature, weight = _weightiest(model.speaks(known, _PLACES))
    chance = {days: chance_by(hazards, float(days)) for days in HORIZONS}
    return Scores(
        invoice=past.invoices.id[rows],
        chance=chance,
        chance_next_step=chance_by(hazards, np.where(np.isnan(ahead), np.inf, ahead)),
        expected_money=left_at(turns_of(past), asked) * chance[HORIZONS[-1]],
        expected_in=median_day(hazards),
        cold=known[:, COLD] > 0,
        feature=feature,
        weight=weight,
        known=known,
    )


def _weightiest(speaks: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The features that weigh most, the weightiest first, and how much each does."""
    most = min(REASONS, speaks.shape[1])
    found = np.argpartition(-np.abs(speaks), most - 1, axis=1)[:, :most]
    weight = np.take_along_axis(speaks, found, axis=1)
    order = np.argsort(-np.abs(weight), axis=1, kind="stable")
    found, weight = np.take_along_axis(found, order, axis=1), np.take_along_axis(weight, order, axis=1)
    return np.where(np.abs(weight) >= LEAST, found, -1), weight
