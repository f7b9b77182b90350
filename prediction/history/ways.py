"""Ways to make a contact as a past tells them: by one name each, with the step that was made so, and how probable that was."""

import re
from datetime import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.learned.arms import HELD_OUT, Arm
from domain.policy.policy import Tone
from domain.vocabulary import CHANNELS

_CLOCK: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?")
_BETWEEN: Final = ": "  # a step's id and its way


def arm_of(name: str) -> Arm:
    """What a way's name says, such as `sms 18 kind` or `sms 18:00 kind`; what is no channel, hour or tone is its content."""
    if name == HELD_OUT:
        return Arm(held_out=True)
    channel, clock, tone, rest = None, None, None, []
    for word in name.split():
        spelt = word.lower().replace("-", "_")
        if channel is None and spelt in CHANNELS:
            channel = CHANNELS[spelt]
        elif clock is None and (found := _CLOCK.fullmatch(word)) and int(found[1]) < 24 and int(found[2] or 0) < 60:
            clock = time(int(found[1]), int(found[2] or 0))
        elif tone is None and spelt in list(Tone):
            tone = Tone(spelt)
        else:
            rest.append(word)
    return Arm(channel, clock, tone, " ".join(rest) or None)


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
