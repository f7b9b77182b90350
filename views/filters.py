"""Filters as people write them, for the terminal and the API: turned into SQL whose values are bound, never written into it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain import written as as_written
from domain.planner.flags import FLAGS, OUTCOMES
from domain.vocabulary import CHANNELS
from facts.going_on import STEP_NAMED

EQUAL = ("=", "!=")
ORDERED = ("=", "!=", "<", "<=", ">", ">=")
_CONDITION = re.compile(r"\s*(?P<word>[a-z]+)\s*(?P<sign>!=|<=|>=|=|<|>)\s*(?P<value>\S(?:.*\S)?)\s*", re.DOTALL)
_AND = re.compile(r"\s*,\s*|\s+and\s+")
MOST_CONDITIONS = 20


class NotUnderstood(Exception):
    """A filter has a word, a sign or a value that there is not; the message lists what there is."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that filters know: its column, how its value is read, and the signs that make sense.

    `those` are the only values there are. `names` is the kind of thing that it names, of which a value must be one that
    there is (`views.names`). `rare` names the rows of a yes in SQL, where an index finds them; `among` are the column's
    values that fit, in SQL that begins with what was written as `{value}` and with `:creditor`, null where all may be meant.
    `by_name`: few rows have the same value, and an index finds them.
    """

    column: str
    read: Callable[[str], Any] = str
    signs: tuple[str, ...] = EQUAL
    those: tuple[str, ...] = ()
    names: str = ""
    rare: str = ""
    among: str = ""
    by_name: bool = False


def yes_or_no(value: str) -> bool:
    """A yes or a no. Raises ValueError."""
    if value not in ("yes", "no"):
        raise ValueError(f"{value!r} is neither yes nor no")
    return value == "yes"


def a_day(column: str) -> Word:
    """A word for a day."""
    return Word(column, as_written.day, ORDERED)


def an_amount(column: str) -> Word:
    """A word for an amount."""
    return Word(column, as_written.amount, ORDERED)


def a_step(value: str) -> str:
    """A step by its name; of what happens to a case several times all are found. Raises ValueError."""
    name, numbered, _ = value.partition("#")
    if numbered:
        raise ValueError(f"write its name without a number: {name}")
    return name


OF_ASKING = "(cast(:creditor as text) is null or creditor_id = :creditor)"
# The file that an invoice came in, by its name or by the id that the import told.
OF_BATCH = "from import_file f join imported_case m on m.file_id = f.id where f.name = {value} or f.id = {value}"
OF_CASES: Mapping[str, Word] = {
    "creditor": Word("creditor", names="creditor"),
    "number": Word("invoice", names="number", by_name=True),
    "segment": Word("segment", names="segment"),
    "customer": Word(
        "debtor_id", among=f"select id from debtor where customer_number = {{value}} and {OF_ASKING}", by_name=True
    ),
    "batch": Word("case_id", among=f"select m.case_id {OF_BATCH}", names="batch"),
    "policy": Word("policy_hash", names="policy", among="select hash from policy_text where name = {value}"),
    "state": Word("state", those=("open", "closed")),
    "outcome": Word("outcome", those=OUTCOMES),
    "step": Word(STEP_NAMED, a_step, names="step"),
    "channel": Word("next_channel", those=tuple(CHANNELS)),
    "flag": Word("flag", those=FLAGS),
    "flagged": Word("(flag is not null)", yes_or_no, rare="flag is not null"),
    "hold": Word("on_hold", yes_or_no, rare="case_id in (select case_id from hold where released_at is null)"),
    "disputed": Word("disputed", yes_or_no, rare="case_id in (select case_id from dispute where resolved_at is null)"),
    "due": a_day("due_date"),
    "issued": a_day("issue_date"),
    "amount": an_amount("balance"),
}
"""The words about cases and their invoices."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on columns with the values they are held against."""

    conditions: tuple[tuple[Word, str, Any], ...] = ()

    def sql(self) -> str:
        """The conditions in SQL, each value a parameter; a value that is one of a few stands there, for the plan."""
        return " and ".join(_compared(place, *condition) for place, condition in enumerate(self.conditions)) or "true"

    @property
    def values(self) -> dict[str, Any]:
        """The parameters by name."""
        return {f"value{place}": value for place, (word, _, value) in enumerate(self.conditions) if not word.those}

    @property
    def creditor(self) -> str | None:
        """The one creditor whose rows they are, where the filter names one."""
        named = (value for word, sign, value in self.conditions if (word.names, sign) == ("creditor", "="))
        return next(named, None)

    @property
    def finds_by_name(self) -> bool:
        """Whether it asks for the few rows of one name."""
        return any(word.by_name and sign == "=" for word, sign, _ in self.conditions)

    @property
    def names_state(self) -> bool:
        """Whether the filter itself says which states are wanted."""
        return any(word.column in ("state", "outcome") for word, _, _ in self.conditions)


def _compared(place: int, word: Word, sign: str, value: Any) -> str:
    held_against = f"'{value}'" if word.those else f":value{place}"
    if word.among:
        # An array is read first and by itself: joined, few that fit would be looked for among all rows.
        found = f"array({word.among.format(value=held_against)})"
        return f"{word.column} <> all({found})" if sign == "!=" else f"{word.column} = any({found})"
    if sign == "!=":
        return f"{word.column} is distinct from {held_against}"
    also = f" and {word.rare}" if word.rare and value is True else ""
    return f"{word.column} {sign} {held_against}{also}"


def filter_of(written: str, words: Mapping[str, Word]) -> Filter:
    """The filter that somebody wrote in these words. Raises NotUnderstood."""
    parts = _AND.split(written.strip()) if written.strip() else []
    if len(parts) > MOST_CONDITIONS:
        raise NotUnderstood(f"a filter has at most {MOST_CONDITIONS} conditions")
    return Filter(tuple(_condition(part, words) for part in parts))


def _condition(part: str, words: Mapping[str, Word]) -> tuple[Word, str, Any]:
    found = _CONDITION.fullmatch(part)
    if found is None:
        raise NotUnderstood(f"{part!r} is no condition: write a word, a sign and a value, such as due<2026-12-01")
    name, sign, value = found["word"], found["sign"], found["value"]
    if name not in words:
        raise NotUnderstood(f"{name!r} is no word of filters: there are {', '.join(words)}")
    word = words[name]
    if sign not in word.signs:
        raise NotUnderstood(f"{name} cannot be compared with {sign}: use {' or '.join(word.signs)}")
    if word.those and value not in word.those:
        raise NotUnderstood(f"there is no {name} {value}: there are {', '.join(word.those)}")
    try:
        return word, sign, word.read(value)
    except ValueError as wrong:
        raise NotUnderstood(f"{name}: {wrong}") from None
