"""Attachments: what a file is, its content alone tells; a picture is made anew, and what has two faces is not taken.

A name and a declared type are a stranger's words and decide nothing. Of a picture only its dots are kept: no place
where it was taken, no program behind its end. A PDF stays as it is, a proof as it was sent, and is never opened by us.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import PurePosixPath
from threading import Lock

from PIL import Image, ImageOps

from domain.parties.mailed_files import LARGEST_FILE, LARGEST_IN_ALL, media_type

MOST_FILES = 5  # of one message
MOST_DOTS = 64_000_000  # of a picture: what telephones take; a larger one is a bomb, or can be made smaller
LONGEST_EDGE = 3000  # dots of a picture as it is kept: every word of a receipt can be read
QUALITY = 85
LONGEST_NAME = 60  # characters, before its ending
PDF_ENDS_WITHIN = 1024  # bytes after its last mark: readers of PDF look so far
LONGEST_COMMENT = 65_535  # of a ZIP archive, behind its end
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\xd0\xcf\x11\xe0",
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_PAGE = re.compile(rb"<!doctype html|<(html|head|body|script|svg|iframe)\b", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^\w\s.()-]|_(?=_)")
_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_one_at_a_time = Lock()  # a picture of the largest size takes some hundred megabytes while it is made anew


class Why(StrEnum):
    """Why a file is not taken; the page has a sentence for each."""

    EMPTY = "empty"
    TOO_LARGE = "too large"
    TOO_MANY = "too many"
    TOO_MUCH = "too much"  # with those before it
    TOO_MANY_DOTS = "too many dots"
    DAMAGED = "damaged"
    TWO_FACED = "two-faced"
    ARCHIVE = "archive"
    PROGRAM = "program"
    PAGE = "page"  # HTML, SVG: what a browser would run
    HEIC = "heic"
    OTHER = "other"
    INFECTED = "infected"
    NOT_SCANNED = "not scanned"
    NO_ROOM = "no room"


class NotTaken(Exception):
    """A file is not taken. `name` is its harmless name; nothing of the message it came with is stored."""

    def __init__(self, why: Why, name: str = "") -> None:
        super().__init__(f"{name or 'a file'} is not taken: {why}")
        self.why, self.name = why, name


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it is kept."""

    name: str
    media_type: str
    content: bytes


def judged(named: Sequence[tuple[str, bytes]]) -> tuple[Attachment, ...]:
    """The files of one message, each by its name and content, as they are kept. Raises NotTaken for the first that is not.

    It works for seconds on large pictures: never in the event loop.
    """
    if len(named) > MOST_FILES:
        raise NotTaken(Why.TOO_MANY)
    if sum(len(content) for _, content in named) > LARGEST_IN_ALL:
        raise NotTaken(Why.TOO_MUCH)
    return tuple(_judged(name, content) for name, content in named)


def harmless(name: str, media: str | None) -> str:
    """A name without a path, a second ending, or signs that hide what it is; its ending says what the file is.

    Of what is no file that is kept its own ending is left, so that its sender knows it again.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    path = PurePosixPath(_NOT_IN_NAMES.sub("", plain).strip(" ."))
    stem = path.stem.replace(".", " ")
    stem = " ".join(stem.split())[:LONGEST_NAME].strip()
    if not stem or _OF_WINDOWS.fullmatch(stem):
        stem = f"fil {stem}".strip()
    ending = ENDINGS.get(media or "") or path.suffix[1:6]
    return f"{stem}.{ending}" if ending else stem


def _judged(name: str, content: bytes) -> Attachment:
    media = media_type(content)
    called = harmless(name, media)
    if not content:
        raise NotTaken(Why.EMPTY, called)
    if len(content) > LARGEST_FILE:
        raise NotTaken(Why.TOO_LARGE, called)
    if media not in FORMATS and media != "application/pdf":
        raise NotTaken(_what_else(media, content), called)
    if _has_two_faces(media, content):
        raise NotTaken(Why.TWO_FACED, called)
    if media == "application/pdf":
        if b"%%EOF" not in content[-PDF_ENDS_WITHIN:]:
            raise NotTaken(Why.TWO_FACED if b"%%EOF" in content else Why.DAMAGED, called)
        return Attachment(called, media, content)
    try:
        with _one_at_a_time:
            anew, kept = _made_anew(content, FORMATS[media])
    except NotTaken as why_not:
        raise NotTaken(why_not.why, called) from why_not
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise NotTaken(Why.TOO_MANY_DOTS, called) from bomb
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError) as wrong:
        raise NotTaken(Why.DAMAGED, called) from wrong
    return Attachment(harmless(name, kept), kept, anew)


def _what_else(media: str | None, content: bytes) -> Why:
    """What a file is that is neither a PDF nor a picture that is taken."""
    if media == "image/heic":
        return Why.HEIC
    if content.startswith(_ARCHIVES):
        return Why.ARCHIVE
    if content.startswith(_PROGRAMS):
        return Why.PROGRAM
    begins = content[:1024].replace(b"\0", b"")  # also of a page in UTF-16
    return Why.PAGE if _PAGE.search(begins) or begins.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else Why.OTHER


def _has_two_faces(media: str, content: bytes) -> bool:
    """Whether something else would read the same bytes as its own: a browser, an archiver, a reader of PDF."""
    begins = content[:1024]
    reads_as_pdf = media != "application/pdf" and b"%PDF-" in begins
    return reads_as_pdf or _PAGE.search(begins) is not None or _ends_as_archive(content)


def _ends_as_archive(content: bytes) -> bool:
    """Whether a ZIP archive's end lies where an archiver looks for it."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - LONGEST_COMMENT - 22))
    return (
        at >= 0
        and len(content) >= at + 22
        and at + 22 + int.from_bytes(content[at + 20 : at + 22], "little") <= len(content)
    )


def _made_anew(content: bytes, form: str) -> tuple[bytes, str]:
    """A picture from its dots alone, upright and no larger than needed, and what it is. Raises NotTaken, or as Pillow does."""
    with Image.open(BytesIO(content), formats=[form]) as picture:
        if picture.width * picture.height > MOST_DOTS:
            raise NotTaken(Why.TOO_MANY_DOTS)
        if form == "JPEG":
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
        if form in ("PNG", "GIF"):
            shown = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            anew = _written(shown, "PNG")
            if len(anew) <= LARGEST_FILE:
                return anew, "image/png"
        shown = upright.convert("RGBA")
        ground = Image.new("RGB", shown.size, "white")
        ground.paste(shown, mask=shown.getchannel("A"))
        return _written(ground, "JPEG", quality=QUALITY), "image/jpeg"


def _written(picture: Image.Image, form: str, **how: int) -> bytes:
    """A picture's bytes, with nothing beside its dots."""
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    into = BytesIO()
    bare.save(into, form, **how)
    return into.getvalue()
