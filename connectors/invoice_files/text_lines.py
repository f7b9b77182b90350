"""Numbered lines of a text file that may be UTF-8, UTF-16 with a byte order mark, or Windows-1252."""

import codecs
from collections.abc import Iterator
from pathlib import Path

LONGEST_LINE = 1_000_000  # characters
_BLOCK = 1 << 20  # bytes


def encoding_of(path: Path) -> str:
    """The encoding of a text file, found by reading it through: Windows-1252 where it is not valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        block = file.read(_BLOCK)
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            while block:
                decoder.decode(block)
                block = file.read(_BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def numbered_lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """Each line with its number, without its line break; None in place of a line longer than LONGEST_LINE.

    In a file that is not UTF-8, of a line that is nobody can tell what was meant: its letters are told as unreadable.
    """
    encoding = encoding_of(path)
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            too_long = False
            while len(line) == LONGEST_LINE and not line.endswith("\n"):
                too_long = True
                line = file.readline(LONGEST_LINE)
            if encoding == "cp1252" and not line.isascii() and _is_utf_8(line):
                line = "".join(letter if letter.isascii() else "\ufffd" for letter in line)
            yield number, None if too_long else line.rstrip("\n")


def _is_utf_8(line: str) -> bool:
    """Whether what was read as Windows-1252 reads as UTF-8 as well."""
    try:
        line.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
