"""How many debtors an experiment needs, told before it begins.

The unit is the debtor: each counts once, with the first of its invoices that came to the step, so that debtors with many invoices
weigh no more than others and nothing need be added for invoices that are alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Final

from domain.experiments.sequence import ALPHA, FEWEST, stretch

POWER: Final = 0.8  # the chance that a difference as large as the smallest that matters is found


@dataclass(frozen=True, slots=True)
class Needed:
    """So many debtors of each arm, in all, and how small the variance of a difference from the first arm is by then."""

    of_arm: Mapping[str, int]
    variance: float

    @property
    def debtors(self) -> int:
        """In all."""
        return sum(self.of_arm.values())


def needed(shares: Mapping[str, float], base: str, usual: float, smallest: float) -> Needed:
    """How many debtors are needed until a difference of `smallest` (a share, above 0) from `base` is found with a chance of
    POWER.

    `shares` are how the debtors are given to the arms, `usual` how many pay in time as it is. Two shares are compared as usually
    (Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions*, chapter 4), with the wider interval of those who may
    look every night; several arms share the chance of an error (Bonferroni).
    """
    if not 0 < smallest < 1:
        raise ValueError(f"the smallest effect is a share between 0 and 1, not {smallest}")
    usual = min(max(usual, 0.01), 0.99)
    # The larger variance of a rise and a fall: which it will be is not known.
    after = max((min(max(usual + step, 0.01), 0.99) for step in (smallest, -smallest)), key=lambda p: p * (1 - p))
    total = sum(shares.values())
    errors = stretch(alpha_of(len(shares))) + NormalDist().inv_cdf(POWER)
    most = 0.0
    for name, share in shares.items():
        if name != base:
            per_debtor = after * (1 - after) / (share / total) + usual * (1 - usual) / (shares[base] / total)
            most = max(most, errors**2 * per_debtor / smallest**2)
    most = max(most, FEWEST * total / min(shares.values()))
    of_arm = {name: ceil(most * share / total) for name, share in shares.items()}
    return Needed(of_arm, (smallest / errors) ** 2)


def alpha_of(arms: int) -> float:
    """The chance of an error that each comparison with the first of so many arms may have: ALPHA for all of them together."""
    return ALPHA / max(arms - 1, 1)
