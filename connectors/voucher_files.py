"""Vouchers of a day as a CSV file, and the folder that the creditors' accounting collects them from."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

from connectors.published_files import PublishedFiles
from connectors.spreadsheet import harmless
from domain.money.voucher_rows import Row

_NAME = re.compile(r"\d{4}-\d\d-\d\d-[a-z0-9][a-z0-9-]*\.csv")


class VoucherFiles(PublishedFiles):
    """The folder, and the days' files in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _NAME)

    def prepare_rows(self, name: str, rows: Sequence[Row]) -> None:
        """Write a day's file that nobody sees yet."""
        self.prepare(name, as_csv(rows).encode())


def file_name(creditor: str, day: date) -> str:
    """The file of a creditor's day."""
    return f"{day}-{creditor}.csv"


def as_csv(rows: Sequence[Row]) -> str:
    """The rows with a header line; empty for none."""
    written = StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow(Row.__slots__)
    out.writerows(_cells(row) for row in rows)
    return written.getvalue()


def _cells(row: Row) -> Iterator[str]:
    for name in Row.__slots__:
        value = getattr(row, name)
        yield "" if value is None else f"{value:.2f}" if isinstance(value, Decimal) else harmless(str(value))
