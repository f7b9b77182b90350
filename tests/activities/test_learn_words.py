"""What people confirmed is learned from once, kept with its figures, and used where it is good enough and nobody objects."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.learn_words import Learner, LearnWords, Progress
from commands.debtor import replies
from commands.prediction.choice import go_back, retire, use_version
from domain.desk.proposals import Verdict
from domain.parties.message_classes import MessageClass
from facts.deliveries import sortings
from facts.prediction import versions
from facts.prediction.confirmed import Confirmed
from facts.prediction.versions import Trained
from tests.begin import turn
from tests.logs import logged_here
from tests.store import NOW, PLANNING, Store

LATER = NOW + timedelta(hours=1)


async def nothing() -> None:
    """Nothing happens meanwhile."""


class Room:
    """Learns what is easily foreseen; `why` it is not good enough, and what happens meanwhile, a test says."""

    def __init__(self, store: Store, code: str = "code") -> None:
        self.store, self.code = store, code
        self.lessons: list[tuple[list[str], list[str]]] = []
        self.why = ""
        self.meanwhile: Callable[[], Awaitable[None]] = nothing

    async def learn(self) -> str:
        """The act, as Temporal has it done."""
        learner = Learner(self._learn, self.code, _hash)
        return await ActivityEnvironment().run(LearnWords(self.store.database, learner).learn_words)

    async def _learn(self, told: Sequence[Confirmed], known: Sequence[Confirmed], progress: Progress) -> Trained:
        progress("learned", 1, len(told))
        self.lessons.append(([each.text for each in told], [each.text for each in known]))
        await self.meanwhile()
        return Trained("words", _hash(told), self.code, {"stops_found": 0.99}, b"weights", self.why)

    async def used(self) -> tuple[int, bool]:
        async with self.store.database.transaction() as connection:
            found = await versions.in_use(connection, "words")
        return found.number, found.retired


def _hash(told: Sequence[Confirmed]) -> str:
    return " ".join(sorted(each.text for each in told))


async def confirm(store: Store, words: str) -> int:
    """Somebody writes that they will pay, and a person confirms it."""
    async with store.database.transaction() as connection:
        await replies.received(connection, PLANNING, "sms", "+4791234567", words, NOW)
        reply: int = await store.one("select coalesce(max(id), 0) + 1 from reply")
        await sortings.judge(connection, reply, MessageClass.PROMISE, Verdict.CONFIRMED, "anne", NOW)
    return reply


async def later(store: Store, hours: int = 1) -> None:
    """It is later."""
    await turn(store.database, NOW + timedelta(hours=hours))


@pytest_asyncio.fixture
async def room(store: Store) -> Room:
    await store.invoice()
    await later(store)
    return Room(store)


async def test_where_nothing_is_confirmed_nothing_is_learned(room: Room) -> None:
    assert await room.learn() == "nothing was learned: nothing is confirmed"
    assert (room.lessons, await room.used()) == ([], (0, False))


async def test_what_is_good_enough_is_used_and_the_same_is_not_learned_twice(room: Room, store: Store) -> None:
    await confirm(store, "Betaler fredag")
    said = "learned from 1 confirmed messages; good enough; in use: version 1"
    assert await room.learn() == said
    assert await room.learn() == "nothing was learned: nothing is new since version 1"
    assert room.lessons == [(["Betaler fredag"], [])]
    kept = await store.rows("select data_hash, code, metrics, passed, why from model_version")
    assert [tuple(each) for each in kept] == [("Betaler fredag", "code", {"stops_found": 0.99}, True, "")]


async def test_what_is_not_good_enough_is_kept_with_its_reason_and_not_used(room: Room, store: Store) -> None:
    await confirm(store, "Betaler fredag")
    room.why = "it finds 90.0% of the stops, and 98.0% are asked for"
    with logged_here() as logs:
        assert room.why in await room.learn()
    assert await room.used() == (0, False)
    assert await store.one("select why from model_version") == room.why
    assert "fredag" not in str(logs)
    assert await room.learn() == "nothing was learned: nothing is new since version 1"


async def test_the_next_is_judged_beside_what_the_one_in_use_had_learned_from(room: Room, store: Store) -> None:
    await confirm(store, "a")
    await room.learn()
    await later(store, 3)
    other = await confirm(store, "b")
    await store.do("alter table reply_verdict disable trigger append_only")
    await store.do(
        "update reply_verdict set happened_at = :at where reply_id = :id", at=NOW + timedelta(hours=2), id=other
    )
    await store.do("alter table reply_verdict enable trigger append_only")
    await room.learn()
    assert room.lessons[1] == (["b", "a"], ["a"])
    assert await Room(store, code="another").learn()
    assert await room.used() == (3, False)


async def test_a_version_of_code_that_is_gone_is_judged_as_what_is_built_in(room: Room, store: Store) -> None:
    await confirm(store, "a")
    await room.learn()
    anew = Room(store, code="another")
    await anew.learn()
    assert anew.lessons == [(["a"], [])]


async def test_what_is_erased_or_objected_to_while_it_is_learned_from_is_not_kept(room: Room, store: Store) -> None:
    await confirm(store, "a")
    await confirm(store, "b")

    async def objects() -> None:
        await store.known("no profiling")

    async def erased() -> None:
        await store.do("update reply set text = '' where text = 'a'")

    for room.meanwhile in (erased, objects):
        with pytest.raises(ApplicationError, match="may not be learned from any more"):
            await room.learn()
    assert await store.one("select count(*) from model_version") == 0
    assert await room.learn() == "nothing was learned: nothing is confirmed"


async def test_a_verdict_that_comes_while_it_learns_is_in_the_next(room: Room, store: Store) -> None:
    await confirm(store, "a")

    async def another() -> None:
        room.meanwhile = nothing
        await confirm(store, "b")

    room.meanwhile = another
    assert "version 1" in await room.learn()
    await room.learn()
    assert room.lessons[1][0] == ["b", "a"]


async def test_where_nothing_it_learned_from_stands_any_more_what_is_built_in_is_used(room: Room, store: Store) -> None:
    await confirm(store, "a")
    await room.learn()
    await store.do("update reply set text = ''")
    assert await room.learn() == "nothing was learned: nothing is confirmed"
    assert await room.used() == (0, False)
    assert await store.one("select reason_code from model_choice order by id desc limit 1") == "nothing confirmed"


async def test_whoever_chose_while_it_learned_is_not_overruled(room: Room, store: Store) -> None:
    await confirm(store, "a")
    await room.learn()
    await confirm(store, "b")

    async def chosen() -> None:
        async with store.database.transaction() as connection:
            await use_version(connection, "words", 0, "kim", "worse", LATER)

    room.meanwhile = chosen
    assert "in use: what is built in" in await room.learn()
    assert await room.used() == (0, False)


async def test_of_a_retired_name_nothing_is_learned_and_it_says_so(room: Room, store: Store) -> None:
    await confirm(store, "a")
    async with store.database.transaction() as connection:
        await retire(connection, "words", "kim", "wrong", LATER)
    assert await room.learn() == "nothing was learned: retired; what is built in"
    assert room.lessons == []
    async with store.database.transaction() as connection:
        await go_back(connection, "words", "kim", "right", LATER)
    assert "version 1" in await room.learn()


async def test_two_workers_that_learn_at_once_keep_it_once(room: Room, store: Store) -> None:
    await confirm(store, "a")
    both = asyncio.Barrier(2)

    async def together() -> None:
        await both.wait()

    room.meanwhile = together
    assert len(set(await asyncio.gather(room.learn(), room.learn()))) == 1
    assert await store.one("select count(*) from model_version") == 1
    assert await store.one("select count(*) from model_choice") == 1


async def test_who_is_told_to_stop_stops_learning(room: Room, store: Store) -> None:
    await confirm(store, "a")
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    room.meanwhile = long
    act = asyncio.create_task(room.learn())
    await begun.wait()
    act.cancel()
    with pytest.raises(asyncio.CancelledError):
        await act
    assert ended.is_set()
    assert await store.one("select count(*) from model_version") == 0
