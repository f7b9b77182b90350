"""Customer relations in CSV: a header line with the fields' names, then one event a line.

Columns: id, customer_number, kind (started, renewed or ended), on (YYYY-MM-DD); optional: creditor, product,
monthly_margin, currency, contract_end, payment_method, reason. Cells are read as those of invoices are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from connectors.csv_rows import Row, read_rows
from connectors.invoice_files.csv_file import decimal_point
from connectors.invoice_files.read_invoice import faults_in_words
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
    for row in read_rows(path, "customer relations", "customer_number", _NEEDED, _COLUMNS):
        yield _relation(row)


def _relation(row: Row) -> ReadRelation:
    cells = dict(row.cells)
    id, creditor = cells.get("id"), cells.pop("creditor", None)
    if row.reason is not None:
        return ReadRelation(row.line, id, creditor, reason=row.reason)
    if "monthly_margin" in cells:
        cells["monthly_margin"] = decimal_point(cells["monthly_margin"])
    try:
        return ReadRelation(row.line, id, creditor, IncomingRelation.model_validate(cells))
    except ValidationError as error:
        return ReadRelation(row.line, id, creditor, reason=faults_in_words(error))
