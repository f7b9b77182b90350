"""`make restore-drill`: the restore list of the README is carried out five times, and nobody is written to twice.

Cases live; at T1 the facts are copied, and later Temporal is; more happens; then the facts of T1 come back under a newer
Temporal, beside one that lost everything (what is known comes from the logs), and beside one that is older too, be it older
than the facts or newer, where no log is left and the provider of emails lists nothing. And the newest facts come back beside a
Temporal that lost everything.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import structlog
from structlog.testing import capture_logs

from activities.jobs.sweep import start_what_is_not_running
from channels.outcomes import Listed
from config.embedded import start_postgres
from domain.vocabulary import Channel
from facts import clock
from facts.database import Database
from facts.operations.stops import RESTORING, lift_stop, set_stop
from simulator.emulators.providers import Faults
from terminal.restored import Report, put_right
from terminal.restored_sources import Since, from_histories, from_logs
from tests import doings
from tests.begin import BEGIN
from tests.life import Life, begin
from tests.world import World, empty_database, fresh_database, world

CASES = 12
TEMPORAL = "temporal.sqlite"
Backups = tuple[str, str]  # "facts" and "temporal", the earlier one first
SENT = """
select i.creditor_id || '/' || i.number || ' ' || dc.step || ' ' || dc.channel as what, d.id::text as delivery
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
join invoice i on i.id = c.invoice_id where d.state <> 'shadow'
"""
BEFORE = BEGIN - timedelta(days=1)  # each case has its own time: what the facts of T1 know is known


@dataclass
class Drill:
    """One life up to T1, and what went out after it."""

    database: str
    backup: str
    log: Path
    cases: list[Life] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    """What was sent, by the delivery's id: case, step and channel."""
    since: set[str] = field(default_factory=set)
    """What of it the backup does not know."""
    listed: list[Listed] = field(default_factory=list)
    """The SMS among it, as Twilio lists them. SendGrid lists nothing to who has not bought that."""


async def drill() -> int:
    """Carry all three out; gives 1 where anybody was written to twice."""
    wrong = 0
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(StringIO()))  # what is told here is the drill's
    with tempfile.TemporaryDirectory(prefix="purr-drill-") as place:
        folder = Path(place)
        await asyncio.to_thread(folder.chmod, 0o755)  # PostgreSQL runs as somebody else where we are root
        server = await asyncio.to_thread(start_postgres, folder / "postgres")
        try:
            for name, how in (
                ("facts of T1 under a newer Temporal", newer_temporal),
                ("facts of T1, Temporal lost, logs kept", both_lost),
                ("the newest facts, Temporal lost", temporal_lost),
                ("both older, Temporal newer than the facts, no logs", both_older),
                ("both older, the facts newer than Temporal, no logs", temporal_oldest),
            ):
                wrong += await how(server.url, folder / how.__name__, name)
        finally:
            server.stop()
    print("nobody was written to twice" if not wrong else f"{wrong} messages were sent twice")
    return 1 if wrong else 0


async def newer_temporal(server: str, folder: Path, name: str) -> int:
    """The facts are older than the histories: these tell what went out."""
    async with living(server, folder, "newer") as (here, lived):
        await here.stop_worker()
        await restore(here, lived)
        histories = await from_histories(here.client, BEFORE)
        async with mended(here, lived, Since(), histories, name):
            await here.start_worker()
            await start_what_is_not_running(here.database, here.client)
        return await twice(here, lived, name)


async def both_lost(server: str, folder: Path, name: str) -> int:
    """The facts of T1 beside an empty Temporal: the logs tell what went out."""
    async with living(server, folder, "lost") as (here, lived):
        await here.stop_worker()
        await restore(here, lived)
    return await beside_an_empty_temporal(lived, folder, from_logs([lived.log], BEFORE), name)


async def temporal_lost(server: str, folder: Path, name: str) -> int:
    """Nothing of the facts is lost: cases are started again from them."""
    async with living(server, folder, "empty") as (_, lived):
        pass
    return await beside_an_empty_temporal(lived, folder, Since(), name)


async def both_older(server: str, folder: Path, name: str) -> int:
    """The facts of T1 beside the Temporal of a later backup, which is not the newest either: its histories tell a part."""
    return await older(server, folder, name, ("facts", "temporal"))


async def temporal_oldest(server: str, folder: Path, name: str) -> int:
    """The facts of T1 beside the Temporal of an earlier backup: nobody tells of the emails since."""
    return await older(server, folder, name, ("temporal", "facts"))


async def older(server: str, folder: Path, name: str, backups: Backups) -> int:
    """Both come back from backups, made in this order; no log is left, and emails are listed by nobody."""
    async with living(server, folder, f"older_{backups[0]}", backups) as (here, lived):
        await here.stop_worker()
        await restore(here, lived)
    async with of_old(lived, folder, f"{folder / TEMPORAL}-t1") as here:
        histories = await from_histories(here.client, BEFORE)
        unknown = {"listed": {Channel.SMS: lived.listed}, "blind": {Channel.EMAIL}, "until": BEGIN + timedelta(days=10)}
        async with mended(here, lived, Since(), histories, name, **unknown):
            await here.start_worker()
            await start_what_is_not_running(here.database, here.client)
        return await twice(here, lived, name)


@asynccontextmanager
async def of_old(lived: Drill, folder: Path, temporal: str) -> AsyncIterator[World]:
    """A world on facts that were stopped before any worker ran, and on a Temporal server's kept file."""
    with psycopg.connect(lived.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("drop function if exists tell_of_decisions cascade")
    database = Database(lived.database)
    await stop_everything(database)
    await database.close()
    async with world(lived.database, folder, server=["--db-filename", temporal]) as here:
        await here.stop_worker()
        yield here


async def beside_an_empty_temporal(lived: Drill, folder: Path, logs: Since, name: str) -> int:
    """A fresh Temporal server, and a worker when everything is put right."""
    async with of_old(lived, folder, f"{folder / TEMPORAL}-empty") as here:
        async with mended(here, lived, logs, Since(), name):
            await here.start_worker()
            await start_what_is_not_running(here.database, here.client)
        return await twice(here, lived, name)


@asynccontextmanager
async def living(
    server: str, folder: Path, name: str, backups: Backups = ("facts", "temporal")
) -> AsyncIterator[tuple[World, Drill]]:
    """Cases before T1, the two backups in their order, and what happens between them and after."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    lived = Drill(fresh_database(server, name), f"{name}_t1", folder / "worker.log")
    async with AsyncExitStack() as stack:
        kept = ["--db-filename", str(folder / TEMPORAL)]
        here = await stack.enter_async_context(world(lived.database, folder, server=kept))
        here.providers.faults = Faults()
        with capture_logs() as said:
            lived.cases = [await begin(here) for _ in range(CASES)]
            for case in lived.cases[::2]:
                await case.until("invoice", "email")
            known = await backup(here, server, lived, folder, backups[0])
            for case in lived.cases[1:6:2]:
                await case.until("invoice", "email")
            for case in lived.cases[:6:3]:
                await case.until("invoice", "letter")
            known = await backup(here, server, lived, folder, backups[1]) or known
            for case in lived.cases[7::2]:
                await case.until("invoice", "email")
            for case in lived.cases[6::3]:
                await case.until("invoice", "letter")
            late = await begin(here)
            await late.until("invoice", "email")
            await doings.command(lived.cases[1], "hold")
            lived.sent = {row.delivery: row.what for row in await here.rows(SENT)}
            lived.since = set(lived.sent.values()) - known
            lived.listed = [Listed(each.to, each.provider_id) for each in here.providers.log if each.channel == "sms"]
        stamp = {"timestamp": BEGIN.isoformat()}
        lived.log.write_text("".join(json.dumps({**stamp, **line}, default=str) + "\n" for line in said))
        yield here, lived


async def backup(here: World, server: str, lived: Drill, folder: Path, what: str) -> set[str]:
    """A backup of one of the two; gives what the facts in it know to have been sent."""
    if what == "facts":
        await copy(here, server, lived)
        return {row.what for row in await here.rows(SENT)}
    with (
        closing(sqlite3.connect(folder / TEMPORAL)) as source,
        closing(sqlite3.connect(f"{folder / TEMPORAL}-t1")) as target,
    ):
        source.backup(target)
    return set()


async def copy(here: World, server: str, lived: Drill) -> None:
    """The backup of T1. A copy needs the database for itself."""
    await here.stop_worker()
    await here.database.engine.dispose()
    for _ in range(20):
        try:
            empty_database(server, lived.backup, f'template "{_name(lived.database)}"')
            break
        except psycopg.errors.ObjectInUse:
            with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [_name(lived.database)]
                )
    await here.start_worker()


async def restore(here: World, lived: Drill) -> None:
    """The facts of T1 come back."""
    await here.database.engine.dispose()
    with psycopg.connect(_maintenance(lived.database), autocommit=True) as connection:
        connection.execute(f'drop database "{_name(lived.database)}" with (force)')  # type: ignore[arg-type]
        connection.execute(f'create database "{_name(lived.database)}" template "{lived.backup}"')  # type: ignore[arg-type]


@asynccontextmanager
async def mended(
    here: World, lived: Drill, logs: Since, histories: Since, name: str, **unknown: Any
) -> AsyncIterator[None]:
    """The steps of the list, in their order; the worker starts within, under the stop."""
    await stop_everything(here.database)
    report: Report = await put_right(here.parts, logs, histories, BEFORE, "anne", **unknown)
    print(f"\n{name}\n  {len(lived.sent)} messages were sent, {len(lived.since)} of them after the backup")
    for what in ("put_back", "known", "invoices_missing", "untold", "perhaps_sent", "letters", "held", "happened"):
        told: Sequence[str] = getattr(report, what)
        print(f"  {what.replace('_', ' ')}: {len(told)}" + "".join(f"\n    {line}" for line in told[:3]))
    yield
    async with here.database.transaction() as connection:
        await lift_stop(connection, "everything", "", None, "anne", await clock.now(connection))


async def twice(here: World, lived: Drill, name: str) -> int:
    """Let every case do its next things; gives how many messages went out a second time."""
    before = len(here.providers.log)
    cases = [Life(here, c.creditor, c.number, c.case_id, await here.case(c.number, c.creditor)) for c in lived.cases]
    for case in cases:
        await case.quiet()
        if (await case.next()).at is not None:
            await case.step()
    new: list[Any] = [
        row for row in await here.rows(SENT) if row.delivery in {s.delivery_id for s in here.providers.log[before:]}
    ]
    again = sorted({row.what for row in new} & set(lived.sent.values()))
    print(
        f"  afterwards {len(new)} messages went out, {len(again)} of them a second time"
        + "".join(f"\n    {a}" for a in again)
    )
    return len(again)


async def stop_everything(database: Database) -> None:
    """The stop that the list begins with."""
    async with database.transaction() as connection:
        await set_stop(connection, "everything", "", None, "anne", RESTORING, await clock.now(connection))


def _name(url: str) -> str:
    return url.partition("?")[0].rsplit("/", 1)[1]


def _maintenance(url: str) -> str:
    head, _, query = url.replace("+psycopg", "").partition("?")
    return f"{head.rsplit('/', 1)[0]}/postgres?{query}"


if __name__ == "__main__":
    sys.exit(asyncio.run(drill()))
