"""Which debtors pay alike, and how each pays, is found anew each night: an act of the room of learning, creditor by creditor.

How it is found is the room's (`prediction/payments/finding.py`): this loads nothing of it. While no worker of its queue runs,
what was found ages, and nothing else changes.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from temporalio import activity

from activities.signs_of_life import with_signs_of_life
from commands.prediction.segments import take_debtors, take_segments
from domain.learned.segments import Segment
from facts import clock
from facts.database import Database
from facts.prediction import segments
from facts.prediction.segments import FoundDebtor

log = structlog.get_logger()

PAGE: Final = 500  # debtors that are kept in one transaction

Past = Any  # the room's own; it is only handed back to it


class Finder(Protocol):
    """What finds segments and behaviour in the past of one creditor."""

    def read_past(self, database: Database, now: datetime, creditor: str) -> Coroutine[Any, Any, Past]:
        """All that is known now of its cases."""

    def found(
        self, past: Past, before: Sequence[Segment], was_in: Mapping[int, str]
    ) -> tuple[Sequence[Segment], Sequence[FoundDebtor]]:
        """The segments, and what is found of each debtor."""

    def version(self) -> str:
        """What finds."""


class FindSegments:
    """Finds segments and behaviour of every creditor's debtors."""

    def __init__(self, database: Database, finder: Finder) -> None:
        self._database = database
        self._finder = finder

    @activity.defn
    async def find_segments(self) -> int:
        """Find them for each creditor; gives how many debtors changed. Tried again, it goes on with the creditor it was at."""
        begun, *after = activity.info().heartbeat_details or ("",)
        return await self.find(datetime.fromisoformat(begun) if begun else None, *after[:1])

    async def find(self, begun: datetime | None = None, after: str = "") -> int:
        """The same outside of an activity: since a moment, for the creditors after one."""
        async with self._database.transaction() as connection:
            now = begun or await clock.now(connection)
            creditors = await segments.creditors_after(connection, after)
        changed = 0
        for creditor in creditors:
            changed += await self._find_of(creditor, now, (now.isoformat(), after))
            after = creditor
            self._beat(now.isoformat(), after)
        log.info("segments_found", creditors=len(creditors), changed=changed)
        return changed

    async def _find_of(self, creditor: str, now: datetime, progress: Sequence[str]) -> int:
        """One creditor's: what is told of a change is in the transaction that keeps it, so that it is told once."""
        reading = self._finder.read_past(self._database, now, creditor)
        past = await with_signs_of_life(reading, lambda: progress)
        async with self._database.transaction() as connection:
            before = await segments.found_last(connection, creditor)
            was_in = await segments.was_in(connection, creditor)
        finding = asyncio.to_thread(self._finder.found, past, before, was_in)
        found, debtors = await with_signs_of_life(finding, lambda: progress)
        async with self._database.transaction() as connection:
            await take_segments(connection, creditor, found, now)
        changed = 0
        for begin in range(0, len(debtors), PAGE):
            page = debtors[begin : begin + PAGE]
            async with self._database.transaction() as connection:
                changed += await take_debtors(connection, creditor, page, self._finder.version(), now)
            self._beat(*progress)
        async with self._database.transaction() as connection:
            await segments.forget_others(connection, creditor, now)
        log.info("debtors_found", creditor=creditor, count=len(debtors), segments=len(found), changed=changed)
        return changed

    def _beat(self, *progress: str) -> None:
        if activity.in_activity():
            activity.heartbeat(*progress)
