"""Invoices in CSV: a header line with the fields' names, then one invoice or credit note a line.

Columns of an invoice: number, issue_date, due_date (YYYY-MM-DD), amount, currency, debtor_name; optional:
kind (invoice or credit_note), creditor, prepaid_amount, reference, account, policy, segment, claim_due, already_sent,
order_reference, buyer_reference, cost_centre, buyer_contact, buyer_vat_number, delivery_date, delivery_country,
debtor_customer_number, debtor_organisation_number, debtor_kind, debtor_birth_date, debtor_language,
debtor_country, debtor_address_1 to debtor_address_4, debtor_postcode, debtor_city, debtor_email,
debtor_phone, debtor_whatsapp, debtor_parent (a business's parent, by its customer number), debtor_parent_pays,
debtor_parent_written_to (yes or no).
Columns of a credit note: number, invoice_number, issue_date, amount, currency; optional: creditor, reason.
Columns of what was bought, or is taken back: line_text, line_quantity, line_amount (VAT included), net_amount, vat_category,
vat_rate, vat_exemption. A line of the file without line_amount tells them of the whole amount. With that column an invoice
of several lines stands in as many lines of the file below one another, each with its number and, where they are not
empty, the same other cells; they come to what is owed and prepaid.
already_sent holds what the debtor was sent before, separated by bars: kind, channel and date, then fee and deadline
where there were any ("invoice email 2026-08-03 | reminder letter 2026-09-01 fee 35.00 deadline 2026-09-15").
Empty cells count as left out. A column with another name is ignored with a warning.

Separated by comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252, marked or not. Joined files and empty columns
beside the table are read. Amounts have a decimal point or, where nothing
else can be meant, a decimal comma ("1 234,50" and "1.234,50" are read, "1,234" is refused). Fields may be
quoted, but hold no line breaks, so a broken quote spoils its own line only.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any

from connectors.invoice_files.read_invoice import KINDS, Kind, ReadInvoice, checked
from connectors.invoice_files.spreadsheet import as_typed, spoilt
from connectors.invoice_files.text_lines import LONGEST_LINE, numbered_lines
from domain.invoices.incoming import IncomingCreditNote, IncomingDebtor, IncomingInvoice

_DELIMITERS = ",;\t"
_LINE = {
    "line_text": "text",
    "line_quantity": "quantity",
    "line_amount": "amount",
    "net_amount": "net_amount",
    "vat_category": "vat_category",
    "vat_rate": "vat_rate",
    "vat_exemption": "vat_exemption",
}
_MOST_LINES = 10_000
_NUMBERS = ("amount", "prepaid_amount", "line_quantity", "line_amount", "net_amount", "vat_rate")
_ADDRESS = tuple(f"debtor_address_{line}" for line in range(1, 5))
_DEBTOR = {f"debtor_{name}": name for name in IncomingDebtor.model_fields if name not in ("address_lines", "parent")}
_PARENT = {
    "debtor_parent": "customer_number",
    "debtor_parent_pays": "pays",
    "debtor_parent_written_to": "written_to",
}
_INVOICE = frozenset(IncomingInvoice.model_fields) - {"debtor", "lines", "pdf"}
_CREDIT_NOTE = frozenset(IncomingCreditNote.model_fields) - {"lines"}
_CALLED = (
    {f"debtor.{name}": column for column, name in _DEBTOR.items()}
    | {f"debtor.address_lines.{line}": column for line, column in enumerate(_ADDRESS)}
    | {f"debtor.parent.{name}": column for column, name in _PARENT.items()}
)
_COLUMNS = _INVOICE | _CREDIT_NOTE | frozenset((*_DEBTOR, *_ADDRESS, *_PARENT, *_LINE, "kind"))

_THOUSANDS_BY_SPACE = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d{1,2}")
_THOUSANDS_BY_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d{1,2}")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file that can be read: where it stands, and its cells that are not empty."""

    place: str
    kind: Kind
    cells: Mapping[str, str]


def holds_nothing(line: str) -> bool:
    """Whether a line tells of no invoice: blank, empty cells, or Excel's word on the separator."""
    told = line.strip(f' "{_DELIMITERS}\r\n')
    return not told or told.casefold() == "sep="


def header_of(line: str, key: str = "number") -> tuple[str, list[str]] | None:
    """The delimiter and column names of a header line, or None where the line has no column of the key: of invoices, number."""
    best: tuple[str, list[str]] | None = None
    for delimiter in _DELIMITERS:
        names = [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter), [])]
        if key in names and (best is None or len(names) > len(best[1])):
            best = delimiter, names
    return best


def cells_of(line: str, delimiter: str, names: list[str]) -> list[str]:
    """The cells of a line, with as many empty ones beside the table as the header line has. Raises csv.Error."""
    cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    while len(cells) < len(names) and not names[len(cells)]:
        cells.append("")
    return cells


def read_csv(path: Path) -> Iterator[ReadInvoice]:
    """Each invoice or credit note of a CSV file, streaming; OSError where the file cannot be read."""
    file = str(path)
    lines = ((number, line) for number, line in numbered_lines(path) if line is None or not holds_nothing(line))
    first, head = next(lines, (1, ""))
    header = header_of(head or "")
    if header is None:
        reason = "is no CSV of invoices: the header line has no column named number"
        yield ReadInvoice(file, f"line {first}", None, reason=reason)
        return
    delimiter, names = header
    if repeated := sorted({name for name in names if name and names.count(name) > 1}):
        reason = f"has columns of the same name: {', '.join(repeated)}"
        yield ReadInvoice(file, f"line {first}", None, reason=reason)
        return
    unknown = [f"column {name or '(no name)'} is not known: ignored" for name in names if name not in _COLUMNS]
    # Once more the header line, as where files were joined, tells nothing.
    rows = (_row(file, f"line {at}", line, delimiter, names) for at, line in lines if line != head)
    empty = True
    for _, same in groupby(rows, _document_of(several="line_amount" in names)):
        empty = False
        yield _read(file, list(islice(same, _MOST_LINES + 1)), unknown)
    if empty:
        yield ReadInvoice(file, f"line {first}", None, reason="holds no invoice below its header line")


def _document_of(*, several: bool) -> Callable[[ReadInvoice | _Row], object]:
    """What tells rows of one document from those of the next: each is its own, but where `several` may be of one number."""
    rows = count()
    return lambda row: (several and isinstance(row, _Row) and row.cells.get("number")) or next(rows)


def _read(file: str, rows: Sequence[ReadInvoice | _Row], warnings: list[str]) -> ReadInvoice:
    """The invoice or credit note that the rows of one number are."""
    first, *more = rows
    if isinstance(first, ReadInvoice):
        return first
    fields = _fields(first.kind, first.cells)
    lines = [row for row in rows if isinstance(row, _Row)]
    for row in lines[1:]:
        if other := next((name for name in row.cells if _tells_otherwise(name, first, row)), None):
            reason = f"{other} in {row.place} is another than in {first.place}, which has the same number"
            return ReadInvoice(file, first.place, first.kind, reason=reason, raw=fields)
    called = dict(_CALLED)
    if any(name in row.cells for row in lines for name in _LINE):
        fields["lines"] = [_line(row, fields, alone=not more) for row in lines]
        for number, row in enumerate(lines):
            called[f"lines.{number}"] = row.place if more else ""
            where = f" in {row.place}" if more else ""
            called |= {f"lines.{number}.{field}": f"{column}{where}" for column, field in _LINE.items()}
    read = checked(file, first.place, first.kind, fields, warnings=warnings, called=called)
    if "line_amount" in first.cells and read.model and (amiss := _amiss(read.model)):
        return replace(read, model=None, reason=amiss, raw=fields)
    return read


def _tells_otherwise(name: str, first: _Row, row: _Row) -> bool:
    return name not in _LINE and row.cells[name] != first.cells.get(name)


def _amiss(model: IncomingInvoice | IncomingCreditNote) -> str | None:
    """Why the lines that tell their amounts cannot be all of a document; None where they can."""
    total = sum((line.amount for line in model.lines), Decimal(0))
    owed = model.amount + (model.prepaid_amount if isinstance(model, IncomingInvoice) else 0)
    if total == owed:
        return None
    return f"its lines add up to {total}, and {owed} is what they are of: each stands below the other, with the same number"


def _line(row: _Row, fields: Mapping[str, Any], *, alone: bool) -> dict[str, Any]:
    """A line of an invoice; where none tells its amount, it is the whole that was invoiced, and without a text has its number."""
    line = {
        _LINE[name]: decimal_point(cell) if name in _NUMBERS else cell
        for name, cell in row.cells.items()
        if name in _LINE
    }
    if alone and "prepaid_amount" not in fields and "amount" in fields:
        line.setdefault("amount", fields["amount"])
    return {"text": fields.get("reason") or fields.get("number"), **line}


def _row(file: str, place: str, line: str | None, delimiter: str, names: list[str]) -> ReadInvoice | _Row:
    """A line's cells; or why it is no invoice and no credit note."""
    if line is None:
        return ReadInvoice(file, place, None, reason=f"is longer than {LONGEST_LINE} characters")
    try:
        cells = cells_of(line, delimiter, names)
    except csv.Error as error:
        return ReadInvoice(file, place, None, reason=f"is not CSV: {error} (no line breaks inside a field)")
    row = {name: text for name, cell in zip(names, cells, strict=False) if (text := as_typed(cell))}
    if len(cells) != len(names):
        reason = f"has {len(cells)} fields where the header line has {len(names)}"
        return ReadInvoice(file, place, None, reason=reason, raw=_fields("invoice", row))
    kind = row.get("kind", "invoice")
    if kind not in KINDS:
        reason = f"kind is {kind}, neither invoice nor credit_note"
        return ReadInvoice(file, place, None, reason=reason, raw=_fields("invoice", row))
    if fault := next((f"{name} {what}" for name, cell in row.items() if (what := spoilt(name, cell))), None):
        return ReadInvoice(file, place, kind, reason=fault, raw=_fields(kind, row))
    return _Row(place, kind, row)


def _fields(kind: str, row: Mapping[str, str]) -> dict[str, Any]:
    """The model's fields from a row's cells; a credit note leaves out what only invoices have."""
    wanted = _CREDIT_NOTE if kind == "credit_note" else _INVOICE | _CREDIT_NOTE
    fields: dict[str, Any] = {
        name: decimal_point(cell) if name in _NUMBERS else cell for name, cell in row.items() if name in wanted
    }
    if kind == "invoice":
        if "already_sent" in fields:
            fields["already_sent"] = [_sent(written.split()) for written in fields["already_sent"].split("|")]
        fields["debtor"] = {_DEBTOR[name]: cell for name, cell in row.items() if name in _DEBTOR}
        if address := [row[name] for name in _ADDRESS if name in row]:
            fields["debtor"]["address_lines"] = address
        if parent := {name: row[column] for column, name in _PARENT.items() if column in row}:
            fields["debtor"]["parent"] = parent
    return fields


def _sent(words: list[str]) -> object:
    """The fields of one message that was sent before; as it stands where it is written otherwise."""
    named = dict(zip(words[3::2], words[4::2], strict=False))
    if (
        len(words) % 2 == 0
        or len(words) < 3
        or not named.keys() <= {"fee", "deadline"}
        or 2 * len(named) != len(words) - 3
    ):
        return " ".join(words)
    sent = dict(zip(("kind", "channel", "date"), words, strict=False)) | named
    return sent | {"fee": decimal_point(sent["fee"])} if "fee" in sent else sent


def decimal_point(cell: str) -> str:
    """The amount with a decimal point and no thousands signs; as it stands where that would be a guess."""
    if _THOUSANDS_BY_SPACE.fullmatch(cell):
        cell = re.sub(r"\s", "", cell)
    if _DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    if _THOUSANDS_BY_COMMA.fullmatch(cell):
        return cell.replace(",", "")
    return cell
