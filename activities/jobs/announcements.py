"""What is told to many, page by page: whom it is for is looked for first, and their cases hear of it once a person says so.

Each page is one transaction, which ends with how far it came: a worker that is killed has done a page or not, and the next
goes on from there.
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.planner.announcing import LeftOut, way_to
from domain.vocabulary import Channel
from facts import announcements, clock, diary
from facts.announcements import AT_ONCE, Kept, Reached
from facts.cases.load import load_cases
from facts.database import Database
from facts.outbox import tell
from planning.service import Planning
from views.filters import OF_CASES, filter_of
from views.selected import Selection

log = structlog.get_logger()

EVERY = timedelta(seconds=2)
TOLD = "announced"  # in the diary, and as news


class Announcements:
    """Works through what is told to many while a worker runs. Many may run at once: one page is at work at a time."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning
        self._set_aside: set[int] = set()

    async def run(self) -> None:
        """Work until cancelled; whatever goes wrong is tried again."""
        while True:
            try:
                while await self.work():
                    pass
            except Exception as error:  # the database is away
                log.warning("announcements_wait", error=type(error).__name__)
            self._set_aside.clear()
            await asyncio.sleep(EVERY.total_seconds())

    async def work(self) -> bool:
        """One page of one that is at work; False where none is. What fails waits, and keeps no other waiting."""
        kept = None
        try:
            async with self._database.transaction() as connection:
                kept = await announcements.next_at_work(connection, list(self._set_aside))
                if kept is None:
                    return False
                now = await clock.now(connection, kept.creditor)
                page = self._count if kept.sent_at is None else self._tell
                await page(connection, kept, now)
        except Exception as error:
            if kept is None:
                raise
            self._set_aside.add(kept.id)
            log.error("announcement_waits", announcement=kept.id, exc_info=error)
        return True

    async def _count(self, connection: AsyncConnection, kept: Kept, now: datetime) -> None:
        """Look at the next cases of the segment, oldest first."""
        page = await Selection(filter_of(kept.written, OF_CASES), creditor=kept.creditor).page(connection, kept.reached)
        found = await self._reached(connection, kept, [each.case_id for each in page.cases], now)
        await announcements.keep_reached(connection, kept.id, found, page.next, now)

    async def _tell(self, connection: AsyncConnection, kept: Kept, now: datetime) -> None:
        """The next cases hear of it, those whose debtors may still be told."""
        waiting = await announcements.to_tell(connection, kept.id)
        found = {each.case: each for each in await self._reached(connection, kept, list(waiting.values()), now)}
        left_out = {recipient: found[case].left_out for recipient, case in waiting.items()}
        await announcements.mark(connection, kept.id, left_out, now)
        told = [waiting[recipient] for recipient, why in left_out.items() if why is None]
        await diary.write(
            connection, TOLD, kept.sent_by or kept.by, [(case, {"announcement": kept.id}) for case in told], now
        )
        await tell(connection, told, TOLD, now)
        if len(waiting) < AT_ONCE:
            await announcements.all_told(connection, kept.id, now)

    async def _reached(self, connection: AsyncConnection, kept: Kept, cases: list[int], now: datetime) -> list[Reached]:
        if not cases:
            return []
        loaded = await load_cases(connection, cases, now)
        plans = [await self._planning.plan_loaded(connection, case, now) for case in loaded]
        meant = await announcements.meant(connection, kept.id, cases, plans[0].law.calendar.here(now))
        found = []
        for plan in plans:
            of = meant[plan.case.id]
            way = way_to(plan.policy, plan.law, plan.case.facts, now, opted_out=of.opted_out)
            if isinstance(way, Channel) and of.told_lately:
                way = LeftOut.TOLD_LATELY
            out = way if isinstance(way, LeftOut) else None
            found.append(Reached(of.recipient, plan.case.id, None if out else str(way), out))
        return found
