"""Status files of a distribution house in a folder: each is taken whole or refused, and put away beside what became of it."""

import asyncio
from pathlib import Path

import structlog

from activities.watched_folder import WatchedFolder
from channels.print_batches import PrintBatches
from commands.debtor import letter_statuses
from commands.debtor.letter_statuses import Taken
from connectors.letter_statuses import read_statuses
from facts.database import Database
from facts.refusals import Refused

log = structlog.get_logger()


async def take_statuses(database: Database, batches: PrintBatches, path: Path) -> Taken:
    """Take a status file. Its letters' batches are closed: the house has them.

    Raises Refused, and keeps nothing, where any line of it cannot be.
    """
    try:
        lines = await asyncio.to_thread(read_statuses, path)
    except ValueError as wrong:
        raise Refused(f"the file {wrong}") from wrong
    async with database.transaction() as connection:
        taken = await letter_statuses.take(connection, lines)
    for batch in sorted(taken.batches & set(batches.batches())):
        await asyncio.to_thread(batches.close, batch)
    return taken


class HouseFolder(WatchedFolder):
    """What a distribution house tells of the letters that it was given."""

    holds = "letter statuses"

    def __init__(self, database: Database, batches: PrintBatches, place: Path) -> None:
        """`place` is where the folder is, made when it is first looked into."""
        super().__init__(place)
        self._database, self._batches = database, batches

    async def _take(self, name: str) -> None:
        try:
            taken = await take_statuses(self._database, self._batches, self._folder.path(name))
        except Refused as refused:
            self._put_away(name, {"file": name, "reason": str(refused)}, done=False)
            log.warning("status_file_refused", file=name)
            return
        new, known, contradictory = taken.new, taken.known, taken.contradictory
        told = {"file": name, "reason": None, "new": new, "known": known, "contradictory": contradictory}
        self._put_away(name, told, done=True)
        log.info("status_file_taken", file=name, new=new, known=known, contradictory=contradictory)
