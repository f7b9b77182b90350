"""The same to many cases, page by page: each page is kept as it is done, and whoever is interrupted goes on from there."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import ManyAsked, ManyStands

PREPARED_WITHIN = timedelta(hours=1)
PAGE_WITHIN = timedelta(minutes=10)
HEARTBEAT = timedelta(seconds=30)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name="many")
class ManyCases:
    """One order: until its last page, or until somebody stops it, which the facts tell."""

    @workflow.run
    async def run(self, asked: ManyAsked) -> ManyStands:
        await workflow.execute_activity(
            "prepare_many",
            asked,
            summary="Write down what holds for all of them: of a release the turns",
            start_to_close_timeout=PREPARED_WITHIN,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
        )
        while True:
            stands: ManyStands = await workflow.execute_activity(
                "do_many",
                asked,
                result_type=ManyStands,
                summary="Do it to the next page of cases",
                start_to_close_timeout=PAGE_WITHIN,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RETRY,
            )
            workflow.set_current_details(f"{stands.done} done, {stands.refused} refused, of {stands.of}")
            if stands.ended:
                return stands
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(asked)
