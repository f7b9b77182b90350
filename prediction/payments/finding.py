"""A refresh of segments and behaviour: what is found of one creditor's debtors, from its own past, as the facts keep it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from domain.learned.segments import Segment
from facts.database import Database
from facts.prediction.segments import FoundDebtor
from prediction.history.own import own_past
from prediction.history.past import Past
from prediction.payments.behaviour import behaviours
from prediction.payments.how_paid import how_paid
from prediction.payments.segments import find_segments


async def read_past(database: Database, now: datetime, creditor: str) -> Past:
    """All that is known now of a creditor's cases; who objects to profiling or is stopped is not in it."""
    async with database.snapshot() as connection:
        return await own_past(connection, now, creditor)


def found(
    past: Past, before: Sequence[Segment], was_in: Mapping[int, str]
) -> tuple[Sequence[Segment], Sequence[FoundDebtor]]:
    """The segments of one creditor's debtors, and of each debtor in which, where they stand and how they pay, by id."""
    paid = how_paid(past)
    segments = find_segments(past, before, was_in, paid)
    patterns = behaviours(past, paid)
    debtors = []
    for debtor in sorted(segments.of.keys() | patterns.keys()):
        key, traits = segments.of.get(debtor, ("", None))
        debtors.append(FoundDebtor(debtor, key, traits, patterns.get(debtor, ())))
    return segments.segments, debtors


@cache
def version() -> str:
    """What finds: another line in it, another version."""
    files = [Path(__file__).parent / f"{name}.py" for name in ("behaviour", "finding", "how_paid", "segments")]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
