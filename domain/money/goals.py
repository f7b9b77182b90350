"""What a creditor may want to reach in a month, and whether a figure does."""

from decimal import Decimal
from enum import StrEnum
from typing import Final


class Goal(StrEnum):
    """What there is a target for; a creditor's file and reports have these words, so they never change."""

    RETURN = "return"  # percent of what could be collected
    COST = "cost"  # of messages, for each 100 that came
    COMPLAINTS = "complaints"  # for each 1,000 invoices
    CUSTOMERS_KEPT = "customers_kept"  # percent, 90 days after a first reminder
    DIGITAL = "digital"  # percent of messages


AT_MOST: Final = frozenset({Goal.COST, Goal.COMPLAINTS})
"""Of these less is better; of the others more, and never more than 100."""


def reached(goal: Goal, target: Decimal | None, actual: Decimal | None) -> bool | None:
    """Whether a figure reaches its target; None where there is no target, or nothing to reckon with."""
    if target is None or actual is None:
        return None
    return actual <= target if goal in AT_MOST else actual >= target


def faults_of_goals(goals: dict[Goal, Decimal]) -> list[str]:
    """What cannot be a target, in words."""
    return [
        f"{goal}: {target} is no target: write {'an amount of nothing or more' if goal in AT_MOST else 'percent from 0 to 100'}"
        for goal, target in goals.items()
        if target < 0 or (goal not in AT_MOST and target > 100)
    ]
