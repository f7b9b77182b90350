"""What people confirmed is learned from beside our own examples, and judged beside what is in use, both on the same folds."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from facts.prediction.confirmed import Confirmed
from prediction.words.calibration import Calibration
from prediction.words.folds import RECALL, Judged, calibrate, folds, folds_beside, measured, outcomes, shares
from prediction.words.gate import why_not
from prediction.words.model import Example, hash_of_examples
from prediction.words.packed import pack
from prediction.words.sorting import own_words
from prediction.words.train import Progress, Seen, judge, train, wholes


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: figures on what it had not seen, its weights, and why it is not good enough, if it is not."""

    metrics: dict[str, Any]
    weights: bytes
    why: str


def examples_of(confirmed: Sequence[Confirmed]) -> list[Example]:
    """Messages that people confirmed as examples, in their writers' own words; the same words said often teach once."""
    found = (Example(each.language, own_words(each.text), frozenset(each.kinds)) for each in confirmed)
    return [each for each in dict.fromkeys(found) if any(sign.isalpha() for sign in each.text)]


def data_hash(confirmed: Sequence[Confirmed]) -> str:
    """All that is learned from: with another example, ours or theirs, it is another."""
    theirs = sorted([each.language, each.text, *sorted(each.classes)] for each in examples_of(confirmed))
    return sha256(f"{hash_of_examples()} {json.dumps(theirs)}".encode()).hexdigest()


def learn_anew(ours: Sequence[Seen], theirs: Sequence[Seen], known: Sequence[Example], progress: Progress) -> Learned:
    """Learn from our own examples and from theirs; `known` of these is what the version in use had learned from.

    What people confirmed teaches, and judges nothing: a run of wrong confirmations would find itself right. Both are judged on
    our own examples, each by models that learned from other folds, so what is in use has no advantage from having seen them.
    The limit for stops is chosen so that it finds as many as what is in use; what that costs is judged.
    """
    seen = [*ours, *theirs]
    dealt = folds(wholes(ours))
    if theirs:
        dealt = np.concatenate([dealt, folds_beside(wholes(ours), dealt, wholes(theirs))])
    known_before = set(known)
    before = np.array([True] * len(ours) + [each.example in known_before for each in theirs])
    used = judge(seen, dealt, before, progress)
    new = judge(seen, dealt, np.ones(len(seen), np.bool_), progress)
    known_limits = calibrate(used[: len(ours)])
    was = outcomes(known_limits, used[: len(ours)])
    limits = calibrate(new[: len(ours)], max(RECALL, shares(was).stops_found))
    model = train([each.example for each in seen], wholes(seen))
    metrics = {"messages": len(ours), "confirmed": len(theirs)} | measured(limits, new[: len(ours)])
    metrics |= {f"{name}_before": round(share, 3) for name, share in asdict(shares(was)).items()}
    metrics |= _on_confirmed(limits, new[len(ours) :], known_limits, used[len(ours) :])
    return Learned(metrics, pack(model, limits), why_not(outcomes(limits, new[: len(ours)]), was))


def _on_confirmed(
    limits: Calibration, new: Sequence[Judged], known_limits: Calibration, used: Sequence[Judged]
) -> dict[str, float]:
    """How often one of the two likeliest was what people confirmed: told, and no gate."""
    if not new:
        return {}
    return {
        "right_among_two_of_confirmed": round(shares(outcomes(limits, new)).right_among_two, 3),
        "right_among_two_of_confirmed_before": round(shares(outcomes(known_limits, used)).right_among_two, 3),
    }
