"""The shapes that the life of a bank file takes, and that of the folder that is watched."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle

from activities import bank_files
from connectors.drop_folder import QUIET_SECONDS
from tests.histories.jobs import stopped, stopped_during
from tests.workflows.test_bank_file import Office, opened, waits
from tests.world import World
from workflows.bank_file import BankFileWorkflow, BankFolder
from workflows.contracts import TASK_QUEUE, Acceptance, Order

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Handle = WorkflowHandle[Any, Any]

# --- one file --------------------------------------------------------------------------------------------------


async def booked_in_parts(office: Office) -> Handle:
    bank_files.AT_ONCE = bank_files.CHUNK = 1
    handle = await office.start(office.leave(office.content()))
    await handle.result()
    return handle


async def accepted(office: Office) -> Handle:
    handle = await contradicting(office)
    await accept(handle)
    return handle


async def refused_after_a_look(office: Office) -> Handle:
    handle = await office.start(office.leave(office.content(stranger())))
    await waits(handle)
    await handle.signal(BankFileWorkflow.look_again)
    await refuse(handle)
    return handle


async def refused_before(office: Office) -> Handle:
    await refuse(await contradicting(office))
    handle = await contradicting(office)
    await handle.result()
    return handle


async def taken_away(office: Office) -> Handle:
    handle = await contradicting(office)
    await waits(handle)
    office.clear()
    await office.world.skip(handle, HOUR)
    await handle.result()
    return handle


async def registered_after_some_hours(office: Office) -> Handle:
    account = stranger()
    handle = await office.start(office.leave(office.content(account)))
    await waits(handle)
    await office.world.skip(handle, 2 * HOUR)
    await office.add_account(account)
    await office.world.skip(handle, HOUR)
    await handle.result()
    return handle


async def flagged_for_long(office: Office) -> Handle:
    handle = await contradicting(office)
    await waits(handle)
    await until_the_next_run(office.world, handle, HOUR)
    await accept(handle)
    return handle


def stranger() -> str:
    """An account of nobody."""
    return f"{40_000_000_000 + uuid4().int % 10**10}"


async def contradicting(office: Office) -> Handle:
    """A file has come that contradicts itself."""
    return await office.start(office.leave(office.content().replace("NY000089000000", "NY000089000007")))


async def accept(handle: Handle) -> None:
    """A person accepts the file, and it is done."""
    await waits(handle)
    await handle.execute_update(BankFileWorkflow.accept, Acceptance(by="kim"))
    await handle.result()


async def refuse(handle: Handle) -> None:
    """A person refuses the file, and it is put away."""
    await waits(handle)
    await handle.execute_update(BankFileWorkflow.refuse, Order(by="kim", reason_code="not-ours"))
    await handle.result()


# --- the folder ------------------------------------------------------------------------------------------------


async def files_found(office: Office) -> Handle:
    """Two files of one content, and one that waits for a person: each run of the folder finds that one running."""
    await waits(await contradicting(office))
    for _ in range(2):
        office.leave(office.content())
    await asyncio.sleep(QUIET_SECONDS)
    handle = await watched(office)
    await until_the_next_run(office.world, handle, MINUTE)
    await office.world.skip(handle, 2 * MINUTE)
    await stopped(handle)
    return handle


async def folder_away(office: Office) -> Handle:
    away = office.folder.rename(office.folder.with_name("away"))
    handle = await watched(office)
    await asyncio.sleep(1)
    away.rename(office.folder)
    await office.world.skip(handle, MINUTE)
    await stopped(handle)
    return handle


async def stopped_during_a_look(office: Office) -> Handle:
    return await stopped_during(office.world, BankFolder, "arrived_bank_files")


async def watched(office: Office) -> Handle:
    """The folder is watched from now on."""
    return await office.world.client.start_workflow(
        BankFolder.run, id=f"bank-folder-{office.creditor}", task_queue=TASK_QUEUE
    )


async def until_the_next_run(world: World, handle: Handle, pace: timedelta) -> None:
    """Let time pass until the history is so long that a run with a fresh one follows."""
    first = (await handle.describe()).run_id
    while (await handle.describe()).run_id == first:
        await world.skip(handle, pace)


FILES: list[Callable[[Office], Awaitable[Handle]]] = [
    booked_in_parts,
    accepted,
    refused_after_a_look,
    refused_before,
    taken_away,
    registered_after_some_hours,
    flagged_for_long,
]
FOLDERS: list[Callable[[Office], Awaitable[Handle]]] = [
    files_found,
    folder_away,
    stopped_during_a_look,
]


async def live(world: World, life: Callable[[Office], Awaitable[Handle]]) -> str:
    """Live a life in an office of its own; gives its workflow."""
    office = await opened(world)
    handle = await life(office)
    office.clear()
    return handle.id


SHAPES = {
    **{f"bank_file/{life.__name__}": partial(live, life=life) for life in FILES},
    **{f"bank_folder/{life.__name__}": partial(live, life=life) for life in FOLDERS},
}
