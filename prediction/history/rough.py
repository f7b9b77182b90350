"""Rows as invoices and what happened to them, before anybody asks whether they can be true."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.columns import SHOWN, Faults, Table
from prediction.history.past import NOT_TOLD, Codes, Happened, Moments, Numbers, Words

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
NAMED_BY_ACTIVITY: Final = (Happened.MESSAGE, Happened.NOTICE, Happened.CLOSED, Happened.DISPUTE_ENDED)
"""What is told by the activity's own name, where nothing else says what kind it was."""


@dataclass(slots=True)
class Notes:
    """What a person should know of a file: what was left out and why, and what was seen."""

    left_out: dict[str, tuple[int, list[int]]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def leave_out(self, what: str, lines: Iterable[int]) -> None:
        """Rows or invoices that do not count, with the lines of the first."""
        all_lines = [int(line) for line in lines]
        if all_lines:
            count, shown = self.left_out.get(what, (0, []))
            self.left_out[what] = (count + len(all_lines), (shown + sorted(all_lines))[:SHOWN])


@dataclass(frozen=True, slots=True)
class Rough:
    """Invoices by the rows that they begin in, and what happened to them."""

    rows: Rows
    id: Words
    issued: Moments
    amount: Numbers
    events: "Happenings"
    telling: tuple[Rows, Codes, Moments]  # rows that may tell more of who owes: the row, its invoice and when


@dataclass(slots=True)
class Happenings:
    """What happened, as it is gathered: pieces of columns."""

    pieces: list[tuple[NDArray[Any], ...]] = field(default_factory=list)
    details: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        kind: Happened,
        invoice: Codes | Rows,
        at: Moments,
        lines: Rows,
        amount: Numbers | None = None,
        channel: Codes | None = None,
        detail: Codes | None = None,
    ) -> None:
        """Events of one kind."""
        count = len(invoice)
        none = np.full(count, NOT_TOLD, dtype=np.int32)
        self.pieces.append(
            (
                invoice.astype(np.int32),
                np.full(count, kind, dtype=np.int8),
                at,
                np.full(count, np.nan) if amount is None else amount,
                none if channel is None else channel,
                none if detail is None else detail,
                lines,
            )
        )

    def detail(self, word: str) -> int:
        """The code of a detail."""
        return self.details.setdefault(word, len(self.details))

    def details_of(self, column: Words) -> Codes:
        """A column of the file in the codes of details."""
        codes = np.array([self.detail(word) for word in column.meanings] + [NOT_TOLD], dtype=np.int32)
        return codes[column.codes]

    def gathered(self) -> tuple[NDArray[Any], ...]:
        """All of them, each column whole: invoice, kind, at, amount, channel, detail, line."""
        if not self.pieces:
            self.add(
                Happened.PAYMENT,
                np.empty(0, dtype=np.int32),
                np.empty(0, dtype="datetime64[s]"),
                np.empty(0, dtype=np.int64),
            )
        return tuple(np.concatenate(column) for column in zip(*self.pieces, strict=True))


def all_told(table: Table, missing: Mapping[str, Mask], columns: Mapping[str, str]) -> None:
    """Raises RowsRefused with the lines in which something is not told that must be, by what it is to the map."""
    faults = Faults()
    for role, mask in missing.items():
        for line in table.lines[mask]:
            faults.add(int(line), f"{columns[role]} is empty")
    faults.refuse()


def again(rows: NDArray[Any]) -> Mask:
    """Which rows say the same as one before them."""
    if not len(rows):
        return np.zeros(0, dtype=bool)
    order = np.lexsort(rows.T)
    same = (rows[order[1:]] == rows[order[:-1]]).all(axis=1)
    again = np.zeros(len(rows), dtype=bool)
    again[order[1:]] = same
    return again
