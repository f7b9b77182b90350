"""Guard rails: an arm after which surely more debtors complain, opt out or dispute is stopped, whenever it is seen.

What is rare leaves no time for sums of many. So it is asked the other way round: arms were given by lot, so of all debtors of two
arms who complain, each is of the one with the chance by which it was given, if it makes no difference. Too many of one arm cannot
be chance.
"""

from math import exp, log
from typing import Final

ALPHA: Final = 0.05
"""The chance that a harmless arm is ever stopped, all its guard rails together."""
_GRID: Final = 50


def evidence(of_arm: int, of_base: int, share: float) -> float:
    """How much so many debtors with trouble in an arm, and in the base, speak for more of it in the arm.

    `share` is that of the arm among the debtors of both. A wager that cannot be expected to gain where the arm is no worse: that
    it ever comes to 1 / ALPHA or more has at most a chance of ALPHA.

    The likelihood ratio against each larger share, averaged: Robbins, *Statistical methods related to the law of the iterated
    logarithm* (1970); that it may be looked at at any time is Ville's inequality: Ramdas, Grünwald, Vovk and Shafer,
    *Game-theoretic statistics and safe anytime-valid inference*, Statistical Science 38 (2023).
    """
    if not 0 < share < 1:
        return 0.0
    width = (1 - share) / _GRID
    ratios = (share + width * (at + 0.5) for at in range(_GRID))
    return (
        sum(exp(_at_most(of_arm * log(one / share) + of_base * log((1 - one) / (1 - share)))) for one in ratios) / _GRID
    )


def must_stop(of_arm: int, of_base: int, share: float, tests: int) -> bool:
    """Whether an arm is surely worse, where so many tests are made in all (arms by kinds of trouble)."""
    return evidence(of_arm, of_base, share) >= tests / ALPHA


def _at_most(exponent: float) -> float:
    return min(exponent, 700.0)  # beyond it a float ends
