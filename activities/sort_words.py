"""What comes in is sorted by what it says: the act of the room of learning, which goes on for as long as its worker runs.

A worker of its own does it, on a task queue of its own. While there is none what came in waits, unsorted, for a person.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from temporalio import activity

from commands.debtor.letter_in import NOT_READ
from commands.debtor.mail import NOTHING_SAID
from commands.debtor.sorted_reply import take_sorted
from domain.parties.message_classes import Sorted
from facts import clock
from facts.database import Database
from facts.deliveries import sortings
from facts.prediction import versions
from facts.prediction.versions import NOT_LEARNED
from planning.service import Planning

log = structlog.get_logger()

PAGE = 20  # replies between two words of progress
A_LOOK = timedelta(seconds=1)  # between two looks for what has come
A_TURN = timedelta(minutes=10)  # after which a turn ends in which nothing came


Sort = Callable[[str], Sorted]


@dataclass(frozen=True, slots=True)
class Sorting:
    """What sorts, as the one process that loads it gives it.

    `sort` is what is built in, and `version` names it; `read` gives what was learned here from its weights, and raises
    ValueError where they are none of `code`.
    """

    sort: Sort
    version: str
    read: Callable[[bytes], Sort]
    code: str


class SortWords:
    """Sorts what came in by the version in use; by what is built in where none is, or where it cannot be read."""

    def __init__(self, database: Database, planning: Planning, sorting: Sorting) -> None:
        self._database = database
        self._planning = planning
        self._built_in = sorting
        self._number, self._sort, self._version = NOT_LEARNED, sorting.sort, sorting.version
        self._failed: set[int] = set()

    @activity.defn
    async def sort_what_comes(self) -> int:
        """Sort what waits, or wait for it; gives how many replies were sorted. Tried again, it goes on where it was."""
        looks = A_TURN // A_LOOK
        while looks and not activity.is_worker_shutdown():
            done = await self.sort_what_waits()
            if done:
                return done
            activity.heartbeat()
            await asyncio.sleep(A_LOOK.total_seconds())
            looks -= 1
        return 0

    async def sort_what_waits(self) -> int:
        """Sort all that waits now; gives how many that were. Words that cannot be sorted hold up no others."""
        done = 0
        while some := await self._waiting():
            await self._take_version_in_use()
            for reply in some:
                done += await self._sorted(reply)
                if activity.in_activity():
                    activity.heartbeat(done)
            await self._tell(done)
            if activity.in_activity() and activity.is_worker_shutdown():
                break
        return done

    async def _waiting(self) -> list[int]:
        async with self._database.transaction() as connection:
            found = await sortings.waiting(connection, PAGE + len(self._failed))
        return [reply for reply in found if reply not in self._failed]

    async def _take_version_in_use(self) -> None:
        """Sort by what is in use now from here on: whoever chooses another waits for no restart."""
        async with self._database.transaction() as connection:
            number = (await versions.in_use(connection, "words")).number
            if number == self._number:
                return
            known = None if number == NOT_LEARNED else await versions.read(connection, "words", number)
            weights = await versions.weights_of(connection, "words", number) if known else b""
        built_in = self._built_in
        self._number, self._sort, self._version = number, built_in.sort, built_in.version
        if known is not None and known.code != built_in.code:
            log.error("model_not_read", model="words", version=number, error="it was learned by other code")
        elif known is not None:
            try:
                self._sort = await asyncio.to_thread(built_in.read, weights)
                self._version = f"version {number}"
            except ValueError as broken:
                log.error("model_not_read", model="words", version=number, error=str(broken))

    async def _sorted(self, reply: int) -> int:
        """Sort one. What it says is read here, and goes nowhere."""
        async with self._database.transaction() as connection:
            words = (await sortings.words_of(connection, reply)).whole
        try:
            found = await asyncio.to_thread(self._sort, "" if words in (NOTHING_SAID, NOT_READ) else words)
        except Exception as error:  # whatever somebody wrote: the others are sorted, and a person reads this one
            log.error("reply_not_sorted", reply_id=reply, error=type(error).__name__)
            self._failed.add(reply)
            return 0
        async with self._database.transaction() as connection:
            now: datetime = await clock.now_for(connection, "reply", reply)
            held = await take_sorted(connection, self._planning, reply, found, self._version, now)
        log.info("reply_sorted", reply_id=reply, stop=found.stop, urgent=found.urgent, held=held)
        return 1

    async def _tell(self, done: int) -> None:
        async with self._database.transaction() as connection:
            left = await sortings.count_waiting(connection)
        log.info("replies_sorted", count=done, left=left)
