"""A folder that files are dropped into, bank files or invoices: each lies there until it is taken or refused, then put away.

A file is left alone while it is being written: as long as its name is hidden or says so, and for some seconds after
its last change.
"""

import hashlib
import time
from pathlib import Path
from stat import S_ISREG
from typing import Literal

from connectors.whole_files import make_folder, put_away

_BEING_WRITTEN = (".part", ".tmp", ".filepart", ".crdownload", "~")
QUIET_SECONDS = 5.0


class DropFolder:
    """A folder, with `done` and `refused` in it."""

    def __init__(self, folder: Path) -> None:
        """`folder` and what belongs into it are made when missing."""
        self._folder = folder
        self._read: dict[str, tuple[tuple[int, int], str]] = {}  # a file that waits is not read again and again
        for place in (folder, folder / "done", folder / "refused"):
            make_folder(place)

    def arrived(self) -> dict[str, str]:
        """The files that are complete, by name, with the SHA-256 of their content."""
        return {
            path.name: sha256
            for path in sorted(self._folder.iterdir())
            if _is_complete(path) and (sha256 := self.sha256(path.name))
        }

    def sha256(self, name: str) -> str | None:
        """What a file holds; None where it is not in the folder. Raises ValueError for a name that leads elsewhere."""
        path = self.path(name)
        try:
            stat = path.stat()
            version = (stat.st_size, stat.st_mtime_ns)
            if name not in self._read or self._read[name][0] != version:
                with path.open("rb") as file:
                    self._read[name] = version, hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            self._read.pop(name, None)
            return None
        return self._read[name][1]

    def path(self, name: str) -> Path:
        """Where a file lies that was not put away. Raises ValueError for a name that leads elsewhere."""
        if not name or Path(name).name != name or name.startswith("."):
            raise ValueError(f"{name!r} is no name of a file in this folder")
        return self._folder / name

    def put_away(self, name: str, place: Literal["done", "refused"]) -> None:
        """Move a file that has come to its end; nothing where it is gone. One of the same name is never overwritten."""
        if (path := self.path(name)).exists():
            put_away(path, self._folder / place)


def _is_complete(path: Path) -> bool:
    if path.name.startswith(".") or path.name.endswith(_BEING_WRITTEN):
        return False
    try:
        stat = path.stat()
    except FileNotFoundError:
        return False
    return S_ISREG(stat.st_mode) and time.time() - max(stat.st_mtime, stat.st_ctime) >= QUIET_SECONDS
