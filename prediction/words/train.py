"""`python -m prediction.words.train`: learn the classes anew from the examples; the same examples give the same weights.

With `--confirmed` also from what people at the desk have confirmed, in the facts that `PURR_DATABASE_URL` names.
"""

import asyncio
import os
import sys
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from facts.database import Database
from prediction.words.confirmed import confirmed_examples
from prediction.words.features import PIECES, Matrix, centred, meanings, spelling
from prediction.words.folds import Judged, calibrate, folds, measured
from prediction.words.model import CLASSES, LEARNED, Example, Model, read_examples
from prediction.words.sorting import evidence_in

TRUST = 10.0  # in the examples, against weights that stay small: scikit-learn's C


def train(examples: list[Example], embeddings: Matrix | None = None) -> Model:
    """A logistic regression for each class against all others; a message of several classes counts for each of them.

    `embeddings` are those of the examples, where they are known already.
    """
    found = meanings([each.text for each in examples]) if embeddings is None else embeddings
    centre = found.mean(0)
    numbers = hstack([csr_matrix(centred(found, centre)), _spellings(examples)]).tocsr()
    rows = []
    for kind in CLASSES:
        # The dual is quick where numbers are many and examples few; its draws have a seed.
        learner = LogisticRegression(C=TRUST, solver="liblinear", dual=True, random_state=0, max_iter=1_000)
        fitted = learner.fit(numbers, [kind in each.classes for each in examples])
        rows.append(np.concatenate([fitted.intercept_, fitted.coef_[0]]))
    return Model(centre, np.stack(rows).astype(np.float32))


def _spellings(examples: list[Example]) -> csr_matrix:
    """The spelling of each example, a row each, mostly empty."""
    spelt = [spelling(each.text) for each in examples]
    ends = np.cumsum([0, *(len(places) for places, _ in spelt)])
    places = np.concatenate([places for places, _ in spelt])
    counts = np.concatenate([counts for _, counts in spelt])
    return csr_matrix((counts, places, ends), shape=(len(spelt), PIECES))


def judge(examples: Sequence[Example], embeddings: Matrix) -> list[Judged]:
    """What speaks for each class of each example, by a model that learned from the other folds alone."""
    dealt = folds(embeddings)
    judged: dict[int, Judged] = {}
    for fold in sorted(set(dealt.tolist())):
        taught = np.flatnonzero(dealt != fold)
        model = train([examples[at] for at in taught.tolist()], embeddings[taught])
        for at in np.flatnonzero(dealt == fold).tolist():
            evidence, _ = evidence_in(examples[at].text, model)
            judged[at] = Judged(examples[at].classes, evidence)
    return [judged[at] for at in range(len(examples))]


async def _confirmed(database_url: str) -> list[Example]:
    database = Database(database_url)
    async with database.transaction() as connection:
        found = await confirmed_examples(connection)
    await database.close()
    return found


def learn(told: Sequence[Example]) -> None:
    """Learn, look what the scores are worth on unseen examples, keep both."""
    examples = [each for each in told if any(sign.isalpha() for sign in each.text)]
    embeddings = meanings([each.text for each in examples])
    train(examples, embeddings).write(LEARNED)
    judged = judge(examples, embeddings)
    calibration = calibrate(judged)
    calibration.write(LEARNED)
    print(f"learned {len(CLASSES)} classes from {len(examples)} messages: {LEARNED}")
    print(f"on messages not seen: {measured(calibration, judged)}")


if __name__ == "__main__":
    found = list(read_examples())
    if sys.argv[1:] == ["--confirmed"]:
        found += asyncio.run(_confirmed(os.environ["PURR_DATABASE_URL"]))
    learn(found)
