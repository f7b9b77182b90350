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
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from workflows.contracts import LEARNING_QUEUE, TASK_QUEUE

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
    # Before people come to work.
    "control": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(6)], minute=[ScheduleRange(30)])],
        time_zone_name="Europe/Oslo",
    ),
    "hourly": ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(0, 23)], minute=[ScheduleRange(20)])]),
    # While nobody writes.
    "learn-words": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(3)], minute=[ScheduleRange(40)])],
        time_zone_name="Europe/Oslo",
    ),
    # So that scores are of the morning's book.
    "payment-guesses": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(2)], minute=[ScheduleRange(30)])],
        time_zone_name="Europe/Oslo",
    ),
    "segments": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(3)], minute=[ScheduleRange(10)])],
        time_zone_name="Europe/Oslo",
    ),
    # So that a step of the day after next can go as is proposed.
    "contacts": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(4)], minute=[ScheduleRange(30)])],
        time_zone_name="Europe/Oslo",
    ),
    # When contacts have been learned from.
    "strategies": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(5)], minute=[ScheduleRange(0)])],
        time_zone_name="Europe/Oslo",
    ),
    # Before the control tells what was stopped.
    "experiments": ScheduleSpec(
        calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(4)], minute=[ScheduleRange(10)])],
        time_zone_name="Europe/Oslo",
    ),
}
NOTES = {
    "daily": "Pulls letters that nobody should get any more, writes the hand-off files, and closes the accounting days.",
    "direct-debit": "Before the bank's cut-off: reads mandates, settles draws, takes claims back and sends new ones.",
    "control": "Mails what waits, is late or stands still to whoever looks after Purr, or that all is well.",
    "hourly": "Trips the breaker, gives up payments that nobody tells of, starts cases that nobody runs, pulls letters, "
    "meets the collection partners that have an API.",
    "learn-words": "Learns from what people have confirmed of what came in, where anything is new. Without a worker of its "
    "queue it waits.",
    "payment-guesses": "Learns who pays, once a week, retires what was learned where it no longer holds, and scores open cases. "
    "Without a worker of its queue it waits, and scores age.",
    "segments": "Finds which debtors pay alike, and how each pays. Without a worker of its queue it waits, and nothing changes.",
    "contacts": "Learns once a week what channels, hours and tones do, and proposes how contacts that come soon may go. Without "
    "a worker of its queue it waits, and every step goes as it is written.",
    "strategies": "Judges once a week what each change of one line of a policy would come to. Without a worker of its queue it "
    "waits, and what was found last is shown with its day.",
    "experiments": "Looks at every experiment, and stops one where an arm is surely worse. Without a worker of its queue it "
    "waits, and nothing is stopped.",
}
QUEUES = dict.fromkeys(
    ("learn-words", "payment-guesses", "segments", "experiments", "contacts", "strategies"), LEARNING_QUEUE
)
"""Those that another worker does than that of the cases."""
WHOM_TO_ASK = (
    "A run that failed names its jobs. docs/operators.md says what each does; ask whoever runs Purr before pausing it."
)
"""What a schedule's page says, until a person pauses it and says why."""
KEPT_EVERY = timedelta(minutes=10)
CATCH_UP = timedelta(hours=12)  # a server that was away runs a missed job when it is back


async def ensure_schedules(client: Client) -> None:
    """Make the schedules of the jobs, or bring them up to date; a paused one stays paused."""
    for name, spec in SPECS.items():
        note = f"{NOTES[name]} {WHOM_TO_ASK}"
        schedule = Schedule(
            action=ScheduleActionStartWorkflow(
                name,
                id=f"purr-{name}",
                task_queue=QUEUES.get(name, TASK_QUEUE),
                static_summary=f"The {name} jobs",
                static_details=note,
            ),
            spec=spec,
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
            state=ScheduleState(note=note),
        )
        try:
            await client.create_schedule(f"purr-{name}", schedule)
        except ScheduleAlreadyRunningError:

            def keep_state(known: ScheduleUpdateInput, wanted: Schedule = schedule) -> ScheduleUpdate:
                state = known.description.schedule.state
                if not state.paused and wanted.state.note:
                    state.note = wanted.state.note
                wanted.state = state
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
    about = "Looks into the folder every minute and starts a workflow for each new file. It never ends by itself."
    await _keep(client, "bank_folder", "bank-folder", TASK_QUEUE, "The folder of bank files", about)


async def keep_learning(client: Client) -> None:
    """Let what comes in be sorted from now on, by one workflow however many workers of its queue start; again now and then,
    until cancelled: a Temporal server that lost everything lost it too."""
    while True:
        try:
            about = "Without a worker of its queue it waits, and what came in waits unsorted for a person."
            await _keep(
                client, "learning", "learning", LEARNING_QUEUE, "What comes in is sorted by what it says", about
            )
        except RPCError as error:
            log.warning("learning_not_kept", error=error.status.name)
        await asyncio.sleep(KEPT_EVERY.total_seconds())


async def _keep(client: Client, workflow: str, id: str, queue: str, title: str, about: str) -> None:
    """Start a workflow that never ends, where it does not run."""
    await client.start_workflow(
        workflow,
        id=id,
        task_queue=queue,
        static_summary=title,
        static_details=about,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
