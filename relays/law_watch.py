"""Cases that wait for something from outside look again: for a row of the law, told in good time, or for facts put right."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from domain import invariant
from domain.countries.law import Law, missing_soon
from domain.moment import moment_in
from facts import clock
from facts.database import Database
from facts.operations import sweep
from facts.parties.creditors import countries_in_use

log = structlog.get_logger()

EVERY = timedelta(hours=1)
A_DAY = timedelta(days=1)  # how often a case is woken for a row that is still not there
PAGE = 500
WAITING = {"law missing": "law_changed", invariant.FLAG: "refresh_decision"}
"""The flags of those that wait, each with what they are told."""


class LawWatch:
    """Watches while a worker runs: at its start, when it may have new country files, and every hour."""

    def __init__(self, database: Database, laws: Mapping[str, Law]) -> None:
        self._database = database
        self._laws = laws

    async def run(self) -> None:
        """Watch until cancelled. Whatever goes wrong is logged and tried again in an hour."""
        slept = timedelta(0)
        while True:
            try:
                await self.look(slept)
                slept = A_DAY
            except Exception as error:
                log.error("law_watch_failed", exc_info=error)
            await asyncio.sleep(EVERY.total_seconds())

    async def look(self, slept: timedelta) -> int:
        """Tell what will be missing, and wake the cases that have waited so long; gives how many."""
        async with self._database.transaction() as connection:
            now, used = await clock.now(connection), await countries_in_use(connection)
        for law in (law for country, law in self._laws.items() if country in used):
            for missing in missing_soon([law], moment_in(law.country, now).day):
                log.warning("law_ends", missing=missing)
        woken = sum([await self._wake(flag, signal, now, now - slept) for flag, signal in WAITING.items()])
        if woken:
            log.info("cases_looked_at_again", cases=woken)
        return woken

    async def _wake(self, flag: str, signal: str, now: datetime, before: datetime) -> int:
        woken, after = 0, 0
        while True:
            async with self._database.transaction() as connection:
                page = await sweep.look_again(connection, flag, signal, now, before=before, after=after, most=PAGE)
            if not page:
                return woken
            woken, after = woken + len(page), page[-1]
