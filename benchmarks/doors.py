"""Payments at the door against a bare insert, and told to their cases against bare signals."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from fastapi import FastAPI, Request
from sqlalchemy import text

from benchmarks.bare import Bare
from benchmarks.meter import compare
from benchmarks.stage import BARE_QUEUE, Stage
from config.logs import configure_logs
from facts import clock
from facts.outbox import tell
from relays.outbox_relay import BATCH, OutboxRelay
from simulator.emulators.providers import serving
from web.app import create_app

PIECES = 400
ROUNDS = 5
BARE_TABLE = text("create table if not exists bare_payment (id text primary key, body jsonb not null)")
BARE_INSERT = text("insert into bare_payment (id, body) values (:id, cast(:body as jsonb)) on conflict do nothing")
CASES = text("""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.number = any(:numbers) order by c.id
""")
LOOKED_AT = text("update dunning_case set looked_at = clock_timestamp()")  # as every case that runs has been
_numbers = count(1)


async def accepted(stage: Stage) -> dict[str, float]:
    """CPU-ms of a payment at `/webhooks/payments`, web app and database together; the sender is another process."""
    configure_logs(stage.settings)
    for _ in range(ROUNDS + 1):
        await stage.store_invoices([f"paid-{next(_numbers)}" for _ in range(PIECES)])
    secret = stage.settings.payment_webhook_secrets["acme"][0].get_secret_value()
    async with (
        serving(create_app(stage.settings, stage.database, stage.laws)) as ours_url,
        _bare_door(stage) as bare_url,
    ):

        async def ours(turn: int) -> None:
            await _load(f"{ours_url}/webhooks/payments", turn * PIECES + 1, secret)

        async def bare(turn: int) -> None:
            await _load(f"{bare_url}/payments", turn * PIECES + 1, secret)

        return await compare(stage.meter, ours, bare, pieces=PIECES, rounds=ROUNDS)


async def delivered(stage: Stage) -> dict[str, float]:
    """CPU-ms of telling news to a case that runs, relay, server and database together; no worker takes it up."""
    relay = OutboxRelay(stage.database, stage.client)
    told = [f"told-{number}" for number in range(PIECES)]
    await stage.import_invoices(told)
    while await relay.relay_batch():
        pass
    async with stage.database.transaction() as connection:
        await connection.execute(LOOKED_AT)
    handles = [await stage.start_bare(f"bare-told-{piece}", BARE_QUEUE) for piece in range(PIECES)]

    async def ours(_turn: int) -> None:
        async with stage.database.transaction() as connection:
            cases = (await connection.execute(CASES, {"numbers": told})).scalars().all()
            await tell(connection, cases, "payment_received", await clock.now(connection))
        while await relay.relay_batch():
            pass

    async def bare(turn: int) -> None:
        for first in range(0, PIECES, BATCH):
            await asyncio.gather(*(handle.signal(Bare.news, turn) for handle in handles[first : first + BATCH]))

    return await compare(stage.meter, ours, bare, pieces=PIECES, rounds=ROUNDS)


@asynccontextmanager
async def _bare_door(stage: Stage) -> AsyncIterator[str]:
    """The least a FastAPI app can do with a payment: parse it and insert a row."""
    async with stage.database.transaction() as connection:
        await connection.execute(BARE_TABLE)
    app = FastAPI()

    @app.post("/payments")
    async def store(request: Request) -> dict[str, str]:
        body = await request.json()
        async with stage.database.transaction() as connection:
            await connection.execute(
                BARE_INSERT, {"id": body["data"]["payment_id"], "body": (await request.body()).decode()}
            )
        return {"status": "stored"}

    async with serving(app) as url:
        yield url


async def _load(url: str, first: int, secret: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load", url, str(PIECES), str(first), secret
    )
    if await process.wait():
        raise RuntimeError("the sender of payments failed: its message is above")
