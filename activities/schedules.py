"""When the jobs run: Temporal Schedules, made once and kept as this file says."""

from datetime import timedelta

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

from workflows.contracts import TASK_QUEUE

SPECS = {
    # In contact hours and after the night's bank files.
    "daily": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(11)], minute=[ScheduleRange(0)])],
        time_zone_name="Europe/Oslo",
    ),
    "hourly": ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(0, 23)], minute=[ScheduleRange(20)])]),
}
CATCH_UP = timedelta(hours=12)  # a server that was away runs a missed job when it is back


async def ensure_schedules(client: Client) -> None:
    """Make the schedules of the daily and the hourly jobs, or bring them up to date; a paused one stays paused."""
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
