"""Folders that are looked into while a worker runs: file by file is taken, and put away beside what became of it."""

import asyncio
import fcntl
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import orjson
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from connectors.drop_folder import DropFolder
from connectors.whole_files import write_through

log = structlog.get_logger()

EVERY = 60.0  # seconds
AT_ONCE = 200  # entries of a file in memory together, and in one transaction
REPORT = ".report.json"
LOCK = ".lock"


class WatchedFolder(ABC):
    """Takes what lies in a folder, while a worker runs. Of many workers one looks at a time."""

    holds: ClassVar[str]
    """What its files are of, as the log names them."""

    def __init__(self, place: Path) -> None:
        """`place` is where the folder is, made when it is first looked into."""
        self._place = place

    @cached_property
    def _folder(self) -> DropFolder:
        return DropFolder(self._place)

    async def run(self) -> None:
        """Look until cancelled. Whatever goes wrong is logged and tried again in a minute."""
        while True:
            try:
                await self.look()
            except (OSError, OperationalError, InterfaceError) as error:  # it is not there, or the database is away
                log.warning("folder_waits", folder=self.holds, error=type(error).__name__)
            except Exception as error:
                log.error("folder_failed", folder=self.holds, exc_info=error)
            await asyncio.sleep(EVERY)

    async def look(self) -> int:
        """Take every file that is complete, unless another worker does; gives how many."""
        folder = self._folder
        with alone_in(self._place) as is_alone:
            return await self._take_all(folder) if is_alone else 0

    async def _take_all(self, folder: DropFolder) -> int:
        names = [name for name in folder.arrived() if self._is_taken(name)]
        for name in names:
            try:
                await self._take(name)
            except OSError as error:  # what is wrong with one file, or its folder, stops no other
                log.error("file_failed", folder=self.holds, file=name, exc_info=error)
        return len(names)

    def _is_taken(self, name: str) -> bool:
        """Whether a file is one to take, and not one that waits for another."""
        return bool(name)

    @abstractmethod
    async def _take(self, name: str) -> None:
        """Store what a file holds, and put it away."""

    def _put_away(self, name: str, report: Mapping[str, object], *, done: bool, companions: Iterable[str] = ()) -> None:
        """Put a file away beside what became of it, the last of all that go with it: until then it is taken again."""
        place: Literal["done", "refused"] = "done" if done else "refused"
        write_through(self._place / place / f"{name}{REPORT}", orjson.dumps(report, option=orjson.OPT_INDENT_2))
        for each in (*companions, name):
            self._folder.put_away(each, place)


@contextmanager
def alone_in(place: Path) -> Iterator[bool]:
    """Whether nobody else looks into the folder, as long as the block lasts."""
    with (place / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
