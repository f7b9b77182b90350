"""The jobs of the day and of the hour: small workflows that Temporal Schedules start."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

JOB_LIMIT = timedelta(minutes=30)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=10), maximum_interval=timedelta(minutes=5), maximum_attempts=6)


@workflow.defn(name="daily")
class Daily:
    """Once a day: what should not be printed is pulled, what should go to collection leaves, the days before are booked."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        jobs = Jobs()
        letters = await jobs.do("pull_unposted_letters", "Pull letters that nobody should get any more")
        hand_offs = await jobs.do("export_hand_offs", "Write the hand-off files of the day")
        closed = 0
        if workflow.patched("accounting-days"):
            closed = await jobs.do("close_accounting_days", "Close the accounting days that are over")
        jobs.tell_failures()
        return {"letters_pulled": letters, "hand_offs_exported": hand_offs, "accounting_days_closed": closed}


@workflow.defn(name="direct-debit")
class DirectDebitDay:
    """On weekdays before the bank's cut-off: what the bank told is read, then claims are taken back and sent."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        jobs = Jobs()
        mandates = await jobs.do("read_mandate_files", "Read the mandates that the bank has left")
        failed = await jobs.do("fail_claims", "See which draws brought money and which failed")
        cancelled = await jobs.do("cancel_claims", "Take back the claims that should not be drawn any more")
        # Nothing is drawn on a mandate whose end may lie in a file that was not read.
        sent = (
            0
            if "read_mandate_files" in jobs.failed
            else await jobs.do("plan_claims", "Send the claims that open cases want")
        )
        jobs.tell_failures()
        return {
            "mandates_changed": mandates,
            "claims_failed": failed,
            "claims_cancelled": cancelled,
            "claims_sent": sent,
        }


@workflow.defn(name="control")
class MorningControl:
    """Every morning: what waits, is late or stands still goes by mail to whoever looks after Purr."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        jobs = Jobs()
        found = await jobs.do("mail_control", "Mail what waits, is late or stands still")
        jobs.tell_failures()
        return {"checks_that_found_something": found}


@workflow.defn(name="hourly")
class Hourly:
    """Once an hour: is everything running, and is no more going out than was foreseen?"""

    @workflow.run
    async def run(self) -> dict[str, int]:
        jobs = Jobs()
        breaker = await jobs.do("trip_breaker", "Stop everything if far more went out than was foreseen")
        if workflow.patched("payments-given-up"):
            await jobs.do("give_up_payments", "Give up payments that their provider tells nothing of")
        taken = 0
        if workflow.patched("partners-over-an-api"):
            taken = await jobs.do("meet_partners", "Hand off over the collection partners' APIs, and hear them")
        started, letters = await asyncio.gather(
            jobs.do("sweep", "Start open cases that nobody runs"),
            jobs.do("pull_unposted_letters", "Pull letters that nobody should get any more"),
        )
        jobs.tell_failures()
        return {
            "breaker_tripped": breaker,
            "cases_started": started,
            "letters_pulled": letters,
            "hand_offs_taken": taken,
        }


class Jobs:
    """The jobs of one run: one that fails stops no other, and fails the run when all are done."""

    def __init__(self) -> None:
        self.failed: dict[str, ActivityError] = {}

    async def do(self, name: str, summary: str) -> int:
        """Do a job; gives how much was done, 0 where it failed."""
        try:
            done: int = await workflow.execute_activity(
                name, summary=summary, start_to_close_timeout=JOB_LIMIT, retry_policy=RETRY, result_type=int
            )
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            self.failed[name] = failure
            return 0
        return done

    def tell_failures(self) -> None:
        """Raises ApplicationError with the names of the jobs that failed."""
        if self.failed:
            raise ApplicationError(f"failed: {', '.join(self.failed)}") from next(iter(self.failed.values()))
