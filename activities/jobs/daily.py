"""The daily and hourly jobs: hand-off files, letters pulled before printing, the sweep, the breaker."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import groupby

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.client import Client

from activities.jobs.each import for_each
from activities.jobs.sweep import start_what_is_not_running
from channels.letter import PrintBatches
from connectors.collection_partner.files import Creditor, HandedOff, HandOffFile, HandOffFiles, Message
from domain.moment import moment_in
from domain.planner.action import ActionKind
from domain.planner.obstacles import Thing, against
from domain.planner.occasions import OCCASIONS
from facts import clock
from facts.cases.load import load_cases
from facts.cases.locks import lock_cases
from facts.collection import hand_offs
from facts.collection.hand_offs import Exporting
from facts.database import Database
from facts.deliveries import letters
from facts.deliveries.letters import UnpostedLetter
from facts.money import payment_attempts
from facts.operations import stops, sweep
from planning.service import Plan, Planning

log = structlog.get_logger()

BREAKER_FACTOR, BREAKER_ROOM = 3, 50  # a letter has two alerts; and a few bounces come every hour


class Jobs:
    """What is done for all cases together. The activities take no argument and may run at any time, twice too."""

    def __init__(
        self, database: Database, planning: Planning, client: Client, files: HandOffFiles, batches: PrintBatches
    ) -> None:
        self._database = database
        self._planning = planning
        self._client = client
        self._files = files
        self._batches = batches

    # --- hand-offs -------------------------------------------------------------------------------------------

    @activity.defn
    async def export_hand_offs(self) -> int:
        """Write today's hand-off files; gives how many hand-offs left.

        One file a day for a creditor: what is queued after it waits for the next day's. Nothing while another export runs.
        """
        with self._files.alone() as alone:
            if not alone:
                return 0
            await self._clear_prepared()
            async with self._database.transaction() as connection:
                exporting = await hand_offs.to_export(connection)
            return await for_each(exporting, self._export, lambda each: each.creditor, "hand_offs_not_exported")

    async def _clear_prepared(self) -> None:
        """After a crash: a prepared file is published when its content was committed, and dropped when not."""
        for name in self._files.prepared():
            async with self._database.transaction() as connection:
                committed = await hand_offs.is_known_file(connection, name)
            if not committed:
                self._files.drop(name)
                continue
            try:
                self._files.publish(name)
            except FileExistsError:  # a person must look; the other creditors' files go out meanwhile
                log.error("hand_off_file_not_published", file=name, reason="another file has its name")

    async def _export(self, creditor: Exporting) -> int:
        if creditor.partner is None:
            log.error("hand_off_without_partner", creditor=creditor.creditor)
            return 0
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            today = moment_in(creditor.country, now).day
            name = self._files.name(today, creditor.creditor)
            if await hand_offs.is_known_file(connection, name):
                return 0
            leaving = await self._still_to_hand_off(connection, creditor.creditor, now)
            await hand_offs.export(connection, leaving, name, now)
            messages = await hand_offs.take_messages(connection, creditor.creditor, name, now)
            if not (leaving or messages):
                return 0
            content = HandOffFile(
                date=today,
                creditor=Creditor(
                    id=creditor.creditor, name=creditor.name, organisation_number=creditor.organisation_number
                ),
                collection_partner=creditor.partner,
                hand_offs=tuple(
                    [HandedOff.model_validate(await hand_offs.history(connection, each)) for each in leaving]
                ),
                messages=tuple(Message.model_validate(asdict(message)) for message in messages),
            )
            await asyncio.to_thread(self._files.prepare_file, content)
        self._files.publish(name)
        log.info("hand_offs_exported", creditor=creditor.creditor, count=len(leaving), messages=len(messages))
        return len(leaving)

    async def _still_to_hand_off(self, connection: AsyncConnection, creditor: str, now: datetime) -> list[int]:
        """The last check: hand-offs that the planner would queue again this moment; the others go back to their case.

        One that would be queued later (at night, say) stays queued.
        """
        queued = await hand_offs.lock_queued(connection, creditor)
        loaded = {case.id: case for case in await load_cases(connection, [each.case for each in queued], now)}
        leaving = []
        for each in queued:
            case = loaded[each.case]
            unqueued = replace(case, facts=replace(case.facts, hand_off=None))
            action = (await self._planning.plan_loaded(connection, unqueued, now)).action
            if action.kind is not ActionKind.HAND_OFF:
                await hand_offs.back_out(connection, each, action.why, now)
                log.info("hand_off_backed_out", hand_off=each.id, case_id=each.case)
            elif action.is_due(now):
                leaving.append(each.id)
        return leaving

    # --- letters ---------------------------------------------------------------------------------------------

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
        by_batch = [(batch, list(some)) for batch, some in groupby(waiting, lambda each: each.batch)]
        return await for_each(by_batch, self._pull_from, lambda each: each[0], "letters_not_pulled")

    async def _pull_from(self, batch_waiting: tuple[str, Sequence[UnpostedLetter]]) -> int:
        batch, waiting = batch_waiting
        if broken := await asyncio.to_thread(self._batches.broken_lines, batch):
            log.error("manifest_broken", batch=batch, lines=broken)
        in_batch = {letter.delivery_id for letter in await asyncio.to_thread(self._batches.letters, batch)}
        emptied = batch in self._batches.batches()  # the printer may also have taken the whole folder away
        pulled = 0
        for letter in waiting:
            gone = emptied and str(letter.delivery) not in in_batch  # a crash kept from the facts that it was pulled
            async with self._database.transaction() as connection:
                now = await clock.now(connection)
                if not gone and not await self._nobody_should_get(connection, letter, now):
                    continue
                await lock_cases(connection, list(letter.rounds))
                still = await self._nobody_should_get(connection, letter, now)
                if gone or (still and await asyncio.to_thread(self._batches.withdraw, str(letter.delivery))):
                    await letters.pulled(connection, letter.delivery, now)
                    pulled += 1
        if pulled:
            log.info("letters_pulled", batch=batch, count=pulled)
        return pulled

    async def _nobody_should_get(self, connection: AsyncConnection, letter: UnpostedLetter, now: datetime) -> bool:
        served = await load_cases(connection, list(letter.rounds), now)
        plans = [await self._planning.plan_loaded(connection, case, now) for case in served]
        return all(_nothing_to_send(plan, letter, now) for plan in plans)

    # --- payments --------------------------------------------------------------------------------------------

    @activity.defn
    async def give_up_payments(self) -> int:
        """Give up the payments that were begun an hour ago and not heard of since; gives how many. Money may still come."""
        async with self._database.transaction() as connection:
            given_up = await payment_attempts.abandon_stale(connection, await clock.now(connection))
        if given_up:
            log.info("payments_given_up", count=given_up)
        return given_up

    # --- watching --------------------------------------------------------------------------------------------

    @activity.defn
    async def sweep(self) -> int:
        """Start open cases that have no running workflow; gives how many. Those that do not get on are flagged."""
        return await start_what_is_not_running(self._database, self._client)

    @activity.defn
    async def trip_breaker(self) -> bool:
        """Stop everything when far more went out within the hour than was foreseen; gives whether it did."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            gone, foreseen = await sweep.gone_out(connection, now)
            if gone <= foreseen * BREAKER_FACTOR + BREAKER_ROOM:
                return False
            await stops.set_stop(connection, "everything", "", None, "breaker", "more-than-forecast", now)
        log.error("breaker_tripped", deliveries=gone, foreseen=foreseen)
        return True


def _nothing_to_send(plan: Plan, letter: UnpostedLetter, now: datetime) -> bool:
    """Whether a letter should not reach the debtor of this case any more."""
    facts = plan.case.facts
    if facts.round != letter.rounds[plan.case.id] and letter.message != "invoice":
        return True
    plain = letter.message == "invoice" or letter.message in OCCASIONS
    thing = Thing.PLAIN_LETTER if plain else Thing.LETTER
    return against(thing, facts, plan.law.calendar, now, plan.policy.ignore_balance_below) is not None
