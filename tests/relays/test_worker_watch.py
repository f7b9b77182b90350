"""A worker says that it runs, what it cannot write, and that it was asked to stop."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from facts.operations import running
from relays.worker_watch import WorkerWatch
from tests.facts.builders import Facts, facts_in
from tests.logs import logged_here
from tests.world import eventually


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "worker_watch") as facts:
        yield facts


async def seen(facts: Facts) -> tuple[tuple[int, int], set[str]]:
    async with facts.database.transaction() as connection:
        return await running.workers(connection), await running.unwritable_folders(connection)


async def test_a_worker_is_seen_while_it_runs_and_no_more_when_it_was_stopped(facts: Facts, tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    with logged_here() as logs:
        running_now = asyncio.create_task(WorkerWatch(facts.database, {"letters": tmp_path}).run())
        await eventually(lambda: _runs(facts))
    told = [line for line in logs if line["event"].startswith("folder_")]
    assert [(line["event"], line["folder"]) for line in told] == [("folder_open_to_others", "letters")]
    running_now.cancel()
    await asyncio.gather(running_now, return_exceptions=True)
    assert await seen(facts) == ((0, 0), set())


async def _runs(facts: Facts) -> bool:
    return (await seen(facts))[0] == (1, 0)


async def test_a_worker_that_fell_silent_is_missed(facts: Facts, tmp_path: Path) -> None:
    await WorkerWatch(facts.database, {"letters": tmp_path / "gone"}).say()
    await facts.change("update worker_process set seen_at = seen_at - interval '2 minutes'")
    assert await seen(facts) == ((0, 1), set())


async def test_a_folder_that_cannot_be_written_is_told_once_and_by_its_name(facts: Facts, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    watch = WorkerWatch(facts.database, {"letters": folder, "hand-offs": tmp_path})
    with logged_here() as logs:
        await watch.say()
        await watch.say()
        assert await seen(facts) == ((1, 0), {"letters"})
        folder.mkdir()
        await watch.say()
    assert os.listdir(folder) == []
    told = [line for line in logs if line["event"].startswith("folder_")]
    assert [(line["event"], line["folder"], line["error"]) for line in told] == [
        ("folder_not_writable", "letters", "No such file or directory")
    ]
    assert await seen(facts) == ((1, 0), set())
