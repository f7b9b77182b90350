"""Records histories: `python -m tests.histories.record FOLDER/SHAPE …`, all that are new without a name.

Recorded histories stand for workflows that sleep or run in production: new code must replay those of the old. So a
change of a workflow's commands goes behind `workflow.patched`, and new histories are added under new names; only those
of unreleased code are replaced.
"""

import asyncio
import gzip
import sys
import tempfile
from collections.abc import Awaitable, Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from temporalio.client import Client, WorkflowHistory

from simulator.emulators.providers import Faults
from tests.histories import bank_files, cases, jobs, learning, many
from tests.world import World, fresh_database, postgres, world

FOLDER = Path(__file__).parent
# What is lived, and gives the workflow that lived it. Each history lies in the folder of its workflow's type.
SHAPES: dict[str, Callable[[World], Awaitable[str]]] = {
    **cases.SHAPES,
    **bank_files.SHAPES,
    **jobs.SHAPES,
    **many.SHAPES,
    **learning.SHAPES,
}
# They go on for weeks, until their history is long: here a short one is long, so that none takes seconds to replay.
LONG_LIVED = ("bank_file", "bank_folder", "learning")
FRESH_SOON = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60")
OF_THE_MACHINE = ("identity", "stackTrace", "lastFailure")


async def runs_of(client: Client, workflow: str) -> list[WorkflowHistory]:
    """The histories of all runs of a workflow, the first one first."""
    await asyncio.sleep(0.5)  # the list follows the runs a moment later
    found = [run async for run in client.list_workflows(f"WorkflowId = '{workflow}'")]
    runs = [run.run_id for run in sorted(found, key=lambda run: run.start_time)]
    return [await client.get_workflow_handle(workflow, run_id=run).fetch_history() for run in runs]


def keep(name: str, history: WorkflowHistory) -> None:
    """Write a history without traces of the machine it was recorded on, packed the same way every time."""
    plain = orjson.dumps(_without_machine(orjson.loads(history.to_json())))
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(plain, mtime=0))


def _without_machine(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_machine(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_machine(each) for key, each in value.items() if key not in OF_THE_MACHINE}
    return value


async def record(here: World, shape: str) -> None:
    """Live a shape once and keep the histories of its runs."""
    await here.begin()
    here.providers.faults = Faults()
    (FOLDER / shape).parent.mkdir(exist_ok=True)
    for number, history in enumerate(await runs_of(here.client, await SHAPES[shape](here)), start=1):
        name = shape if number == 1 else f"{shape}_{number}"
        keep(name, history)
        print(f"{name}: {len(history.events)} events")


async def main() -> None:
    """Record in worlds of their own."""
    wanted = sys.argv[1:] or [name for name in SHAPES if not (FOLDER / f"{name}.json.gz").exists()]
    for kind, shapes in groupby(wanted, lambda shape: shape.partition("/")[0]):
        with tempfile.TemporaryDirectory() as folder:
            url = fresh_database(postgres(Path(folder)), "record")
            async with world(url, Path(folder), server=FRESH_SOON if kind in LONG_LIVED else ()) as here:
                for shape in shapes:
                    await record(here, shape)


if __name__ == "__main__":
    asyncio.run(main())
