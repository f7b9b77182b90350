"""The room of learning: what comes in is sorted for as long as a worker of its queue runs, and each night it learns, guesses
and proposes."""

from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

A_TURN = timedelta(hours=1)  # of an act that waits for what comes, at most
A_LESSON = timedelta(hours=2)
A_NIGHT = timedelta(hours=6)  # of scoring all open cases, at most
HEARTBEAT = timedelta(minutes=2)
A_LOOK = timedelta(minutes=20)  # at one experiment, with all its cases
RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1))
LEARN_AGAIN = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_attempts=5)

Answer = TypeVar("Answer")


async def _act(name: str, gives: type[Answer], summary: str, within: timedelta, heard: timedelta = HEARTBEAT) -> Answer:
    """What an act of a night gives; it is tried again some times, and must be heard of every so often."""
    answer: Answer = await workflow.execute_activity(
        name,
        result_type=gives,
        summary=summary,
        start_to_close_timeout=within,
        heartbeat_timeout=heard,
        retry_policy=LEARN_AGAIN,
    )
    return answer


@workflow.defn(name="learning")
class Learning:
    """Turn after turn what came in is sorted. It never ends by itself, and while its worker is away it waits."""

    @workflow.run
    async def run(self) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            await workflow.execute_activity(
                "sort_what_comes",
                result_type=int,
                summary="Sort what comes in by what it says",
                start_to_close_timeout=A_TURN,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RETRY,
            )
        workflow.continue_as_new()


@workflow.defn(name="learn-words")
class WordsLesson:
    """Once a day: what people have confirmed is learned from, where anything is new. It says in words what came of it."""

    @workflow.run
    async def run(self) -> str:
        return await _act("learn_words", str, "Learn from what people have confirmed", A_LESSON)


@workflow.defn(name="payment-guesses")
class PaymentGuesses:
    """Each night: what lost its calibration is retired, what is due is learned, and every open case is scored."""

    @workflow.run
    async def run(self) -> dict[str, str | int]:
        failed: ActivityError | None = None
        learned = "failed"
        try:
            why = "Retire what lost its calibration, and learn who pays where it is due"
            learned = await _act("learn_who_pays", str, why, A_LESSON)
        except ActivityError as failure:  # what was learned before scores all the same
            if is_cancelled_exception(failure):
                raise
            failed = failure
        scored = await _act("score_open_cases", int, "Score every open case", A_NIGHT)
        if failed is not None:
            raise failed
        return {"learned": learned, "cases_scored": scored}


@workflow.defn(name="segments")
class SegmentsFound:
    """Each night: which debtors pay alike, and how each pays, is found anew. It gives how many debtors changed."""

    @workflow.run
    async def run(self) -> int:
        return await _act("find_segments", int, "Find which debtors pay alike, and how each pays", A_NIGHT)


@workflow.defn(name="experiments")
class ExperimentsLookedAt:
    """Each night: every experiment is looked at, and stopped where an arm is surely worse. It gives how many were stopped."""

    @workflow.run
    async def run(self) -> int:
        return await _act("look_at_experiments", int, "Look at every experiment", A_NIGHT, A_LOOK)


@workflow.defn(name="contacts")
class ContactsProposed:
    """Each night: what contacts do is learned where it is due, and how those that come soon may better go is proposed."""

    @workflow.run
    async def run(self) -> dict[str, str | int]:
        learned = await _act("learn_what_helps", str, "Learn what contacts do, where it is due", A_LESSON)
        proposed = await _act("propose_contacts", int, "Propose how contacts that come soon may go", A_NIGHT)
        return {"learned": learned, "proposed": proposed}


@workflow.defn(name="strategies")
class StrategiesJudged:
    """Each night: each change of one line of policies is judged, once a week. It gives how many policies."""

    @workflow.run
    async def run(self) -> int:
        return await _act("judge_strategies", int, "Judge each change of one line of policies", A_NIGHT)
