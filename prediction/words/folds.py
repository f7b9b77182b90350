"""Examples judged by models that never saw them, nor their like: from this comes what a score is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components
from sklearn.linear_model import LogisticRegression

from domain.parties.message_classes import STOPS, MessageClass
from prediction.words.calibration import Calibration, Evidence, StopWeighing, Weighing
from prediction.words.features import Matrix, centred

FOLDS = 5
ALIKE = 0.8  # how near two embeddings are that say the same, often in two languages
RECALL = 0.99  # of the stops among messages never seen
FEWEST = 20  # messages from which a share is read

Weighed = Mapping[MessageClass, Evidence]


@dataclass(frozen=True, slots=True)
class Judged:
    """An example, and what speaks for each class by who had not seen it."""

    classes: frozenset[MessageClass]
    evidence: Weighed


def folds(embeddings: Matrix, count: int = FOLDS) -> npt.NDArray[np.intp]:
    """The fold of each example; those that say the same are in one, so that a translation teaches nothing about its original."""
    seen = centred(embeddings, embeddings.mean(0))
    _, groups = connected_components(seen @ seen.T > ALIKE, directed=False)
    dealt = np.random.default_rng(0).permutation(groups.max() + 1) % count
    return np.asarray(dealt[groups], np.intp)


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """Weigh the evidence, and choose the limits by what the weighed probabilities then do on the same messages."""
    stops = _weigh(judged, [kind for kind in MessageClass if kind in STOPS])
    others = _weigh(judged, [kind for kind in MessageClass if kind not in STOPS])
    known = Calibration(stops, others, StopWeighing(0, 1, 0), 0, 0, 0)
    below, unsure = _unsure(known, judged)
    known = replace(known, any_stop=_weigh_stops(known, judged), unsure_below=below, unsure=unsure)
    return replace(known, stop_from=_stop_from(known, judged))


def calibration_error(chances: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """How far probabilities are from how often they hold, over bins of equal width (the expected calibration error), 0 to 1."""
    said, held_true = np.asarray(chances), np.asarray(right, float)
    places = np.minimum((said * bins).astype(int), bins - 1)
    return float(sum(abs(said[places == at].sum() - held_true[places == at].sum()) for at in range(bins)) / len(said))


def measured(calibration: Calibration, judged: Sequence[Judged]) -> dict[str, float]:
    """What the sorting is worth on these messages, in shares: found, held for nothing, right among two, error."""
    stopped = [calibration.stop_chance(each.evidence) >= calibration.stop_from for each in judged]
    stops = [bool(each.classes & STOPS) for each in judged]
    chances = [{kind: calibration.probability(kind, each.evidence[kind]) for kind in MessageClass} for each in judged]
    two = [sorted(each, key=lambda kind: -each[kind])[:2] for each in chances]
    said = [chance for each in chances for chance in each.values()]
    found: dict[str, np.floating[Any] | float] = {
        "stops_found": np.mean([held for held, stop in zip(stopped, stops, strict=True) if stop]),
        "held_for_nothing": np.mean([held for held, stop in zip(stopped, stops, strict=True) if not stop]),
        "right_among_two": np.mean(
            [bool(each.classes & set(likely)) for each, likely in zip(judged, two, strict=True)]
        ),
        "calibration_error": calibration_error(
            said, [kind in each.classes for each in judged for kind in MessageClass]
        ),
    }
    return {name: round(float(share), 3) for name, share in found.items()}


def _weigh(judged: Sequence[Judged], kinds: Sequence[MessageClass]) -> Weighing:
    numbers = [each.evidence[kind].numbers() for each in judged for kind in kinds]
    fitted = LogisticRegression(C=10.0).fit(numbers, [kind in each.classes for each in judged for kind in kinds])
    return Weighing(*(round(float(weight), 3) for weight in (*fitted.intercept_, *fitted.coef_[0])))


def _weigh_stops(calibration: Calibration, judged: Sequence[Judged]) -> StopWeighing:
    numbers = [calibration.stop_evidence(each.evidence) for each in judged]
    fitted = LogisticRegression().fit(numbers, [bool(each.classes & STOPS) for each in judged])
    return StopWeighing(*(round(float(weight), 3) for weight in (*fitted.intercept_, *fitted.coef_[0])))


def _stop_from(calibration: Calibration, judged: Sequence[Judged]) -> float:
    """The highest limit that still holds as many of the stops as is asked."""
    chances = sorted((calibration.stop_chance(each.evidence) for each in judged if each.classes & STOPS), reverse=True)
    return int(chances[int(np.ceil(RECALL * len(chances))) - 1] * 1_000) / 1_000


def _unsure(calibration: Calibration, judged: Sequence[Judged]) -> tuple[float, float]:
    """Below which probability the likeliest class is wrong more often than right, and how often."""
    best = sorted(
        max(
            (calibration.probability(kind, each.evidence[kind]), kind in each.classes)
            for kind in MessageClass
            if kind != MessageClass.OTHER
        )
        for each in judged
    )
    wrong = np.cumsum([not right for _, right in best]) / np.arange(1, len(best) + 1)
    most = [at for at in range(FEWEST, len(best)) if wrong[at] > 0.5]
    return (round(best[most[-1]][0], 3), round(float(wrong[most[-1]]), 3)) if most else (0.0, 0.0)
