"""Filters over cases as people type them, turned into SQL whose values are bound, never written into it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts import clock
from terminal import parse
from terminal.output import Misuse
from views.names import misnamed
from views.status import CASES, CaseStatus

EQUAL = ("=", "!=")
ORDERED = ("=", "!=", "<", "<=", ">", ">=")
_CONDITION = re.compile(r"\s*(?P<word>[a-z]+)\s*(?P<sign>!=|<=|>=|=|<|>)\s*(?P<value>\S(?:.*\S)?)\s*", re.DOTALL)
_AND = re.compile(r"\s*,\s*|\s+and\s+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that filters know: its column, how its value is read, and the signs that make sense."""

    column: str
    read: Callable[[str], Any] = str
    signs: tuple[str, ...] = EQUAL


def _yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise Misuse(f"{value!r} is neither yes nor no")
    return value == "yes"


WORDS = {
    "creditor": Word("creditor"),
    "number": Word("invoice"),
    "segment": Word("segment"),
    "policy": Word("policy"),
    "state": Word("state"),
    "outcome": Word("outcome"),
    "step": Word("next_step"),
    "channel": Word("next_channel"),
    "flag": Word("flag"),
    "hold": Word("on_hold", _yes),
    "disputed": Word("disputed", _yes),
    "due": Word("due_date", parse.day, ORDERED),
    "issued": Word("issue_date", parse.day, ORDERED),
    "amount": Word("balance", parse.balance, ORDERED),
}
NAMES = {word.column: name for name, word in WORDS.items()}
HELP = (
    "Which cases, such as 'creditor=acme and due<2026-12-01, amount>500': conditions joined by `and` or a comma. "
    f"Words: {', '.join(WORDS)}. Signs: = and !=; for due, issued and amount also < <= > >=."
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on columns with the values they are held against."""

    conditions: tuple[tuple[Word, str, Any], ...]

    def sql(self) -> str:
        """The conditions in SQL, each value a parameter."""
        compared = (
            f"{word.column} is distinct from :value{place}" if sign == "!=" else f"{word.column} {sign} :value{place}"
            for place, (word, sign, _) in enumerate(self.conditions)
        )
        return " and ".join(compared) or "true"

    @property
    def values(self) -> dict[str, Any]:
        """The parameters by name."""
        return {f"value{place}": value for place, (_, _, value) in enumerate(self.conditions)}

    @property
    def names_state(self) -> bool:
        """Whether the filter itself says which states are wanted."""
        return any(word.column in ("state", "outcome") for word, _, _ in self.conditions)


def filter_of(written: str) -> Filter:
    """The filter that somebody typed; an unknown word or sign is a usage error that lists what there is."""
    return Filter(tuple(_condition(part) for part in _AND.split(written.strip()))) if written.strip() else Filter(())


def _condition(part: str) -> tuple[Word, str, Any]:
    found = _CONDITION.fullmatch(part)
    if found is None:
        raise Misuse(f"{part!r} is no condition: write a word, a sign and a value, such as due<2026-12-01")
    name, sign, value = found["word"], found["sign"], found["value"]
    if name not in WORDS:
        raise Misuse(f"{name!r} is no word of filters: there are {', '.join(WORDS)}")
    word = WORDS[name]
    if sign not in word.signs:
        raise Misuse(f"{name} cannot be compared with {sign}: use {' or '.join(word.signs)}")
    try:
        return word, sign, word.read(value)
    except Misuse as wrong:
        raise Misuse(f"{name}: {wrong}") from None


async def matching(
    connection: AsyncConnection, wanted: Filter, *, closed: bool = False, most: int | None = None
) -> tuple[list[CaseStatus], int]:
    """The cases a filter describes, those that act soonest first, and how many there are in all.

    Open ones only, unless `closed` or the filter asks for others. Raises Misuse for a value that names nothing there is.
    """
    for word, sign, value in wanted.conditions:
        if sign in EQUAL and isinstance(value, str) and (why := await misnamed(connection, NAMES[word.column], value)):
            raise Misuse(why)
    states = "true" if closed or wanted.names_state else "state = 'open'"
    query = text(
        f"select *, count(*) over () as total from ({CASES}) c where {wanted.sql()} and {states} "
        "order by next_at nulls last, case_id limit :most"
    )
    values = wanted.values | {"now": await clock.now(connection), "most": most}
    rows = (await connection.execute(query, values)).all()
    return [CaseStatus(*row[:-1]) for row in rows], rows[0].total if rows else 0
