"""Files of customer relations in a folder: each event is kept once, and the file put away beside what became of it."""

import asyncio
from collections import Counter
from itertools import islice
from pathlib import Path

import structlog

from activities.watched_folder import AT_ONCE, WatchedFolder
from commands.told_line import take_line
from connectors.customer_relations import read_relations
from facts.database import Database
from facts.parties import relations

log = structlog.get_logger()


class RelationFolder(WatchedFolder):
    """What a customer system tells: each line for itself, and a file that is none of customer relations not at all."""

    holds = "customer relations"

    def __init__(self, database: Database, place: Path) -> None:
        """`place` is where the folder is, made when it is first looked into."""
        super().__init__(place)
        self._database = database

    async def _take(self, name: str) -> None:
        counts, events, why = Counter[str](), list[dict[str, object]](), None
        try:
            lines = read_relations(self._folder.path(name))
            while batch := await asyncio.to_thread(lambda: list(islice(lines, AT_ONCE))):
                async with self._database.transaction() as connection:
                    for read in batch:
                        status, wrong = await take_line(connection, None, read, relations.record)
                        counts[status] += 1
                        events.append({"line": read.line, "id": read.id, "status": status, "reason": wrong})
        except ValueError as wrong:  # its header line, before anything is kept
            why = f"the file {wrong}: nothing is kept"
        taken = counts["new"] + counts["known"]
        if why is None and not events:
            why = "the file holds no event below its header line"
        self._put_away(name, {"file": name, "reason": why, "events": events}, done=taken > 0)
        told = log.warning if counts["rejected"] or why else log.info
        told("relation_file_imported", file=name, taken=taken, rejected=counts["rejected"])
