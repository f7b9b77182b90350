"""`python -m prediction.words.train`: learn the classes anew from our own examples; the same examples give the same weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from prediction.words.features import PIECES, Matrix, centred, meanings, spelling
from prediction.words.folds import Judged, calibrate, folds, measured
from prediction.words.model import CLASSES, LEARNED, Example, Model, read_examples
from prediction.words.sorting import evidence_in, parts_of

TRUST = 10.0  # in the examples, against weights that stay small: scikit-learn's C
OFTEN = 100  # messages between two words of progress

Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it is, and how much there is of it."""


@dataclass(frozen=True)
class Seen:
    """An example with the embeddings of all that is looked at in it, the whole first."""

    example: Example
    embeddings: Matrix


def look_at(examples: Sequence[Example], progress: Progress) -> list[Seen]:
    """Embed each example once, however often it is learned from and judged. What has no letters teaches nothing."""
    found: list[Seen] = []
    for done, each in enumerate(examples):
        if done % OFTEN == 0:
            progress("looked at", done, len(examples))
        if any(sign.isalpha() for sign in each.text):
            found.append(Seen(each, meanings(parts_of(each.text).texts)))
    return found


def wholes(seen: Sequence[Seen]) -> Matrix:
    """The embedding of each example as a whole, a row each."""
    return np.stack([each.embeddings[0] for each in seen])


def train(examples: Sequence[Example], embeddings: Matrix) -> Model:
    """A logistic regression for each class against all others; a message of several classes counts for each of them."""
    centre = embeddings.mean(0)
    numbers = hstack([csr_matrix(centred(embeddings, centre)), _spellings(examples)]).tocsr()
    rows = []
    for kind in CLASSES:
        # The dual is quick where numbers are many and examples few; its draws have a seed.
        learner = LogisticRegression(C=TRUST, solver="liblinear", dual=True, random_state=0, max_iter=1_000)
        fitted = learner.fit(numbers, [kind in each.classes for each in examples])
        rows.append(np.concatenate([fitted.intercept_, fitted.coef_[0]]))
    return Model(centre, np.stack(rows).astype(np.float32))


def _spellings(examples: Sequence[Example]) -> csr_matrix:
    """The spelling of each example, a row each, mostly empty."""
    spelt = [spelling(each.text) for each in examples]
    ends = np.cumsum([0, *(len(places) for places, _ in spelt)])
    places = np.concatenate([places for places, _ in spelt])
    counts = np.concatenate([counts for _, counts in spelt])
    return csr_matrix((counts, places, ends), shape=(len(spelt), PIECES))


def judge(
    seen: Sequence[Seen], dealt: npt.NDArray[np.intp], teaches: npt.NDArray[np.bool_], progress: Progress
) -> list[Judged]:
    """What speaks for each class of each example, by a model that learned from those of the other folds that teach."""
    judged: dict[int, Judged] = {}
    numbers = sorted(set(dealt.tolist()))
    for done, fold in enumerate(numbers):
        progress("judged folds", done, len(numbers))
        taught = [seen[at] for at in np.flatnonzero((dealt != fold) & teaches).tolist()]
        model = train([each.example for each in taught], wholes(taught))
        for at in np.flatnonzero(dealt == fold).tolist():
            evidence, _ = evidence_in(seen[at].example.text, model, seen[at].embeddings)
            judged[at] = Judged(seen[at].example.classes, evidence)
    return [judged[at] for at in range(len(seen))]


def learn(examples: Sequence[Example], progress: Progress) -> None:
    """Learn, look what the scores are worth on unseen examples, keep both in the program."""
    seen = look_at(examples, progress)
    train([each.example for each in seen], wholes(seen)).write(LEARNED)
    judged = judge(seen, folds(wholes(seen)), np.ones(len(seen), np.bool_), progress)
    calibration = calibrate(judged)
    calibration.write(LEARNED)
    print(f"learned {len(CLASSES)} classes from {len(seen)} messages: {LEARNED}")
    print(f"on messages not seen: {measured(calibration, judged)}")


if __name__ == "__main__":
    learn(list(read_examples()), lambda what, done, of: print(f"{what}: {done} of {of}", flush=True))
