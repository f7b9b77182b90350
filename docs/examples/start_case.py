"""A billing system starts or wakes the case of a stored invoice with the Temporal client."""

import asyncio

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.pydantic import pydantic_data_converter

from workflows.contracts import TASK_QUEUE, Case, News
from workflows.dunning import Dunning


async def main() -> None:
    """Start the case where none runs, else tell the running one to look again."""
    client = await Client.connect("127.0.0.1:7233", data_converter=pydantic_data_converter)
    handle = await client.start_workflow(
        Dunning.run,
        Case(creditor="sample", invoice="2026-1001"),
        id="dunning/sample/2026-1001",
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal="invoice_changed",
        start_signal_args=[News()],
    )
    print(await handle.query(Dunning.status))


asyncio.run(main())
