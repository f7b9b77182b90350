"""Rows of a file as columns: each value read once, what cannot be read told with its line."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.past import NOT_TOLD, Moments, Numbers, Words
from prediction.history.written import NOTHING, Clocks, DayForm, Decimal, amount, days_to_pay

SHOWN: Final = 10  # bad lines that are named
MOST_BAD: Final = 10_000  # after which nobody reads on
MOST_ROWS: Final = 20_000_000
LONGEST: Final = 200  # characters of a value that is read
MOST_WORDS: Final = 100_000  # different words in a column that is no id
_REMEMBERED: Final = 1 << 20  # written values whose meaning is kept at hand
_OFTEN: Final = 50_000  # rows between two words of progress
_NO_MOMENT: Final = int(np.iinfo(np.int64).min)
_SPREADSHEET: Final = ("=", "'")


class Kind(Enum):
    """What a column holds."""

    ID = "an id"
    WORD = "a word"
    SUM = "a sum"
    MOMENT = "a day or moment"
    DAYS = "a number of days"


_NUMBERS: Final = (Kind.SUM, Kind.DAYS)


class RowsRefused(ValueError):
    """Rows that cannot be used, in words, with their lines."""


@dataclass(slots=True)
class Faults:
    """What is wrong with rows: the first lines are named, all are counted."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        """One more row that cannot be used."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"line {line}: {what}")

    def refuse(self) -> None:
        """Raises RowsRefused where there was any."""
        if self.count:
            more = f"; and {self.count - len(self.shown)} more" if self.count > len(self.shown) else ""
            raise RowsRefused(f"{'; '.join(self.shown)}{more}")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as columns, by the names of the file."""

    lines: NDArray[np.int64]
    words: Mapping[str, Words]  # ids and words
    sums: Mapping[str, Numbers]  # and numbers of days; nan where nothing is said
    moments: Mapping[str, Moments]  # NaT where nothing is said

    def __len__(self) -> int:
        return len(self.lines)

    def of(self, rows: NDArray[np.bool_]) -> "Table":
        """Some of the rows."""
        return Table(
            self.lines[rows],
            {name: column.of(rows) for name, column in self.words.items()},
            {name: column[rows] for name, column in self.sums.items()},
            {name: column[rows] for name, column in self.moments.items()},
        )

    def joining(self, columns: Mapping[str, Sequence[str]]) -> "Table":
        """With ids more, each made of several columns; there is none where one of these says nothing."""
        return replace(self, words={**self.words, **{name: self._joined(parts) for name, parts in columns.items()}})

    def _joined(self, parts: Sequence[str]) -> Words:
        codes = np.column_stack([self.words[part].codes for part in parts])
        distinct, place = np.unique(codes, axis=0, return_inverse=True)
        told = (distinct != NOT_TOLD).all(axis=1)
        meanings = tuple(
            "\x1f".join(self.words[part].meanings[code] for part, code in zip(parts, row, strict=True))
            for row in distinct[told].tolist()
        )
        return Words(np.where(told, np.cumsum(told) - 1, NOT_TOLD).astype(np.int32)[place.ravel()], meanings)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file writes days and sums."""

    dates: tuple[DayForm, ...]
    clocks: Clocks
    decimal: Decimal


def read_columns(
    names: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    wanted: Mapping[str, Kind],
    writing: Writing,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Table:
    """The wanted columns of all rows. Raises RowsRefused with the lines that cannot be read."""
    columns = [_Column(name, names.index(name), kind, writing) for name, kind in wanted.items()]
    lines, faults, width = array("q"), Faults(), len(names)
    for line, cells in rows:
        if len(cells) != width:
            faults.add(line, f"has {len(cells)} fields where the header line has {width}")
            continue
        for column in columns:
            text = cells[column.at]
            value = column.known.get(text)
            if value is None:
                try:
                    value = column.read(text)
                    if len(column.known) < _REMEMBERED:
                        column.known[text] = value
                except ValueError as why:
                    faults.add(line, f"{column.name}: {text.strip()[:60]!r} {why}")
                    value = column.nothing
            column.values.append(value)
        lines.append(line)
        if not len(lines) % _OFTEN:
            progress(len(lines))
        if faults.count > MOST_BAD:
            break
        if len(lines) > MOST_ROWS:
            raise RowsRefused(f"the file has more than {MOST_ROWS:,} rows: write one file for each year or so")
    faults.refuse()
    progress(len(lines))
    return Table(
        np.frombuffer(lines, dtype=np.int64) if lines else np.empty(0, dtype=np.int64),
        {column.name: column.as_words() for column in columns if column.kind in (Kind.ID, Kind.WORD)},
        {column.name: np.array(column.values, dtype=np.float64) for column in columns if column.kind in _NUMBERS},
        {column.name: column.as_moments() for column in columns if column.kind is Kind.MOMENT},
    )


class _Column:
    """One column as it fills: what was read of each written value is remembered."""

    def __init__(self, name: str, at: int, kind: Kind, writing: Writing) -> None:
        self.name, self.at, self.kind, self._writing = name, at, kind, writing
        self.values: array[Any] = array("d" if kind in _NUMBERS else "q" if kind is Kind.MOMENT else "i")
        self.nothing: Any = float("nan") if kind in _NUMBERS else _NO_MOMENT if kind is Kind.MOMENT else NOT_TOLD
        self.known: dict[str, Any] = {}
        self._codes: dict[str, int] = {}

    def read(self, text: str) -> Any:
        """A written value's meaning. Raises ValueError that says what is wrong with it."""
        if len(text) > LONGEST:
            raise ValueError(f"is longer than {LONGEST} characters")
        bare = text.strip()
        if bare.startswith(_SPREADSHEET):
            bare = bare.strip("='\"")  # ="0155", as spreadsheets keep a text that looks like a number
        if bare.lower() in NOTHING:
            return self.nothing
        if self.kind is Kind.SUM:
            return amount(bare, self._writing.decimal)
        if self.kind is Kind.DAYS:
            return days_to_pay(bare)
        if self.kind is Kind.MOMENT:
            return self._moment(bare)
        if self.kind is Kind.WORD and len(self._codes) >= MOST_WORDS:
            raise ValueError("is one of too many words: names and ids are no words")
        return self._codes.setdefault(bare, len(self._codes))

    def _moment(self, text: str) -> int:
        found = [form.read(text, self._writing.clocks) for form in self._writing.dates]
        told = next((moment for moment in found if moment is not None), None)
        if told is None and any(form.says_never(text) for form in self._writing.dates):
            return _NO_MOMENT
        if told is None:
            forms = " or ".join(form.written for form in self._writing.dates)
            raise ValueError(f"is no day written {forms}: say in the map how `dates` are written")
        return told

    def as_words(self) -> Words:
        """The column, of ids and words."""
        return Words(np.array(self.values, dtype=np.int32), tuple(self._codes))

    def as_moments(self) -> Moments:
        """The column, of moments: the least integer is NaT."""
        return np.array(self.values, dtype=np.int64).astype("datetime64[s]")
