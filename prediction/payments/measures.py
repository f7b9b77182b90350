"""How good guessed chances are by what came: with intervals over customers, for one customer's invoices tell one story."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 200  # of customers, with replacement
GROUPS: Final = 10  # of equally many guesses, in which guessed and found are compared
SEED: Final = 0
_SURE: Final = 1e-6

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Customers drawn anew: how often each counts in each draw, in the first all once."""

    customer: NDArray[np.intp]  # of each invoice its customer's place
    times: NDArray[np.int64]  # a row each draw, a column each customer

    def __len__(self) -> int:
        return len(self.times)

    def sums(self, values: Numbers) -> Numbers:
        """Of each draw the sum of what its invoices have: that of each customer, as often as they were drawn."""
        return np.asarray(self.times @ np.bincount(self.customer, values, self.times.shape[1]))

    def means(self, values: Numbers) -> Numbers:
        """The same as means."""
        return self.means_of(self.sums(values))

    def means_of(self, sums: Numbers) -> Numbers:
        """Sums as means over the invoices drawn; nan where there are none."""
        count = self.sums(np.ones(len(self.customer)))
        found: Numbers = np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0)
        return found


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
        auc=_figure(_auc(guessed, draws)),
        brier=_figure(draws.means(_brier(guessed))),
        log_loss=_figure(draws.means(_log_loss(guessed))),
        calibration_error=_figure(_calibration_error(guessed, draws)),
        too_high=_figure(draws.means(guessed.chance - guessed.came)),
    )


def better_by(one: Guessed, other: Guessed) -> dict[str, Figure]:
    """By how much one is better than another on the same invoices: positive is better, for each measure."""
    draws = _draws(one.customer)
    return {
        "auc": _figure(_auc(one, draws) - _auc(other, draws)),
        "brier": _figure(draws.means(_brier(other) - _brier(one))),
        "log_loss": _figure(draws.means(_log_loss(other) - _log_loss(one))),
    }


def _draws(customer: NDArray[np.intp]) -> Draws:
    """All once, and then as often as customers are drawn anew."""
    found, place = np.unique(customer, return_inverse=True)
    count, chance = len(found), np.random.default_rng(SEED)
    times = [np.bincount(chance.integers(0, count, count), minlength=count) for _ in range(DRAWS)] if count else []
    return Draws(place, np.array([np.ones(count, dtype=np.int64), *times]))


def _figure(found: Numbers) -> Figure:
    """A figure by what it is of each draw."""
    drawn = found[1:][np.isfinite(found[1:])]
    low, high = np.quantile(drawn, (0.025, 0.975)) if len(drawn) else (np.nan, np.nan)
    return Figure(float(found[0]), float(low), float(high))


def _brier(guessed: Guessed) -> Numbers:
    return np.asarray((guessed.chance - guessed.came) ** 2)


def _log_loss(guessed: Guessed) -> Numbers:
    bounded = np.clip(guessed.chance, _SURE, 1 - _SURE)
    return -np.log(np.where(guessed.came, bounded, 1 - bounded))


def _auc(guessed: Guessed, draws: Draws) -> Numbers:
    order = np.argsort(guessed.chance, kind="stable")
    came, customer = guessed.came[order], draws.customer[order]
    _, tie = np.unique(guessed.chance[order], return_inverse=True)
    paid_tie, unpaid_tie, paid_by, unpaid_by = tie[came], tie[~came], customer[came], customer[~came]
    ties = len(tie) and int(tie[-1]) + 1
    found = np.full(len(draws), np.nan)
    for place, times in enumerate(draws.times):
        paid, unpaid = np.bincount(paid_tie, times[paid_by], ties), np.bincount(unpaid_tie, times[unpaid_by], ties)
        if pairs := paid.sum() * unpaid.sum():
            found[place] = paid @ (np.cumsum(unpaid) - unpaid / 2) / pairs
    return found


def _calibration_error(guessed: Guessed, draws: Draws) -> Numbers:
    shares = np.linspace(0, 1, GROUPS + 1)[1:-1]
    edges = np.unique(np.quantile(guessed.chance, shares)) if len(guessed.chance) else np.zeros(0)
    group = np.searchsorted(edges, guessed.chance, side="right")
    off = guessed.chance - guessed.came
    in_groups = [np.abs(draws.sums(np.where(group == each, off, 0))) for each in range(len(edges) + 1)]
    return draws.means_of(np.sum(in_groups, axis=0))
