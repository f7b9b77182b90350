"""Examples judged by models that never saw them, nor their like: from this comes what a score is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components
from sklearn.linear_model import LogisticRegression

from domain.parties.message_classes import STOPS, MessageClass
from prediction.words.calibration import Calibration, Evidence, StopWeighing, Weighing
from prediction.words.features import Matrix, centred

FOLDS = 5
ALIKE = 0.8  # how near two embeddings are that say the same, often in two languages
RECALL = 0.992  # of the stops among messages never seen: of words that are further from ours it finds fewer

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


def folds_beside(embeddings: Matrix, dealt: npt.NDArray[np.intp], others: Matrix) -> npt.NDArray[np.intp]:
    """The folds of other messages: each is where the example is that is nearest to it, so that many of them move no example."""
    middle = embeddings.mean(0)
    near = centred(others, middle) @ centred(embeddings, middle).T
    return np.asarray(dealt[near.argmax(1)], np.intp)


def calibrate(judged: Sequence[Judged], recall: float = RECALL) -> Calibration:
    """Weigh the evidence, and choose the limits by what the weighed probabilities then do on the same messages.

    `recall` is how many of the stops the limit must find.
    """
    stops = _weigh(judged, [kind for kind in MessageClass if kind in STOPS])
    others = _weigh(judged, [kind for kind in MessageClass if kind not in STOPS])
    known = Calibration(stops, others, StopWeighing(0, 1, 0), 0)
    known = replace(known, any_stop=_weigh_stops(known, judged))
    return replace(known, stop_from=_stop_from(known, judged, recall))


def calibration_error(chances: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """How far probabilities are from how often they hold, over bins of equal width (the expected calibration error), 0 to 1."""
    said, held_true = np.asarray(chances), np.asarray(right, float)
    places = np.minimum((said * bins).astype(int), bins - 1)
    return float(sum(abs(said[places == at].sum() - held_true[places == at].sum()) for at in range(bins)) / len(said))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the sorting made of a message: whether it stops, whether it was held, whether one of the two likeliest is right."""

    stop: bool
    held: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Shares:
    """What the sorting is worth: of the stops those found, of the others those held, of all those right among two."""

    stops_found: float
    held_for_nothing: float
    right_among_two: float


def outcomes(calibration: Calibration, judged: Sequence[Judged]) -> list[Outcome]:
    """What becomes of each of these messages, in their order."""
    return [
        Outcome(
            bool(each.classes & STOPS),
            calibration.stop_chance(each.evidence) >= calibration.stop_from,
            bool(each.classes & set(sorted(chances, key=lambda kind: -chances[kind])[:2])),
        )
        for each, chances in zip(judged, _chances(calibration, judged), strict=True)
    ]


def shares(found: Sequence[Outcome]) -> Shares:
    """What these outcomes come to; of nothing there is no share, and it is 0."""

    def share(true: list[bool]) -> float:
        return sum(true) / len(true) if true else 0.0

    return Shares(
        share([each.held for each in found if each.stop]),
        share([each.held for each in found if not each.stop]),
        share([each.right for each in found]),
    )


def measured(calibration: Calibration, judged: Sequence[Judged]) -> dict[str, float]:
    """What the sorting is worth on these messages, in shares: found, held for nothing, right among two, error."""
    said = [chance for each in _chances(calibration, judged) for chance in each.values()]
    error = calibration_error(said, [kind in each.classes for each in judged for kind in MessageClass])
    found = asdict(shares(outcomes(calibration, judged))) | {"calibration_error": error}
    return {name: round(share, 3) for name, share in found.items()}


def _chances(calibration: Calibration, judged: Sequence[Judged]) -> list[dict[MessageClass, float]]:
    return [{kind: calibration.probability(kind, each.evidence[kind]) for kind in MessageClass} for each in judged]


def _weigh(judged: Sequence[Judged], kinds: Sequence[MessageClass]) -> Weighing:
    numbers = [each.evidence[kind].numbers() for each in judged for kind in kinds]
    fitted = LogisticRegression(C=10.0).fit(numbers, [kind in each.classes for each in judged for kind in kinds])
    return Weighing(*(round(float(weight), 3) for weight in (*fitted.intercept_, *fitted.coef_[0])))


def _weigh_stops(calibration: Calibration, judged: Sequence[Judged]) -> StopWeighing:
    numbers = [calibration.stop_evidence(each.evidence) for each in judged]
    fitted = LogisticRegression().fit(numbers, [bool(each.classes & STOPS) for each in judged])
    return StopWeighing(*(round(float(weight), 3) for weight in (*fitted.intercept_, *fitted.coef_[0])))


def _stop_from(calibration: Calibration, judged: Sequence[Judged], recall: float) -> float:
    """The highest limit that still holds as many of the stops as is asked."""
    chances = sorted((calibration.stop_chance(each.evidence) for each in judged if each.classes & STOPS), reverse=True)
    return int(chances[ceil(round(recall * len(chances), 6)) - 1] * 1_000) / 1_000
