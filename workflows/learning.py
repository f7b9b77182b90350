"""The room of learning: what comes in is sorted for as long as a worker of its queue runs."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

A_TURN = timedelta(hours=1)  # of an act that waits for what comes, at most
HEARTBEAT = timedelta(minutes=2)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1))


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
