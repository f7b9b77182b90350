"""Killed with -9 in the middle of a bank file: run again, each of its payments is booked once and the sums agree."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from benchmarks.postings import AMOUNT, DAY, open_invoices
from connectors.drop_folder import QUIET_SECONDS
from facts.database import Database
from facts.money import ledger
from simulator.offices.bank import Order, ocr_file
from tests.crash.programs import ROOT
from tests.crash.test_kills import PATIENCE, patiently, stage
from tests.world import fresh_database

ACCOUNT = "98765432100"
FULL, SMALL = (10_000, (0.05, 0.3, 0.65)), (800, (0.1, 0.5))  # transactions, and after which part of them it is killed
FOLDER_FULL, FOLDER_SMALL = 1_500, 600
STRANGE = 12  # of them: references that no invoice has, the same invoice again, a part, too much

POSITION = text("select coalesce(max(position), 0) from bank_file")
SUMS = text("""
select (select count(*) from incoming_payment) as payments, (select sum(amount) from incoming_payment) as brought,
  (select count(*) from incoming_payment where state = 'review') as review,
  (select coalesce(-sum(amount), 0) from ledger_entry where payment_id is not null) as entered,
  (select coalesce(sum(amount), 0) from incoming_payment where state = 'review') as waiting,
  f.state, f.booked, f.known, f.review as counted, f.position from bank_file f
""")


def file_of(references: list[str]) -> str:
    """A file that pays all of the invoices but four, with some payments that are odd in the middle and at its end."""
    orders = [Order(ACCOUNT, reference, AMOUNT) for reference in references[:-4]]
    half = len(orders) // 2
    odd = [Order(ACCOUNT, "12345674", Decimal(number)) for number in (1, 2, 3, 4)]
    odd += [Order(ACCOUNT, references[place], AMOUNT) for place in (0, 1, 2, 3)]
    odd += [
        Order(ACCOUNT, references[-place], Decimal(amount)) for place, amount in ((1, 100), (1, 2), (2, 900), (3, 1))
    ]
    return ocr_file(DAY, [ACCOUNT], [*orders[:half], *odd[:6], *orders[half:], *odd[6:]])


@pytest_asyncio.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(fresh_database(postgres_url, "bank_file_crash"), pool_size=2)
    yield database
    await database.close()


async def position(database: Database) -> int:
    """How many of the file's transactions are settled."""
    async with database.transaction() as connection:
        return int((await connection.execute(POSITION)).scalar_one())


async def each_is_booked_once(database: Database, transactions: int, review: int) -> None:
    """Nothing is lost, nothing is there twice, and every balance is the sum of its entries."""
    async with database.transaction() as connection:
        sums: Any = (await connection.execute(SUMS)).one()
        assert await ledger.disagreeing(connection) == []
    assert (sums.payments, sums.review) == (transactions, review)
    assert sums.brought == sums.entered + sums.waiting
    assert (sums.state, sums.position) == ("done", transactions)
    assert (sums.booked, sums.known, sums.counted) == (transactions - review, 0, review)


@pytest.mark.timeout(900)
async def test_many_transactions_survive_the_terminal_being_killed(
    database: Database, tmp_path: Path, full: bool
) -> None:
    transactions, kills = FULL if full else SMALL
    path = tmp_path / "OCR.txt"
    path.write_text(file_of(await open_invoices(database, "acme", ACCOUNT, transactions - STRANGE + 4)))
    command = [sys.executable, "starter.py", "payments", str(path), "--json"]
    environment = {**os.environ, "PURR_DATABASE_URL": database.url}

    def booking() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    for kill_at in (round(part * transactions) for part in kills):
        process = booking()
        deadline = time.monotonic() + PATIENCE
        while await position(database) < kill_at:
            assert process.poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        process.kill()
        process.communicate()
        assert kill_at <= await position(database) < transactions
    process = booking()
    await asyncio.to_thread(process.communicate)
    assert process.returncode == 1  # some wait for a person
    await each_is_booked_once(database, transactions, review=4)


@pytest.mark.asyncio
@pytest.mark.timeout(900)
async def test_a_file_in_the_folder_survives_the_worker_being_killed(postgres_url: str, full: bool) -> None:
    transactions = FOLDER_FULL if full else FOLDER_SMALL
    async with stage(postgres_url, "bank_file_worker_crash") as here:
        # Closed cases: what is paid on them is booked, and wakes nobody.
        references = await open_invoices(here.database, "power", ACCOUNT, transactions, state="closed")
        folder = here.programs.folder / "bank-files"
        folder.mkdir()
        file = ocr_file(DAY, [ACCOUNT], [Order(ACCOUNT, reference, AMOUNT) for reference in references])
        (folder / "OCR.txt").write_text(file)
        await asyncio.sleep(QUIET_SECONDS)
        await here.programs.start_again("worker")

        async def beyond(settled: int) -> bool:
            return await position(here.database) >= settled

        await patiently(lambda: beyond(transactions // 3), 0.02)
        here.programs.kill("worker")
        assert await position(here.database) < transactions
        await here.programs.start_again("worker")

        async def put_away() -> bool:
            return (folder / "done" / "OCR.txt").exists()

        await patiently(put_away)
        await each_is_booked_once(here.database, transactions, review=0)
        ((through,),) = await _rows(here.database)
        assert through == DAY <= datetime.now(UTC).date()


async def _rows(database: Database) -> list[Any]:
    query = text("select imported_through from bank_account where account = :account")
    async with database.transaction() as connection:
        return list((await connection.execute(query, {"account": ACCOUNT})).all())
