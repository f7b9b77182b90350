"""Mandates of a creditor's earlier system in CSV: a header line with the fields' names, then one mandate a line.

Columns: reference, since (YYYY-MM-DD); optional: notify (yes or no), customer_number, old_reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from connectors.csv_rows import read_rows
from connectors.invoice_files.read_invoice import faults_in_words
from domain.agreements.taken_over import TakenOverMandate

_NEEDED = ("reference", "since")


@dataclass(frozen=True, slots=True)
class ReadMandate:
    """One mandate of a file; `model` where it can be read, otherwise `reason`."""

    line: int
    model: TakenOverMandate | None = None
    reason: str | None = None


def read_mandate_csv(path: Path) -> Iterator[ReadMandate]:
    """Each mandate of a CSV file; OSError where it cannot be read, ValueError in words where it is none of mandates."""
    for row in read_rows(path, "mandates", "reference", _NEEDED, TakenOverMandate.model_fields):
        if row.reason is not None:
            yield ReadMandate(row.line, reason=row.reason)
            continue
        try:
            yield ReadMandate(row.line, TakenOverMandate.model_validate(row.cells))
        except ValidationError as error:
            yield ReadMandate(row.line, reason=faults_in_words(error))
