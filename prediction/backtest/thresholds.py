"""The amounts from which on a policy does something else, which note that the planner asked for them.

So lives of different amounts are one life for as long as no amount between them was asked for.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.policy.policy import Policy
from prediction.history.timeline import Mask


class _Noting(Decimal):
    """An amount that notes when it is compared. A sum on the right is asked first, where it is of the narrower kind."""

    asked: bool

    def __lt__(self, other: Any) -> bool:
        self.asked = True
        return super().__lt__(other)

    def __le__(self, other: Any) -> bool:
        self.asked = True
        return super().__le__(other)

    def __gt__(self, other: Any) -> bool:
        self.asked = True
        return super().__gt__(other)

    def __ge__(self, other: Any) -> bool:
        self.asked = True
        return super().__ge__(other)


class Thresholds:
    """A policy's thresholds, and which of them the planner has asked for; `policy` is the same plan with these in it."""

    def __init__(self, policy: Policy) -> None:
        self._noting: list[_Noting] = []
        steps = tuple(
            step
            if step.balance_at_least is None
            else replace(step, balance_at_least=self._noted(step.balance_at_least))
            for step in policy.steps
        )
        self.policy = replace(policy, steps=steps, ignore_balance_below=self._noted(policy.ignore_balance_below))

    def _noted(self, amount: Decimal) -> Decimal:
        noting = _Noting(amount)
        noting.asked = False
        self._noting.append(noting)
        return noting

    def as_the_first(self, amounts: NDArray[np.int64], charged: Decimal) -> Mask:
        """Which amounts (hundredths, the largest first) are answered as the first of them, wherever it was asked for since.

        `charged` is what the first is asked for besides. Whoever is asked for less may only have been charged less.
        """
        alike = np.ones(len(amounts), dtype=bool)
        largest = Decimal(int(amounts[0])) / 100
        for threshold in self._noting:
            if threshold.asked and threshold <= largest:
                least = int(threshold * 100)
                if amounts[-1] < least:
                    alike &= amounts >= least
            elif threshold.asked and threshold <= largest + charged:
                alike &= amounts == amounts[0]
            threshold.asked = False
        return alike
