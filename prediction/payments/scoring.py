"""What a model says of open invoices now: chances, money, a day, and what weighed most in each."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facts.database import to_json
from prediction.history.allowed import BY_NAME, in_words_of_all
from prediction.history.features import features_at
from prediction.history.past import Moments, Past, Words
from prediction.history.settled import Turns, turns_of
from prediction.payments.hazard import EDGES, HORIZONS, chance_by, median_day
from prediction.payments.model import Model
from prediction.payments.snapshots import A_DAY, Snapshots, left_at, open_at
from prediction.payments.training import COLD, JUDGED_BY

REASONS: Final = 3  # that are kept of each: the weightiest
LEAST: Final = 0.05  # log odds: what weighs less is no reason
_PLACES: Final = int(np.searchsorted(EDGES, JUDGED_BY))  # the stretches whose parts are reasons

Chances = NDArray[np.float64]


@dataclass(frozen=True)
class OpenInvoices:
    """What is known of open invoices at the end of a past, a row each."""

    creditor: Words
    currency: Words
    left: Chances  # to pay, in the invoice's own currency
    known: NDArray[np.float32]  # all that is looked at
    through: np.datetime64

    def of(self, chosen: NDArray[np.intp]) -> "OpenInvoices":
        """Some of them."""
        return OpenInvoices(
            self.creditor.of(chosen), self.currency.of(chosen), self.left[chosen], self.known[chosen], self.through
        )


@dataclass(frozen=True)
class Foreseen:
    """A row for each open invoice; `feature` and `weight` are what weighed most, -1 where less did; `known` is all that was
    looked at."""

    names: tuple[str, ...]
    chance: dict[int, Chances]  # by days ahead
    chance_next_step: Chances  # nan where no step has a day, or one beyond what is foreseen
    expected_money: Chances  # of what is left to pay, within 30 days, in the invoice's own currency
    expected_in: Chances  # days until a payment is as likely as not; nan where it is not within what is foreseen
    cold: NDArray[np.bool_]
    feature: NDArray[np.int64]
    weight: NDArray[np.float32]
    known: NDArray[np.float32]
    currency: Words

    def __len__(self) -> int:
        return len(self.known)

    def why(self) -> list[str]:
        """What weighed most in each, as it is kept (JSON): a feature's name, `sooner` or `later`, how much in log odds, and what
        it says by the values that it has now."""
        texts = np.full(self.feature.shape, "", dtype=object)
        for feature in np.unique(self.feature[self.feature >= 0]).tolist():
            row, place = np.nonzero(self.feature == feature)
            name, known = self.names[feature], dict(zip(self.names, self.known[row].T, strict=True))
            said = in_words_of_all(BY_NAME[name], known, self.currency.of(row))
            written: dict[tuple[float, str], str] = {}
            for one in zip(self.weight[row, place].tolist(), said, strict=True):
                if one not in written:
                    weight, sentence = one
                    written[one] = to_json((name, "sooner" if weight > 0 else "later", round(abs(weight), 3), sentence))
            texts[row, place] = [written[one] for one in zip(self.weight[row, place].tolist(), said, strict=True)]
        return [f"[{','.join(filter(None, row))}]" for row in texts.tolist()]


def open_now(past: Past, turns: Turns | None = None) -> NDArray[np.intp]:
    """The rows of the invoices that are open at the end of a past."""
    everyone = Snapshots(np.arange(len(past.invoices)), np.full(len(past.invoices), past.through))
    return np.flatnonzero(open_at(turns or turns_of(past), everyone)) if len(everyone) else everyone.rows


def known_now(past: Past, rows: NDArray[np.intp], turns: Turns | None = None) -> OpenInvoices:
    """What is known of open invoices at the end of a past; `rows` are their places in it."""
    asked = Snapshots(rows, np.full(len(rows), past.through))
    turns = turns or turns_of(past)
    known = features_at(past, asked.rows, asked.moments, turns).values
    of = past.invoices.of(rows)
    return OpenInvoices(of.creditor, of.currency, left_at(turns, asked), known, past.through)


def score(model: Model, invoices: OpenInvoices, next_step_at: Moments) -> Foreseen:
    """What a model says of open invoices; `next_step_at` is when each one's next step is, NaT for none."""
    known = invoices.known
    hazards = model.hazards(known, invoices.creditor)
    ahead = np.where(np.isnat(next_step_at), np.nan, (next_step_at - invoices.through) / A_DAY)
    feature, weight = _weightiest(model.speaks(known, _PLACES))
    chance = {days: chance_by(hazards, float(days)) for days in HORIZONS}
    return Foreseen(
        names=model.names,
        chance=chance,
        chance_next_step=chance_by(hazards, np.where(np.isnan(ahead), np.inf, ahead)),
        expected_money=invoices.left * chance[HORIZONS[-1]],
        expected_in=median_day(hazards),
        cold=known[:, COLD] > 0,
        feature=feature,
        weight=weight,
        known=known,
        currency=invoices.currency,
    )


def _weightiest(speaks: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The features that weigh most, the weightiest first, and how much each does."""
    most = min(REASONS, speaks.shape[1])
    found = np.argpartition(-np.abs(speaks), most - 1, axis=1)[:, :most]
    weight = np.take_along_axis(speaks, found, axis=1)
    order = np.argsort(-np.abs(weight), axis=1, kind="stable")
    found, weight = np.take_along_axis(found, order, axis=1), np.take_along_axis(weight, order, axis=1)
    return np.where(np.abs(weight) >= LEAST, found, -1), weight
