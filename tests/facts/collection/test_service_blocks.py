"""A service that was blocked is free as soon as nothing is owed that blocks it, whoever holds the claim by then."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import pytest

from commands.agreement.promise import PromiseToPay
from commands.debtor import replies
from commands.record import record
from domain.invoices.incoming import IncomingCreditNote
from facts.collection import service_blocks
from facts.refusals import CommandRefused
from facts.webhooks import outgoing
from tests.store import NOW, PLANNING, TODAY, Store

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


async def test_a_promise_that_the_policy_takes_opens_it_at_once_and_one_that_it_refuses_does_not(store: Store) -> None:
    case = await blocked(store, "open")
    with pytest.raises(CommandRefused):
        await promised(store, case, TODAY + timedelta(days=90))
    assert await is_blocked(store, case)
    await listens(store)
    await promised(store, case, TODAY + timedelta(days=3))
    assert not await is_blocked(store, case)
    assert await store.one(UNBLOCKED) == 1


async def test_a_service_that_is_ended_is_told_of_once_and_money_that_comes_later_opens_nothing(store: Store) -> None:
    case = await blocked(store, "open")
    await listens(store)
    for _ in range(2):
        async with store.database.transaction() as connection:
            await service_blocks.terminate(connection, case, NOW)
    facts = (await store.load(case)).facts
    assert (facts.blocked, facts.terminated) == (False, True)
    await store.pay()
    told = await store.rows("select type from webhook_message where type like 'service.%' order by recorded_at")
    assert [message.type for message in told] == ["service.terminate"]


async def test_a_verdict_is_on_the_step_that_asked(store: Store) -> None:
    case = await store.invoice()
    for step, verdict in (("end", "approve_hand_off"), ("hand-off", "reject_hand_off")):
        await store.do(
            "insert into task (creditor_id, case_id, round, step, kind, why, happened_at) "
            "values ('acme', :case, 1, :step, 'approval', '', :now)",
            case=case,
            step=step,
            now=NOW,
        )
        await store.command(case, verdict)
        facts = (await store.load(case)).facts
        assert (facts.approval_of, facts.approval) == (step, "approved" if step == "end" else "rejected")


async def promised(store: Store, case: int, day: date) -> None:
    """The debtor promises to pay all of it by a day."""
    async with store.database.transaction() as connection:
        await record(
            connection, PLANNING, case, PromiseToPay(pay_by=day, by="debtor", reason_code="page"), f"p#{day}", NOW
        )


@pytest.mark.parametrize(
    ("words", "free"), [("Det er livsfarlig for meg å være uten strøm", True), ("Jeg trenger mer tid", False)]
)
async def test_who_says_that_it_is_dangerous_has_it_open_at_once_and_a_person_reads_it(
    store: Store, words: str, free: bool
) -> None:
    case = await blocked(store, "open")
    async with store.database.transaction() as connection:
        assert await replies.received(connection, PLANNING, "sms", "+4791234567", words, NOW) == 1
    assert await is_blocked(store, case) is not free
    facts = (await store.load(case)).facts
    assert facts.on_hold(NOW + timedelta(days=60)) is free, "it waits until somebody has read it"
    assert [row.kind for row in await store.rows("select kind from debtor_task")] == ["reply"]


@pytest.mark.parametrize(("amount", "free"), [(None, True), ("750.00", True), ("300.00", False)])
async def test_what_is_disputed_blocks_no_service(store: Store, amount: str | None, free: bool) -> None:
    case = await blocked(store, "open")
    await store.command(case, "dispute", amount=Decimal(amount) if amount else None)
    assert await is_blocked(store, case) is not free
    await store.command(case, "resolve_dispute", upheld=False)
    assert await is_blocked(store, case) is not free  # and blocked again only after a new warning
