"""Numbered lines of a text file that may be UTF-8, UTF-16 or Windows-1252, with byte order marks or without."""

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

LONGEST_LINE = 1_000_000  # characters
_BLOCK = 1 << 20  # bytes
_TELLING = 512  # bytes at the start that tell an encoding
_MOSTLY = 4  # in UTF-16 every second byte of plain text is zero: at least every fourth


def utf_16_of(start: bytes) -> str | None:
    """Which UTF-16 a text begins in, by its mark or else by the zeros beside plain letters; None for another encoding."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first = start[:_TELLING]
    even, odd = first[::2].count(0), first[1::2].count(0)
    if odd * _MOSTLY > len(first) and not even:
        return "utf-16-le"
    return "utf-16-be" if even * _MOSTLY > len(first) and not odd else None


def encoding_of(blocks: Iterable[bytes]) -> str:
    """The encoding of a text, found by reading it through: Windows-1252 where it is not valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for number, block in enumerate(blocks):
            if number == 0 and (found := utf_16_of(block)):
                return found
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def text_of(content: bytes) -> str:
    """A text that is in memory, without marks; what cannot be read of it is U+FFFD."""
    encoding = encoding_of([content])
    return _unmarked(content.decode(encoding, "replace"), encoding)


def numbered_lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """Each line with its number, without its line break; None in place of a line longer than LONGEST_LINE.

    In a file that is not UTF-8, of a line that is nobody can tell what was meant: its letters are told as unreadable.
    """
    with path.open("rb") as read:
        encoding = encoding_of(iter(lambda: read.read(_BLOCK), b""))
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            too_long = False
            while len(line) == LONGEST_LINE and not line.endswith("\n"):
                too_long = True
                line = file.readline(LONGEST_LINE)
            line = _unmarked(line, encoding)
            if encoding == "cp1252" and not line.isascii() and _is_utf_8(line):
                line = "".join(letter if letter.isascii() else "\ufffd" for letter in line)
            yield number, None if too_long else line.rstrip("\n")


def _unmarked(text: str, encoding: str) -> str:
    """A text without byte order marks: files that were joined have one in their middle, or two at the start."""
    if encoding == "cp1252":
        return text.removeprefix(codecs.BOM_UTF8.decode("cp1252"))
    return text.replace("\ufeff", "")


def _is_utf_8(line: str) -> bool:
    """Whether what was read as Windows-1252 reads as UTF-8 as well."""
    try:
        line.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
