"""The folder that direct-debit files pass through: `out` for the centre to collect, `in` for what it leaves.

A file in `in` is put there whole (under a hidden name first), read once, and moved to `done` or `flagged`.
"""

import re
from pathlib import Path
from typing import Literal

from connectors.published_files import PublishedFiles
from connectors.whole_files import make_folder, put_away

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*-(claims|cancellations|mandate-orders)-(?P<number>\d{7})\.txt")


class DirectDebitFolder(PublishedFiles):
    """Both ways of the folder; what is published lies in `out`."""

    def __init__(self, folder: Path) -> None:
        """`folder` and what belongs into it are made when missing."""
        make_folder(folder)
        super().__init__(folder / "out", _NAME)
        self._in = folder / "in"
        for place in (self._in, self._in / "done", self._in / "flagged"):
            make_folder(place)

    @staticmethod
    def name(creditor: str, kind: Literal["claims", "cancellations", "mandate orders"], transmission: int) -> str:
        """The name of a creditor's file of a transmission."""
        return f"{creditor}-{kind.replace(' ', '-')}-{transmission:07}.txt"

    def numbers(self) -> list[int]:
        """The transmissions of the published files, which no other file may have."""
        names = (_NAME.fullmatch(path.name) for path in self._folder.iterdir())
        return sorted(int(name["number"]) for name in names if name)

    # --- in --------------------------------------------------------------------------------------------------

    def arrived(self) -> list[Path]:
        """The files that wait to be read."""
        return sorted(path for path in self._in.iterdir() if path.is_file() and not path.name.startswith("."))

    def put_away(self, path: Path, *, flagged: bool) -> None:
        """Move a file that was read. One of the same name is never overwritten."""
        put_away(path, self._in / ("flagged" if flagged else "done"))
