"""What today's process sent on a day, in CSV: a header line with invoice, date, step and channel, then one message a line."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from connectors.invoice_files.csv_file import header_of, holds_nothing
from connectors.invoice_files.text_lines import text_of
from domain.comparison import BY_CHANNEL, COMPARED, Sent

COLUMNS = ("invoice", "date", "step", "channel")
MOST_LINES = 50_000
TOLD = 10  # faults that are told of one file
LONGEST_NUMBER = 64  # characters of an invoice's number


class NoOtherProcessFile(Exception):
    """The file is not what another process sent that day: what is wrong, line by line. Nothing of it is kept."""


def read_sent(content: bytes, day: date) -> list[Sent]:
    """The messages of a file about one day; none where only the header stands there. Raises NoOtherProcessFile."""
    written = text_of(content)
    head = header_of(next(iter(written.splitlines()), ""), "invoice")
    if head is None or sorted(head[1]) != sorted(COLUMNS):
        raise NoOtherProcessFile(f"the first line names the columns: {', '.join(COLUMNS)}, and no others")
    delimiter, names = head
    sent, faults = list[Sent](), list[str]()
    rows = csv.reader(io.StringIO(written, newline=None), delimiter=delimiter, strict=True)
    try:
        next(rows)
        for row in rows:
            if holds_nothing(delimiter.join(row)):
                continue
            if len(row) != len(COLUMNS):
                faults.append(f"line {rows.line_num} has {len(row)} cells where the first line has {len(COLUMNS)}")
                continue
            cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
            wrong = list(_wrong(cells, day))
            faults += [f"line {rows.line_num}: {why}" for why in wrong]
            if not wrong:
                sent.append(Sent(cells["invoice"], cells["step"], day, cells["channel"]))
    except csv.Error as broken:
        faults.append(f"line {rows.line_num} cannot be read: {broken}")
    if len(sent) > MOST_LINES:
        faults.append(f"it has more than {MOST_LINES:,} messages, too many for a day of one creditor")
    if faults:
        more = f"; and {len(faults) - TOLD} more" if len(faults) > TOLD else ""
        raise NoOtherProcessFile("; ".join(faults[:TOLD]) + more)
    return sent


def _wrong(cells: dict[str, str], day: date) -> Iterator[str]:
    number = cells["invoice"]
    if not number or len(number) > LONGEST_NUMBER or not number.isprintable():
        yield f"invoice is no number of 1 to {LONGEST_NUMBER} characters"
    if cells["date"] != day.isoformat():
        yield f"date is not {day}, the day that the file tells of"
    if cells["step"] not in COMPARED:
        yield f"step is none of {', '.join(COMPARED)}"
    if cells["channel"] not in BY_CHANNEL:
        yield f"channel is none of {', '.join(BY_CHANNEL)}"
