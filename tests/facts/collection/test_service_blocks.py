"""A service that was blocked is free as soon as nothing is owed that blocks it, whoever holds the claim by then."""

from decimal import Decimal
from typing import Literal

import pytest

from domain.invoices.incoming import IncomingCreditNote
from facts.collection import service_blocks
from facts.webhooks import outgoing
from tests.store import NOW, TODAY, Store

STATES = ["open", "handed off", "ladder finished"]
UNBLOCKED = "select count(*) from webhook_message where type = 'service.unblock'"


async def blocked(store: Store, state: str, policy: str = "no-service", number: str = "1001") -> int:
    """A case of NOK 802.00 whose service is blocked, going on or at its end."""
    case = await store.invoice(number, policy=policy)
    async with store.database.transaction() as connection:
        await service_blocks.block(connection, case, NOW)
    if state != "open":
        await store.do(
            "update dunning_case set state = 'closed', outcome = :state where id = :id", state=state, id=case
        )
    return case


async def listens(store: Store) -> None:
    """The creditor's system wants to hear of services."""
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["service.*"], NOW)


async def credit(store: Store, amount: str) -> None:
    """A credit note comes."""
    note = IncomingCreditNote(
        creditor="acme", number="C1", invoice_number="1001", issue_date=TODAY, currency="NOK", amount=Decimal(amount)
    )
    async with store.database.transaction() as connection:
        await store.intake.credit_note(connection, note, NOW)


async def is_blocked(store: Store, case: int) -> bool:
    return (await store.load(case)).facts.blocked


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("by", "amount", "free"),
    [
        ("payment", "802.00", True),
        ("payment", "900.00", True),
        ("payment", "702.01", True),  # what is left is below what the policy asks for: NOK 100
        ("payment", "702.00", False),
        ("payment", "300.00", False),
        ("credit note", "802.00", True),
        ("credit note", "702.01", True),
        ("credit note", "702.00", False),
    ],
)
async def test_a_service_is_free_when_nothing_is_left_that_anybody_asks_for(
    store: Store, state: str, by: Literal["payment", "credit note"], amount: str, free: bool
) -> None:
    case = await blocked(store, state)
    await listens(store)
    if by == "payment":
        await store.pay(amount=Decimal(amount))
    else:
        await credit(store, amount)
    assert await is_blocked(store, case) == (not free)
    assert await store.one(UNBLOCKED) == (1 if free else 0)


@pytest.mark.parametrize("state", STATES)
async def test_payments_and_credit_that_come_one_by_one_free_it_once(store: Store, state: str) -> None:
    case = await blocked(store, state)
    await listens(store)
    await store.pay("p1", amount=Decimal("600.00"))
    await credit(store, "100.00")
    assert await is_blocked(store, case)
    await store.pay("p2", amount=Decimal("2.50"))
    await store.pay("p2", amount=Decimal("2.50"))  # told twice
    await store.pay("p3", amount=Decimal("99.50"))
    assert not await is_blocked(store, case)
    assert await store.one(UNBLOCKED) == 1


@pytest.mark.parametrize("state", STATES)
async def test_money_that_is_gone_again_blocks_nothing_by_itself(store: Store, state: str) -> None:
    case = await blocked(store, state)
    await store.pay(amount=Decimal("760.00"))
    await store.pay("back", amount=Decimal("-760.00"))
    assert not await is_blocked(store, case)


async def test_each_case_goes_by_its_own_policy(store: Store) -> None:
    """The gentle plan asks for less than NOK 100, and no more for less than 50."""
    case = await blocked(store, "handed off", "no-gentle")
    await store.pay("p1", amount=Decimal("720.00"))
    assert await is_blocked(store, case)
    await store.pay("p2", amount=Decimal("40.00"))
    assert not await is_blocked(store, case)


async def test_another_invoice_of_the_debtor_keeps_its_own_block(store: Store) -> None:
    first = await blocked(store, "handed off")
    second = await blocked(store, "open", number="1002")
    await store.pay(amount=Decimal("750.00"), reference=None, number="1001")
    assert (await is_blocked(store, first), await is_blocked(store, second)) == (False, True)


@pytest.mark.parametrize(("amount", "free"), [(None, True), ("750.00", True), ("300.00", False)])
async def test_what_is_disputed_blocks_no_service(store: Store, amount: str | None, free: bool) -> None:
    case = await blocked(store, "open")
    await store.command(case, "dispute", amount=Decimal(amount) if amount else None)
    assert await is_blocked(store, case) is not free
    await store.command(case, "resolve_dispute", upheld=False)
    assert await is_blocked(store, case) is not free  # and blocked again only after a new warning
