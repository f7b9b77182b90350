"""The room of learning beside the cases: what comes is sorted while its worker runs, and nothing waits while it does not."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from activities.learn_words import Learner, Progress
from activities.schedules import keep_learning
from activities.sort_words import Sorting
from domain.desk.proposals import Verdict
from domain.parties.message_classes import MessageClass, Sorted
from facts.deliveries import sortings
from facts.prediction.confirmed import Confirmed
from facts.prediction.versions import Trained
from prediction.contacts import learning as helping
from prediction.effects import judging
from prediction.payments import finding, refresh
from tests.life import Life, begin
from tests.workflows.test_replies import writes
from tests.world import World, eventually
from worker import learning_of
from workflows.contracts import LEARNING_QUEUE
from workflows.learning import WordsLesson


def sort(words: str) -> Sorted:
    """Sorting that is easily foreseen: whoever says so is under age, and nobody else says anything."""
    if "15 år" in words:
        return Sorted(((MessageClass.MINOR, 0.9),), stop=True)
    return Sorted(((MessageClass.OTHER, 1.0),), stop=False)


async def learn(told: Sequence[Confirmed], known: Sequence[Confirmed], progress: Progress) -> Trained:
    """Learning that is easily foreseen: it is good enough."""
    progress("learned from", len(told), len(known) + len(told))
    return Trained("words", f"{len(told)}", "code", {"confirmed": len(told)}, b"")


SORTING = Sorting(sort, "v1", lambda _weights: sort, "code")
LEARNER = Learner(learn, "code", lambda told: f"{len(told)}")


@asynccontextmanager
async def room(world: World) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """The worker of learning runs, and its workflow, until the block ends."""
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        kept = asyncio.create_task(keep_learning(world.client))
        handle = world.client.get_workflow_handle("learning")
        try:
            yield handle
        finally:
            kept.cancel()
            await asyncio.gather(kept, return_exceptions=True)


async def sorted_replies(world: World) -> int:
    ((many,),) = await world.rows("select count(*) from reply_sorting")
    return int(many)


async def learned(world: World, many: int) -> bool:
    return await sorted_replies(world) >= many


async def why(case: Life) -> str | None:
    return (await case.next()).why


async def test_what_waited_is_sorted_when_the_room_is_back_and_held_until_it_is_read(world: World) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    await writes(case, "Det er jeg som skrev under, men jeg er 15 år")
    told = await case.told()
    assert await sorted_replies(world) == 0
    assert await why(case) != "on hold: says minor"
    async with room(world) as handle:
        await eventually(lambda: learned(world, 1))
        await case.quiet()
        assert await why(case) == "on hold: says minor"
        assert await case.told() == told
        await handle.terminate()


async def test_what_people_confirmed_is_learned_from_once_and_used_at_once(world: World) -> None:
    case = await begin(world)
    await writes(case, "Jeg betaler på fredag")
    ((reply,),) = await world.rows("select max(id) from reply")
    async with world.database.transaction() as connection:
        await sortings.judge(connection, reply, MessageClass.PROMISE, Verdict.CONFIRMED, "kim", await case.now())
    await world.turn(await case.now() + timedelta(hours=1))
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        came = [
            await world.client.execute_workflow(WordsLesson.run, id=f"lesson-{turn}", task_queue=LEARNING_QUEUE)
            for turn in range(2)
        ]
    learned, nothing = came
    assert learned.startswith("learned from 1 confirmed messages; good enough; in use: version ")
    number = learned.partition("version ")[2]
    assert nothing == f"nothing was learned: nothing is new since version {number}"
