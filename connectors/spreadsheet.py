"""Rows as CSV that every spreadsheet opens, and takes nothing in them for a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FORMULAS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # the last as they are written in Japan
"""What a spreadsheet takes for the beginning of a formula."""


def harmless(text: str) -> str:
    """Text as a spreadsheet shows it: where it would begin a formula, an apostrophe stands before it."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """These columns of the rows, under their names; numbers stay numbers, and what is not there is empty."""
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow(columns)
    for row in rows:
        cells = (row[column] for column in columns)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return told.getvalue()
