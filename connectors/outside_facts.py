"""Facts from outside in CSV: a header line with the fields' names, then one fact a line.

Columns: id, what, since (YYYY-MM-DD), source, purpose (prediction or fairness report), and either customer_number or country and
postcode; number or word, as the kind of fact is told; optional: creditor, until. Cells are read as those of invoices are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from connectors.csv_rows import Row, read_rows
from connectors.invoice_files.csv_file import decimal_point
from connectors.invoice_files.read_invoice import faults_in_words
from domain.parties.incoming_outside_fact import IncomingOutsideFact

_COLUMNS = frozenset(IncomingOutsideFact.model_fields) | {"creditor"}
_NEEDED = ("id", "what", "since", "source", "purpose")


@dataclass(frozen=True, slots=True)
class ReadOutsideFact:
    """One fact of a file; `model` where it is accepted, otherwise `reason`."""

    line: int
    id: str | None = None
    creditor: str | None = None
    model: IncomingOutsideFact | None = None
    reason: str | None = None


def read_outside_facts(path: Path) -> Iterator[ReadOutsideFact]:
    """Each fact of a CSV file, streaming; OSError where the file cannot be read.

    Raises ValueError, in the words of who sends the file, where it is none of outside facts.
    """
    for row in read_rows(path, "outside facts", "purpose", _NEEDED, _COLUMNS):
        yield _fact(row)


def _fact(row: Row) -> ReadOutsideFact:
    cells = dict(row.cells)
    id, creditor = cells.get("id"), cells.pop("creditor", None)
    if row.reason is not None:
        return ReadOutsideFact(row.line, id, creditor, reason=row.reason)
    if "number" in cells:
        cells["number"] = decimal_point(cells["number"])
    try:
        return ReadOutsideFact(row.line, id, creditor, IncomingOutsideFact.model_validate(cells))
    except ValidationError as error:
        return ReadOutsideFact(row.line, id, creditor, reason=faults_in_words(error))
