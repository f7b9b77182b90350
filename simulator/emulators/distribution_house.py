"""A distribution house: it collects the batches that are for it, brings each letter in the first way that it can, and tells so.

Its files may fail as those of real ones do: none comes, one comes twice, or it says what cannot all be true.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from channels.print_batches import BatchedLetter, PrintBatches
from connectors.whole_files import make_folder
from domain.distribution_house import Told, Way

Fault = Literal["none comes", "comes twice", "contradicts itself"]
HEAD = ("creditor", "letter", "status", "at", "way")
Row = tuple[str, str, str, date, str]


@dataclass
class DistributionHouse:
    """The house, which works once a day. `mailboxes` are the customer numbers of who has a digital one."""

    print_folder: Path
    status_folder: Path
    mailboxes: set[str] = field(default_factory=set)
    faults: deque[Fault] = field(default_factory=deque, init=False)  # of the days to come
    brought: set[str] = field(default_factory=set, init=False)  # delivery ids
    untold: list[Row] = field(default_factory=list, init=False)
    coming_back: list[Row] = field(default_factory=list, init=False)  # each on the day that it is back
    _files: int = field(default=0, init=False)

    def work(self, on: date) -> list[Path]:
        """Bring the letters that are new, and tell of them in a file for each creditor; gives the files."""
        back = [row for row in self.coming_back if row[3] <= on]
        self.coming_back = [row for row in self.coming_back if row[3] > on]
        rows = [*self.untold, *back, *(row for letter in self._collected() for row in self._bring(letter, on))]
        fault = self.faults.popleft() if self.faults else None
        self.untold = rows if fault == "none comes" else []
        if fault == "none comes":
            return []
        if fault == "contradicts itself":
            rows += [(creditor, letter, Told.OPENED, on, "") for creditor, letter, *_ in rows]
            rows += [(creditor, letter, Told.RETURNED, on, "") for creditor, letter, *_ in rows]
        told = [self._tell(creditor, rows) for creditor in sorted({row[0] for row in rows})]
        return told + [
            self._tell(creditor, rows) for creditor in sorted({row[0] for row in rows}) if fault == "comes twice"
        ]

    def comes_back(self, creditor: str, letter: str, on: date) -> None:
        """Nobody lives where a letter was posted to: it is back on a day."""
        self.coming_back.append((creditor, letter, Told.RETURNED, on, ""))

    def _collected(self) -> Iterator[BatchedLetter]:
        """Letters of closed batches and open ones alike: those that name ways, each once."""
        batches = PrintBatches(self.print_folder)
        for batch in batches.batches():
            for letter in batches.letters(batch):
                if letter.ways and letter.delivery_id not in self.brought:
                    self.brought.add(letter.delivery_id)
                    yield letter

    def _bring(self, letter: BatchedLetter, on: date) -> Iterator[Row]:
        creditor, id = letter.creditor_id or "", letter.delivery_id
        for way in map(Way, letter.ways):
            if way is Way.PAPER:
                yield creditor, id, Told.PRINTED, on, ""
                yield creditor, id, Told.POSTED, on, way
                return
            if way is Way.E_INVOICE or letter.customer_number in self.mailboxes:
                yield creditor, id, Told.DELIVERED, on, way
                return

    def _tell(self, creditor: str, rows: list[Row]) -> Path:
        make_folder(self.status_folder)
        self._files += 1
        file = self.status_folder / f"status-{creditor}-{self._files}.csv"
        part = file.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as to:
            writer = csv.writer(to)
            writer.writerow(HEAD)
            writer.writerows(row for row in rows if row[0] == creditor)
        return part.rename(file)
