"""The folder that direct-debit files pass through: `out` for the centre to collect, `in` for what it leaves.

A file in `out` appears whole, once, and is never changed after that. It is prepared under a hidden name inside the
transaction that stores what it says, and published by renaming it after the commit. A crash between the two leaves a
prepared file: whoever writes next publishes it when its content was committed and drops it otherwise.

A file in `in` is put there whole (under a hidden name first), read once, and moved to `done` or `flagged`.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*-(claims|cancellations)-\d{7}\.txt")


class DirectDebitFolder:
    """Both ways of the folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` and what belongs into it are made when missing."""
        self._out, self._in = folder / "out", folder / "in"
        for place in (self._out, self._in / "done", self._in / "flagged"):
            place.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else is at work here: two at once would drop each other's files. Ends with its holder."""
        with (self._out / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    # --- out -------------------------------------------------------------------------------------------------

    def prepare(self, name: str, content: bytes) -> None:
        """Write a file that nobody sees yet. One prepared before under this name is replaced."""
        with self._hidden(name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def publish(self, name: str) -> None:
        """Let a prepared file be seen; nothing where it is published already."""
        if (hidden := self._hidden(name)).exists():
            hidden.rename(self._out / name)

    def drop(self, name: str) -> None:
        """Remove a prepared file whose content was not committed."""
        self._hidden(name).unlink()

    def prepared(self) -> list[str]:
        """The names of files prepared and neither published nor dropped: a crash left them."""
        return sorted(path.name[1:].removesuffix(".part") for path in self._out.glob(".*.txt.part"))

    @staticmethod
    def name(creditor: str, kind: Literal["claims", "cancellations"], transmission: int) -> str:
        """The name of a creditor's file of a transmission."""
        return f"{creditor}-{kind}-{transmission:07}.txt"

    def _hidden(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a file of claims or cancellations")
        return self._out / f".{name}.part"

    # --- in --------------------------------------------------------------------------------------------------

    def arrived(self) -> list[Path]:
        """The files that wait to be read."""
        return sorted(path for path in self._in.iterdir() if path.is_file() and not path.name.startswith("."))

    def put_away(self, path: Path, *, flagged: bool) -> None:
        """Move a file that was read. One of the same name is never overwritten."""
        place = self._in / ("flagged" if flagged else "done")
        target, times = place / path.name, 1
        while target.exists():
            times += 1
            target = place / f"{path.name}.{times}"
        path.rename(target)
