"""The jobs are watched: of each it is known when it was last done, and whether it has failed since."""

from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from facts.database import Database
from facts.operations import running, stops

log = structlog.get_logger()

JOBS = frozenset(
    {
        *("trip_breaker", "give_up_payments", "sweep", "pull_unposted_letters", "export_hand_offs", "meet_partners"),
        *("close_accounting_days", "mail_control", "learn_words"),
        *("learn_who_pays", "score_open_cases", "find_segments", "look_at_experiments"),
        *("learn_what_helps", "propose_contacts"),
        *("read_mandate_files", "fail_claims", "cancel_claims", "plan_claims"),
        *("arrived_bank_files", "examine_bank_file", "book_bank_file", "put_away_bank_file"),
    }
)
"""The activities of the schedules and of the bank's files."""


STAND_STILL = JOBS - {
    "find_segments",
    "learn_what_helps",
    "learn_who_pays",
    "learn_words",
    "look_at_experiments",
    "mail_control",
    "propose_contacts",
    "score_open_cases",
    "sweep",
    "arrived_bank_files",
    "examine_bank_file",
    "book_bank_file",
    "put_away_bank_file",
}
"""What is not done while restored facts know less than the world: it would take back letters and draws on their word."""


class WatchedJobs(Interceptor):
    """Stands around a worker's activities; those that are no jobs pass."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """The SDK asks for what runs its activities."""
        return _Watched(next, self._database)


class _Watched(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, database: Database) -> None:
        super().__init__(following)
        self._database = database

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        job = activity.info().activity_type
        if job not in JOBS:
            return await super().execute_activity(input)
        try:
            done = 0 if await self._stands_still(job) else await super().execute_activity(input)
        except Exception as error:
            await self._failed(job, type(error).__name__)
            raise
        async with self._database.transaction() as connection:
            await running.job_done(connection, job)
        return done

    async def _stands_still(self, job: str) -> bool:
        if job not in STAND_STILL:
            return False
        async with self._database.transaction() as connection:
            return await stops.restoring(connection)

    async def _failed(self, job: str, failure: str) -> None:
        log.error("job_failed", job=job, error=failure)
        try:
            async with self._database.transaction() as connection:
                await running.job_failed(connection, job, failure)
        except (OSError, DBAPIError):
            log.warning("job_failure_not_kept", job=job)  # the database is away: that is what failed
