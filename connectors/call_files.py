"""Files of calls: the list that an agency works from, and the outcomes that it sends back, both as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.invoice_files.csv_file import header_of
from connectors.invoice_files.text_lines import text_of
from connectors.spreadsheet import as_csv

LIST_COLUMNS = (
    "call", "invoice", "debtor", "language", "numbers", "balance", "currency", "due_date", "worth", "tries", "why",
)  # fmt: skip
OUTCOME_COLUMNS = ("call", "outcome", "at", "by", "on", "amount", "months", "number", "note")
NEEDED = frozenset({"call", "outcome", "at", "by"})
MOST_LINES = 5000


class NoCallFile(Exception):
    """The file as a whole is none of outcomes: why, and what to write."""


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """A line of outcomes as it was written: what stands in each column, without what is empty; or why it is none."""

    place: str
    fields: Mapping[str, str]
    wrong: str | None = None


def read_outcomes(content: bytes) -> list[OutcomeLine]:
    """The lines of a file of outcomes. Raises NoCallFile."""
    written = text_of(content)
    head = header_of(next(iter(written.splitlines()), ""), "call")
    rows = csv.reader(io.StringIO(written, newline=None), delimiter=head[0] if head else ",")
    try:
        columns = [name.strip().lower() for name in next(rows, [])]
        if not set(columns) >= NEEDED or not set(columns) <= set(OUTCOME_COLUMNS) or len(set(columns)) < len(columns):
            raise NoCallFile(
                f"the first line names the columns: {', '.join(OUTCOME_COLUMNS)}; the first four are needed"
            )
        lines = [_line(f"line {rows.line_num}", columns, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as broken:
        raise NoCallFile(f"line {rows.line_num} cannot be read: {broken}") from None
    if len(lines) > MOST_LINES:
        raise NoCallFile(f"the file has more than {MOST_LINES} lines: send it in parts")
    return lines


def written_list(rows: Sequence[Mapping[str, object]]) -> str:
    """A list of calls as a file."""
    return as_csv(LIST_COLUMNS, rows)


def _line(place: str, columns: Sequence[str], row: Sequence[str]) -> OutcomeLine:
    if len(row) != len(columns):
        return OutcomeLine(place, {}, f"has {len(row)} cells where the first line has {len(columns)}")
    fields = {name: cell.strip() for name, cell in zip(columns, row, strict=True) if cell.strip()}
    if missing := sorted(NEEDED - fields.keys()):
        return OutcomeLine(place, fields, f"lacks {', '.join(missing)}")
    return OutcomeLine(place, fields)
