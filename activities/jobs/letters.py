"""Letters that nobody should get any more are taken out of their batch before it is printed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.jobs.each import for_each
from channels.print_batches import PrintBatches
from domain.parties.standing import Thing, standing_of
from domain.planner.obstacles import against
from domain.planner.occasions import OCCASIONS
from facts import clock
from facts.cases.load import load_cases
from facts.cases.locks import lock_cases
from facts.database import Database
from facts.deliveries import letters
from facts.deliveries.letters import UnpostedLetter
from planning.service import PlannedCase, Planning

log = structlog.get_logger()

EVERY = timedelta(seconds=15)  # how soon a letter of a case that was just held leaves its batch
LATELY = timedelta(hours=1)  # what was held earlier, the hourly job has looked at


class Letters:
    """The watch over the batches that wait for the printer. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database, planning: Planning, batches: PrintBatches) -> None:
        self._database = database
        self._planning = planning
        self._batches = batches

    @activity.defn
    async def pull_unposted_letters(self) -> int:
        """Take letters out of their batch that nobody should get any more; gives how many.

        A letter is pulled when something stands in its way in all cases that it serves, or they are in another round. A
        batch that was posted is closed: nothing goes in or out any more.
        """
        async with self._database.transaction() as connection:
            posted = await letters.posted_among(connection, self._batches.batches())
            waiting = await letters.unposted(connection)
        for batch in posted:
            await asyncio.to_thread(self._batches.close, batch)
        return await for_each(_by_batch(waiting), self._pull_from, lambda each: each[0], "letters_not_pulled")

    async def pull_of(self, cases: Sequence[int]) -> list[UnpostedLetter]:
        """The same with the letters of some cases; gives those that are with the printer already."""
        async with self._database.transaction() as connection:
            waiting = await letters.unposted_of(connection, cases)
        for each in _by_batch(waiting):
            await self._pull_from(each)
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            left = await letters.unposted_of(connection, cases)
            return [letter for letter in left if await self._nobody_should_get(connection, letter, now)]

    async def watch(self) -> None:
        """Pull the letters of cases that were held, whoever held them, until cancelled; whatever goes wrong is tried again."""
        while True:
            try:
                await self.pull_of_held()
            except Exception as error:  # the database or the folder is away: the hourly job tells of what stays so
                log.warning("letters_not_watched", error=type(error).__name__)
            await asyncio.sleep(EVERY.total_seconds())

    async def pull_of_held(self) -> int:
        """Pull the letters that serve nobody but cases on hold, of those that were held lately; gives how many."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            waiting = await letters.unposted_of_held(connection, now - LATELY, now)
        return sum([await self._pull_from(each) for each in _by_batch(waiting)])

    async def _pull_from(self, batch_waiting: tuple[str, Sequence[UnpostedLetter]]) -> int:
        batch, waiting = batch_waiting
        if broken := await asyncio.to_thread(self._batches.broken_lines, batch):
            log.error("manifest_broken", batch=batch, lines=broken)
        in_batch = {letter.delivery_id for letter in await asyncio.to_thread(self._batches.letters, batch)}
        if batch not in self._batches.batches():
            return 0  # the printer has taken the whole folder away
        pulled = 0
        for letter in waiting:
            gone = str(letter.delivery) not in in_batch  # a crash kept from the facts that it was pulled
            async with self._database.transaction() as connection:
                now = await clock.now(connection)
                if not gone and not await self._nobody_should_get(connection, letter, now):
                    continue
                await lock_cases(connection, list(letter.cases))
                still = await self._nobody_should_get(connection, letter, now)
                if gone or (still and await asyncio.to_thread(self._batches.withdraw, str(letter.delivery))):
                    await letters.pulled(connection, letter.delivery, now)
                    pulled += 1
        if pulled:
            log.info("letters_pulled", batch=batch, count=pulled)
        return pulled

    async def _nobody_should_get(self, connection: AsyncConnection, letter: UnpostedLetter, now: datetime) -> bool:
        served = await load_cases(connection, list(letter.cases), now)
        plans = [await self._planning.plan_loaded(connection, case, now) for case in served]
        return all(_nothing_to_send(plan, letter, now) for plan in plans)


def _by_batch(waiting: Sequence[UnpostedLetter]) -> list[tuple[str, list[UnpostedLetter]]]:
    return [(batch, list(some)) for batch, some in groupby(waiting, lambda each: each.batch)]


def _nothing_to_send(plan: PlannedCase, letter: UnpostedLetter, now: datetime) -> bool:
    """Whether a letter should not reach the debtor of this case any more."""
    facts, served = plan.case.facts, letter.cases[plan.case.id]
    if facts.round != served.round and letter.message != "invoice":
        return True
    plain = letter.message == "invoice" or letter.message in OCCASIONS
    thing = Thing.PLAIN_LETTER if plain else Thing.LETTER
    standing = standing_of(facts.life, plan.law.calendar.local_date(now), plan.law)
    if standing.asks(thing) and served.step not in facts.send_now:
        return True
    return against(thing, facts, plan.law.calendar, now, plan.policy.ignore_balance_below) is not None
