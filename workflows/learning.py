"""The room of learning: what comes in is sorted for as long as a worker of its queue runs, and each night it learns
and guesses who pays."""

from datetime import timedelta

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
        came: str = await workflow.execute_activity(
            "learn_words",
            result_type=str,
            summary="Learn from what people have confirmed",
            start_to_close_timeout=A_LESSON,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=LEARN_AGAIN,
        )
        return came


@workflow.defn(name="payment-guesses")
class PaymentGuesses:
    """Each night: what lost its calibration is retired, what is due is learned, and every open case is scored."""

    @workflow.run
    async def run(self) -> dict[str, str | int]:
        failed: ActivityError | None = None
        learned = "failed"
        try:
            learned = await workflow.execute_activity(
                "learn_who_pays",
                result_type=str,
                summary="Retire what lost its calibration, and learn who pays where it is due",
                start_to_close_timeout=A_LESSON,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=LEARN_AGAIN,
            )
        except ActivityError as failure:  # what was learned before scores all the same
            if is_cancelled_exception(failure):
                raise
            failed = failure
        scored = await workflow.execute_activity(
            "score_open_cases",
            result_type=int,
            summary="Score every open case",
            start_to_close_timeout=A_NIGHT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=LEARN_AGAIN,
        )
        if failed is not None:
            raise failed
        return {"learned": learned, "cases_scored": scored}


@workflow.defn(name="segments")
class SegmentsFound:
    """Each night: which debtors pay alike, and how each pays, is found anew. It gives how many debtors changed."""

    @workflow.run
    async def run(self) -> int:
        changed: int = await workflow.execute_activity(
            "find_segments",
            result_type=int,
            summary="Find which debtors pay alike, and how each pays",
            start_to_close_timeout=A_NIGHT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=LEARN_AGAIN,
        )
        return changed


@workflow.defn(name="experiments")
class ExperimentsLookedAt:
    """Each night: every experiment is looked at, and stopped where an arm is surely worse. It gives how many were stopped."""

    @workflow.run
    async def run(self) -> int:
        stopped: int = await workflow.execute_activity(
            "look_at_experiments",
            result_type=int,
            summary="Look at every experiment",
            start_to_close_timeout=A_NIGHT,
            heartbeat_timeout=A_LOOK,
            retry_policy=LEARN_AGAIN,
        )
        return stopped


@workflow.defn(name="contacts")
class ContactsProposed:
    """Each night: what contacts do is learned where it is due, and how those that come soon may better go is proposed."""

    @workflow.run
    async def run(self) -> dict[str, str | int]:
        learned: str = await workflow.execute_activity(
            "learn_what_helps",
            result_type=str,
            summary="Learn what contacts do, where it is due",
            start_to_close_timeout=A_LESSON,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=LEARN_AGAIN,
        )
        proposed: int = await workflow.execute_activity(
            "propose_contacts",
            result_type=int,
            summary="Propose how contacts that come soon may go",
            start_to_close_timeout=A_NIGHT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=LEARN_AGAIN,
        )
        return {"learned": learned, "proposed": proposed}
