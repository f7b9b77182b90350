"""A refresh of what is guessed: when it is learned anew, whether that may be used, and the scores of open cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from facts.database import Database
from facts.prediction.scores import Scores
from facts.prediction.versions import ModelName, Trained, Version
from prediction.history.allowed import NAMES
from prediction.history.imported import whole_past
from prediction.history.local_days import days_of
from prediction.history.past import Moments, Past, Words
from prediction.history.settled import turns_of
from prediction.history.timeline import NEVER
from prediction.payments.drift import lost_calibration
from prediction.payments.how_paid import how_paid
from prediction.payments.model import Model, UnreadableModel, read_model
from prediction.payments.reasons import corrected, evidence_of, late_because, overdue
from prediction.payments.report import document
from prediction.payments.scoring import known_now, open_now, score
from prediction.payments.training import JUDGED_BY, TooThin, Trial, compare, off, try_out

NAME: Final[ModelName] = "payment"
DUE_AFTER: Final = timedelta(days=7)
ALIKE: Final = 0.001  # log loss: so little is no difference
_CHANCES: Final = (*(Decimal(f"{each / 10_000:.4f}") for each in range(10_001)), None)
_ROOMS: Final = (Path(__file__).parent, Path(__file__).parents[1] / "history")


def is_due(last: Version | None, now: datetime) -> bool:
    """Whether it is time to learn anew: a week has passed, or other code learned last."""
    return last is None or now - last.at >= DUE_AFTER or last.code != code_hash()


async def read_past(database: Database, now: datetime) -> Past:
    """All that is known now, of every creditor: Purr's own facts, and what was imported besides."""
    async with database.snapshot() as connection:
        return await whole_past(connection, now)


def learned(past: Past, used: bytes | None) -> Trained | str:
    """What is learned from a past, with its figures; `why` says why it is not good enough to take the place of the weights in
    use. Where the past is too thin that is said in words, and nothing is learned."""
    try:
        trial = try_out(past)
    except TooThin as thin:
        return str(thin)
    return Trained(
        name=NAME,
        data_hash=data_hash(past),
        code=code_hash(),
        metrics=document(trial),
        weights=trial.model.to_bytes(),
        why=off(trial.measured[trial.used]) or _worse(trial, used),
    )


def why_lost(past: Past, weights: bytes, born: datetime) -> str:
    """Why weights that are in use since they were born are not to be used any more, in words; empty where they may be."""
    return lost_calibration(read_model(weights, NAMES), past, _moment(born))


def is_readable(weights: bytes) -> bool:
    """Whether this code reads what was learned: what other code learned may have other features, or another form."""
    try:
        read_model(weights, NAMES)
    except UnreadableModel:
        return False
    return True


def scorer(past: Past, weights: bytes) -> "Scorer":
    """What scores open cases by what was learned."""
    return Scorer(past, read_model(weights, NAMES))


class Scorer:
    """Guesses about open cases, by all that a past knows at its end: what is the same for all is looked up once."""

    def __init__(self, past: Past, model: Model) -> None:
        self._model = model
        self._through = past.through
        turns = turns_of(past)
        rows = open_now(past, turns)
        ids = past.invoices.id[rows]
        rows = rows[np.argsort(ids)][
            np.count_nonzero(ids < 0) :
        ]  # an invoice's id is its case's; of imported ones below 0
        self._cases = past.invoices.id[rows]
        self._country = past.invoices.country.of(rows)
        self._known = known_now(past, rows, turns)
        paid = how_paid(past, turns)
        self._late = np.isin(rows, overdue(past, paid))
        self._because = corrected(past, paid)
        self._seen = evidence_of(past, rows[self._late], paid)

    @property
    def cases(self) -> list[int]:
        """The cases that are open, by their ids in order."""
        found: list[int] = self._cases.tolist()
        return found

    def scores(self, cases: Sequence[int], next_at: Mapping[int, datetime]) -> Scores:
        """What is guessed of some of them, by when the next step of each is, of those that have one."""
        rows = np.searchsorted(self._cases, np.array(cases, dtype=np.int64))
        steps = np.full(len(cases), NEVER)
        told = np.fromiter(next_at, dtype=np.int64, count=len(next_at))
        steps[np.searchsorted(self._cases[rows], told)] = _moments(next_at.values())
        found = score(self._model, self._known.of(rows), steps)
        whole_days = np.ceil(np.nan_to_num(found.expected_in)).astype("timedelta64[D]")
        days = days_of(self._through + whole_days, self._country.of(rows))
        days[np.isnan(found.expected_in)] = NEVER
        return Scores(
            case=list(cases),
            chance_7=_chances(found.chance[7]),
            chance_14=_chances(found.chance[14]),
            chance_30=_chances(found.chance[30]),
            chance_next_step=_chances(found.chance_next_step),
            expected_money=[Decimal(f"{money:.2f}") for money in found.expected_money.tolist()],
            expected_on=days.tolist(),
            cold=found.cold.tolist(),
            why=found.why(),
            late_because=self._late_because(rows),
        )

    def _late_because(self, rows: NDArray[np.intp]) -> list[str]:
        """Why each of some is late, as it is kept; of what is not late there is nothing to say."""
        texts = np.full(len(rows), "{}", dtype=object)
        late = self._late[rows]
        places = (np.cumsum(self._late) - 1)[rows[late]]
        texts[late] = late_because(self._seen.about(places), self._because)
        found: list[str] = texts.tolist()
        return found


def data_hash(past: Past) -> str:
    """What was learned from: other facts, another hash."""
    found = sha256(str(past.through).encode())
    for part in (past.invoices, past.events, past.told):
        for each in fields(part):
            column = getattr(part, each.name)
            codes = column.codes if isinstance(column, Words) else column
            found.update(np.ascontiguousarray(codes).tobytes())
            found.update(repr(column.meanings).encode() if isinstance(column, Words) else b"")
    return found.hexdigest()


def code_hash() -> str:
    """What learned: another line in it, another hash."""
    files = sorted(file for room in _ROOMS for file in room.glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _worse(trial: Trial, used: bytes | None) -> str:
    """Why what is in use is to stay, in words; empty where what was learned is as good or better on the same moments."""
    if used is None or not is_readable(used):
        return ""
    by = compare(trial.model, read_model(used, NAMES), trial.slices.measured).log_loss
    if by.value >= -ALIKE:
        return ""
    return f"the one in use is better on the same moments: by {-by.value:.3f} in log loss, {JUDGED_BY} days ahead"


def _moments(at: Iterable[datetime]) -> Moments:
    found: Moments = np.array([int(each.timestamp()) for each in at], dtype=np.int64).astype("datetime64[s]")
    return found


def _moment(at: datetime) -> np.datetime64:
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "s")


def _chances(chances: NDArray[np.float64]) -> list[Any]:
    """Chances as they are kept, in ten-thousandths; None where there is none."""
    return [*map(_CHANCES.__getitem__, np.rint(np.nan_to_num(chances, nan=1.0001) * 10_000).astype(np.int64).tolist())]
