"""The day's jobs when one of them fails: the others are done all the same, and the run says what failed."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from tests.histories.jobs import JOBS, in_place_of_jobs
from tests.world import World


@pytest.mark.parametrize(("day", "broken"), [(day, job) for day, jobs in JOBS.items() for job in jobs])
async def test_one_jobs_failure_stops_no_other(world: World, day: type, broken: str) -> None:
    done: list[str] = []

    async def job(name: str) -> int:
        if name == broken:
            raise ApplicationError("the disk is full", non_retryable=True)
        done.append(name)
        return 1

    async with in_place_of_jobs(world, day, job) as queue:
        with pytest.raises(WorkflowFailureError) as failed:
            await world.client.execute_workflow(day.run, id=queue, task_queue=queue)  # type: ignore[attr-defined]
    assert f"failed: {broken}" in str(failed.value.cause)
    # Nothing is drawn on a mandate whose end may lie in a file that was not read.
    left_out = {"plan_claims"} if broken == "read_mandate_files" else set()
    assert set(done) == set(JOBS[day]) - {broken} - left_out
