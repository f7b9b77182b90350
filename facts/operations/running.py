"""What runs: workers that say so every few seconds, and jobs with how they last ended. Wall time."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json

SILENT_AFTER = timedelta(minutes=1)  # a worker that says nothing for so long is gone
FORGOTTEN_AFTER = timedelta(hours=1)

SEEN = text("""
with forgotten as (delete from worker_process where seen_at < clock_timestamp() - cast(:forgotten as interval) and name <> :name)
insert into worker_process (name, seen_at, folders)
values (:name, clock_timestamp(), cast(:folders as jsonb))
on conflict (name) do update set seen_at = excluded.seen_at, folders = excluded.folders
""")
STOPPED = text("delete from worker_process where name = :name")
DONE = text("""
insert into job_run (job, done_at) values (:job, clock_timestamp())
on conflict (job) do update set done_at = excluded.done_at, failed_at = null, failure = null
""")
FAILED = text("""
insert into job_run (job, failed_at, failure) values (:job, clock_timestamp(), :failure)
on conflict (job) do update set failed_at = excluded.failed_at, failure = excluded.failure
""")
WORKERS = text("""
select count(*) filter (where seen_at >= clock_timestamp() - cast(:silent as interval)) as running,
  count(*) filter (where seen_at < clock_timestamp() - cast(:silent as interval)) as lost from worker_process
""")
FOLDERS = text("""
select distinct folder from worker_process, jsonb_object_keys(folders) folder
where seen_at >= clock_timestamp() - cast(:silent as interval)
""")
JOBS = text("""
select job, failed_at is not null as failed, extract(epoch from clock_timestamp() - done_at) as since_done from job_run
""")


async def worker_seen(connection: AsyncConnection, name: str, folders: Mapping[str, str]) -> None:
    """A worker runs, and cannot write these folders, each with the error in words."""
    values = {"name": name, "folders": to_json(dict(folders)), "forgotten": FORGOTTEN_AFTER}
    await connection.execute(SEEN, values)


async def worker_stopped(connection: AsyncConnection, name: str) -> None:
    """A worker was asked to stop, and does."""
    await connection.execute(STOPPED, {"name": name})


async def job_done(connection: AsyncConnection, job: str) -> None:
    """A job was done whole."""
    await connection.execute(DONE, {"job": job})


async def job_failed(connection: AsyncConnection, job: str, failure: str) -> None:
    """A job failed, or a part of it; `failure` is the kind of error."""
    await connection.execute(FAILED, {"job": job, "failure": failure})


async def workers(connection: AsyncConnection) -> tuple[int, int]:
    """How many workers run, and how many went silent within the hour without having been stopped."""
    row = (await connection.execute(WORKERS, {"silent": SILENT_AFTER})).one()
    return row.running, row.lost


async def unwritable_folders(connection: AsyncConnection) -> set[str]:
    """The folders that some running worker cannot write."""
    return set((await connection.execute(FOLDERS, {"silent": SILENT_AFTER})).scalars())


async def jobs(connection: AsyncConnection) -> dict[str, tuple[bool, float | None]]:
    """Each job that ever ran: whether it has failed since it was last done, and how many seconds ago that was."""
    rows = (await connection.execute(JOBS)).all()
    return {row.job: (row.failed, None if row.since_done is None else float(row.since_done)) for row in rows}
