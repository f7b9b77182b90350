"""Records of one width, mostly 80 characters, however a bank breaks its lines: CRLF, LF, CR, or not at all."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

WIDTH = 80

_BLOCK = 1 << 18  # bytes read at once
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = " \x1a\x00"


class Records:
    """The records of a file in their order, filled up to 80 characters; knows the place of the one given last.

    A line longer than a record holds several: it is taken apart, and where a record in it is too long or too
    short the next one is found again by what a record starts with. What is longer than that is no record.
    """

    def __init__(self, path: Path, start: re.Pattern[str], width: int = WIDTH) -> None:
        """`start` matches what every record starts with; OSError, when read, if the file cannot be."""
        self._width = width
        self._path = path
        self._start = start
        self._line = 0
        self._record = 0
        self._glued = False  # the record given last has others on its line
        self._unbroken = False  # the file has no line breaks

    @property
    def place(self) -> str:
        """Where the record given last stands."""
        return f"record {self._record}" if self._glued or self._unbroken else f"line {self._line}"

    @property
    def given(self) -> int:
        """How many records were given so far."""
        return self._record

    def __iter__(self) -> Iterator[str]:
        self._line, self._record, self._glued, self._unbroken = 0, 0, False, False
        for lines in self._blocks():
            for line in lines:
                self._line += 1
                if len(line) == self._width:
                    self._record += 1
                    yield line
                elif line := line.rstrip(_BLANKS):
                    yield from self._taken_apart(line)

    def _taken_apart(self, line: str) -> Iterator[str]:
        pieces = list(self._pieces(line))
        self._glued = len(pieces) > 1
        for piece in pieces:
            self._record += 1
            yield piece.ljust(self._width)
        self._glued = False

    def _pieces(self, line: str) -> Iterator[str]:
        at = 0
        while len(line) - at > self._width:
            end = at + self._width
            if not self._start.match(line, end):
                found = self._start.search(line, at + 1)
                if found is None:
                    break
                end = found.start()
            yield line[at:end]
            at = end
        yield line[at:]

    def _blocks(self) -> Iterator[list[str]]:
        """Lists of lines, without their ends."""
        with self._path.open("rb") as file:
            rest = file.read(len(_BYTE_ORDER_MARK)).removeprefix(_BYTE_ORDER_MARK)
            while block := file.read(_BLOCK):
                if block.endswith(b"\r"):
                    block += file.read(1)
                block = (rest + block).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                cut = block.rfind(b"\n") + 1
                if not cut and len(block) > self._width:
                    self._unbroken = True
                    cut = self._end_of_whole_records(block)
                block, rest = block[:cut], block[cut:]
                if block:
                    yield _lines(block.removesuffix(b"\n"))
            yield _lines(rest)

    def _end_of_whole_records(self, block: bytes) -> int:
        """Where a block without line breaks is cut: between two records, in characters where it is UTF-8."""
        whole = block
        encoding = "utf-8"
        try:
            text = block.decode()
        except UnicodeDecodeError as error:
            if len(block) - error.start < 4:  # a letter is cut in two at the end
                whole = block[: error.start]
            else:
                encoding = "latin-1"
            text = whole.decode(encoding)
        end = (len(text) - 1) // self._width * self._width
        if not self._start.match(text, end):
            starts = [found.start() for found in self._start.finditer(text, end - self._width)]
            end = starts[-1] if starts else end
        return len(text[:end].encode(encoding))


class Lines(Records):
    """The records of a file whose records differ in length and tell it: three digits after the three signs of their type.

    A file without line breaks is taken apart by these lengths; else a line is a record, however short it was cut.
    """

    _LENGTH = slice(3, 6)

    def __iter__(self) -> Iterator[str]:
        self._line, self._record, self._glued = 0, 0, False
        for line in self._whole_lines():
            self._line += 1
            if line.rstrip(_BLANKS):
                yield from self._taken_apart(line.rstrip(_BLANKS))

    def _taken_apart(self, line: str) -> Iterator[str]:
        pieces = list(self._pieces(line))
        self._glued = len(pieces) > 1
        for piece in pieces:
            self._record += 1
            yield piece
        self._glued = False

    def _pieces(self, line: str) -> Iterator[str]:
        at = 0
        while self._start.match(line, at):
            end = at + int(line[at:][self._LENGTH])
            if end <= at or not self._start.match(line, end):
                break
            yield line[at:end]
            at = end
        yield line[at:]

    def _whole_lines(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            for number, line in enumerate(file):
                start = line.removeprefix(_BYTE_ORDER_MARK) if number == 0 else line
                yield from _lines(start.rstrip(b"\r\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n"))


def day_of_this_century(text: str) -> date | None:
    """A date written YYMMDD; None where it is none."""
    return day_of(f"20{text}")


def day_of(text: str) -> date | None:
    """A date written YYYYMMDD; None where it is none."""
    if not (text.isascii() and text.isdecimal()):  # int() reads signs, blanks and underscores, too
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _lines(block: bytes) -> list[str]:
    if b"\t" in block:
        block = block.expandtabs()  # an editor has put them in: read as they are, they would move every field
    if block.isascii():
        return block.decode("ascii").split("\n")
    return [_text(line) for line in block.split(b"\n")]


def _text(line: bytes) -> str:
    """UTF-8 where it is valid (text in Latin-1 practically never is), else Latin-1."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
