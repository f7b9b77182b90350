"""A key is remembered for thirty days; a file that no fact names is forgotten, and with its row whoever sent it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest_asyncio
from sqlalchemy import text

from connectors.attachment_folder import AttachmentFolder
from facts import clock, received
from facts.received import KEPT_FOR, Answered
from relays.forgetting import Forgetting
from tests.begin import BEGIN
from tests.facts.builders import Facts, facts_in

A_MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "forgetting") as facts:
        await facts.creditor("acme")
        yield facts


async def sent(facts: Facts, key: str, ago: timedelta) -> None:
    """A command came with this key so long ago."""
    async with facts.database.transaction() as connection:
        at: datetime = await clock.now(connection) - ago
        assert await received.claim(connection, f"api#acme#{key}", "hold", "case 1", at) is None
        await received.answer(connection, f"api#acme#{key}", {"news": 1, "result": None})
        await received.keep(connection, "acme", key, Answered("a hash", 202, {"number": "1"}), at)


async def test_of_old_counts_nothing_says_whose_they_are(facts: Facts, tmp_path: Path) -> None:
    put = """insert into content_piece (creditor_id, name, version, piece, by, reason_code, happened_at)
        values ('acme', 'tips', 1, '{}', 'anne', 'tips', :now)"""
    mark = """insert into content_mark (piece_id, day, what, mark)
        select p.id, cast(cast(:now as timestamptz) as date) - d.days, 'shown', 'sealed ' || d.days
        from content_piece p, unnest(array[20, 40]) d(days)"""
    async with facts.database.transaction() as connection:
        for added in (put, mark):
            await connection.execute(text(added), {"now": await clock.now(connection)})
    await Forgetting(facts.database, AttachmentFolder(tmp_path)).forget()
    async with facts.database.transaction() as connection:
        kept = (await connection.execute(text("select mark from content_mark order by day"))).scalars().all()
    assert kept == [None, "sealed 20"]


async def test_what_is_older_is_forgotten_and_the_key_is_good_for_another_command(facts: Facts, tmp_path: Path) -> None:
    await sent(facts, "old", KEPT_FOR + A_MINUTE)
    await sent(facts, "young", KEPT_FOR - A_MINUTE)
    assert await Forgetting(facts.database, AttachmentFolder(tmp_path)).forget() == 1
    async with facts.database.transaction() as connection:
        now = await clock.now(connection)
        assert await received.answered(connection, "acme", "old") is None
        assert await received.answered(connection, "acme", "young") is not None
        assert await received.claim(connection, "api#acme#old", "release", "case 2", now) is None
        assert await received.claim(connection, "api#acme#young", "hold", "case 1", now) == {"news": 1, "result": None}
    assert await Forgetting(facts.database, AttachmentFolder(tmp_path)).forget() == 0


async def attached(facts: Facts, stored: str) -> None:
    """A debtor's words with this file."""
    await facts.rows(
        """with r as (insert into reply (creditor_id, channel, text, happened_at) values ('acme', 'page', 'hei', :now)
             returning id)
           insert into reply_file (reply_id, position, name, media_type, size, stored, happened_at)
           select id, 1, 'a.pdf', 'application/pdf', 3, :stored, :now from r returning 1""",
        stored=stored,
        now=BEGIN,
    )


async def test_a_file_goes_with_its_row_and_one_that_is_just_being_stored_stays(facts: Facts, tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    forgetting = Forgetting(facts.database, folder)
    with folder.holding([b"one", b"two", b"new"]) as (kept, erased, new):
        await attached(facts, kept)
        await attached(facts, erased)
        assert await forgetting.forget_files() == 0  # the third has no row yet
        await attached(facts, new)
        assert await forgetting.forget_files() == 0
    await facts.rows("update reply_file set name = '', stored = null where stored = :stored returning 1", stored=erased)
    assert [await forgetting.forget_files() for _ in range(3)] == [0, 1, 0]
    assert folder.names() == sorted([kept, new])


async def test_what_a_crash_left_behind_is_forgotten_by_another_worker(facts: Facts, tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    with folder.holding([b"left"]) as names:
        pass
    one, other = Forgetting(facts.database, folder), Forgetting(facts.database, folder)
    for worker, gone in ((one, 0), (other, 0), (one, 1), (other, 0)):
        assert await worker.forget_files() == gone
    assert folder.read(names[0]) is None
