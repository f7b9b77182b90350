"""Status files of a distribution house in CSV: a header line with the names, then one line for each thing that it tells.

Columns: creditor, letter (the delivery id of the manifest), status (delivered digitally, opened, printed, posted, returned),
at (YYYY-MM-DD, or a moment with its zone); optional: way (digital mailbox, e-invoice, paper). A file is read whole or not at all.
"""

from datetime import date, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from connectors.csv_rows import Row, read_rows
from domain.distribution_house import Line, Told, Way

_NEEDED = ("creditor", "letter", "status", "at")
MOST_LINES = 200_000
MOST_FAULTS = 20
_DIGITAL = (Told.DELIVERED, Told.OPENED)

Word = TypeVar("Word", Told, Way)


def read_statuses(path: Path) -> list[Line]:
    """Every line of a file; OSError where the file cannot be read.

    Raises ValueError, with each line that is wrong, where it cannot be taken whole.
    """
    lines, faults = list[Line](), list[str]()
    for row in read_rows(path, "letters", "letter", _NEEDED, (*_NEEDED, "way")):
        if len(lines) == MOST_LINES:
            raise ValueError(f"has more than {MOST_LINES} lines: send it in parts")
        try:
            lines.append(_line(row))
        except ValueError as wrong:
            faults.append(f"line {row.line}: {wrong}")
            if len(faults) == MOST_FAULTS:
                break
    if faults:
        raise ValueError(f"cannot be taken: {'; '.join(faults)}")
    if not lines:
        raise ValueError("tells nothing below its header line")
    return lines


def _line(row: Row) -> Line:
    if row.reason is not None:
        raise ValueError(row.reason)
    cells = row.cells
    if missing := [name for name in _NEEDED if name not in cells]:
        raise ValueError(f"{', '.join(missing)} is empty")
    told = _one_of(Told, cells["status"])
    way = _one_of(Way, cells["way"]) if "way" in cells else None
    if way is not None and (way is Way.PAPER) == (told in _DIGITAL):
        raise ValueError(f"what is {told} does not go by {way}")
    on, at = _when(cells["at"])
    return Line(row.line, cells["creditor"], _letter(cells["letter"]), told, way, on, at)


def _one_of(words: type[Word], written: str) -> Word:
    try:
        return words(written.lower())
    except ValueError:
        raise ValueError(f"{written!r} is none of {', '.join(words)}") from None


def _letter(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise ValueError(f"{written!r} is no letter's id: give the delivery_id of the manifest") from None


def _when(written: str) -> tuple[date | None, datetime | None]:
    """A day, or a moment with its zone."""
    try:
        if len(written) == len("2026-12-24"):
            return date.fromisoformat(written), None
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError(f"{written!r} is no day and no moment with a zone: write 2026-12-24 or 2026-12-24T09:00+01:00")
    return None, at
