"""Four ways to learn from a past, from the simplest on; what each learns is a model of the same form.

*base rate*: by the days since due alone. *ratio*: these and the share of the customer's invoices that were paid late.
*logistic*: all that is known, each value by itself. *boosted*: the same in trees, each of one feature with the age of the
invoice and the days ahead, so that a guess stays a sum of parts that can be said.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from prediction.history.past import NOT_TOLD, Codes, Words
from prediction.payments.bins import BINS, COARSE, Binned, Bins, Known, bins_of
from prediction.payments.calibration import log_odds
from prediction.payments.hazard import STRETCHES, Days, Periods, periods
from prediction.payments.model import AGES, Model, age_of

GROUPS: Final = len(AGES) + 1
CODES: Final = BINS + 1
SHRINK: Final = 20.0  # as many stretches of a payment's usual chance as each cell is taken to have seen before
FEWEST_SEEN: Final = 200  # stretches that must have been seen of a span of days before it is foreseen
TRUSTS: Final = (0.003, 0.03, 0.3)  # in what was seen, against weights that stay small: scikit-learn's C
ROUNDS: Final = (20, 50, 100, 200)  # of trees
HELD_OUT: Final = 4  # one customer of so many is held out where it is chosen how much is learned
CREDITOR_SPREAD: Final = 0.5  # how far creditors lie apart, in log odds, before anything is seen of one
SEED: Final = 0


@dataclass(frozen=True)
class Seen:
    """What one learns from: what was known at some moments, and what came."""

    names: tuple[str, ...]
    known: Known
    creditor: Words
    debtor: Codes
    invoice: NDArray[np.intp]  # its row in the past
    waited: Days
    seen: Days

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True)
class Material:
    """The same as codes and stretches."""

    bins: Bins
    codes: Binned
    ages: NDArray[np.intp]
    periods: Periods
    stretches: int
    age: int
    ratio: int


Learner = Callable[[Seen, Material], Model]


def material_of(seen: Seen, age: int, ratio: int) -> Material:
    """What is learned from, cut into bins and stretches; stretches of which too little was seen are left out."""
    bins = bins_of(seen.known)
    found = periods(seen.waited, seen.seen)
    counts = np.bincount(found.stretch, minlength=STRETCHES)
    stretches = STRETCHES if (counts >= FEWEST_SEEN).all() else int(np.argmax(counts < FEWEST_SEEN))
    kept = found.stretch < stretches
    return Material(bins, bins.codes(seen.known), age_of(seen.known[:, age]), found.of(kept), stretches, age, ratio)


def learn_base_rate(seen: Seen, material: Material) -> Model:
    """How often is paid in each stretch, by the days since due: shrunk to what is usual at any age."""
    return _model("base rate", seen, material, log_odds(_usual(material)), {})


def learn_ratio(seen: Seen, material: Material) -> Model:
    """The base rate, by how large a share of the customer's invoices was paid late."""
    usual, by = _usual(material), material.periods
    codes = material.bins.coarse(material.codes)[:, material.ratio].astype(np.intp)
    shape = (BINS // COARSE + 1, GROUPS, material.stretches)
    cells = np.ravel_multi_index((codes[by.row], material.ages[by.row], by.stretch), shape)
    count = np.bincount(cells, minlength=np.prod(shape)).reshape(shape)
    paid = np.bincount(cells, by.paid, minlength=np.prod(shape)).reshape(shape)
    table = log_odds((paid + SHRINK * usual) / (count + SHRINK)) - log_odds(usual)
    model = _model("ratio", seen, material, log_odds(usual), {material.ratio: _fine(table)})
    return with_creditors(model, seen, material)


def learn_logistic(seen: Seen, material: Material) -> Model:
    """A regularised logistic regression on coarse bins; that something is not known is a bin of its own."""
    by, coarse = material.periods, material.bins.coarse(material.codes)
    width, count = BINS // COARSE + 1, len(seen.names)
    places = np.arange(count) * width + coarse
    values = csr_array(
        (np.ones(places.size), places.ravel(), np.arange(0, places.size + 1, count)), (len(seen), count * width)
    )
    cells = material.ages[by.row] * material.stretches + by.stretch
    cell_count = GROUPS * material.stretches
    held_out = _held_out(seen)[by.row]
    rest, others = by.of(~held_out), by.of(held_out)
    tried = {}
    for trust in TRUSTS:
        own, base = _logistic(trust, values, rest, cells[~held_out], cell_count)
        tried[trust] = _miss((values @ own)[others.row] + base[cells[held_out]], others.paid)
    own, base = _logistic(min(TRUSTS, key=lambda trust: tried[trust]), values, by, cells, cell_count)
    own, base = own.reshape(count, width), base.reshape(GROUPS, material.stretches)
    tables = {at: np.broadcast_to(_fine(own[at])[:, None, None], (CODES, *base.shape)) for at in range(count)}
    return with_creditors(_model("logistic", seen, material, base, tables), seen, material)


def learn_boosted(seen: Seen, material: Material) -> Model:
    """Small trees, one after the other, each on what the ones before it missed; read off them as tables."""
    by, count = material.periods, len(seen.names)
    numbers = _numbers(material.codes)
    told = [at for at in range(count) if _varies(material.codes[:, at])]  # trees refuse what is always the same
    moment = [each for each in (material.ages[by.row], by.stretch) if _varies(each)]
    features = np.column_stack([numbers[:, told][by.row], *moment]).astype(np.float32)
    rest = ~_held_out(seen)[by.row]
    with threadpool_limits(1):  # threads wait for each other at every small step: on a busy machine one is the quickest
        tried = _boosted(ROUNDS[-1], features[rest], by.paid[rest], len(told))
        missed = [_miss(odds, by.paid[~rest]) for odds in tried.staged_decision_function(features[~rest])]
        rounds = min(ROUNDS, key=lambda count: missed[count - 1])
        fitted = _boosted(rounds, features, by.paid, len(told))
        base, tables = _read_off(fitted, material, told, features.shape[1])
    return with_creditors(_model("boosted", seen, material, base, tables), seen, material)


def _boosted(
    rounds: int, features: NDArray[np.float32], paid: NDArray[np.bool_], told: int
) -> HistGradientBoostingClassifier:
    """Trees of which each looks at one feature, and at the columns after those: age and stretch."""
    beside = range(told, features.shape[1])
    return HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=0.1,
        max_leaf_nodes=12,
        min_samples_leaf=min(200, max(20, len(paid) // 500)),
        l2_regularization=5.0,
        early_stopping=False,
        interaction_cst=[{at, *beside} for at in range(told)],
        random_state=SEED,
    ).fit(features, paid)


def _read_off(
    fitted: HistGradientBoostingClassifier, material: Material, told: list[int], width: int
) -> tuple[NDArray[np.float64], dict[int, NDArray[np.float64]]]:
    """The tables that trees amount to: given age and stretch each feature adds its own part, so all are read off by moving
    one feature at a time."""
    by = material.periods
    grid = [each.ravel() for each in np.indices((GROUPS, material.stretches))]
    varying = [_varies(material.ages[by.row]), _varies(by.stretch)]
    usual = np.ones((GROUPS * material.stretches, width), dtype=np.float32)
    usual[:, len(told) :] = np.column_stack([each for each, varies in zip(grid, varying, strict=True) if varies])
    base = fitted.decision_function(usual)
    tables = {}
    for place, at in enumerate(told):
        moved = np.tile(usual, (CODES, 1))
        moved[:, place] = np.repeat(_numbers(np.arange(CODES, dtype=np.uint8)), len(usual))
        parts = fitted.decision_function(moved).reshape(CODES, -1) - base
        tables[at] = parts.reshape(CODES, GROUPS, material.stretches)
    return base.reshape(GROUPS, material.stretches), tables


LEARNERS: Final[dict[str, Learner]] = {
    "base rate": learn_base_rate,
    "ratio": learn_ratio,
    "logistic": learn_logistic,
    "boosted": learn_boosted,
}


def with_creditors(model: Model, seen: Seen, material: Material) -> Model:
    """The model with what each creditor's customers do more or less than it says, shrunk to nothing where little was seen.

    Rows of one invoice tell the same story, so all together count for as many as there are invoices. Each counts the same:
    who pays late has more rows, and if they counted for less, so would being late.
    """
    by = material.periods
    odds = model.odds(material.codes, material.ages, seen.creditor)[by.row, by.stretch]
    weight = len(np.unique(seen.invoice)) / len(seen)
    code = seen.creditor.codes[by.row]
    told = code != NOT_TOLD
    odds, code, paid = odds[told], code[told], by.paid[told]
    count = len(seen.creditor.meanings)
    offsets = np.zeros(count)
    for _ in range(10):  # Newton's steps; the penalty keeps them small
        chance = 1 / (1 + np.exp(-(odds + offsets[code])))
        slope = weight * np.bincount(code, paid - chance, count) - offsets / CREDITOR_SPREAD**2
        bend = weight * np.bincount(code, chance * (1 - chance), count) + 1 / CREDITOR_SPREAD**2
        offsets += slope / bend
    return replace(model, creditors=seen.creditor.meanings, offsets=offsets)


def _logistic(
    trust: float, values: csr_array, by: Periods, cells: NDArray[np.intp], cell_count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each value, and each cell of age and stretch, speaks for a payment: a logistic regression held to small weights. A
    moment's values are looked at once, however many stretches come after it."""
    moments, size = values.shape
    turned, held = csr_array(values.T), 1 / (trust * len(by))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = (values @ weights[:size])[by.row] + weights[size:-1][cells] + weights[-1]
        off = expit(odds) - by.paid
        slope = turned @ np.bincount(by.row, off, moments), np.bincount(cells, off, cell_count), [off.sum()]
        small = np.append(weights[:-1], 0)
        return _miss(odds, by.paid) + held / 2 * small @ small, np.concatenate(slope) / len(by) + held * small

    options = {"maxiter": 300, "maxls": 50, "gtol": 1e-3, "ftol": 64 * np.finfo(float).eps}
    found = minimize(loss, np.zeros(size + cell_count + 1), jac=True, method="L-BFGS-B", options=options).x
    return found[:size], found[size:-1] + found[-1]


def _held_out(seen: Seen) -> NDArray[np.bool_]:
    """One customer of four: how much is learned is chosen on customers of whom nothing was learned."""
    return np.asarray((seen.debtor.astype(np.uint64) * np.uint64(2_654_435_761) >> np.uint64(16)) % HELD_OUT == 0)


def _miss(odds: NDArray[np.float64], paid: NDArray[np.bool_]) -> float:
    """The log loss of log odds."""
    return float(np.mean(np.logaddexp(0, odds) - odds * paid))


def _usual(material: Material) -> NDArray[np.float64]:
    """How often is paid, by age and stretch; where little was seen of an age, as at any age."""
    by = material.periods
    shape = (GROUPS, material.stretches)
    cells = np.ravel_multi_index((material.ages[by.row], by.stretch), shape)
    count = np.bincount(cells, minlength=np.prod(shape)).reshape(shape)
    paid = np.bincount(cells, by.paid, minlength=np.prod(shape)).reshape(shape)
    any_age = (paid.sum(axis=0) + 1) / (count.sum(axis=0) + 2)
    return np.asarray((paid + SHRINK * any_age) / (count + SHRINK))


def _model(
    learner: str,
    seen: Seen,
    material: Material,
    base: NDArray[np.float64],
    tables: dict[int, NDArray[np.float64]],
) -> Model:
    """A model whose tables are what each value does against what is usual among what was learned from."""
    count = len(seen.names)
    found = np.zeros((count, CODES, *base.shape))
    base = base.copy()
    for at, table in tables.items():
        share = np.bincount(material.codes[:, at], minlength=CODES) / len(material.codes)
        usual = np.tensordot(share, table, axes=1)
        found[at] = table - usual
        base += usual
    return Model(learner, seen.names, material.age, material.bins, base, found.astype(np.float32))


def _fine(coarse: NDArray[np.float64]) -> NDArray[np.float64]:
    """What was learned for coarse bins, for each fine one."""
    codes = np.arange(CODES)
    return coarse[(codes + COARSE - 1) // COARSE]


def _varies(column: NDArray[Any]) -> bool:
    return bool(len(column) and (column != column[0]).any())


def _numbers(codes: Binned) -> NDArray[np.float32]:
    """Codes as numbers of which those not known are nan: trees look for their best side."""
    return np.where(codes == 0, np.nan, codes).astype(np.float32)
