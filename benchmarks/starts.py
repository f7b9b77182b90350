"""Bulk starts: invoices stored with all their rows and their cases started, against bare starts."""

import asyncio
from itertools import count

from benchmarks.meter import compare
from benchmarks.stage import BARE_QUEUE, Stage
from relays.outbox_relay import BATCH, OutboxRelay

PIECES = 400
ROUNDS = 5
_numbers = count(1)


async def bulk_starts(stage: Stage) -> dict[str, float]:
    """CPU-ms of a start, client, server and database together; no worker takes the cases up."""
    relay = OutboxRelay(stage.database, stage.client)

    async def ours(_turn: int) -> None:
        await stage.import_invoices([f"start-{next(_numbers)}" for _ in range(PIECES)])
        while await relay.relay_batch():
            pass

    async def bare(turn: int) -> None:
        for first in range(0, PIECES, BATCH):
            pieces = range(first, first + BATCH)
            await asyncio.gather(*(stage.start_bare(f"bare-start-{turn}-{piece}", BARE_QUEUE) for piece in pieces))

    return await compare(stage.meter, ours, bare, pieces=PIECES, rounds=ROUNDS)
