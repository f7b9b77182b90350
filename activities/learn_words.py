"""What people have confirmed is learned from: once a day, by the worker of the room of learning, where anything is new."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.signs_of_life import with_signs_of_life
from commands.prediction.choice import take_trained, use_version
from facts import clock
from facts.database import Database
from facts.prediction import confirmed, versions
from facts.prediction.confirmed import Confirmed
from facts.prediction.versions import NOT_LEARNED, InUse, Trained

log = structlog.get_logger()

NOTHING_LEFT = "nothing confirmed"
"""The reason why what was learned is not used any more: none of what it learned from stands."""

Progress = Callable[[str, int, int], None]
Learn = Callable[[Sequence[Confirmed], Sequence[Confirmed], Progress], Awaitable[Trained]]
"""Learns from what was confirmed; the second is what of it the version in use had learned from."""


@dataclass(frozen=True, slots=True)
class Learner:
    """What learns, as the one process that loads it gives it, with a hash of its code, and one of all that it learns from."""

    learn: Learn
    code: str
    data_hash: Callable[[Sequence[Confirmed]], str]


class LearnWords:
    """Learns how words are sorted."""

    def __init__(self, database: Database, learner: Learner) -> None:
        self._database = database
        self._learner = learner

    @activity.defn
    async def learn_words(self) -> str:
        """Learn where anything is new, keep it, and use it where it is good enough; gives what came of it, in words.

        Tried again it begins anew; what was kept already is not kept twice. What was erased, or whose writer objected, while
        it was learned from is not kept.
        """
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            told = await confirmed.read(connection, now)
            used = await versions.in_use(connection, "words")
            if used.retired:
                return f"nothing was learned: {used.what}"
            if not told:
                if used.number != NOT_LEARNED:
                    await use_version(connection, "words", NOT_LEARNED, "purr", NOTHING_LEFT, now)
                return "nothing was learned: nothing is confirmed"
            data = self._learner.data_hash(told)
            if before := await versions.find(connection, "words", data, self._learner.code):
                return f"nothing was learned: nothing is new since version {before.number}"
            known = await self._known(connection, used, told)
        trained = await self._learned(told, known)
        async with self._database.transaction() as connection:
            stand = {(each.reply, each.text) for each in await confirmed.read(connection, now)}
            if any((each.reply, each.text) not in stand for each in told):
                raise ApplicationError("what it learned from was erased meanwhile, or may not be learned from any more")
            after = await take_trained(connection, trained, used, now)
        log.info("words_learned", version=after.number, passed=not trained.why)
        return f"learned from {len(told)} confirmed messages; {trained.why or 'good enough'}; in use: {after.what}"

    async def _known(self, connection: AsyncConnection, used: InUse, told: Sequence[Confirmed]) -> list[Confirmed]:
        """What of it the version in use had learned from; nothing where it is of other code, so that what is built in sorts."""
        if used.number == NOT_LEARNED:
            return []
        version = await versions.read(connection, "words", used.number)
        return [each for each in told if each.at <= version.at] if version.code == self._learner.code else []

    async def _learned(self, told: Sequence[Confirmed], known: Sequence[Confirmed]) -> Trained:
        """Learn, and tell Temporal how far it is."""
        far = "begun"

        def progress(what: str, done: int, of: int) -> None:
            nonlocal far
            far = f"{what}: {done} of {of}"

        async def learning() -> Trained:
            return await self._learner.learn(told, known, progress)

        return await with_signs_of_life(learning(), lambda: (far,))
