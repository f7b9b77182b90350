"""Words that stop reminders whatever else is said: a table a language, read for every message, since none says its language."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from domain.located_yaml import plain
from domain.parties.message_classes import STOPS, MessageClass

FOLDER = Path(__file__).with_name("rules")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_PIECE = re.compile(r"\S(?:.{0,598}\S)?(?!\S)|\S{1,600}", re.DOTALL)


def sentences(text: str) -> list[str]:
    """The sentences of a message, each without its surroundings; what goes on without end comes in pieces of 600 signs."""
    return [piece for part in _SENTENCE.split(text) for piece in _PIECE.findall(part)]


def said_by_rules(said: Sequence[str]) -> frozenset[MessageClass]:
    """What stops reminders by the words of single sentences.

    What takes it back (a neighbour's death, "not disputing") counts within its own sentence, in whichever language it is.
    """
    return frozenset(
        kind
        for kind, (says, unless) in _rules().items()
        if any(says.search(sentence) and not (unless and unless.search(sentence)) for sentence in said)
    )


def doubted_by_rules(said: Sequence[str]) -> frozenset[MessageClass]:
    """Of which there are only words that take it back: a neighbour's death, or a dispute denied, and nothing that says it."""
    taken_back = {kind for kind, (_, unless) in _rules().items() if unless and any(map(unless.search, said))}
    return frozenset(taken_back - said_by_rules(said))


@cache
def _rules() -> dict[MessageClass, tuple[re.Pattern[str], re.Pattern[str] | None]]:
    """Of each class what says it and what takes it back, of all languages together."""
    says: dict[MessageClass, list[str]] = {}
    unless: dict[MessageClass, list[str]] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for name, rule in plain(file.read_text("utf-8")).items():
            kind = MessageClass(name)
            if kind not in STOPS:
                raise ValueError(f"{file.name}: {name} stops no reminders, so it needs no rule")
            says.setdefault(kind, []).extend(rule["says"])
            if "unless" in rule:
                unless.setdefault(kind, []).append(rule["unless"])
    return {kind: (_either(says[kind]), _either(unless[kind]) if kind in unless else None) for kind in says}


def _either(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
