"""While the database is away every part says so in one line, and in one that it is back, however often it tries."""

import asyncio
from collections import Counter

from facts.database import Database
from relays.away import Away, first_line
from relays.outbox_relay import OutboxRelay
from tests.logs import logged_here
from tests.world import eventually


def test_an_outage_begins_once_and_ends_once() -> None:
    away = Away()
    assert [away.ends(), away.begins(), away.begins(), away.ends(), away.ends(), away.begins()] == [
        False, True, False, True, False, True,
    ]  # fmt: skip


def test_what_an_error_says_first_is_told_without_the_statement_below() -> None:
    assert first_line(OSError("it is gone\n[SQL: select 1]")) == "it is gone"
    assert first_line(OSError()) == "OSError"


async def test_a_relay_that_tries_again_and_again_says_once_that_the_database_is_away() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none", pool_size=2)
    tried = Counter[str]()

    class Trying(OutboxRelay):
        async def relay_batch(self) -> int:
            tried["relay"] += 1
            return await super().relay_batch()

    with logged_here() as logs:
        running = asyncio.create_task(Trying(database, None).run())  # type: ignore[arg-type]  # nothing is told to a case
        await eventually(lambda: tried["relay"] >= 3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await database.close()
    said = Counter(line["event"] for line in logs)
    assert (said["outbox_unreachable"], said["listen_lost"]) == (1, 1)
