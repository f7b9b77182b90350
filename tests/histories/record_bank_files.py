"""Records histories of bank files: `python -m tests.histories.record_bank_files`, after a change of their workflow.

As for cases, a change of a released workflow goes behind `workflow.patched`, and new histories get new names.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from activities import bank_files
from channels.bank_files.reader import examine
from domain.references import kid_with_check_digit
from simulator.bank import Order as BankOrder
from simulator.bank import ocr_file
from tests.histories.record import keep
from tests.world import SPRING, World, creditor, eventually, fresh_database, postgres, world
from workflows.bank_file import BankFileWorkflow
from workflows.contracts import TASK_QUEUE, Acceptance, BankFileFound, BankFileStands, Order

ACCOUNT, STRANGER = "12345678903", "98765432100"
Handle = WorkflowHandle[Any, BankFileStands]


async def booked_in_parts(_here: World, _handle: Handle) -> None:
    """Nothing is wrong with it."""


async def accepted(_here: World, handle: Handle) -> None:
    """A person accepts a file that contradicts itself."""
    await eventually(lambda: _flagged(handle))
    await handle.execute_update(BankFileWorkflow.accept, Acceptance(by="kim"))


async def refused_after_a_look(_here: World, handle: Handle) -> None:
    """A person looks once more at a file for an account of nobody, and refuses the rest of it."""
    await eventually(lambda: _flagged(handle))
    await handle.signal(BankFileWorkflow.look_again)
    await handle.execute_update(BankFileWorkflow.refuse, Order(by="kim", reason_code="not-ours"))


SHAPES: dict[Callable[[World, Handle], Awaitable[None]], str] = {
    booked_in_parts: ocr_file(SPRING, [ACCOUNT], [BankOrder(ACCOUNT, kid_with_check_digit("7"), Decimal(1))] * 3),
    accepted: ocr_file(SPRING, [ACCOUNT], []).replace("NY000089000000", "NY000089000007"),
    refused_after_a_look: ocr_file(SPRING, [STRANGER], [BankOrder(STRANGER, "26", Decimal(1))]),
}


async def _flagged(handle: Handle) -> bool:
    stands = await handle.query(BankFileWorkflow.status)
    return stands.state == "flagged" and bool(stands.flags)


async def main() -> None:
    """Record in a world of its own."""
    bank_files.AT_ONCE = bank_files.CHUNK = 1
    with tempfile.TemporaryDirectory() as folder:
        url = fresh_database(postgres(Path(folder)), "record")
        async with world(url, Path(folder)) as here:
            await here.register(creditor(accounts=(ACCOUNT,)))
            for shape, content in SHAPES.items():
                path = here.settings.bank_file_folder / f"{shape.__name__}.txt"
                path.write_text(content)
                found = BankFileFound(name=path.name, sha256=examine(path).sha256 or "")
                handle = await here.client.start_workflow(
                    BankFileWorkflow.run, found, id=f"bank-file/{shape.__name__}", task_queue=TASK_QUEUE
                )
                await shape(here, handle)
                print(await handle.result())
                keep(f"bank_file/{shape.__name__}", await handle.fetch_history())


if __name__ == "__main__":
    asyncio.run(main())
