"""Of each job it is known when it was last done, and whether it has failed since; other activities are no jobs."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.jobs.watched import JOBS, WatchedJobs
from facts.operations import running
from facts.operations.stops import RESTORING, lift_stop, set_stop
from tests.facts.builders import NOON, Facts, facts_in
from tests.histories.jobs import JOBS as BY_DAY


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "watched") as facts:
        yield facts


class Job(ActivityInboundInterceptor):
    """What a job does, or why it fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    async def execute_activity(self, input: ExecuteActivityInput) -> int:
        if self.failure:
            raise self.failure
        return 3


async def run(facts: Facts, job: Job, name: str = "sweep") -> int:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type=name)
    watched = WatchedJobs(facts.database).intercept_activity(job)
    done: int = await environment.run(watched.execute_activity, None)  # type: ignore[arg-type]
    return done


async def jobs(facts: Facts) -> dict[str, bool]:
    async with facts.database.transaction() as connection:
        return {job: failed for job, (failed, _) in (await running.jobs(connection)).items()}


async def test_a_job_that_failed_has_failed_until_it_is_done(facts: Facts) -> None:
    assert await run(facts, Job()) == 3
    assert await jobs(facts) == {"sweep": False}
    with pytest.raises(OSError, match="full"):
        await run(facts, Job(OSError(28, "the disk is full")))
    assert await jobs(facts) == {"sweep": True}
    ((failure,),) = await facts.rows("select failure from job_run")
    assert failure == "OSError"
    await run(facts, Job())
    assert await jobs(facts) == {"sweep": False}


async def test_while_facts_are_restored_nothing_is_taken_back_on_their_word(facts: Facts) -> None:
    async with facts.database.transaction() as connection:
        await set_stop(connection, "everything", "", None, "anne", RESTORING, NOON)
    untouched = Job(AssertionError("letters are pulled, or claims cancelled"))
    assert [await run(facts, untouched, job) for job in ("pull_unposted_letters", "cancel_claims")] == [0, 0]
    assert await run(facts, Job(), "sweep") == 3
    assert await run(facts, Job(), "book_bank_file") == 3
    async with facts.database.transaction() as connection:
        await lift_stop(connection, "everything", "", None, "anne", NOON)
    assert await run(facts, Job(), "cancel_claims") == 3


async def test_other_activities_are_no_jobs(facts: Facts) -> None:
    await run(facts, Job(), "send_email")
    assert await jobs(facts) == {}


def test_every_job_of_the_schedules_is_watched() -> None:
    assert {job for day in BY_DAY.values() for job in day} <= JOBS
