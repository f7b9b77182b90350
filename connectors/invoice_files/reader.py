"""Reads invoices from files and folders, whatever their names: what a file is, its content tells."""

import codecs
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from connectors.invoice_files.csv_file import header_of, holds_nothing, read_csv
from connectors.invoice_files.json_file import read_json
from connectors.invoice_files.other_documents import what_starts_like
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.text_lines import utf_16_of
from connectors.invoice_files.ubl.read import read_ubl
from domain.invoices.incoming import IncomingInvoice
from domain.invoices.own_pdf import LARGEST_PDF, a_pdf

_FIRST_BYTES = 65_536
_PDF = ".pdf"
MOST_BYTES = 50_000_000  # of the PDFs that are in memory together, the last of which may go beyond


def read_invoices(paths: Iterable[Path]) -> Iterator[ReadInvoice]:
    """Each invoice and credit note of the files and folders, one after the other, accepted or rejected.

    Folders are read with all below them, in the order of names, without hidden files. A file that is missing,
    unreadable or of no known format gives one rejected entry; the others are read all the same. A PDF beside a file that
    is named as it or as an invoice of it is that invoice's own; a PDF in a folder that is nobody's is rejected at the end.
    """
    taken: set[Path] = set()
    pdfs: dict[Path, dict[str, Path]] = {}  # of each folder
    for path in paths:
        left = list[Path]()
        for file in _files(path):
            if path.is_dir() and file.suffix.lower() == _PDF:
                left.append(file)
                continue
            if file.parent not in pdfs:
                pdfs[file.parent] = _pdfs_in(file.parent)
            for read in _with_their_pdfs(file, _read_file(file), pdfs[file.parent]):
                taken.update(read.pdfs)
                yield read
        yield from (each for file in left if file not in taken for each in _read_file(file))


def in_batches(read: Iterable[ReadInvoice], most: int) -> Iterator[list[ReadInvoice]]:
    """The invoices read, so many at a time and not too many bytes of PDF: a big file never stands in memory whole."""
    batch, size = list[ReadInvoice](), 0
    for each in read:
        batch.append(each)
        size += len(each.model.pdf or b"") if isinstance(each.model, IncomingInvoice) else 0
        if len(batch) == most or size > MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


def _pdfs_in(folder: Path) -> dict[str, Path]:
    """The PDFs of a folder by their names without the ending; none where it cannot be looked into."""
    try:
        return {file.stem: file for file in sorted(folder.iterdir()) if file.suffix.lower() == _PDF and file.is_file()}
    except OSError:
        return {}


def _with_their_pdfs(path: Path, read: Iterator[ReadInvoice], pdfs: Mapping[str, Path]) -> Iterator[ReadInvoice]:
    """What was read of a file, each invoice with its PDF: named by its number, or as the file where it is the only one."""
    started = list(islice(read, 2))
    for one in chain(started, read):
        beside = pdfs.get((one.number or "").replace("/", "-"))
        if beside is None and len(started) == 1:
            beside = pdfs.get(path.stem)
        yield _with_pdf(one, beside) if beside != path else one


def _with_pdf(read: ReadInvoice, beside: Path | None) -> ReadInvoice:
    """The invoice with the PDF beside it, unless it has one embedded; a bad one is left out with a warning."""
    if beside is None:
        return read
    told = replace(read, pdfs=(beside,))
    if not isinstance(read.model, IncomingInvoice):
        return told
    if read.model.pdf is not None:
        return replace(told, warnings=(*read.warnings, f"{beside.name}: a PDF is embedded already: left out"))
    try:
        with beside.open("rb") as file:
            pdf = a_pdf(file.read(LARGEST_PDF + 1))
    except OSError as error:
        return replace(told, warnings=(*read.warnings, f"{beside.name} cannot be read ({error.strerror}): left out"))
    except ValueError as fault:
        return replace(told, warnings=(*read.warnings, f"{beside.name} {fault}: left out"))
    return replace(told, model=read.model.model_copy(update={"pdf": pdf}))


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
    if utf_16 := utf_16_of(first):
        start = first.decode(utf_16, errors="ignore").lstrip("\ufeff")
    else:
        while first.startswith(codecs.BOM_UTF8):
            first = first.removeprefix(codecs.BOM_UTF8)
        start = first.decode("latin-1")
    match start.lstrip()[:1]:
        case "<":
            return read_ubl
        case "{" | "[":
            return read_json
    header = next((line for line in start.splitlines() if not holds_nothing(line)), "")
    return read_csv if header_of(header) else None
