"""The shape that the life of the room of learning takes: turn after turn, and run after run."""

from collections.abc import Awaitable, Callable

from prediction.contacts import learning as helping
from prediction.effects import judging
from prediction.payments import finding, refresh
from tests.histories.jobs import stopped
from tests.life import begin
from tests.workflows.test_learning import LEARNER, SORTING, learned, room, sorted_replies, writes
from tests.world import World, eventually
from worker import learning_of
from workflows.contracts import LEARNING_QUEUE
from workflows.learning import (
    ContactsProposed,
    ExperimentsLookedAt,
    PaymentGuesses,
    SegmentsFound,
    StrategiesJudged,
    WordsLesson,
)

A_LIFE = 11  # turns: more than a short run has room for


async def replies_sorted(world: World) -> str:
    """Replies come one by one, each is a turn; then a person stops it."""
    case = await begin(world)
    async with room(world) as handle:
        for turn in range(1, A_LIFE + 1):
            await writes(case, f"Hva er dette? {turn}")
            await eventually(lambda many=turn: learned(world, many))
        assert await sorted_replies(world) == A_LIFE
        await stopped(handle)
    return handle.id


async def words_learned(world: World) -> str:
    """A day on which nothing is confirmed."""
    handle = await world.client.start_workflow(WordsLesson.run, id="purr-learn-words", task_queue=LEARNING_QUEUE)
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        await handle.result()
    return handle.id


async def payments_guessed(world: World) -> str:
    """A night on which too little is known to learn from, and nothing is scored."""
    handle = await world.client.start_workflow(PaymentGuesses.run, id="purr-payment-guesses", task_queue=LEARNING_QUEUE)
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        assert (await handle.result())["cases_scored"] == 0
    return handle.id


async def segments_found(world: World) -> str:
    """A night on which nobody is known well enough."""
    handle = await world.client.start_workflow(SegmentsFound.run, id="purr-segments", task_queue=LEARNING_QUEUE)
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        assert await handle.result() == 0
    return handle.id


async def experiments_looked_at(world: World) -> str:
    """A night on which no experiment runs."""
    handle = await world.client.start_workflow(
        ExperimentsLookedAt.run, id="purr-experiments", task_queue=LEARNING_QUEUE
    )
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        assert await handle.result() == 0
    return handle.id


async def contacts_proposed(world: World) -> str:
    """A night on which nothing was left to chance, so that nothing is proposed."""
    handle = await world.client.start_workflow(ContactsProposed.run, id="purr-contacts", task_queue=LEARNING_QUEUE)
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        assert (await handle.result())["proposed"] == 0
    return handle.id


async def strategies_judged(world: World) -> str:
    """A night on which nothing was left to chance, so that nothing is judged."""
    handle = await world.client.start_workflow(StrategiesJudged.run, id="purr-strategies", task_queue=LEARNING_QUEUE)
    async with learning_of(world.client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging):
        assert await handle.result() == 0
    return handle.id


SHAPES: dict[str, Callable[[World], Awaitable[str]]] = {
    "learning/replies_sorted": replies_sorted,
    "learn-words/words_learned": words_learned,
    "payment-guesses/too_little_known": payments_guessed,
    "segments/nobody_known": segments_found,
    "experiments/none_runs": experiments_looked_at,
    "contacts/nothing_known": contacts_proposed,
    "strategies/nothing_left_to_chance": strategies_judged,
}
