"""Whether what a model guessed since its birth came true: one that lost its calibration is not to be used any more."""

from typing import Final

import numpy as np

from prediction.history.past import Past
from prediction.payments.hazard import HORIZONS
from prediction.payments.measures import Measured, measure
from prediction.payments.model import Model
from prediction.payments.snapshots import snapshots_of, some_of
from prediction.payments.training import MOST_TO_JUDGE, guessed, off, seen_at

FEWEST: Final = 200  # moments that were watched long enough, before anything is said of a horizon
FEWEST_CUSTOMERS: Final = 30


def since_birth(model: Model, past: Past, born: np.datetime64) -> dict[int, Measured]:
    """How good a model's guesses were at the moments since it was born, for each horizon of which enough was watched."""
    asked = snapshots_of(past)
    seen = seen_at(past, some_of(asked.of(asked.moments >= born), MOST_TO_JUDGE))
    found = {days: measure(guessed(model, seen, days)) for days in HORIZONS if days <= seen.seen.max(initial=0)}
    return {days: each for days, each in found.items() if each.count >= FEWEST and each.customers >= FEWEST_CUSTOMERS}


def lost_calibration(model: Model, past: Past, born: np.datetime64) -> str:
    """Why a model is not to be used any more, in words; empty where its chances hold, or too little was seen to say."""
    return off(since_birth(model, past, born))
