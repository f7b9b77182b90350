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
            leaving = await self._still_to_hand_off(connection, creditor.creditor, now)
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
            leaving = await self._still_to_hand_off(connection, creditor.creditor, now)
            await hand_offs.export(connection, leaving, name, now)
            messages = await hand_offs.take_messages(connection, creditor.creditor, name, now)
            if not (leaving or messages):
                return 0
            ids = CreditorIds(creditor.creditor, creditor.id_key)
            histories = [await hand_offs.history(connection, each, now) for each in leaving]
            content = HandOffFile(
                date=today,
                creditor=Creditor(
                    id=creditor.creditor, name=creditor.name, organisation_number=creditor.organisation_number
                ),
                collection_partner=creditor.partner,
                hand_offs=tuple(HandedOff.model_validate(_history(each, ids)) for each in histories),
                messages=tuple(Message.model_validate(_message(each, ids)) for each in messages),
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


def _history(case: Mapping[str, Any], ids: CreditorIds) -> dict[str, Any]:
    """A case's history as its creditor's partner is told: by the ids that the creditor knows."""
    return {
        **case,
        "hand_off": ids.sealed(Kind.HAND_OFF, case["hand_off"]),
        "deliveries": [ids.told(each) for each in case["deliveries"]],
        "events": [each | {"detail": ids.told(each["detail"])} for each in case["events"]],
    }


def _message(message: Mapping[str, Any], ids: CreditorIds) -> dict[str, Any]:
    return ids.told(message) | {"id": ids.sealed(Kind.PARTNER_MESSAGE, message["id"])}
