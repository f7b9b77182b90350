"""A choice: the way in which a contact was to go, of several that it might have, and how probable that one was."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.learned.arms import Arm, step_under
from domain.planner.progress import DEFAULT_CLOCK

if TYPE_CHECKING:  # a policy is written with arms
    from domain.policy.policy import Step


@dataclass(frozen=True, slots=True)
class Choice:
    """Of a step of a case the whole way, how probable it was, from 0 to 1, and when (UTC) the contact was to be made by it."""

    case: int
    step: str
    arm: Arm
    propensity: Decimal
    at: datetime


def whole_way(step: "Step", arm: Arm) -> Arm:
    """An arm with what it leaves to the step: what is written is a way as another, and is judged beside them."""
    goes = step_under(step, arm)
    if goes is None:
        return arm
    return Arm(goes.channels[0] if goes.channels else None, goes.at.clock or DEFAULT_CLOCK, goes.tone, goes.content)
