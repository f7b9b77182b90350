"""Which column of a stranger's file is what: by what it is called, and by what it holds."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from prediction.history.called import CALLED, LIKE, TERMS, TYPES, WHOLE, WITHIN, plain
from prediction.history.invoice_rows import is_yes_or_no
from prediction.history.written import NOTHING, Clocks, DayForm, Decimal, amount, days_to_pay

FORMS: Final = (
    "YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "D.M.YYYY", "D/M/YYYY", "M/D/YYYY", "D-M-YYYY", "M-D-YYYY", "YYYYMMDD",
    "D-MMM-YYYY", "D MMM YYYY", "D.M.YY", "D/M/YY", "M/D/YY", "D-M-YY", "M-D-YY", "D-MMM-YY", "excel",
)  # fmt: skip
CLOCKS: Final = Clocks(ZoneInfo("UTC"), ZoneInfo("UTC"), date(2100, 1, 1))
_WRITTEN: Final = [DayForm(form) for form in FORMS]
_OF_DAYS: Final = {"issued", "due", "paid_on", "disputed_on"}
_OF_SUMS: Final = {"amount", "paid"}
_LOOKED_AT: Final = 500  # values that tell what a column holds
_NEARLY_ALL: Final = 0.9
_MOST_TYPES: Final = 20


class Head:
    """The first rows of a file."""

    def __init__(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.names, self.rows = names, rows

    def values(self, name: str) -> list[str]:
        """What a column says, where it says anything."""
        at = self.names.index(name)
        return [text for cells in self.rows if (text := cells[at].strip()).lower() not in NOTHING]

    def columns(self) -> dict[str, str]:
        """What each column is that can be told."""
        found: dict[str, str] = {}
        for role, words in CALLED.items():
            called = {plain(name): name for name in reversed(self.names)}
            names = [called[word] for word in words if word in called]
            pattern = LIKE.get(role)
            names += [name for name in self.names if pattern and re.search(pattern, plain(name)) and name not in names]
            fitting = [name for name in names if name not in found.values() and self._fits(role, name)]
            if role == "invoice":  # of several ids the one that is told most often
                fitting.sort(key=lambda name: -len(self.values(name)))
            if fitting:
                found[role] = fitting[0]
        return found

    def _fits(self, role: str, name: str) -> bool:
        """Whether a column holds what it must; one that says nothing may be anything."""
        some = self.values(name)[:_LOOKED_AT]
        if role in _OF_DAYS:
            return _most(some, lambda text: any(_is_day(form, text) for form in _WRITTEN))
        if role in _OF_SUMS:
            return _most(some, lambda text: is_sum(text, ".") or is_sum(text, ","))
        return role != "disputed" or _most(some, is_yes_or_no)

    def terms(self) -> str | None:
        """The column of the days to pay."""
        named = [name for name in self.names if re.search(TERMS, plain(name))]
        return next(
            (name for name in named if (some := self.values(name)) and _most(some[:_LOOKED_AT], _is_terms)), None
        )

    def only(self) -> dict[str, list[str]]:
        """Of columns that say of what kind a row is, the words of invoices, where there are others too."""
        found = {}
        for name in self.names:
            said = set(self.values(name)) if re.search(TYPES, plain(name)) else set()
            whole = sorted(word for word in said if word.lower() in WHOLE)
            if whole and len(whole) < len(said) <= _MOST_TYPES:
                found[name] = whole
        return found

    def counting(self) -> "Head":
        """Of these rows those that count."""
        places = {self.names.index(name): set(words) for name, words in self.only().items()}
        return Head(self.names, [row for row in self.rows if all(row[at].strip() in places[at] for at in places)])

    def id_of(self, name: str, beside: Sequence[str]) -> list[str]:
        """The columns that tell an invoice apart: its number, and within what numbers begin anew where two rows of one number
        say other things of it in the columns `beside`."""
        within = [other for other in self.names if re.search(WITHIN, plain(other)) and other != name]
        tried = [[*others, name] for count in range(len(within) + 1) for others in combinations(within, count)]
        return next((each for each in tried if self._tells_apart(each, beside)), [name])

    def _tells_apart(self, ids: Sequence[str], beside: Sequence[str]) -> bool:
        at, told = [self.names.index(name) for name in ids], [self.names.index(name) for name in beside]
        said: dict[tuple[str, ...], list[str]] = {}
        return all(
            said.setdefault(tuple(cells[place] for place in at), others) == others
            for cells in self.rows
            for others in [[cells[place] for place in told]]
        )


def is_sum(text: str, decimal: Decimal) -> bool:
    """Whether a text is a sum as it is written with this mark."""
    try:
        amount(text, decimal)
    except ValueError:
        return False
    return True


def _is_day(form: DayForm, text: str) -> bool:
    return form.read(text, CLOCKS) is not None or form.says_never(text)


def _is_terms(text: str) -> bool:
    try:
        days_to_pay(text)
    except ValueError:
        return False
    return True


def _most(texts: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return sum(map(fits, texts)) >= _NEARLY_ALL * len(texts)
