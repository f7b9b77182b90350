"""Invoices in JSON: one object, an array of objects, or JSON lines (one object a line).

Each object has the fields of `domain.invoices.incoming` and, where it is a credit note, `"kind": "credit_note"`. JSON
lines are read line by line, however many; one object or an array is read whole, up to LARGEST_DOCUMENT.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.invoice_files.read_invoice import KINDS, ReadInvoice, checked
from connectors.invoice_files.text_lines import LONGEST_LINE, numbered_lines, text_of

LARGEST_DOCUMENT = 200_000_000  # bytes


class _NotJsonError(Exception):
    """The text is not JSON, with the reason."""


def read_json(path: Path) -> Iterator[ReadInvoice]:
    """Each invoice or credit note of a JSON file; OSError where the file cannot be read."""
    if _is_json_lines(path):
        yield from _read_lines(path)
    else:
        yield from _read_document(path)


def _is_json_lines(path: Path) -> bool:
    """Several lines, the first or second of which is an object by itself (one of the two may be broken)."""
    lines = (line for _, line in numbered_lines(path) if line is None or line.strip())
    first, second = next(lines, None), next(lines, None)
    if first is None or second is None or not first.lstrip().startswith("{"):
        return False
    return _is_object(first) or _is_object(second)


def _is_object(text: str) -> bool:
    try:
        return isinstance(_parsed(text), dict)
    except _NotJsonError:
        return False


def _read_lines(path: Path) -> Iterator[ReadInvoice]:
    for number, line in numbered_lines(path):
        place = f"line {number}"
        if line is None:
            reason = f"is longer than {LONGEST_LINE} characters"
            yield ReadInvoice(str(path), place, None, reason=reason)
        elif line.strip():
            try:
                yield _from_element(str(path), place, _parsed(line))
            except _NotJsonError as error:
                yield ReadInvoice(str(path), place, None, reason=str(error))


def _read_document(path: Path) -> Iterator[ReadInvoice]:
    file = str(path)
    if (size := path.stat().st_size) > LARGEST_DOCUMENT:
        reason = f"is {size} bytes, more than {LARGEST_DOCUMENT}: split it, or send JSON lines instead"
        yield ReadInvoice(file, "/", None, reason=reason)
        return
    try:
        document = _parsed(text_of(path.read_bytes()))
    except _NotJsonError as error:
        yield ReadInvoice(file, "/", None, reason=str(error))
        return
    if not isinstance(document, list):
        yield _from_element(file, "/", document)
        return
    if not document:
        yield ReadInvoice(file, "/", None, reason="holds no invoice: the array is empty")
    for position, element in enumerate(document, start=1):
        yield _from_element(file, f"element {position}", element)


def _from_element(file: str, place: str, element: object) -> ReadInvoice:
    if not isinstance(element, dict):
        return ReadInvoice(file, place, None, reason="is not an object with the fields of an invoice")
    given = dict(element)
    kind = given.pop("kind", "invoice")
    if kind not in KINDS:
        return ReadInvoice(file, place, None, reason="kind is neither invoice nor credit_note", raw=given)
    return checked(file, place, kind, given)


def _parsed(text: str) -> Any:
    """The JSON value, with exact decimals; _NotJsonError where it is none."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _NotJsonError(f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise _NotJsonError("is not an invoice: nested too deeply") from error
    except ValueError as error:
        raise _NotJsonError("is not JSON: a number that is not finite or far too long") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
