"""The jobs of the day and of the hour: small workflows that Temporal Schedules start."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

JOB_LIMIT = timedelta(minutes=30)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=10), maximum_interval=timedelta(minutes=5), maximum_attempts=6)


@workflow.defn(name="daily")
class Daily:
    """Once a day: what should not be printed is pulled, what should go to collection leaves."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        letters = await _job("pull_unposted_letters", "Pull letters that nobody should get any more")
        hand_offs = await _job("export_hand_offs", "Write the hand-off files of the day")
        return {"letters_pulled": letters, "hand_offs_exported": hand_offs}


@workflow.defn(name="direct-debit")
class DirectDebitDay:
    """On weekdays before the bank's cut-off: what the bank told is read, then claims are taken back and sent."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        mandates = await _job("read_mandate_files", "Read the mandates that the bank has left")
        failed = await _job("fail_claims", "See which draws brought money and which failed")
        cancelled = await _job("cancel_claims", "Take back the claims that should not be drawn any more")
        sent = await _job("plan_claims", "Send the claims that open cases want")
        return {
            "mandates_changed": mandates,
            "claims_failed": failed,
            "claims_cancelled": cancelled,
            "claims_sent": sent,
        }


@workflow.defn(name="hourly")
class Hourly:
    """Once an hour: is everything running, and is no more going out than was foreseen?"""

    @workflow.run
    async def run(self) -> dict[str, int]:
        breaker = await _job("trip_breaker", "Stop everything if far more went out than was foreseen")
        if workflow.patched("payments-given-up"):
            await _job("give_up_payments", "Give up payments that their provider tells nothing of")
        started, letters = await asyncio.gather(
            _job("sweep", "Start open cases that nobody runs"),
            _job("pull_unposted_letters", "Pull letters that nobody should get any more"),
        )
        return {"breaker_tripped": breaker, "cases_started": started, "letters_pulled": letters}


async def _job(name: str, summary: str) -> int:
    done: int = await workflow.execute_activity(
        name, summary=summary, start_to_close_timeout=JOB_LIMIT, retry_policy=RETRY, result_type=int
    )
    return done
