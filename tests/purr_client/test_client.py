"""The client for billing systems, against the real Temporal server: it says what Purr understands, and refuses the rest."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError
from temporalio.client import Client

from config import search_attributes
from domain.money import sources
from purr_client import client
from purr_client.client import (
    InvalidInputError,
    NoAnswerError,
    NoCaseError,
    Payment,
    PurrClient,
    RefusedError,
    UnknownInvoiceError,
)
from tests.life import Life, begin
from tests.world import World, creditor, eventually, invoice
from tools.sources import ROOT
from workflows import contracts

ORDER: dict[str, Any] = {"by": "staff-17", "reason_code": "asked-for-time"}
PAID = Payment("psp", "psp-1", Decimal("300.00"), "NOK")


def address(world: World) -> str:
    return world.client.service_client.config.target_host


async def connected(case: Life) -> PurrClient:
    """A client of the case's creditor, as a billing system connects."""
    return await PurrClient.connect(case.creditor, address=address(case.world))


@pytest_asyncio.fixture
async def case(world: World) -> Life:
    """A case of a creditor of its own."""
    return await begin(world)


# --- start and tell --------------------------------------------------------------------------------------------


async def test_a_case_that_is_started_twice_is_the_same_case(case: Life) -> None:
    purr = await connected(case)
    run = (await case.handle.describe()).run_id
    for _ in range(2):
        status = await purr.start_case(case.number)
        assert status == await purr.status(case.number)
    assert (await case.handle.describe()).run_id == run
    assert status is not None
    assert status.case_id == case.handle.id == purr.case_id(case.number)
    assert status.amount_due == Decimal("802.00")


async def test_a_case_that_was_terminated_is_started_anew_from_its_facts(case: Life) -> None:
    await case.handle.terminate()
    status = await PurrClient(case.world.client, case.creditor).start_case(case.number)
    assert status is not None
    assert status.amount_due == Decimal("802.00")


async def test_an_invoice_that_is_not_stored_is_an_error_that_says_what_to_do(case: Life) -> None:
    purr = await connected(case)
    for asked in (purr.start_case("7"), purr.payment_received("7", PAID)):
        with pytest.raises(UnknownInvoiceError, match=f"creditor {case.creditor} has no invoice 7: import it first"):
            await asked


async def test_money_that_is_told_twice_is_booked_once(case: Life) -> None:
    purr = await connected(case)
    for _ in range(2):
        status = await purr.payment_received(case.number, PAID)
    assert status is not None
    assert status.amount_due == await case.balance() == Decimal("502.00")


async def test_money_for_a_case_that_has_closed_is_booked_too(case: Life) -> None:
    await case.pay()
    await case.outcome()
    purr = PurrClient(case.world.client, case.creditor)
    await purr.payment_received(case.number, PAID)
    assert await case.balance() == Decimal("-300.00")


async def test_money_that_is_refused_is_a_line_of_what_the_case_has_done(case: Life) -> None:
    ahead = Payment("psp", "psp-1", Decimal("300.00"), "NOK", booked_on=await case.today() + timedelta(days=9))
    purr = await connected(case)
    assert await purr.payment_received(case.number, ahead) is not None

    async def refused() -> bool:
        return any("payment received refused, booked_on is" in line for line in (await purr.status(case.number)).done)

    await eventually(refused)
    assert (await purr.status(case.number)).amount_due == Decimal("802.00")


# --- orders ----------------------------------------------------------------------------------------------------


async def test_a_case_is_held_once_for_its_command_and_released(case: Life) -> None:
    purr = await connected(case)
    until = await case.now() + timedelta(days=3)
    held = await purr.hold(case.number, until=until, command_id="h-1", **ORDER)
    assert held.on_hold
    assert held.at == until
    assert "asked-for-time" in held.why
    await purr.hold(case.number, until=until, command_id="h-1", **ORDER)
    (holds,) = await case.world.rows("select count(*) from hold where case_id = :case", case=case.case_id)
    assert holds.count == 1
    assert not (await purr.release(case.number, **ORDER)).on_hold


async def test_every_order_is_one_that_the_case_knows(case: Life) -> None:
    purr = await connected(case)
    following = await purr.send_now(case.number, "invoice", **ORDER)
    assert (following.act, following.channel) == ("send_email", "email")
    assert (await purr.skip(case.number, "due-date-reminder", **ORDER)).step != "due-date-reminder"
    await purr.dispute(case.number, amount=Decimal("2.00"), **ORDER)
    await purr.resolve_dispute(case.number, upheld=False, **ORDER)
    assert (await purr.withdraw(case.number, **ORDER)).act == "close"


async def test_what_a_case_refuses_is_said_in_its_own_words(case: Life) -> None:
    purr = await connected(case)
    with pytest.raises(RefusedError, match="'dance' is no step ahead in this case; ahead are: invoice"):
        await purr.skip(case.number, "dance", **ORDER)
    with pytest.raises(RefusedError, match=r"is past: give a moment ahead, or none"):
        await purr.hold(case.number, until=datetime(2020, 1, 1, tzinfo=UTC), **ORDER)
    with pytest.raises(RefusedError, match=r"purr is a name of Purr's own"):
        await purr.release(case.number, by="purr", reason_code="why")


async def test_a_case_that_is_not_there_is_an_error_that_says_so(case: Life) -> None:
    purr = await connected(case)
    for asked in (purr.status("7"), purr.hold("7", **ORDER)):
        with pytest.raises(NoCaseError, match="no case of invoice 7 runs"):
            await asked


# --- ask -------------------------------------------------------------------------------------------------------


async def test_a_creditor_lists_its_own_cases_by_what_it_searches_for(case: Life) -> None:
    purr = await connected(case)
    await begin(case.world)
    due = (await purr.status(case.number)).due_date
    assert due is not None
    wanted: dict[str, Any] = {
        "on_hold": False,
        "due_before": due + timedelta(days=1),
        "amount_at_least": Decimal("802"),
    }

    async def listed(**more: Any) -> list[client.ListedCase]:
        return [found async for found in purr.cases(**more)]

    (found,) = await eventually(lambda: listed(**wanted))
    assert (found.invoice, found.amount_due, found.due_date) == (case.number, Decimal("802.00"), due)
    assert found.next_action_at == (await case.next()).at
    assert await listed(due_before=due) == []
    assert await listed(step="call") == []
    assert await listed(open=False) == []


async def test_without_a_server_or_a_worker_it_says_what_holds_all_the_same(case: Life) -> None:
    with pytest.raises(NoAnswerError, match=r"the Temporal server at 127\.0\.0\.1:1 does not answer"):
        await PurrClient.connect("acme", address="127.0.0.1:1", answer_within=timedelta(seconds=1))
    alone = await Client.connect(address(case.world))
    purr = PurrClient(alone, case.creditor, task_queue="nobody", answer_within=timedelta(seconds=1))
    assert await purr.start_case("late") is None
    with pytest.raises(NoAnswerError, match="the same command_id"):
        await purr.hold("late", **ORDER)
    with pytest.raises(NoAnswerError, match="nobody answers"):
        await purr.status("late")
    await alone.get_workflow_handle(purr.case_id("late")).terminate()


# --- bad input, before anything is sent ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def nowhere() -> PurrClient:
    """A client that can send nothing."""
    return PurrClient(await Client.connect("127.0.0.1:1", lazy=True), "acme")


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        (Payment("stripe", "p", Decimal(1), "NOK"), "a door of Purr's own"),
        (Payment("Bank  File", "p", Decimal(1), "NOK"), "a door of Purr's own"),
        (Payment("", "p", Decimal(1), "NOK"), "provider is ''"),
        (Payment("psp", "p" * 65, Decimal(1), "NOK"), "payment_id is"),
        (Payment("psp", "p", Decimal(0), "NOK"), "not zero"),
        (Payment("psp", "p", Decimal(10**10), "NOK"), "below 10,000,000,000"),
        (Payment("psp", "p", Decimal("1.005"), "NOK"), "two decimals"),
        (Payment("psp", "p", Decimal("NaN"), "NOK"), "give a Decimal"),
        (Payment("psp", "p", 1.5, "NOK"), "give a Decimal"),  # type: ignore[arg-type]
        (Payment("psp", "p", Decimal(1), "kr"), "ISO 4217"),
        (Payment("psp", "p", Decimal(1), "NOK", datetime(2026, 1, 1, tzinfo=UTC)), "give a date"),
        ("300 NOK", "give a Payment"),
    ],
)
async def test_money_that_cannot_be_is_refused_before_it_is_sent(
    nowhere: PurrClient, payment: Payment, words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        await nowhere.payment_received("1001", payment)


@pytest.mark.parametrize(
    "number", ["", "a" * 65, "a?b", "50%", "a\\b", "a#1", "../1", "a//b", "a/", "line\nbreak", "2026/1042", "faktura 7"]
)
def test_it_takes_the_invoice_numbers_that_purr_takes(nowhere: PurrClient, number: str) -> None:
    try:
        purrs = f"dunning/acme/{invoice(number).number}"
    except ValidationError:
        with pytest.raises(InvalidInputError, match="invoice number"):
            nowhere.case_id(number)
    else:
        assert nowhere.case_id(number) == purrs


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda purr: purr.hold("1", by="Kari\nNordmann", reason_code="why"), "by is"),
        (lambda purr: purr.hold("1", by="kim", reason_code="æ"), "reason_code is"),
        (lambda purr: purr.hold("1", until=datetime(2040, 1, 1), **ORDER), "with its zone"),  # noqa: DTZ001
        (lambda purr: purr.skip("1", "", **ORDER), "step is"),
        (lambda purr: purr.dispute("1", amount=Decimal(-1), **ORDER), "nor less"),
        (lambda purr: purr.resolve_dispute("1", upheld="yes", **ORDER), "give True or False"),
        (lambda purr: purr.release("1", command_id="#1", **ORDER), "command_id is"),
        (lambda purr: anext(purr.cases(step="x' OR '1' = '1")), "step is"),
        (lambda purr: purr.start_case(1001), "invoice number"),
    ],
)
async def test_what_cannot_be_asked_is_refused_before_it_is_sent(nowhere: PurrClient, asked: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        await asked(nowhere)


@pytest.mark.parametrize("name", ["Acme", "acme/1001", "", "a" * 41])
async def test_a_creditor_is_named_by_its_id(nowhere: PurrClient, name: str) -> None:
    with pytest.raises(InvalidInputError, match="give its id"):
        PurrClient(nowhere._temporal, name)


# --- it says what Purr says ----------------------------------------------------------------------------------------


def test_its_names_are_purrs_own() -> None:
    assert client.OWN_DOORS == sources.OWN
    assert client.TASK_QUEUE == contracts.TASK_QUEUE
    ours = {key.name: key.indexed_value_type for key in search_attributes.ALL}
    keys = (client.CREDITOR, client.STEP, client.AMOUNT_DUE, client.DUE_DATE, client.NEXT_ACTION_AT, client.ON_HOLD)
    assert {key.name: key.indexed_value_type for key in keys}.items() <= ours.items()


async def test_the_example_in_the_docs_runs_as_it_is_written(world: World) -> None:
    await world.register(creditor(id="sample", organisation_number=None, accounts=("12345678911",)))
    today = world.laws["NO"].calendar.local_date(world.clock.now())
    new = invoice(
        "2026-1001",
        creditor="sample",
        issue_date=today,
        due_date=today + timedelta(days=14),
        account=None,
        reference=None,
    )
    await world.send_invoice(new)
    ran = await asyncio.create_subprocess_exec(
        sys.executable,
        "docs/examples/start_case.py",
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": ".", "TEMPORAL_ADDRESS": address(world)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await ran.communicate()
    assert ran.returncode == 0
    assert "502.00 due on" in said.decode()
