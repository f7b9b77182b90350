"""Ways to make a contact as a past tells them: by one name each, with the step that was made so, and how probable that was."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

NOBODY_WRITES: Final = "none"
"""The way in which nothing is sent, so that there is something to compare with."""
_BETWEEN: Final = ": "  # a step's id and its way


def way_name(channel: str, hour: int, tone: str | None) -> str:
    """The name of a way that a file tells in parts, such as `sms 18:00 kind`."""
    return " ".join(filter(None, (channel, f"{hour:02}:00", tone)))


def as_choice(step: str, way: str) -> str:
    """A choice as the detail of its event: the step and the way."""
    return f"{step}{_BETWEEN}{way}"


def step_and_way(choice: str) -> tuple[str, str]:
    """The two of them again."""
    step, _, way = choice.rpartition(_BETWEEN)
    return step, way


def is_chance(probable: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which numbers can be how probable it was that something was done which was done."""
    return np.asarray((probable > 0) & (probable <= 1))
