"""Reads invoices from files and folders, whatever their names: what a file is, its content tells."""

import codecs
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from connectors.invoice_files.csv_file import header_of, read_csv
from connectors.invoice_files.json_file import read_json
from connectors.invoice_files.other_documents import what_starts_like
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.ubl import read_ubl

_FIRST_BYTES = 65_536


def read_invoices(paths: Iterable[Path]) -> Iterator[ReadInvoice]:
    """Each invoice and credit note of the files and folders, one after the other, accepted or rejected.

    Folders are read with all below them, in the order of names, without hidden files. A file that is missing,
    unreadable or of no known format gives one rejected entry; the others are read all the same.
    """
    for path in paths:
        for file in _files(path):
            yield from _read_file(file)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


def _read_file(path: Path) -> Iterator[ReadInvoice]:
    try:
        if path.exists() and not path.is_file():
            yield ReadInvoice(str(path), "/", None, reason="is not a regular file")
            return
        read = _format_of(path)
        if read is None:
            with path.open("rb") as opened:
                first = opened.read(_FIRST_BYTES).strip(b"\x00 \t\r\n")
            yield ReadInvoice(str(path), "/", None, reason=what_starts_like(first) if first else "is empty")
            return
        yield from read(path)
    except OSError as error:
        yield ReadInvoice(str(path), "/", None, reason=f"cannot be read: {error.strerror}")


def _format_of(path: Path) -> Callable[[Path], Iterator[ReadInvoice]] | None:
    with path.open("rb") as file:
        first = file.read(_FIRST_BYTES)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = first.decode("utf-16", errors="ignore")
    else:
        start = first.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    match start.lstrip()[:1]:
        case "<":
            return read_ubl
        case "{" | "[":
            return read_json
    header = next((line for line in start.splitlines() if line.strip()), "")
    return read_csv if header_of(header) else None
