"""Each rule of the simulated world notices when it is broken."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import pytest_asyncio

from facts.money.payments import Payment, book
from simulator import rules
from simulator.emulators.providers import Providers
from simulator.live_view import Story
from simulator.offices.creditor_system import CreditorSystem
from tests.domain.builders import LAW
from tests.facts.builders import NOON, Facts, facts_in
from tests.world import SPRING

LATER = NOON + timedelta(days=30)


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "simulator_rules") as facts:
        await facts.creditor()
        yield facts


async def pay(facts: Facts, amount: str = "802.00", source_id: str = "p1") -> None:
    payment = Payment("acme", "bank", source_id, Decimal(amount), "NOK", SPRING, number="1001")
    async with facts.database.transaction() as connection:
        await book(connection, payment, NOON)


async def test_money_that_is_booked_as_it_was_meant_is_well(facts: Facts) -> None:
    await facts.case()
    await pay(facts)
    assert await rules.money_astray(facts.database, {"1001": Decimal(802)}) == []


async def test_money_on_an_invoice_that_nobody_meant_is_told(facts: Facts) -> None:
    await facts.case()
    await pay(facts)
    (wrong,) = await rules.money_astray(facts.database, {"1001": Decimal(0)})
    assert wrong == "1001: 802.00 is booked on it, 0 was paid for it"


async def test_a_payment_that_is_not_on_the_ledger_is_told(facts: Facts) -> None:
    await facts.case()
    await pay(facts)
    await facts.change("update incoming_payment set amount = 900")
    (wrong,) = await rules.money_astray(facts.database, {})
    assert wrong.endswith("of 900.00 is booked, 802.00 of it booked")


async def test_a_balance_that_its_ledger_does_not_make_is_told(facts: Facts) -> None:
    case = await facts.case()
    await facts.change("update dunning_case set principal = 1 where id = :case", case=case)
    assert await rules.money_astray(facts.database, {}) == [
        f"case {case}: its balance is not what its ledger adds up to"
    ]


async def test_an_ageing_that_its_ledger_does_not_make_is_told(facts: Facts) -> None:
    await facts.case()
    await pay(facts, "800.00")
    assert await rules.ageing_astray(facts.database, ["acme"], SPRING) == []
    (wrong,) = await rules.ageing_astray(facts.database, ["acme"], SPRING - timedelta(days=1))  # before there was any
    assert wrong == "acme: by age and in credit it is {}, the ledger adds up to {'NOK': Decimal('2.00')}"


async def test_a_reminder_within_a_promise_is_told_and_one_after_it_is_not(facts: Facts) -> None:
    case = await facts.case()
    await facts.change(
        "insert into promise (case_id, by, reason_code, pay_by, amount, happened_at) values (:case, 'x', 'x', :day, 1, :now)",
        case=case,
        day=SPRING + timedelta(days=10),
        now=NOON,
    )
    await facts.delivery(case, at=LATER, channel="letter")
    assert await rules.messages_astray(facts.database, Providers(), LAW) == []
    await facts.delivery(case, at=NOON + timedelta(days=3), channel="letter", message="collection-notice")
    (wrong,) = await rules.messages_astray(facts.database, Providers(), LAW)
    assert wrong == "1001: collection-notice by letter was sent although the debtor has promised to pay"


async def test_a_reminder_while_a_claim_is_pending_is_told_and_one_after_it_failed_is_not(facts: Facts) -> None:
    case = await facts.case()
    claimed = """
with asked as (
  insert into mandate (creditor_id, debtor_id, reference, state, notify, source, happened_at)
  select creditor_id, debtor_id, '2345676', 'active', false, 'file', :now from dunning_case where id = :case returning *)
insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, happened_at)
select creditor_id, :case, id, reference, 802, 'NOK', :due, 'failed', :now from asked"""
    await facts.change(claimed, case=case, now=NOON, due=SPRING + timedelta(days=14))
    await facts.delivery(case, at=LATER)
    (wrong,) = await rules.messages_astray(facts.database, Providers(), LAW)
    assert wrong == "1001: reminder by letter was sent although a claim is pending"
    failed = """
insert into case_event (case_id, kind, by, detail, happened_at)
select case_id, 'claim_failed', 'x', jsonb_build_object('claim', id), :now from claim"""
    await facts.change(failed, now=LATER - timedelta(days=1))
    assert await rules.messages_astray(facts.database, Providers(), LAW) == []


async def test_a_block_within_its_warning_is_told_and_one_without_a_warning(facts: Facts) -> None:
    case = await facts.case()
    block = "insert into service_block (case_id, blocked_at, happened_at) values (:case, :now, :now)"
    await facts.change(block, case=case, now=LATER)
    (unwarned,) = await rules.blocks_astray(facts.database, LAW)
    assert unwarned.endswith("warned until None")
    await facts.delivery(case, "block-warning", deadline=date(2026, 4, 1))
    await facts.change("update delivery set posted_on = :day", day=SPRING)
    (within,) = await rules.blocks_astray(facts.database, LAW)
    assert within.endswith("warned until 2026-04-01")
    await facts.change("update delivery set deadline = :day", day=date(2026, 3, 31))
    assert await rules.blocks_astray(facts.database, LAW) == []


async def test_a_service_that_stays_blocked_though_it_is_paid_is_told(facts: Facts) -> None:
    case = await facts.case()
    await pay(facts)
    await facts.change(
        "insert into service_block (case_id, blocked_at, happened_at) values (:case, :now, :now)", case=case, now=LATER
    )
    assert "1001: is paid, and its service is still blocked" in await rules.blocks_astray(facts.database, LAW)


async def test_a_block_that_the_creditors_system_never_heard_of_is_told(facts: Facts) -> None:
    case = await facts.case()
    system = CreditorSystem(lambda: LATER, Story("NO"))
    assert await rules.webhooks_astray(facts.database, system) == []
    await facts.change(
        "insert into service_block (case_id, blocked_at, happened_at) values (:case, :now, :now)", case=case, now=LATER
    )
    assert await rules.webhooks_astray(facts.database, system) == [
        "1 services were blocked and 0 freed; (0, 0) of it was told"
    ]
