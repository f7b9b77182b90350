"""The amounts from which on a policy does something else, which note that the planner asked for them.

So lives of different amounts are one life for as long as no amount between them was asked for.
"""

from dataclasses import replace
from decimal import Decimal
from math import ceil
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
        self._noting: list[tuple[_Noting, int]] = []  # with the least amount that reaches it, in hundredths
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
        self._noting.append((noting, ceil(amount * 100)))
        return noting

    def as_the_first(self, amounts: NDArray[np.int64], charged: Decimal) -> Mask | None:
        """Which amounts (hundredths, the largest first) are answered as the first of them, wherever it was asked for since.

        None: all. `charged` is what the first is asked for besides. Whoever is asked for less may only have been charged less.
        """
        alike: Mask | None = None
        largest, smallest, most = int(amounts[0]), int(amounts[-1]), int(amounts[0]) + ceil(charged * 100)
        for threshold, least in self._noting:
            asked, threshold.asked = threshold.asked, False
            if not asked or least <= smallest or least > most:
                continue
            same = amounts >= least if least <= largest else amounts == largest
            alike = same if alike is None else alike & same
        return alike
