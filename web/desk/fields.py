"""What a form of the desk asks for: each field says how what was typed in it is read, and keeps it where it cannot be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from domain import written
from domain.invoices.incoming import LongText
from facts.refusals import Refused
from web.desk.at_case import AtCase
from web.invoice_page.amounts import read_amount

_LONG: Final[TypeAdapter[str]] = TypeAdapter(LongText)

CENTURY: Final = range(2000, 2100)  # a year beyond it is a slip

Choice = tuple[str, str]
"""A value, and what stands for it: a word of the desk's texts, or else the words themselves."""


class Unreadable(Exception):
    """What was typed is not what is asked for; says the word of the desk's texts that tells why."""


class NotAsAsked(Refused):
    """What only whoever does it finds wrong with a field: words of the desk's texts, by field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


def _nothing(_case: AtCase) -> str:
    return ""


def _no_choices(_case: AtCase) -> Sequence[Choice]:
    return ()


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `label` is a word of the desk's texts, `first` what stands in it at first."""

    name: str
    kind: Literal["day", "amount", "choice", "text", "long"]
    needed: bool = True
    ahead: bool = True  # a day that is not past
    first: Callable[[AtCase], str] = field(default=_nothing)
    choices: Callable[[AtCase], Sequence[Choice]] = field(default=_no_choices)
    weighs: bool = True  # what is written there changes what follows

    @property
    def label(self) -> str:
        """The word of the desk's texts that asks for it."""
        return f"field_{self.name}"

    @property
    def is_told(self) -> bool:
        """Whether the audit has what was written there: days, amounts and choices, and nobody's words or addresses."""
        return self.kind in ("day", "amount", "choice")

    def read(self, typed: str, case: AtCase) -> Any:
        """What was typed; None where nothing was. Raises Unreadable."""
        typed = typed.strip()
        if not typed:
            if self.needed:
                raise Unreadable("error_needed")
            return None
        match self.kind:
            case "day":
                return read_day(typed, case.today if self.ahead else None)
            case "amount":
                amount = read_amount(typed, case.currency)
                if amount is None or amount <= 0:
                    raise Unreadable("error_amount")
                return amount
            case "choice":
                if typed not in (value for value, _ in self.choices(case)):
                    raise Unreadable("error_choice")
                return typed
        try:
            return _LONG.validate_python(typed)
        except ValidationError:
            raise Unreadable("error_text") from None


def read_day(typed: str, today: date | None = None) -> date:
    """A day of this century, and not before today where that is given. Raises Unreadable."""
    try:
        day = written.day(typed)
    except ValueError:
        raise Unreadable("error_day") from None
    if day.year not in CENTURY:
        raise Unreadable("error_day")
    if today is not None and day < today:
        raise Unreadable("error_past")
    return day


def first_of(fields: Sequence[Field], case: AtCase) -> dict[str, str]:
    """What stands in a form that is opened."""
    return {each.name: each.first(case) for each in fields}


def read_all(fields: Sequence[Field], typed: Mapping[str, str], case: AtCase) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed in the fields of a form, and in nothing besides them; and what is wrong, by field."""
    given, wrong = dict[str, Any](), dict[str, str]()
    for each in fields:
        try:
            given[each.name] = each.read(typed.get(each.name, ""), case)
        except Unreadable as why:
            wrong[each.name] = str(why)
    return given, wrong
