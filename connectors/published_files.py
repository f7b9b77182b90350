"""A folder that somebody collects from: a file appears whole, once, and is never changed after that.

A file is prepared under a hidden name inside the transaction that commits what it says, and published by renaming it
after the commit. A crash between the two leaves a prepared file: whoever writes next publishes it when its content was
committed and drops it otherwise. A name that is taken stays taken.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.whole_files import keep_names, make_folder, write_through


class PublishedFiles:
    """The folder, and the names that belong into it."""

    def __init__(self, folder: Path, names: re.Pattern[str]) -> None:
        """`folder` is made when missing; any other name than `names` matches is refused with ValueError."""
        self._folder, self._names = folder, names
        make_folder(folder)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else is at work here: two at once would drop each other's files. Ends with its holder."""
        with (self._folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def prepare(self, name: str, content: bytes) -> None:
        """Write a file that nobody sees yet. One prepared before under this name is replaced.

        Raises FileExistsError where a file is published under this name: whoever has read it relies on it.
        """
        if (self._folder / name).exists():
            raise FileExistsError(f"{name} is in {self._folder.name} already and says something else: look what it is")
        write_through(self._hidden(name), content)
        keep_names(self._folder)

    def publish(self, name: str) -> None:
        """Let a prepared file be seen; nothing where it is published already.

        Raises FileExistsError where another file has its name: that one stays as it is. Raises FileNotFoundError where
        there is no such file: it was lost, or collected before that was noted.
        """
        hidden, seen = self._hidden(name), self._folder / name
        if not hidden.exists():
            if not seen.exists():
                raise FileNotFoundError(f"{name} is neither prepared nor published in {self._folder.name}")
            return
        if not (seen.exists() and seen.read_bytes() == hidden.read_bytes()):
            os.link(hidden, seen)  # unlike a rename this takes nobody's place
        hidden.unlink()
        keep_names(self._folder)

    def drop(self, name: str) -> None:
        """Remove a prepared file whose content was not committed."""
        self._hidden(name).unlink()

    def prepared(self) -> list[str]:
        """The names of files prepared and neither published nor dropped: a crash left them."""
        hidden = (path.name[1:].removesuffix(".part") for path in self._folder.glob(".*.part"))
        return sorted(name for name in hidden if self._names.fullmatch(name))

    def _hidden(self, name: str) -> Path:
        if not self._names.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a file in {self._folder.name}")
        return self._folder / f".{name}.part"
