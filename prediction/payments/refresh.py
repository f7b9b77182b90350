"""A refresh of what is guessed: when it is learned anew, whether that may be used, and the scores of open cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from domain.learned.late_reasons import as_json
from facts.database import Database
from facts.prediction.scores import Score
from facts.prediction.versions import ModelName, Trained, Version
from prediction.history.allowed import NAMES
from prediction.history.imported import whole_past
from prediction.history.local_days import days_of
from prediction.history.past import Past, Words
from prediction.history.timeline import NEVER
from prediction.payments.drift import lost_calibration
from prediction.payments.model import UnreadableModel, read_model
from prediction.payments.reasons import corrected, late_because, overdue
from prediction.payments.report import document
from prediction.payments.scoring import open_now, score
from prediction.payments.training import JUDGED_BY, TooThin, Trial, compare, off, try_out

NAME: Final[ModelName] = "payment"
DUE_AFTER: Final = timedelta(days=7)
ALIKE: Final = 0.001  # log loss: so little is no difference
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


def open_cases(past: Past) -> list[int]:
    """The cases that are open, by their ids in order: an invoice's id is its case's, but for imported ones, below zero."""
    ids = np.sort(past.invoices.id[open_now(past)])
    cases: list[int] = ids[ids >= 0].tolist()
    return cases


def scorer(past: Past, weights: bytes) -> Callable[[Sequence[int], Mapping[int, datetime]], list[Score]]:
    """What guesses about some open cases now, by when the next step of each is, of those that have one."""
    model = read_model(weights, NAMES)
    order = np.argsort(past.invoices.id)
    late, because = overdue(past), corrected(past)

    def scores_of(cases: Sequence[int], next_at: Mapping[int, datetime]) -> list[Score]:
        rows = order[np.searchsorted(past.invoices.id, np.array(cases, dtype=np.int64), sorter=order)]
        steps = np.array(
            [_moment(next_at[case]) if case in next_at else NEVER for case in cases], dtype="datetime64[s]"
        )
        found = score(model, past, rows, steps)
        whole_days = np.ceil(np.nan_to_num(found.expected_in)).astype("timedelta64[D]")
        days = days_of(past.through + whole_days, past.invoices.country.of(rows)).tolist()
        late_here = np.intersect1d(late, rows)
        said = late_because(past, late_here, because) if len(late_here) else []
        reasons = {row: as_json(each) for row, each in zip(late_here.tolist(), said, strict=True)}
        return [
            Score(
                case=int(found.invoice[row]),
                chance_7=_chance(found.chance[7][row]),
                chance_14=_chance(found.chance[14][row]),
                chance_30=_chance(found.chance[30][row]),
                chance_next_step=None
                if np.isnan(found.chance_next_step[row])
                else _chance(found.chance_next_step[row]),
                expected_money=Decimal(f"{found.expected_money[row]:.2f}"),
                expected_on=None if np.isnan(found.expected_in[row]) else days[row],
                cold=bool(found.cold[row]),
                why=list(found.reasons(row, model.names)),
                late_because=reasons.get(int(rows[row])),
            )
            for row in range(len(found))
        ]

    return scores_of


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


def _moment(at: datetime) -> np.datetime64:
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "s")


def _chance(chance: float) -> Decimal:
    return Decimal(f"{chance:.4f}")
