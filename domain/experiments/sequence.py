"""An interval for a difference of two shares that holds on every day at once, however often somebody looks.

A usual interval is for one look: whoever looks every night and stops at the first good one is wrong far more often than it says.
This one is a *confidence sequence*: the chance that it misses the true difference on any day, the first to the last, is `alpha`.
"""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Final

FEWEST: Final = 25  # debtors in each of two arms: with fewer nothing is said, for the interval leans on sums of many
FEWEST_OF_EACH: Final = 5  # who pays and who does not, to be expected in the smaller arm
ALPHA: Final = 0.05
_STEPS: Final = 60  # of the iteration below; a handful is enough


@dataclass(frozen=True, slots=True)
class Counted:
    """Of so many debtors of an arm, how many it came true."""

    debtors: int
    came: int

    @property
    def share(self) -> float:
        """Of all, from 0 to 1; 0 where there are none."""
        return self.came / self.debtors if self.debtors else 0.0

    @property
    def spread(self) -> float:
        """The variance of a single debtor, with one more of each kind, so that of none or of all it is not zero. Agresti and
        Caffo, *Simple and effective confidence intervals for proportions*, The American Statistician 54 (2000)."""
        share = (self.came + 1) / (self.debtors + 2)
        return share * (1 - share)

    @property
    def variance(self) -> float:
        """Of the share."""
        return self.spread / self.debtors if self.debtors else inf


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where a difference of shares lies, from -1 to 1."""

    low: float
    high: float

    @property
    def is_above(self) -> bool:
        """Whether it is surely more than nothing."""
        return self.low > 0

    @property
    def is_below(self) -> bool:
        """Whether it is surely less than nothing."""
        return self.high < 0


NOTHING_KNOWN: Final = Interval(-1.0, 1.0)


def difference(one: Counted, other: Counted, tuned_to: float, alpha: float = ALPHA) -> Interval:
    """By how much the share of `one` is above that of `other`; true on all days together with a chance of 1 - alpha.

    The mixture of normals of Robbins, which needs no true variance and no plan of looks: Waudby-Smith, Arbour, Sinha, Kennedy
    and Ramdas, *Time-uniform central limit theory and asymptotic confidence sequences*, The Annals of Statistics 52 (2024). That
    the difference of two means gathers information in independent steps, whatever the sizes of the arms: Jennison and Turnbull,
    *Group Sequential Methods with Applications to Clinical Trials* (2000), chapter 3. It is narrowest where the variance of the
    difference has come down to `tuned_to`, which is chosen before anything is seen.
    """
    both = Counted(one.debtors + other.debtors, one.came + other.came)
    fewer = min(one.debtors, other.debtors)
    if fewer < FEWEST or fewer * both.spread < FEWEST_OF_EACH:
        return NOTHING_KNOWN
    # What is rare comes by chance not at all in the smaller arm, which then looks surer than it is.
    variance = max(one.variance + other.variance, both.spread / one.debtors + both.spread / other.debtors)
    radius = sqrt(variance) * _stretch(tuned_to / variance, alpha)
    middle = one.share - other.share
    return Interval(max(-1.0, middle - radius), min(1.0, middle + radius))


def stretch(alpha: float = ALPHA) -> float:
    """How many standard errors the interval reaches to each side where it is narrowest."""
    return _stretch(1.0, alpha)


def _stretch(information: float, alpha: float) -> float:
    """The same where so much of the information is known for which it was tuned; more than one: beyond it."""
    weight = _weight(alpha)
    whole = information + weight
    return sqrt(whole / information * log(whole / (weight * alpha**2)))


def _weight(alpha: float) -> float:
    """How wide the mixture is, so that the interval is narrowest where the information is one: 1 / (-W(-alpha² / e) - 1) with the
    lower branch of Lambert's W. Howard, Ramdas, McAuliffe and Sekhon, *Time-uniform, nonparametric, nonasymptotic confidence
    sequences*, The Annals of Statistics 49 (2021), section 3.5."""
    above = 2 * log(1 / alpha)  # solves x - log(1 + x) = 2 log(1 / alpha) for x = -W - 1
    found = above + log(1 + above)
    for _ in range(_STEPS):
        found = above + log(1 + found)
    return 1 / found
