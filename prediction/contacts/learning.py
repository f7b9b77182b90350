"""What contacts do is learned: when anew, from what, and in words what came of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from domain.learned.asked import Asked
from domain.learned.choices import Choice
from facts.database import Database
from facts.prediction.proposals import NewProposal
from facts.prediction.versions import ModelName, Trained, Version
from prediction.contacts.effects import PARTS, Effects, Part, TooThin, Unreadable, effects_of, read_effects
from prediction.contacts.proposing import proposal
from prediction.history.chosen import with_choices
from prediction.history.imported import whole_past
from prediction.history.past import Past
from prediction.payments.refresh import data_hash

NAME: Final[ModelName] = "contacts"
DUE_AFTER: Final = timedelta(days=7)
_ROOMS: Final = (Path(__file__).parent, Path(__file__).parents[1] / "effects")


def is_due(last: Version | None, now: datetime) -> bool:
    """Whether it is time to learn anew: a week has passed, or other code learned last."""
    return last is None or now - last.at >= DUE_AFTER or last.code != code_hash()


async def read_past(database: Database, now: datetime, tried: Sequence[Choice]) -> Past:
    """All that is known now, of every creditor: Purr's own facts, what it left to chance, and what was imported besides."""
    async with database.snapshot() as connection:
        return with_choices(await whole_past(connection, now), tried)


def learned(past: Past) -> Trained | str:
    """What is learned from a past; where too little was left to chance that is said in words, and nothing is."""
    try:
        effects = effects_of(past)
    except TooThin as thin:
        return str(thin)
    return Trained(NAME, data_hash(past), code_hash(), figures(effects), effects.to_bytes())


def figures(effects: Effects) -> dict[str, Any]:
    """What was learned, for people: of each kind of debtor and part what is surely better than the others, else that none is."""
    kinds = sorted({kind for kind, _, _ in effects.of})
    said = {f"{kind}, {part}": _best(effects, kind, part) for kind in kinds for part in PARTS if effects.values(part)}
    better = sum(not each.startswith("none") for each in said.values())
    verdict = f"{better} of {len(said)} parts have a value that is surely better than another"
    return {"verdict": verdict, "choices": effects.choices} | said


def _best(effects: Effects, kind: str, part: Part) -> str:
    values = effects.values(part)
    better = {value: effects.best(kind, part, value, values) for value in values}
    found = sorted({best for written, best in better.items() if best != written})
    worse = sorted(written for written, best in better.items() if best != written)
    return f"{' or '.join(found)} rather than {', '.join(worse)}" if found else "none is surely better"


def is_readable(weights: bytes) -> bool:
    """Whether this code reads what was learned."""
    try:
        read_effects(weights)
    except Unreadable:
        return False
    return True


def proposer(weights: bytes, version: int) -> Callable[[Asked], NewProposal | None]:
    """What proposes how a step may go."""
    effects = read_effects(weights)
    return lambda asked: proposal(effects, version, asked)


def code_hash() -> str:
    """What learned: another line in it, another hash."""
    files = sorted(file for room in _ROOMS for file in room.glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
