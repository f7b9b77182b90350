"""A file that invoices come in: known by its content, and found by its name."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ID_LENGTH = 12  # of the digest in hex: of a million files no two are likely to share it


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file as filters name it: `batch=NAME` or `batch=ID`."""

    id: str
    name: str


def import_file(name: str, content: bytes) -> ImportFile:
    """The file of this content, by the last part of its name."""
    return ImportFile(sha256(content).hexdigest()[:ID_LENGTH], Path(name).name)
