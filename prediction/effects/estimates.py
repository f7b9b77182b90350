"""What a policy of contacts would have come to, from what was logged under another: three estimates, and how far they reach.

*IPS* (inverse propensity scoring) counts each choice as often as the policy would have made it, against how often it was made.
*SNIPS* divides by how often that was in all, so that chance in the counts falls out. *DR* (doubly robust) guesses the outcome of
each way first and counts only what the guess missed: right where the chances or the guess are. Intervals are of 95 %, by
customer, for one customer's invoices tell one story.

Sources: Horvitz & Thompson 1952 (IPS); Swaminathan & Joachims 2015 (SNIPS); Dudík, Langford & Li 2011 (DR); Liang & Zeger 1986
(variance by clusters; here by leaving each out in turn); Bell & McCaffrey 2002 (degrees of freedom of few and unequal clusters).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student
from sklearn.linear_model import Ridge

from prediction.effects.choices import Choices
from prediction.history.past import Codes, Numbers

FOLDS: Final = 2
TRUST: Final = 30.0  # scikit-learn's alpha: so many choices' worth of doubt in each weight of the guess
FEWEST_TRIED: Final = 20  # times a way was taken before anything is said of it
FEWEST_EFFECTIVE: Final = 50.0  # choices, as many equal ones as the weighed ones are worth
FEWEST_CUSTOMERS: Final = 20
MOST_UNTRIED: Final = 0.02  # of a policy's choices that may lie where nothing was tried
SURE: Final = 0.975
FARTHEST: Final = 20.0  # spreads from the middle: what lies farther is as far, in the guess of outcomes
SEED: Final = 0
_NEVER_SO_SURE: Final = 4.0  # standard errors

Policy = NDArray[np.float64]
"""How probable each way is at each choice: a row a choice, a column a way."""


class Estimator(StrEnum):
    """By which the value of a policy is estimated."""

    IPS = "IPS"
    SNIPS = "SNIPS"
    DR = "DR"


class Verdict(StrEnum):
    """What can be said of one policy against another."""

    SAME = "the same"
    HIGHER = "higher"
    LOWER = "lower"
    UNDECIDED = "undecided"
    CANNOT_BE_SAID = "cannot be said"


class DoNotFit(ValueError):
    """What is told of how probable ways were cannot be, in words."""


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with the interval that holds it in 95 of 100 pasts."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far what was logged reaches for a policy."""

    choices: int
    customers: int
    effective: float  # choices that the weighed ones are worth: (sum of weights)² ÷ sum of squares
    largest: float  # share of the heaviest choice in all weights
    untried: float  # share of the policy's choices that lie where nothing like it was ever tried

    @property
    def why_not(self) -> str | None:
        """Why nothing can be said of the policy, in words; None where something can."""
        if self.untried > MOST_UNTRIED:
            return f"{self.untried:.0%} of its choices lie where nothing like them was ever tried"
        if self.customers < FEWEST_CUSTOMERS:
            return f"only {self.customers} customers are in what was logged: {FEWEST_CUSTOMERS} are the fewest"
        if self.effective < FEWEST_EFFECTIVE:
            return f"what was logged is worth {self.effective:.0f} choices of it: {FEWEST_EFFECTIVE:.0f} are the fewest"
        return None


@dataclass(frozen=True, slots=True)
class Compared:
    """One policy against another: what each outcome differs by, and how far that can be trusted."""

    differs_by: dict[Estimator, Range]
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Logged:
    """Choices with one outcome of each, and what was known when they were made."""

    way: Codes
    ways: tuple[str, ...]
    propensity: Numbers
    outcome: Numbers
    customer: NDArray[np.intp]
    known: Numbers  # a row a choice

    def __len__(self) -> int:
        return len(self.way)


def logged(choices: Choices, outcome: Numbers, customer: Codes, known: NDArray[np.float32]) -> Logged:
    """Choices with what came of them. Raises DoNotFit where what is told of how probable they were cannot be."""
    return Logged(
        choices.way.codes,
        choices.way.meanings,
        choices.propensity,
        outcome.astype(np.float64),
        np.unique(customer, return_inverse=True)[1].astype(np.intp),
        _standard(known),
    )


def always(logged: Logged, ways: list[int]) -> Policy:
    """The policy that takes these ways, equally often."""
    found = np.zeros((len(logged), len(logged.ways)))
    found[:, ways] = 1 / len(ways)
    return found


class Judge:
    """Judges policies by one log: the guess of outcomes is learned once, of the customers of the other fold each time."""

    def __init__(self, log: Logged, of_many: int = 1) -> None:
        """Of so many differences that are looked at together, all intervals hold at once in 95 of 100 pasts (Bonferroni)."""
        self.log = log
        self._sure = 1 - (1 - SURE) / of_many
        self._rows = np.arange(len(log))
        self._of_case, self._of_way = _guesses(log) if len(log) else (np.zeros(0), np.zeros((0, len(log.ways))))
        self._tried = np.bincount(log.way, minlength=len(log.ways)) >= FEWEST_TRIED

    def overlap(self, policy: Policy | None) -> Overlap:
        """How far the log reaches. Raises DoNotFit where ways came surely more often than they were told to be probable."""
        weights, customers = self._weights(policy), len(np.unique(self.log.customer))
        total, squares = weights.sum(), float(weights @ weights)
        if policy is None:
            return Overlap(len(self.log), customers, float(len(self.log)), 1 / max(len(self.log), 1), 0.0)
        untried = float(policy[:, ~self._tried].sum() / max(len(policy), 1))
        if total:
            mean = _mean_of(weights, self.log.customer, SURE)
            spread = (mean.high - mean.low) / 2
            if mean.value - 1 > max(_NEVER_SO_SURE / 2 * spread, 0.1):
                raise DoNotFit(
                    f"what is told of how probable ways were does not fit: by it they came {mean.value:.2f} times as often "
                    "as they could: look at the column `propensity`, and whether ways were left out of the file"
                )
            if 1 - mean.value > max(_NEVER_SO_SURE / 2 * spread, MOST_UNTRIED):
                untried = max(untried, 1 - mean.value)
        return Overlap(
            len(self.log),
            customers,
            float(total**2 / squares) if squares else 0.0,
            float(weights.max(initial=0.0) / total) if total else 1.0,
            untried,
        )

    def value(self, policy: Policy | None, estimator: Estimator) -> Range:
        """What the policy's outcome would have been, a choice; None is what was done."""
        return _mean_of(self._terms(policy, estimator), self.log.customer, self._sure)

    def against(self, policy: Policy | None, other: Policy | None) -> Compared:
        """By how much the outcome of one policy is higher than that of another."""
        differs = {estimator: self._differs(policy, other, estimator) for estimator in Estimator}
        for overlap in (self.overlap(policy), self.overlap(other)):
            if overlap.why_not:
                return Compared(differs, Verdict.CANNOT_BE_SAID, overlap.why_not)
        values = [each.value for each in differs.values()]
        best = differs[Estimator.DR]
        if not any(values) and best.low == best.high == 0:
            return Compared(differs, Verdict.SAME, "nothing differs")
        if min(values) <= 0 <= max(values):
            return Compared(differs, Verdict.UNDECIDED, "the estimates do not agree which is higher")
        if any(differs[each].low <= 0 <= differs[each].high for each in (Estimator.SNIPS, Estimator.DR)):
            return Compared(differs, Verdict.UNDECIDED, "the difference may be chance")
        return Compared(differs, Verdict.HIGHER if best.value > 0 else Verdict.LOWER, "all estimates agree")

    def _differs(self, policy: Policy | None, other: Policy | None, estimator: Estimator) -> Range:
        terms = self._terms(policy, estimator) - self._terms(other, estimator)
        return _mean_of(terms, self.log.customer, self._sure)

    def _weights(self, policy: Policy | None) -> Numbers:
        if policy is None:
            return np.ones(len(self.log))
        return np.asarray(policy[self._rows, self.log.way] / self.log.propensity)

    def _terms(self, policy: Policy | None, estimator: Estimator) -> Numbers:
        """What each choice adds to the estimate: its mean is the estimate, its spread the estimate's."""
        outcome, weights = self.log.outcome, self._weights(policy)
        if policy is None or not len(self.log):
            return outcome
        if estimator is Estimator.IPS:
            return np.asarray(weights * outcome)
        if estimator is Estimator.SNIPS:
            mean = weights.mean()
            if not mean:
                return np.full(len(outcome), np.nan)
            value = float(weights @ outcome / weights.sum())
            return np.asarray(value + weights * (outcome - value) / mean)
        guessed = self._of_case + self._of_way[self._rows, self.log.way]
        expected = self._of_case + (policy * self._of_way).sum(axis=1)
        return np.asarray(expected + weights * (outcome - guessed))


def _guesses(log: Logged) -> tuple[Numbers, Numbers]:
    """What was to expect of each choice's case, and what each way adds: learned from the customers of the other fold alone."""
    fold = np.random.default_rng(SEED).integers(0, FOLDS, int(log.customer.max()) + 1)[log.customer]
    of_case, of_way = np.zeros(len(log)), np.zeros((len(log), len(log.ways)))
    ways = np.eye(len(log.ways))[log.way]
    for number in range(FOLDS):
        here, others = fold == number, fold != number
        if not here.any() or not others.any():
            continue
        learned = Ridge(alpha=TRUST).fit(np.hstack([log.known[others], ways[others]]), log.outcome[others])
        of_known, each = np.split(learned.coef_, [log.known.shape[1]])
        of_case[here] = learned.intercept_ + log.known[here] @ of_known
        of_way[here] = each
    return of_case, of_way


def _mean_of(terms: Numbers, customer: NDArray[np.intp], sure: float) -> Range:
    """The mean of what choices add, with its interval by customers: the wider the more one of them weighs."""
    count = len(terms)
    if not count or not np.isfinite(terms).all():
        return Range(float("nan"), float("nan"), float("nan"))
    mean = float(terms.mean())
    sizes = np.bincount(customer)
    several = sizes > 0
    without = np.bincount(customer, terms - mean)[several] / (1 - np.minimum(sizes[several] / count, 0.999))
    squares = without**2  # of what the mean moves by without each customer
    total = float(squares.sum())
    if not total:
        return Range(mean, mean, mean)
    freedom = max(min(_freedom(squares), _freedom(sizes[several].astype(np.float64) ** 2)), 1.0)
    error = np.sqrt(total * len(squares) / (len(squares) - 1)) / count
    far = float(student.ppf(sure, freedom) * error)
    return Range(mean, mean - far, mean + far)


def _freedom(squares: Numbers) -> float:
    """As many equal customers as these are worth."""
    return float(squares.sum() ** 2 / (squares @ squares))


def _standard(known: NDArray[np.float32]) -> Numbers:
    """Columns about nothing and of one spread; what is not known is the middle, and that it is not a column of its own."""
    values = known.astype(np.float64)
    missing = ~np.isfinite(values)
    count = np.maximum((~missing).sum(axis=0), 1)
    middle = np.where(missing, 0, values).sum(axis=0) / count
    apart = np.where(missing, 0.0, values - middle)
    spread = np.sqrt((apart**2).sum(axis=0) / count)
    found = np.clip(apart / np.where(spread > 0, spread, 1), -FARTHEST, FARTHEST)
    some = missing.any(axis=0) & ~missing.all(axis=0)
    return np.hstack([found[:, spread > 0], missing[:, some].astype(np.float64)])
