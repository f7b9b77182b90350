"""`python -m prediction.words.train`: learn the classes anew from the examples; the same examples give the same weights."""

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from prediction.words.features import PIECES, Matrix, centred, meanings, spelling
from prediction.words.model import CLASSES, LEARNED, Example, Model, read_examples

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
        fitted = LogisticRegression(C=TRUST, max_iter=300).fit(numbers, [kind in each.classes for each in examples])
        rows.append(np.concatenate([fitted.intercept_, fitted.coef_[0]]))
    return Model(centre, np.stack(rows).astype(np.float32))


def _spellings(examples: list[Example]) -> csr_matrix:
    """The spelling of each example, a row each, mostly empty."""
    spelt = [spelling(each.text) for each in examples]
    ends = np.cumsum([0, *(len(places) for places, _ in spelt)])
    places = np.concatenate([places for places, _ in spelt])
    counts = np.concatenate([counts for _, counts in spelt])
    return csr_matrix((counts, places, ends), shape=(len(spelt), PIECES))


if __name__ == "__main__":
    train(list(read_examples())).write(LEARNED)
    print(f"learned {len(CLASSES)} classes: {LEARNED}")
