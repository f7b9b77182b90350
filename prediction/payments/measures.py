"""How good guessed chances are by what came: with intervals over customers, for one customer's invoices tell one story."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 200  # of customers, with replacement
GROUPS: Final = 10  # of equally many guesses, in which guessed and found are compared
SEED: Final = 0
_SURE: Final = 1e-6

Numbers = NDArray[np.float64]
Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; all nan where it cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Guessed:
    """Chances that were guessed of some invoices, what came, and whose they are."""

    chance: Numbers
    came: NDArray[np.bool_]
    customer: NDArray[np.intp]

    def of(self, rows: NDArray[np.bool_]) -> "Guessed":
        """Some of them."""
        return Guessed(self.chance[rows], self.came[rows], self.customer[rows])


@dataclass(frozen=True)
class Measured:
    """`auc`: how often the one that paid had the higher chance. `brier`, `log_loss`: how far off, squared and in nats.
    `calibration_error`: how far groups of equal chances are from what came, on average. `too_high`: by how much all
    chances together are too high.
    """

    count: int
    customers: int
    came: float
    auc: Figure
    brier: Figure
    log_loss: Figure
    calibration_error: Figure
    too_high: Figure


def measure(guessed: Guessed) -> Measured:
    """All figures of some guesses."""
    draws = _draws(guessed.customer)
    return Measured(
        count=len(guessed.chance),
        customers=len(np.unique(guessed.customer)),
        came=float(guessed.came.mean()) if len(guessed.came) else float("nan"),
        auc=_figure(_auc(guessed), draws),
        brier=_figure(_mean(_brier(guessed)), draws),
        log_loss=_figure(_mean(_log_loss(guessed)), draws),
        calibration_error=_figure(_calibration_error(guessed), draws),
        too_high=_figure(_mean(guessed.chance - guessed.came), draws),
    )


def better_by(one: Guessed, other: Guessed) -> dict[str, Figure]:
    """By how much one is better than another on the same invoices: positive is better, for each measure."""
    draws = _draws(one.customer)
    one_auc, other_auc = _auc(one), _auc(other)
    return {
        "auc": _figure(lambda weights: one_auc(weights) - other_auc(weights), draws),
        "brier": _figure(_mean(_brier(other) - _brier(one)), draws),
        "log_loss": _figure(_mean(_log_loss(other) - _log_loss(one)), draws),
    }


Weighed = Callable[[Weights], float]


def _draws(customer: NDArray[np.intp]) -> list[Weights]:
    """All once, and then how often each counts when customers are drawn anew."""
    if not len(customer):
        return []
    _, place = np.unique(customer, return_inverse=True)
    count, chance = int(place.max()) + 1, np.random.default_rng(SEED)
    times = (np.bincount(chance.integers(0, count, count), minlength=count) for _ in range(DRAWS))
    return [np.ones(len(customer)), *(drawn[place].astype(np.float64) for drawn in times)]


def _figure(of: Weighed, draws: list[Weights]) -> Figure:
    if not draws:
        return Figure(float("nan"), float("nan"), float("nan"))
    found = np.array([of(weights) if weights.any() else np.nan for weights in draws])
    drawn = found[1:][np.isfinite(found[1:])]
    low, high = np.quantile(drawn, (0.025, 0.975)) if len(drawn) else (np.nan, np.nan)
    return Figure(float(found[0]), float(low), float(high))


def _mean(values: Numbers) -> Weighed:
    return lambda weights: float(weights @ values / weights.sum())


def _brier(guessed: Guessed) -> Numbers:
    return np.asarray((guessed.chance - guessed.came) ** 2)


def _log_loss(guessed: Guessed) -> Numbers:
    bounded = np.clip(guessed.chance, _SURE, 1 - _SURE)
    return -np.log(np.where(guessed.came, bounded, 1 - bounded))


def _auc(guessed: Guessed) -> Weighed:
    order = np.argsort(guessed.chance, kind="stable")
    came = guessed.came[order]
    _, tie = np.unique(guessed.chance[order], return_inverse=True)

    def weighed(weights: Weights) -> float:
        own = weights[order]
        paid, unpaid = (np.bincount(tie, own * side) for side in (came, ~came))
        pairs = paid.sum() * unpaid.sum()
        below = np.cumsum(unpaid) - unpaid / 2
        return float(paid @ below / pairs) if pairs else float("nan")

    return weighed


def _calibration_error(guessed: Guessed) -> Weighed:
    shares = np.linspace(0, 1, GROUPS + 1)[1:-1]
    edges = np.unique(np.quantile(guessed.chance, shares)) if len(guessed.chance) else np.zeros(0)
    group = np.searchsorted(edges, guessed.chance, side="right")
    off = guessed.chance - guessed.came

    def weighed(weights: Weights) -> float:
        return float(np.abs(np.bincount(group, weights * off)).sum() / weights.sum())

    return weighed
