"""The folder of attachments, which the web app and the worker share: each whole or not there, under a name that tells nothing.

A file is written before the facts name it. What no fact names (a crash between the two, a message that was refused, a
debtor who was forgotten) is removed by whoever looks twice and finds it unnamed both times: `relays/forgetting.py`.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from connectors.whole_files import keep_names, make_folder, write_through

KEPT_FREE = 256 * 1024 * 1024  # bytes of the disk that attachments never take: others write there too
NAME = re.compile(r"[0-9a-f]{32}")


class NoRoom(Exception):
    """The disk is full, or nobody may write there: nothing is stored."""


class AttachmentFolder:
    """The files by their names, which are random."""

    def __init__(self, folder: Path) -> None:
        """It is made when missing; where that cannot be, nothing else waits for it, and files are refused."""
        self._folder = folder
        with suppress(OSError):
            make_folder(folder)

    @contextmanager
    def holding(self, contents: Iterable[bytes]) -> Iterator[list[str]]:
        """Write them, and give their names; nothing is left of any of them where the block ends in an error. Raises NoRoom."""
        names: list[str] = []
        try:
            for content in contents:
                names.append(self._write(content))
            if names:
                keep_names(self._folder)
            yield names
        except BaseException:
            self.drop(names)
            raise

    def read(self, name: str) -> bytes | None:
        """A file's content; None where it is not there any more."""
        try:
            return self._of(name).read_bytes()
        except FileNotFoundError:
            return None

    def whole(self, content: bytes | None, stored: str | None) -> bytes | None:
        """A file's content where it is kept among the facts, or under its name here; None where it is gone."""
        return content if content is not None or stored is None else self.read(stored)

    def drop(self, names: Iterable[str]) -> None:
        """Remove files; one that is gone already is nothing."""
        for name in names:
            self._of(name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Every file that is there, whole or not."""
        if not self._folder.exists():
            return []
        return sorted(path.name for path in self._folder.iterdir() if NAME.fullmatch(path.name))

    def _write(self, content: bytes) -> str:
        name = uuid4().hex
        try:
            make_folder(self._folder)
            if shutil.disk_usage(self._folder).free < len(content) + KEPT_FREE:
                raise NoRoom("the disk of the attachments is full")
            write_through(self._folder / name, content)
        except OSError as error:
            raise NoRoom(f"an attachment cannot be written: {error.strerror}") from error
        return name

    def _of(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError("that is no name of an attachment")
        return self._folder / name
