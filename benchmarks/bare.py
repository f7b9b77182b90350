"""The bare loop: the same timers, activities and attribute upserts, and nothing else."""

from datetime import UTC, datetime, timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from config.search_attributes import AMOUNT_DUE, NEXT_ACTION_AT, STEP

STEPS = 6


@activity.defn
async def nothing(step: int) -> str:
    """No work at all."""
    return f"step {step}"


@workflow.defn(name="bare")
class Bare:
    """Six times a timer, an activity and an upsert of what changed."""

    def __init__(self) -> None:
        self.signals = 0

    @workflow.run
    async def run(self, steps: int, act_queue: str) -> str:
        """Go through the steps, with the activities on a queue of their own or on the workflow's."""
        done = ""
        for step in range(steps):
            await workflow.sleep(timedelta(days=6))
            done = await workflow.execute_activity(
                nothing, step, task_queue=act_queue, start_to_close_timeout=timedelta(seconds=30)
            )
            workflow.upsert_search_attributes(
                [
                    STEP.value_set(f"step-{step}"),
                    AMOUNT_DUE.value_set(802.0 + step),
                    NEXT_ACTION_AT.value_set(datetime(2026, 12, 1 + step, tzinfo=UTC)),
                ]
            )
        return done

    @workflow.signal
    def news(self, _number: int) -> None:
        """Count, and no more."""
        self.signals += 1
