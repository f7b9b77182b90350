"""When the jobs run: Temporal Schedules, made once and kept as this file says."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from workflows.contracts import TASK_QUEUE

log = structlog.get_logger()

SPECS = {
    # In contact hours and after the night's bank files.
    "daily": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(11)], minute=[ScheduleRange(0)])],
        time_zone_name="Europe/Oslo",
    ),
    # The bank's cut-off is at 14:00: early enough for a second try, and late enough for what happened that morning.
    "direct-debit": ScheduleSpec(
        calendars=[
            ScheduleCalendarSpec(
                hour=[ScheduleRange(hour)], minute=[ScheduleRange(minute)], day_of_week=[ScheduleRange(1, 5)]
            )
            for hour, minute in ((11, 0), (13, 15))
        ],
        time_zone_name="Europe/Oslo",
    ),
    "hourly": ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(0, 23)], minute=[ScheduleRange(20)])]),
}
KEPT_EVERY = timedelta(minutes=10)
CATCH_UP = timedelta(hours=12)  # a server that was away runs a missed job when it is back


async def ensure_schedules(client: Client) -> None:
    """Make the schedules of the jobs, or bring them up to date; a paused one stays paused."""
    for name, spec in SPECS.items():
        schedule = Schedule(
            action=ScheduleActionStartWorkflow(name, id=f"purr-{name}", task_queue=TASK_QUEUE),
            spec=spec,
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
        )
        try:
            await client.create_schedule(f"purr-{name}", schedule)
        except ScheduleAlreadyRunningError:

            def keep_state(known: ScheduleUpdateInput, wanted: Schedule = schedule) -> ScheduleUpdate:
                wanted.state = known.description.schedule.state
                return ScheduleUpdate(wanted)

            await client.get_schedule_handle(f"purr-{name}").update(keep_state)


async def keep_jobs(client: Client) -> None:
    """Make the jobs again now and then, until cancelled: a Temporal server that lost everything lost them too."""
    while True:
        await asyncio.sleep(KEPT_EVERY.total_seconds())
        try:
            await ensure_schedules(client)
            await watch_bank_files(client)
        except RPCError as error:
            log.warning("jobs_not_kept", error=error.status.name)


async def watch_bank_files(client: Client) -> None:
    """Let the folder of bank files be watched from now on, by one workflow however many workers start."""
    await client.start_workflow(
        "bank_folder",
        id="bank-folder",
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
