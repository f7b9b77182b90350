"""How contacts that come soon may better go is learned and proposed each night: acts of the room of learning.

What is learned, and how, is the room's (`prediction/contacts/`): this loads nothing of it. What is proposed stands beside what a
policy says and lies within what it allows; where nothing is known nothing is proposed, and every step goes as it is written.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from temporalio import activity

from activities.signs_of_life import with_signs_of_life
from commands.prediction import choice
from domain.learned.asked import Asked, asked_of
from domain.learned.choices import Choice
from facts import clock
from facts.cases.load import load_cases
from facts.database import Database
from facts.prediction import proposals, versions
from facts.prediction.proposals import NewProposal
from facts.prediction.versions import ModelName, Trained, Version
from planning.service import Planning
from views.prediction.tried import choices_tried

log = structlog.get_logger()

NAME: Final[ModelName] = "contacts"

Past = Any  # the room's own; it is only handed back to it
Proposer = Callable[[Asked], NewProposal | None]


class Room(Protocol):
    """What learns what contacts do, and proposes."""

    def read_past(self, database: Database, now: datetime, tried: Sequence[Choice]) -> Coroutine[Any, Any, Past]:
        """All that is known now, with what Purr itself left to chance."""

    def is_due(self, last: Version | None, now: datetime) -> bool:
        """Whether it is time to learn anew."""

    def learned(self, past: Past) -> Trained | str:
        """What is learned; or in words why the past is too thin."""

    def is_readable(self, weights: bytes) -> bool:
        """Whether this code reads what was learned."""

    def proposer(self, weights: bytes, version: int) -> Proposer:
        """What proposes how a step may go."""


class ProposeContacts:
    """Learns what contacts do, and proposes how those that come soon may go."""

    def __init__(self, database: Database, planning: Planning, room: Room) -> None:
        self._database = database
        self._planning = planning
        self._room = room

    @activity.defn
    async def learn_what_helps(self) -> str:
        """Learn anew where it is time; gives in words what came of it."""
        said = await self.learn()
        log.info("contacts_learned", why=said)
        return said

    @activity.defn
    async def propose_contacts(self) -> int:
        """Propose how contacts of open cases that come soon may go; gives how many are new."""
        return await self.propose()

    async def learn(self, *, at_once: bool = False) -> str:
        """The same outside of an activity; `at_once`: whether or not it is time."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            used = await versions.in_use(connection, NAME)
            known = await versions.list_(connection, NAME)
        if not (at_once or self._room.is_due(known[-1] if known else None, now)):
            return f"not due; in use: {used.words}"
        past = await with_signs_of_life(self._past(now), tuple)
        trained = await with_signs_of_life(asyncio.to_thread(self._room.learned, past), tuple)
        if isinstance(trained, str):
            return f"nothing is learned: {trained}"
        async with self._database.transaction() as connection:
            used = await choice.take_trained(connection, trained, used, now)
        return f"learned; {trained.metrics['verdict']}; in use: {used.words}"

    async def _past(self, now: datetime) -> Past:
        tried = await choices_tried(self._database, self._planning, now)
        return await self._room.read_past(self._database, now, tried)

    async def propose(self) -> int:
        """The same outside of an activity."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            used = await versions.in_use(connection, NAME)
            weights = await versions.weights_of(connection, NAME, used.number) if used.number else None
        if weights is None or not self._room.is_readable(weights):
            log.info(
                "contacts_proposed", count=0, why="nothing that was learned is in use: every step goes as it is written"
            )
            return 0
        proposer, proposed, after = self._room.proposer(weights, used.number), 0, 0
        while (page := await self._page(proposer, used.number, after, now)) is not None:
            after, new = page
            proposed += new
            if activity.in_activity():
                activity.heartbeat(after)
        log.info("contacts_proposed", count=proposed, version=used.number)
        return proposed

    async def _page(self, proposer: Proposer, version: int, after: int, now: datetime) -> tuple[int, int] | None:
        """Propose for some cases after one; gives the last of them and how many proposals are new, None where none is left."""
        async with self._database.transaction() as connection:
            cases = await proposals.that_let_learn(connection, after)
            if not cases:
                return None
            found = []
            for case in await load_cases(connection, cases, now):
                policy = await self._planning.policy(connection, case.policy_hash)
                law = await self._planning.law_of_loaded(connection, case)
                found += [proposer(asked) for asked in asked_of(case.id, policy, law, case.facts, now)]
            await versions.lock(connection, NAME)
            if (await versions.in_use(connection, NAME)).number != version:
                return None
            new = await proposals.write(connection, version, [each for each in found if each is not None], now)
        return cases[-1], new
