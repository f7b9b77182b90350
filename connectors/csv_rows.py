"""Rows of a CSV file under a header line of known names: each line for itself, in the words of who sends the file."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.invoice_files.csv_file import cells_of, header_of, holds_nothing
from connectors.invoice_files.spreadsheet import as_typed, spoilt
from connectors.invoice_files.text_lines import LONGEST_LINE, numbered_lines


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its cells by their names, without empty ones; `reason` where it cannot be read."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


def read_rows(path: Path, what: str, key: str, needed: Collection[str], columns: Collection[str]) -> Iterator[Row]:
    """Each line below the header line, streaming; OSError where the file cannot be read.

    `what` it should hold, by the column `key`. Raises ValueError, in the words of who sends the file, where it is none of it.
    """
    lines = ((number, line) for number, line in numbered_lines(path) if line is None or not holds_nothing(line))
    _, head = next(lines, (1, ""))
    header = header_of(head or "", key)
    if header is None:
        raise ValueError(f"is no CSV of {what}: the header line has no column named {key}")
    delimiter, names = header
    if missing := [name for name in needed if name not in names]:
        raise ValueError(f"has no column {', '.join(missing)}")
    if unknown := sorted({name for name in names if name and name not in columns}):
        raise ValueError(f"has columns that are not known: {', '.join(unknown)}")
    if repeated := sorted({name for name in names if name and names.count(name) > 1}):
        raise ValueError(f"has columns of the same name: {', '.join(repeated)}")
    for number, line in lines:
        if line != head:  # once more, as where files were joined
            yield _row(number, line, delimiter, names)


def _row(number: int, line: str | None, delimiter: str, names: list[str]) -> Row:
    if line is None:
        return Row(number, reason=f"is longer than {LONGEST_LINE} characters")
    try:
        cells = cells_of(line, delimiter, names)
    except csv.Error as error:
        return Row(number, reason=f"is not CSV: {error} (no line breaks inside a field)")
    row = {name: text for name, cell in zip(names, cells, strict=False) if (text := as_typed(cell))}
    if len(cells) != len(names):
        return Row(number, row, f"has {len(cells)} fields where the header line has {len(names)}")
    fault = next((f"{name} {what}" for name, cell in row.items() if (what := spoilt(name, cell))), None)
    return Row(number, row, fault)
