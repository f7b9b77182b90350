"""What a guessed chance is worth: how often it came true on what happened after the model had learned.

The stretches between the horizons are calibrated one by one, each given that nothing came before it. So the chances within
7, 14 and 30 days hold each by itself, and a longer time is never less likely to bring a payment than a shorter one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from prediction.payments.hazard import EDGES, HORIZONS, Days, Hazards

FEWEST_FOR_STEPS: Final = (
    2_000  # paid and unpaid ones from which a curve of any rising shape is fitted (else Platt's line)
)
PRIOR: Final = 2.0  # how strongly a line is held to "as guessed", where there is little to see
_SURE: Final = 1e-4
_ENDS: Final = np.array([-30.0, 30.0])

Numbers = NDArray[np.float64]


def log_odds(chance: Numbers) -> Numbers:
    """Chances as log odds, never endless."""
    bounded = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.log(bounded / (1 - bounded))


@dataclass(frozen=True)
class Curve:
    """What log odds are worth, as points of a rising line."""

    guessed: Numbers
    found: Numbers

    def of(self, chance: Numbers) -> Numbers:
        """What a guessed chance is worth."""
        return 1 / (1 + np.exp(-np.interp(log_odds(chance), self.guessed, self.found)))


@dataclass(frozen=True)
class Calibration:
    """A curve for each span between two horizons, and for what lies beyond the last."""

    curves: tuple[Curve, ...]

    def of(self, hazards: Hazards) -> Hazards:
        """Hazards that hold: each span keeps its shape and gets the chance that was found."""
        unpaid = np.log1p(-np.clip(hazards, 1e-9, 1 - 1e-9))
        for curve, span in zip(self.curves, spans(hazards.shape[1]), strict=False):
            together = unpaid[:, span].sum(axis=1)
            worth = np.log1p(-np.clip(curve.of(-np.expm1(together)), 1e-9, 1 - 1e-9))
            unpaid[:, span] *= (worth / together)[:, None]
        return -np.expm1(unpaid)

    def arrays(self) -> dict[str, Numbers]:
        """As plain arrays, to keep."""
        return {
            f"curve_{at}_{side}": getattr(curve, side)
            for at, curve in enumerate(self.curves)
            for side in ("guessed", "found")
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """What was kept."""
        count = sum(name.endswith("_guessed") for name in kept)
        return cls(tuple(Curve(kept[f"curve_{at}_guessed"], kept[f"curve_{at}_found"]) for at in range(count)))


def spans(stretches: int) -> Iterator[slice]:
    """The stretches up to each horizon from the one before, and those beyond the last."""
    ends = [int(np.searchsorted(EDGES, day)) for day in HORIZONS] + [stretches]
    begin = 0
    for end in ends:
        if begin < min(end, stretches):
            yield slice(begin, min(end, stretches))
        begin = end


def as_measured() -> Calibration:
    """Chances as they were guessed."""
    return Calibration(tuple(Curve(_ENDS, _ENDS) for _ in range(len(HORIZONS) + 1)))


def calibrate(hazards: Hazards, waited: Days, seen: Days) -> Calibration:
    """What guessed hazards were worth, by what came: paid `waited` days later, watched for `seen`."""
    unpaid = np.log1p(-np.clip(hazards, 1e-9, 1 - 1e-9))
    curves = []
    for span in spans(hazards.shape[1]):
        begin, end = EDGES[span.start], EDGES[span.stop]
        rows = (waited > begin) & (seen >= end)
        guessed = log_odds(-np.expm1(unpaid[rows][:, span].sum(axis=1)))
        curves.append(_curve(guessed, waited[rows] <= end))
    return Calibration(tuple(curves))


def _curve(guessed: Numbers, came: NDArray[np.bool_]) -> Curve:
    if min(came.sum(), (~came).sum()) >= FEWEST_FOR_STEPS:
        fitted = IsotonicRegression(y_min=_SURE, y_max=1 - _SURE, out_of_bounds="clip").fit(guessed, came)
        return Curve(fitted.X_thresholds_.astype(np.float64), log_odds(fitted.y_thresholds_.astype(np.float64)))

    def missed(line: Numbers) -> float:
        odds = line[0] + line[1] * guessed
        loss = np.logaddexp(0, odds).sum() - odds[came].sum()
        return float(loss + PRIOR / 2 * (line[0] ** 2 + (line[1] - 1) ** 2))

    line = minimize(missed, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(None, None), (0.05, None)]).x
    return Curve(_ENDS, line[0] + line[1] * _ENDS)
