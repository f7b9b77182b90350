"""An order to many cases, page by page: each case is recorded once, or refused for itself, and the facts say how far it is."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from commands.case.hold import Release
from commands.case.outlook import Outlook
from commands.case.release_in_turns import ReleaseInTurn, give_turns, release_of
from commands.command import Command
from commands.debtor.change import DebtorChange
from commands.many import asked_of_each, do_each_once
from facts import clock
from facts.database import Database
from facts.operations import many
from facts.operations.many import Order
from planning.service import Planning
from views.filters import OF_CASES, filter_of
from views.selected import Selection
from workflows.contracts import ManyAsked, ManyStands


def selection_of(creditor: str | None, written: str) -> Selection:
    """The cases of a filter. Raises NotUnderstood."""
    return Selection(filter_of(written, OF_CASES), creditor=creditor)


class Many:
    """The activities of an order. Each may be asked for again: what is done is done once."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def prepare_many(self, asked: ManyAsked) -> None:
        """Write the turns of a release down, before the first case goes on."""
        async with self._database.transaction() as connection:
            order = await many.find(connection, asked.order)
        if order is None or order.prepared_at is not None:
            return
        command, release = _asked(order), None
        if isinstance(command, Release):
            outlook = Outlook(command)
            async with aclosing(selection_of(order.creditor, order.filter).pages(self._database)) as pages:
                async for connection, page in pages:
                    activity.heartbeat()
                    theirs = {case: step for case, step in page.steps.items() if case <= order.through}
                    await outlook.look(connection, self._planning, theirs)
            async with self._database.transaction() as connection:
                again = await many.locked(connection, order.id)
                if again is None or again.prepared_at is not None:
                    return
                if outlook.per_hour is not None and outlook.foreseen:
                    turns = await give_turns(
                        connection, outlook.foreseen, outlook.per_hour, order.by, order.reason_code
                    )
                    release = max(turns.values())
                await many.prepared(connection, order.id, release, await clock.now(connection))
            return
        async with self._database.transaction() as connection:
            await many.prepared(connection, order.id, None, await clock.now(connection))

    @activity.defn
    async def do_many(self, asked: ManyAsked) -> ManyStands:
        """Do it to the next page of cases; gives how far it is. Who stopped it is heeded before a page, never within one."""
        async with self._database.transaction() as connection:
            order = await many.locked(connection, asked.order)
            assert order is not None
            if order.ended_at is None:
                await self._page(connection, order)
            stands = await many.find(connection, asked.order)
            assert stands is not None
        return ManyStands(
            done=stands.done, refused=stands.refused, of=stands.matching, ended=stands.ended_at is not None
        )

    async def _page(self, connection: AsyncConnection, order: Order) -> None:
        now = await clock.now(connection)
        if order.stopped_by is not None:
            await many.went_on(connection, order.id, order.place, 0, {}, now, ended=True)
            return
        page = await selection_of(order.creditor, order.filter).page(connection, order.place)
        cases = [each.case_id for each in page.cases if each.case_id <= order.through]
        of_each = await self._of_each(connection, order, cases, now)
        refused = await do_each_once(connection, self._planning, cases, of_each, f"many#{order.id}", activity.heartbeat)
        ended = page.next is None or page.next >= order.through
        place = max(cases, default=order.place)
        await many.went_on(connection, order.id, place, len(cases) - len(refused), refused, now, ended=ended)

    async def _of_each(
        self, connection: AsyncConnection, order: Order, cases: list[int], now: datetime
    ) -> Callable[[int], Command[Any] | DebtorChange]:
        asked = _asked(order)
        if order.release is None:
            return lambda _case: asked
        turn_of = await release_of(connection, cases, order.release, now)
        return lambda case: ReleaseInTurn(turn_of=turn_of[case], **dict(asked))


def _asked(order: Order) -> Command[Any] | DebtorChange:
    """What is done to each case, or said of each debtor."""
    return asked_of_each(order.command, order.by, order.reason_code, order.until)
