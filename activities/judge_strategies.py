"""Each change of one line of a creditor's policies is judged once a week and kept: an act of the room of learning.

How, is the room's (`prediction/effects/`): this loads nothing of it. Nothing follows from what is found but that people read it.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import structlog
from temporalio import activity

from activities.signs_of_life import with_signs_of_life
from domain.countries.law import Law
from domain.learned.choices import Choice
from domain.moment import moment_in
from domain.policy.policy import Policy
from facts import clock
from facts.database import Database
from facts.prediction import strategies
from facts.prediction.aims import Aims, aims_of
from planning.service import Planning
from views.prediction.tried import choices_tried

log = structlog.get_logger()

DUE_AFTER: Final = timedelta(days=7)

Past = Any  # the room's own; it is only handed back to it


class Room(Protocol):
    """What judges."""

    def read_past(
        self, database: Database, creditor: str, now: datetime, tried: Sequence[Choice]
    ) -> Coroutine[Any, Any, Past]:
        """All that is known now of a creditor, with what was left to chance."""

    def found(self, past: Past, policy: Policy, text: str, laws: Mapping[str, Law], aims: Aims) -> dict[str, Any] | str:
        """What each change of one line would come to; in words why nothing can be said."""


class JudgeStrategies:
    """Judges the policies of creditors of whom something was left to chance."""

    def __init__(self, database: Database, planning: Planning, laws: Mapping[str, Law], room: Room) -> None:
        self._database, self._planning, self._laws, self._room = database, planning, laws, room

    @activity.defn
    async def judge_strategies(self) -> int:
        """Judge where a week has passed; gives how many policies."""
        return await self.judge()

    async def judge(self, *, at_once: bool = False) -> int:
        """The same outside of an activity; `at_once`: whether or not a week has passed."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            creditors = await strategies.to_judge(connection, now if at_once else now - DUE_AFTER)
        judged = 0
        for creditor in creditors:
            try:
                judged += await with_signs_of_life(self._judge(creditor, now), partial(tuple, [creditor]))
            except ValueError as wrong:  # a past that this code cannot read: the others are judged all the same
                log.warning("strategies_not_judged", creditor=creditor, why=str(wrong))
        log.info("strategies_judged", creditors=len(creditors), count=judged)
        return judged

    async def _judge(self, creditor: str, now: datetime) -> int:
        async with self._database.snapshot() as connection:
            aims = await aims_of(connection, creditor)
        there = self._planning.policies(moment_in(aims.country, now).day)
        names = sorted(set(aims.policies.values()) & there.keys())
        if not names:
            return 0
        tried = await choices_tried(self._database, self._planning, now, creditor)
        past = await self._room.read_past(self._database, creditor, now, tried)
        judged = 0
        for name in names:
            found = await asyncio.to_thread(self._room.found, past, *there[name], self._laws, aims)
            if isinstance(found, str):
                log.warning("strategies_not_judged", creditor=creditor, policy=name, why=found)
                continue
            async with self._database.transaction() as connection:
                await strategies.keep(connection, creditor, name, found, now)
            judged += 1
        return judged
