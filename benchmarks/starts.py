"""Bulk starts: invoices stored with all their rows and their cases started, against bare starts."""

import asyncio
from itertools import count

from benchmarks.bare import STEPS
from benchmarks.lives import attributes
from benchmarks.meter import Compared, compare
from benchmarks.stage import BARE_QUEUE, Stage
from relays.outbox_relay import BATCH, OutboxRelay

PIECES = 400
ROUNDS = 5
_numbers = count(1)


async def bulk_starts(stage: Stage) -> Compared:
    """CPU-ms of a start, client, server and database together; no worker takes the cases up."""
    relay = OutboxRelay(stage.database, stage.client)

    async def ours(_turn: int) -> None:
        await stage.import_invoices([f"start-{next(_numbers)}" for _ in range(PIECES)])
        while await relay.relay_batch():
            pass

    async def bare(turn: int) -> None:
        for first in range(0, PIECES, BATCH):
            await asyncio.gather(
                *(
                    stage.client.start_workflow(
                        "bare",
                        args=[STEPS, BARE_QUEUE],
                        id=f"bare-start-{turn}-{piece}",
                        task_queue=BARE_QUEUE,
                        search_attributes=attributes(),
                    )
                    for piece in range(first, first + BATCH)
                )
            )

    return await compare(stage.meter, ours, bare, pieces=PIECES, rounds=ROUNDS)
