"""Files that come with a mail: what they are is told by their content, and only what can be shown is kept."""

from dataclasses import dataclass

LARGEST_FILE = 8_000_000  # bytes
LARGEST_IN_ALL = 18_000_000
MOST_FILES = 10
# How each kind that is kept begins; what a name or a header says of it proves nothing.
_BEGINNINGS: tuple[tuple[str, bytes, int], ...] = (
    ("application/pdf", b"%PDF-", 0),
    ("image/png", b"\x89PNG\r\n\x1a\n", 0),
    ("image/jpeg", b"\xff\xd8\xff", 0),
    ("image/gif", b"GIF8", 0),
    ("image/tiff", b"II*\0", 0),
    ("image/tiff", b"MM\0*", 0),
    ("image/webp", b"WEBP", 8),
    ("image/heic", b"ftyphei", 4),
    ("image/heic", b"ftypmif1", 4),
)


@dataclass(frozen=True, slots=True)
class MailedFile:
    """A file as it is kept: its content, or its name in the folder of attachments; where it is left out, why, and neither."""

    name: str
    media_type: str | None
    size: int
    content: bytes | None
    left_out: str | None = None
    stored: str | None = None


def judged(named: list[tuple[str, bytes]]) -> tuple[MailedFile, ...]:
    """What becomes of the files of a mail, by content and size."""
    files: list[MailedFile] = []
    room = LARGEST_IN_ALL
    for number, (name, content) in enumerate(named, 1):
        kind = media_type(content)
        left_out = _left_out(kind, len(content), number, room)
        if left_out is None:
            room -= len(content)
        files.append(MailedFile(name, kind, len(content), None if left_out else content, left_out))
    return tuple(files)


def media_type(content: bytes) -> str | None:
    """What a file is; None for what is neither a PDF nor a picture."""
    return next((kind for kind, begins, at in _BEGINNINGS if content[at : at + len(begins)] == begins), None)


def _left_out(kind: str | None, size: int, number: int, room: int) -> str | None:
    if number > MOST_FILES:
        return f"it is more than the {MOST_FILES} files of a mail that are kept"
    if kind is None:
        return "it is neither a PDF nor a picture"
    if size > LARGEST_FILE or size > room:
        return f"it has {size} bytes: more than {LARGEST_FILE}, or too much with those before it"
    return None
