"""Every day's files for the collection partners, with what is told of earlier hand-offs."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.jobs.each import for_each
from connectors.collection_partner.files import Creditor, HandedOff, HandOffFile, HandOffFiles, Message
from connectors.ids import CreditorIds, Kind
from domain.moment import moment_in
from domain.planner.action import ActionKind
from facts import clock
from facts.cases.load import load_cases
from facts.collection import hand_offs
from facts.collection.hand_offs import Exporting
from facts.database import Database
from planning.service import Planning

log = structlog.get_logger()


class HandOffs:
    """The export for all creditors. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database, planning: Planning, files: HandOffFiles) -> None:
        self._database = database
        self._planning = planning
        self._files = files

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

    async def hand_over_in_test_mode(self) -> int:
        """What creditors in test mode have queued leaves at once, as in a file, without one; gives how many hand-offs left."""
        async with self._database.transaction() as connection:
            exporting = await hand_offs.to_export(connection, test=True)
        return await for_each(exporting, self._hand_over, lambda each: each.creditor, "hand_offs_not_exported")

    async def _hand_over(self, creditor: Exporting) -> int:
        async with self._database.transaction() as connection:
            now = await clock.now(connection, creditor.creditor)
            leaving = await still_to_hand_off(connection, self._planning, creditor.creditor, now)
            await hand_offs.export(connection, leaving, None, now)
            await hand_offs.take_messages(connection, creditor.creditor, None, now)
        return len(leaving)

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
            leaving = await still_to_hand_off(connection, self._planning, creditor.creditor, now)
            await hand_offs.export(connection, leaving, name, now)
            messages = await hand_offs.take_messages(connection, creditor.creditor, name, now)
            if not (leaving or messages):
                return 0
            ids = CreditorIds(creditor.creditor, creditor.id_key)
            content = HandOffFile(
                date=today,
                creditor=Creditor(
                    id=creditor.creditor, name=creditor.name, organisation_number=creditor.organisation_number
                ),
                collection_partner=creditor.partner,
                hand_offs=tuple([handed_off(await hand_offs.history(connection, each, now), ids) for each in leaving]),
                messages=tuple(message(each, ids) for each in messages),
            )
            await asyncio.to_thread(self._files.prepare_file, content)
        self._files.publish(name)
        log.info("hand_offs_exported", creditor=creditor.creditor, count=len(leaving), messages=len(messages))
        return len(leaving)


async def still_to_hand_off(connection: AsyncConnection, planning: Planning, creditor: str, now: datetime) -> list[int]:
    """The last check: hand-offs that the planner would queue again this moment; the others go back to their case.

    One that would be queued later (at night, say) stays queued.
    """
    queued = await hand_offs.lock_queued(connection, creditor)
    loaded = {case.id: case for case in await load_cases(connection, [each.case for each in queued], now)}
    leaving = []
    for each in queued:
        case = loaded[each.case]
        unqueued = replace(case, facts=replace(case.facts, hand_off=None))
        action = (await planning.plan_loaded(connection, unqueued, now)).action
        if action.kind is not ActionKind.HAND_OFF:
            await hand_offs.back_out(connection, each, action.why, now)
            log.info("hand_off_backed_out", hand_off=each.id, case_id=each.case)
        elif action.is_due(now):
            leaving.append(each.id)
    return leaving


def handed_off(case: Mapping[str, Any], ids: CreditorIds) -> HandedOff:
    """A case's history as its creditor's partner is told: by the ids that the creditor knows."""
    told = {
        "hand_off": ids.sealed(Kind.HAND_OFF, case["hand_off"]),
        "deliveries": [ids.told(each) for each in case["deliveries"]],
        "events": [each | {"detail": ids.told(each["detail"])} for each in case["events"]],
    }
    return HandedOff.model_validate({**case, **told})


def message(told: Mapping[str, Any], ids: CreditorIds) -> Message:
    """News of a case as its partner is told."""
    return Message.model_validate(ids.told(told) | {"id": ids.sealed(Kind.PARTNER_MESSAGE, told["id"])})
