"""What a creditor tells in CSV, line by line: each is taken as what it should be, or rejected by itself with the reason."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from connectors.csv_rows import Row, read_rows
from connectors.invoice_files.csv_file import decimal_point
from connectors.invoice_files.read_invoice import faults_in_words

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ToldLine(Generic[Model]):
    """One line of a file; `model` where it is accepted, otherwise `reason`. `creditor` is whose it says to be."""

    line: int
    id: str | None = None
    creditor: str | None = None
    model: Model | None = None
    reason: str | None = None


def told_lines(
    path: Path, what: str, key: str, needed: Collection[str], model: type[Model], number: str
) -> Iterator[ToldLine[Model]]:
    """Each line of a CSV file of `what`, streaming; OSError where the file cannot be read. `number` is the column of numbers.

    Raises ValueError, in the words of who sends the file, where it is none of that, by the column `key`.
    """
    for row in read_rows(path, what, key, needed, frozenset(model.model_fields) | {"creditor"}):
        yield _told(row, model, number)


def _told(row: Row, model: type[Model], number: str) -> ToldLine[Model]:
    cells = dict(row.cells)
    id, creditor = cells.get("id"), cells.pop("creditor", None)
    if row.reason is not None:
        return ToldLine(row.line, id, creditor, reason=row.reason)
    if number in cells:
        cells[number] = decimal_point(cells[number])
    try:
        return ToldLine(row.line, id, creditor, model.model_validate(cells))
    except ValidationError as error:
        return ToldLine(row.line, id, creditor, reason=faults_in_words(error))
