"""What was learned of payments, whoever learned it: log odds that are a sum of tables, one for each feature.

A table says for a value, an age of the invoice and a stretch of days how much it speaks for a payment. So a guess is the sum
of what is known, each part of it can be said in words, and it is kept as plain arrays: whoever reads it runs no code of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from prediction.history.past import Words
from prediction.payments.bins import Binned, Bins, Known
from prediction.payments.calibration import Calibration, as_measured
from prediction.payments.hazard import Hazards

AGES: Final = np.array(
    [-25, -17, -10, -5, -1.5, 1.5, 5, 10.5, 17.5, 25.5, 37.5, 52.5, 75], dtype=np.float32
)  # days since due
PAGE: Final = 50_000  # rows at once: what is in between stays in the processor's cache
FORM: Final = 2  # of what is kept

Tables = NDArray[np.float32]


def age_of(days_since_due: NDArray[np.float32]) -> NDArray[np.intp]:
    """The group of ages that each day since the due date lies in; where it is not known, the day itself."""
    return np.searchsorted(AGES, np.nan_to_num(days_since_due, nan=0.0))


@dataclass(frozen=True)
class Model:
    """Log odds of a payment: `base` by age and stretch, `tables` by feature, code, age and stretch, and each creditor's own
    `offsets`. `age` is the place of the days since due among the features. A creditor that it never saw has no offset.
    """

    learner: str
    names: tuple[str, ...]
    age: int
    bins: Bins
    base: NDArray[np.float64]
    tables: Tables
    creditors: tuple[str, ...] = ()
    offsets: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    calibration: Calibration = field(default_factory=as_measured)

    @property
    def stretches(self) -> int:
        """How many stretches of days are foreseen: no more than were seen when it learned."""
        return int(self.base.shape[1])

    def odds(self, codes: Binned, ages: NDArray[np.intp], creditor: Words) -> NDArray[np.float64]:
        """Log odds for each stretch, before they are calibrated."""
        found = self.base[ages] + self._offset(creditor)[:, None]
        for feature, table in enumerate(self.tables):
            found += table[codes[:, feature], ages]
        return found

    def hazards(self, known: Known, creditor: Words) -> Hazards:
        """The chance of a payment in each stretch, as it was found to be on what came after it had learned."""
        found = np.empty((len(known), self.stretches))
        for begin in range(0, len(known), PAGE):
            rows = np.arange(begin, min(begin + PAGE, len(known)))
            codes, ages = self.read(known[rows])
            odds = self.odds(codes, ages, creditor.of(rows))
            found[rows] = self.calibration.of(1 / (1 + np.exp(-odds)))
        return found

    def read(self, known: Known) -> tuple[Binned, NDArray[np.intp]]:
        """What is known, as codes, and the age of each invoice."""
        return self.bins.codes(known), age_of(known[:, self.age])

    def speaks(self, known: Known, stretches: int) -> NDArray[np.float32]:
        """How much each feature speaks for a payment in the first stretches, in log odds against what is usual: a column a
        feature."""
        codes, ages = self.read(known)
        means = self.tables[:, :, :, :stretches].mean(axis=3)
        return np.stack([means[feature][codes[:, feature], ages] for feature in range(len(self.names))], axis=1)

    def calibrated(self, calibration: Calibration) -> Self:
        """The same, calibrated."""
        return replace(self, calibration=calibration)

    def _offset(self, creditor: Words) -> NDArray[np.float64]:
        of_name = dict(zip(self.creditors, self.offsets.tolist(), strict=True))
        by_code = np.array([*(of_name.get(name, 0.0) for name in creditor.meanings), 0.0])
        return by_code[creditor.codes]

    def to_bytes(self) -> bytes:
        """As plain arrays (NumPy's npz, without pickles): the same model gives the same bytes."""
        kept = BytesIO()
        np.savez(
            kept,
            form=np.array(FORM),
            learner=np.array(self.learner),
            names=np.array(self.names),
            age=np.array(self.age),
            cuts=self.bins.cuts,
            base=self.base,
            tables=self.tables,
            creditors=np.array(self.creditors, dtype=np.str_),
            offsets=self.offsets,
            **self.calibration.arrays(),  # type: ignore[arg-type]  # its stub takes every name for an option
        )
        return kept.getvalue()

    def hash(self) -> str:
        """Which model this is."""
        return sha256(self.to_bytes()).hexdigest()


class UnreadableModel(Exception):
    """What is kept is no model, or of another form than this code reads: it must learn anew."""


def read_model(kept: bytes, names: Sequence[str]) -> Model:
    """What was kept. Raises UnreadableModel where it is damaged, or knows other features than `names`."""
    try:
        with np.load(BytesIO(kept), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        if int(found["form"]) != FORM:
            raise UnreadableModel(f"the model is of form {int(found['form'])}, and form {FORM} is read: train anew")
        model = Model(
            learner=str(found["learner"]),
            names=tuple(found["names"].tolist()),
            age=int(found["age"]),
            bins=Bins(found["cuts"]),
            base=found["base"],
            tables=found["tables"],
            creditors=tuple(found["creditors"].tolist()),
            offsets=found["offsets"],
            calibration=Calibration.read(found),
        )
    except UnreadableModel:
        raise
    except Exception as error:  # whatever bytes these are: NumPy raises many kinds of errors over them
        raise UnreadableModel(f"the model cannot be read ({type(error).__name__}): train anew") from error
    if model.names != tuple(names):
        raise UnreadableModel("the model was trained with other features than this code knows: train anew")
    return model
