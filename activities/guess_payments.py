"""Who will pay is learned anew when it is time, and every open case scored: the nightly acts of the room of learning.

What is learned, and how, is the room's (`prediction/payments/refresh.py`): this loads nothing of it. While no worker of its
queue runs, the scores age, and nothing else changes.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import structlog
from temporalio import activity

from activities.signs_of_life import with_signs_of_life
from commands.prediction import choice
from facts import clock
from facts.database import Database
from facts.prediction import scores, versions
from facts.prediction.scores import Scores
from facts.prediction.versions import InUse, ModelName, Trained, Version

log = structlog.get_logger()

NAME: ModelName = "payment"
PAGE = 50_000  # cases that are scored at once
KEPT = 5_000  # scores that are kept in one transaction
EVERYTHING = datetime.max.replace(tzinfo=UTC)

Result = TypeVar("Result")
Past = Any  # the room's own; it is only handed back to it


class Scorer(Protocol):
    """What guesses about the open cases of a past; what is the same for all is reckoned once."""

    @property
    def cases(self) -> Sequence[int]:
        """The cases to score, in order."""

    def scores(self, cases: Sequence[int], next_at: Mapping[int, datetime]) -> Scores:
        """What is guessed of some of them, by when the next step of each is."""


class Room(Protocol):
    """What learns who pays. A past is read once and asked for all of it."""

    def read_past(self, database: Database, now: datetime) -> Coroutine[Any, Any, Past]:
        """All that is known now."""

    def is_due(self, last: Version | None, now: datetime) -> bool:
        """Whether it is time to learn anew."""

    def learned(self, past: Past, used: bytes | None) -> Trained | str:
        """What is learned; or in words why the past is too thin."""

    def why_lost(self, past: Past, weights: bytes, born: datetime) -> str:
        """Why what is in use is not to be used any more, in words; empty where it may be."""

    def is_readable(self, weights: bytes) -> bool:
        """Whether this code reads what was learned."""

    def scorer(self, past: Past, weights: bytes) -> Scorer:
        """What scores open cases by what was learned."""


class GuessPayments:
    """Learns who pays and scores open cases."""

    def __init__(self, database: Database, room: Room) -> None:
        self._database = database
        self._room = room

    @activity.defn
    async def learn_who_pays(self) -> str:
        """Retire what lost its calibration, and learn anew where it is time; gives in words what came of it."""
        said = await self.learn()
        log.info("payments_learned", why=said)
        return said

    @activity.defn
    async def score_open_cases(self) -> int:
        """Score every open case; gives how many. Tried again, it goes on after the page that was kept last."""
        return await self.score(*activity.info().heartbeat_details[:3])

    async def learn(self, *, at_once: bool = False) -> str:
        """The same outside of an activity; `at_once`: whether or not it is time."""
        now = await self._now()
        used, weights = await self._used()
        async with self._database.transaction() as connection:
            known = await versions.list_(connection, NAME)
        past = await with_signs_of_life(self._room.read_past(self._database, now), tuple)
        if weights is not None and (said := await self._retired(past, weights, used, known, now)):
            return said
        if not (at_once or self._room.is_due(known[-1] if known else None, now)):
            return f"not due; in use: {used.words}"
        trained = await _reckoned(tuple, self._room.learned, past, weights)
        if isinstance(trained, str):
            return f"nothing is learned: {trained}"
        async with self._database.transaction() as connection:
            used = await choice.take_trained(connection, trained, used, now)
        return f"learned; {trained.metrics['verdict']}; in use: {used.words}" + (
            f"; not taken: {trained.why}" if trained.why else ""
        )

    async def score(self, begun: str = "", number: int = 0, after: int = 0) -> int:
        """Score every open case: what is closed, or may not be guessed, has no score after it, and where nothing is in use none
        has. A scoring that was begun by a version goes on after a case, as long as that version is in use."""
        used, weights = await self._used()
        goes_on = bool(begun) and number == used.number
        now = datetime.fromisoformat(begun) if goes_on else await self._now()
        progress = (now.isoformat(), used.number, after if goes_on else 0)
        if weights is None:
            dropped = await self._drop(EVERYTHING)
            log.info("open_cases_scored", count=0, dropped=dropped, version=used.number)
            return 0

        def far() -> Sequence[Any]:
            return progress

        past = await with_signs_of_life(self._room.read_past(self._database, now), far)
        scorer = await _reckoned(far, self._room.scorer, past, weights)
        cases = [case for case in scorer.cases if case > progress[2]]
        done = 0
        for begin in range(0, len(cases), PAGE):
            page = cases[begin : begin + PAGE]
            async with self._database.transaction() as connection:
                next_at = await scores.next_steps(connection, page)
            found = await _reckoned(far, scorer.scores, page, next_at)
            for at in range(0, len(found), KEPT):
                some = found.of(slice(at, at + KEPT))
                async with self._database.transaction() as connection:
                    await versions.lock(connection, NAME)
                    if (await versions.in_use(connection, NAME)).number != used.number:
                        log.warning("scoring_ended", reason="another version is in use", count=done)
                        return done
                    done += await scores.keep(connection, used.number, some, now)
                progress = (now.isoformat(), used.number, some.case[-1])
                if activity.in_activity():
                    activity.heartbeat(*progress)
            log.info("cases_scored", count=done, left=len(cases) - begin - len(page))
        dropped = await self._drop(now)
        log.info("open_cases_scored", count=done, dropped=dropped, version=used.number)
        return done

    async def _retired(
        self, past: Past, weights: bytes, used: InUse, known: Sequence[Version], now: datetime
    ) -> str | None:
        """Retire what is in use where its guesses have not come true since it was learned; gives that in words."""
        born = next(each.at for each in known if each.number == used.number)
        why = await _reckoned(tuple, self._room.why_lost, past, weights, born)
        if not why:
            return None
        async with self._database.transaction() as connection:
            await versions.lock(connection, NAME)
            if (await versions.in_use(connection, NAME)).number != used.number:
                return None  # somebody chose another meanwhile
            used = await choice.retire(connection, NAME, "purr", f"lost its calibration: {why}", now)
        log.error("model_retired", model=NAME, reason=why)
        return f"in use: {used.words}"

    async def _used(self) -> tuple[InUse, bytes | None]:
        """What is in use, and its weights; None where there is none that this code reads."""
        async with self._database.transaction() as connection:
            used = await versions.in_use(connection, NAME)
            weights = await versions.weights_of(connection, NAME, used.number) if used.number else None
        return used, weights if weights is not None and self._room.is_readable(weights) else None

    async def _drop(self, since: datetime) -> int:
        """Drop what was not scored since a moment, page by page."""
        after: int | None = 0
        dropped = 0
        while after is not None:
            async with self._database.transaction() as connection:
                after, gone = await scores.drop(connection, since, after)
            dropped += gone
        return dropped

    async def _now(self) -> datetime:
        async with self._database.transaction() as connection:
            return await clock.now(connection)


async def _reckoned(progress: Callable[[], Sequence[Any]], reckon: Callable[..., Result], *about: Any) -> Result:
    """What takes long, in a thread of its own."""
    return await with_signs_of_life(asyncio.to_thread(reckon, *about), progress)
