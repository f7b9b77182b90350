"""Killed with -9 in the middle of 200 cases, also around the send: nothing is lost and nothing is sent twice."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from config.files import read_laws, read_policies
from domain.policy import Channel
from facts import clock
from facts.creditors import register
from facts.database import Database
from facts.intake import Intake
from facts.migrate import migrate
from facts.payments import Payment, book
from tests.crash.programs import Programs
from tests.world import creditor, debtor, fresh_database, invoice

BY_EMAIL, BY_SMS = 150, 50  # emails are followed by provider events, SMS by none
KILLS = ["worker", "temporal", "worker", "web", "worker"]
SEED = 20
PATIENCE = 200.0  # seconds; an act that lost its worker is given up after 45, and again when that happens twice

CASES = text("""
select c.id, i.number, c.state, c.outcome, c.next_at, c.next_channel, d.id as delivery, d.channel, d.state as sent
from dunning_case c join invoice i on i.id = c.invoice_id
left join delivery_case dc on dc.case_id = c.id left join delivery d on d.id = dc.delivery_id order by c.id
""")


@pytest_asyncio.fixture
async def programs(postgres_url: str) -> AsyncIterator[Programs]:
    """Everything running on a database of its own."""
    url = fresh_database(postgres_url, "crash")
    migrate(url)
    with tempfile.TemporaryDirectory(prefix="purr-crash-") as folder:
        started = Programs(Path(folder), url)
        try:
            await started.start()
            yield started
        finally:
            started.end()


@pytest.mark.timeout(480)
async def test_200_cases_survive_every_program_being_killed(programs: Programs) -> None:
    database = Database(programs.database_url)
    dice = random.Random(SEED)
    await import_invoices(database)
    await patiently(lambda: all_decided(database))
    await programs.misbehave(latency=0.2, rate_429=0.05, rate_lost_answer=0.05, duplicate_callbacks=True, seed=SEED)
    letting_time_pass = asyncio.create_task(pass_time_until_sent(programs, database))
    for name in KILLS:
        await asyncio.sleep(dice.uniform(0.5, 3))
        programs.kill(name)
        await programs.start_again(name)
    await letting_time_pass

    cases = await rows(database)
    assert len(cases) == BY_EMAIL + BY_SMS
    assert len({case.delivery for case in cases}) == BY_EMAIL + BY_SMS
    times_sent = Counter(message["delivery_id"] for message in programs.messages())
    for case in cases:
        times = times_sent[str(case.delivery)]
        if case.sent == "accepted":
            assert times == 1
        elif case.channel == Channel.EMAIL:  # an email that was sent has told so: this one never left
            assert (case.sent, case.next_channel, times) == ("claimed", "letter", 0)
        else:
            assert (case.sent, case.next_channel) == ("claimed", "letter")
            assert times <= 1
    assert sum(case.sent == "accepted" for case in cases) > 0.8 * len(cases)
    assert set(times_sent) <= {str(case.delivery) for case in cases}

    programs.kill("worker")
    await pay_all(database, cases)
    await programs.start_again("worker")
    await asyncio.sleep(2)
    programs.kill("temporal")
    await programs.start_again("temporal")
    await patiently(lambda: all_paid(programs, database))
    assert Counter(message["delivery_id"] for message in programs.messages()) == times_sent
    await database.close()


async def import_invoices(database: Database) -> None:
    """Invoices of today: most debtors have an email address, some a telephone alone."""
    intake = Intake(read_policies(read_laws(), datetime.now(UTC).date()))
    today = datetime.now(UTC).date()
    async with database.transaction() as connection:
        now = await clock.now(connection)
        await register(connection, creditor(), now)
        for position in range(BY_EMAIL + BY_SMS):
            reached = {"email": f"debtor.{position}@example.no", "phone": None}
            if position >= BY_EMAIL:
                reached = {"email": None, "phone": f"+479{1_000_000 + position}"}
            new = invoice(
                str(position),
                issue_date=today,
                due_date=today + timedelta(days=20),
                reference=None,
                debtor=debtor(customer_number=f"K-{position}", **reached),
            )
            await intake.invoice(connection, new, now)


async def rows(database: Database) -> list[Any]:
    """Every case with its deliveries."""
    async with database.transaction() as connection:
        return list((await connection.execute(CASES)).all())


async def all_decided(database: Database) -> bool:
    return all(case.next_at is not None for case in await rows(database))


async def pass_time_until_sent(programs: Programs, database: Database) -> None:
    """Move each case's time to its next act until its first message is settled, whatever is killed meanwhile.

    Time stands still for an email that was sent, until its event has come: events take no fifteen minutes.
    """
    deadline = time.monotonic() + PATIENCE
    limit = asyncio.Semaphore(8)
    while open_cases := [case for case in await rows(database) if not is_settled(case)]:
        assert time.monotonic() < deadline, f"not settled: {open_cases[:5]}"
        left = {message["delivery_id"] for message in programs.messages()}
        telling = [case for case in open_cases if case.channel == Channel.EMAIL and str(case.delivery) in left]
        with suppress(RPCError, RuntimeError, TimeoutError):
            client = await Client.connect(programs.temporal_address, data_converter=pydantic_data_converter)
            skipper = TimeSkipper(client)
            await asyncio.gather(*(skip(skipper, limit, case) for case in open_cases if case not in telling))
        await asyncio.sleep(0.3)


def is_settled(case: Any) -> bool:
    """A message is settled by its answer or an event, or by the planner when it goes on without either."""
    return case.sent == "accepted" or (case.sent == "claimed" and case.next_channel == Channel.LETTER)


async def skip(skipper: TimeSkipper, limit: asyncio.Semaphore, case: Any) -> None:
    async with limit:
        handle = skipper.client.get_workflow_handle(f"dunning/acme/{case.number}")
        ahead = case.next_at - await skipper.get_current_time(handle)
        if ahead > timedelta(0):
            async with asyncio.timeout(5):
                await skipper.fast_forward(handle, ahead)


async def pay_all(database: Database, cases: list[Any]) -> None:
    async with database.transaction() as connection:
        now = await clock.now(connection)
        for case in cases:
            amount = invoice().amount
            payment = Payment("acme", "bank", str(uuid4()), amount, "NOK", now.date(), number=case.number)
            assert (await book(connection, payment, now)).status == "booked"


async def all_paid(programs: Programs, database: Database) -> bool:
    if not all((case.state, case.outcome) == ("closed", "paid") for case in await rows(database)):
        return False
    try:
        client = await Client.connect(programs.temporal_address)
        handles = [client.get_workflow_handle(f"dunning/acme/{case.number}") for case in await rows(database)]
        statuses = {(await handle.describe()).status for handle in handles}
    except (RPCError, RuntimeError):
        return False
    return statuses == {WorkflowExecutionStatus.COMPLETED}


async def patiently(check: Any) -> None:
    """Wait until `check()` is true."""
    deadline = time.monotonic() + PATIENCE
    while not await check():
        assert time.monotonic() < deadline, f"did not become true: {check}"
        await asyncio.sleep(0.3)
