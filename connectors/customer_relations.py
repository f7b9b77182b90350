"""Customer relations in CSV: a header line with the fields' names, then one event a line.

Columns: id, customer_number, kind (started, renewed or ended), on (YYYY-MM-DD); optional: creditor, product,
monthly_margin, currency, contract_end, payment_method, reason. Cells are read as those of invoices are.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from connectors.invoice_files.csv_file import cells_of, decimal_point, header_of, holds_nothing
from connectors.invoice_files.read_invoice import faults_in_words
from connectors.invoice_files.spreadsheet import as_typed, spoilt
from connectors.invoice_files.text_lines import LONGEST_LINE, numbered_lines
from domain.parties.incoming_relation import IncomingRelation

_COLUMNS = frozenset(IncomingRelation.model_fields) | {"creditor"}
_NEEDED = ("id", "customer_number", "kind", "on")


@dataclass(frozen=True, slots=True)
class ReadRelation:
    """One event of a file; `model` where it is accepted, otherwise `reason`."""

    line: int
    id: str | None = None
    creditor: str | None = None
    model: IncomingRelation | None = None
    reason: str | None = None


def read_relations(path: Path) -> Iterator[ReadRelation]:
    """Each event of a CSV file, streaming; OSError where the file cannot be read.

    Raises ValueError, in the words of who sends the file, where it is none of customer relations.
    """
    lines = ((number, line) for number, line in numbered_lines(path) if line is None or not holds_nothing(line))
    _, head = next(lines, (1, ""))
    header = header_of(head or "", "customer_number")
    if header is None:
        raise ValueError("is no CSV of customer relations: the header line has no column named customer_number")
    delimiter, names = header
    if missing := [name for name in _NEEDED if name not in names]:
        raise ValueError(f"has no column {', '.join(missing)}")
    if unknown := sorted({name for name in names if name and name not in _COLUMNS}):
        raise ValueError(f"has columns that are not known: {', '.join(unknown)}")
    if repeated := sorted({name for name in names if name and names.count(name) > 1}):
        raise ValueError(f"has columns of the same name: {', '.join(repeated)}")
    for number, line in lines:
        if line == head:  # once more, as where files were joined
            continue
        yield _from_line(number, line, delimiter, names)


def _from_line(number: int, line: str | None, delimiter: str, names: list[str]) -> ReadRelation:
    if line is None:
        return ReadRelation(number, reason=f"is longer than {LONGEST_LINE} characters")
    try:
        cells = cells_of(line, delimiter, names)
    except csv.Error as error:
        return ReadRelation(number, reason=f"is not CSV: {error} (no line breaks inside a field)")
    row = {name: text for name, cell in zip(names, cells, strict=False) if (text := as_typed(cell))}
    id, creditor = row.get("id"), row.pop("creditor", None)
    if len(cells) != len(names):
        return ReadRelation(
            number, id, creditor, reason=f"has {len(cells)} fields where the header line has {len(names)}"
        )
    if fault := next((f"{name} {what}" for name, cell in row.items() if (what := spoilt(name, cell))), None):
        return ReadRelation(number, id, creditor, reason=fault)
    if "monthly_margin" in row:
        row["monthly_margin"] = decimal_point(row["monthly_margin"])
    try:
        return ReadRelation(number, id, creditor, IncomingRelation.model_validate(row))
    except ValidationError as error:
        return ReadRelation(number, id, creditor, reason=faults_in_words(error))
