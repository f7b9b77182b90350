"""Files of another system's past: rows of a CSV or of a process log (XES), streamed, packed or not, whatever their size."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from lxml import etree

from connectors.invoice_files.text_lines import LONGEST_LINE, encoding_of
from domain.located_yaml import suggestion

_TOLD_BY: Final = 4 << 20  # bytes that tell an encoding
_HEAD: Final = 2_000  # cases whose attributes are a log's columns, with those that the map names
_PACKED = b"\x1f\x8b"
_DELIMITERS: Final = ",;\t|"
_CASE: Final = "case:"


@dataclass(frozen=True, slots=True)
class FileRows:
    """The columns of a file, and its rows with the line (of a log: the number of the event) that each stands in."""

    names: tuple[str, ...]
    rows: Iterator[tuple[int, Sequence[str]]]
    delimiter: str
    encoding: str


@contextmanager
def history_rows(
    path: Path, delimiter: str | None = None, encoding: str | None = None, needed: Sequence[str] = ()
) -> Iterator[FileRows]:
    """A file's rows; ValueError, in the words of who sends it, where it holds none. OSError where it cannot be read.

    What is not said of delimiter and encoding is found out. `needed` are a log's columns that its head may not show.
    """
    start = _bytes_of(path, _TOLD_BY)
    if not start.strip():
        raise ValueError("is empty")
    if _is_log(start):
        yield _log_rows(path, needed)
        return
    read_as = encoding or encoding_of([start])
    if read_as == "utf-8":
        read_as = "utf-8-sig"
    with _opened(path) as raw, io.TextIOWrapper(raw, encoding=read_as, newline="") as text:
        try:
            found = _csv_rows(text, delimiter, read_as)
        except UnicodeError as wrong:
            raise ValueError(f"is not in {read_as}: say its `encoding`") from wrong
        yield found


def _is_log(start: bytes) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"


def _bytes_of(path: Path, most: int) -> bytes:
    with _opened(path) as raw:
        start = raw.read(most)
    if start[:2] == b"PK":
        raise ValueError("is a spreadsheet or ZIP: save it as CSV")
    cut = start.rfind(b"\n") + 1 if len(start) == most else 0
    return start[:cut] if cut else start


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        packed = file.read(2) == _PACKED
        file.seek(0)
        if not packed:
            yield file
            return
        try:
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]  # a GzipFile reads as any file
        except (EOFError, gzip.BadGzipFile) as broken:
            raise ValueError("is packed and broken: pack it again") from broken


def _csv_rows(text: IO[str], delimiter: str | None, encoding: str) -> FileRows:
    csv.field_size_limit(LONGEST_LINE)
    first, above = text.readline(LONGEST_LINE), 1
    if first.lower().startswith("sep="):  # as a spreadsheet writes its delimiter
        delimiter, first, above = delimiter or first[4:5], text.readline(LONGEST_LINE), 2
    found = delimiter or max(_DELIMITERS, key=first.count)
    head = next(csv.reader([first], delimiter=found), [])
    names = [name.strip() or f"column {place}" for place, name in enumerate(head, 1)]
    if len(names) < 2:
        raise ValueError("has one column only: say its `delimiter`, if it is no comma, semicolon, tab or bar")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"has two columns of one name: {', '.join(twice)}")
    return FileRows(tuple(names), _csv_lines(text, found, encoding, above), found, encoding)


def _csv_lines(text: IO[str], delimiter: str, encoding: str, above: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=delimiter)
    line = above
    try:
        for cells in reader:
            if any(cells):
                yield line + 1, cells
            line = above + reader.line_num
    except csv.Error as wrong:
        raise ValueError(f"cannot be read from line {line + 1} on: {wrong}") from wrong
    except UnicodeError as wrong:
        raise ValueError(f"is not in {encoding} from line {line + 1} on: say its `encoding`") from wrong


def _log_rows(path: Path, needed: Sequence[str]) -> FileRows:
    names: dict[str, None] = {}
    for _, told in islice(_events(path), _HEAD * 8):
        names.update(dict.fromkeys(told))
    if not names:
        raise ValueError("is XML without a trace and an event in it: an XES log is read, or CSV")
    all_names = tuple(names | dict.fromkeys(name for name in needed if not _misspelt(name, names)))
    rows = ((number, [told.get(name, "") for name in all_names]) for number, told in _events(path))
    return FileRows(all_names, rows, ",", "xml")


def _misspelt(name: str, names: dict[str, None]) -> bool:
    """Whether a column that the head does not show is one of its columns, spelt otherwise."""
    return name not in names and suggestion(name, names).startswith("did you mean")


def _events(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each event with its attributes and those of its case, which are called `case:KEY` as process-mining tools do."""
    number = 0
    with _opened(path) as raw:
        try:
            for _, trace in etree.iterparse(
                raw, tag="{*}trace", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
            ):
                of_case = {f"{_CASE}{key}": value for key, value in _attributes(trace)}
                for event in trace.iterchildren("{*}event"):
                    number += 1
                    yield number, of_case | dict(_attributes(event))
                trace.clear()
                while trace.getprevious() is not None:
                    del trace.getparent()[0]
        except etree.XMLSyntaxError as wrong:
            raise ValueError(f"is XML that breaks off or is wrong: {wrong}") from wrong


def _attributes(of: Any) -> Iterator[tuple[str, str]]:
    for each in of.iterchildren():
        key = each.get("key") if isinstance(each.tag, str) else None
        if key is not None:
            yield key, each.get("value") or ""
