"""Money that is held, by hand: what waits, is booked, goes back and comes back stands on its own accounts."""

from collections import Counter
from decimal import Decimal

from facts.money import refunds, review
from tests.facts.money.test_accounting import agrees, begin, close
from tests.facts.money.test_refund_orders import PAYER, ordered, owed, pays_back, told
from tests.facts.money.test_review import book, waiting
from tests.store import NOW, Store

BANK, RECEIVABLES, WAITING, OWED_BACK = "1920", "1500", "2999", "2990"


async def accounts(store: Store) -> dict[str, Decimal]:
    """What the day's vouchers come to on each account: debits less credits."""
    day = await close(store)
    assert day is not None
    assert await agrees(store)
    sums: Counter[str] = Counter()
    for line in (line for voucher in day.vouchers for line in voucher.lines):
        sums[line.account] += line.debit - line.credit  # type: ignore[assignment]
    return {account: Decimal(amount) for account, amount in sums.items() if amount}


async def test_money_that_waits_is_on_the_bank_and_on_an_account_of_its_own(store: Store) -> None:
    await store.invoice()
    await begin(store)
    await waiting(store, amount=Decimal(500))
    assert await accounts(store) == {BANK: 500, WAITING: -500}


async def test_once_a_person_books_it_only_the_bank_and_what_is_owed_have_it(store: Store) -> None:
    await store.invoice()
    await begin(store)
    await book(store, await waiting(store), i1001=None)
    assert await accounts(store) == {BANK: 802, RECEIVABLES: -802}


async def test_what_is_sent_back_is_owed_until_it_has_left(store: Store) -> None:
    await begin(store)
    number = await waiting(store, amount=Decimal(500), debit_account=PAYER)
    async with store.database.transaction() as connection:
        refund = await review.send_back(connection, number, "kim", NOW)
    assert await store.one("select sum(amount) from held_entry where kind = 'sent back'") == 500
    async with store.database.transaction() as connection:
        await refunds.paid(connection, refund, NOW)
    assert await accounts(store) == {}


async def test_a_refund_that_the_bank_pays_and_brings_back_is_owed_again(store: Store) -> None:
    await pays_back(store)
    await begin(store)
    await owed(store)
    await ordered(store)
    await told(store)
    assert await store.one("select sum(amount) from held_entry") == 198
    await told(store, returned=True)
    await told(store, returned=True)
    # 802 of 1000 pay the invoice, which the billing system has booked, and 198 are owed back
    assert await accounts(store) == {BANK: 1000, RECEIVABLES: -802, OWED_BACK: -198}


async def test_a_return_before_its_debit_moves_nothing(store: Store) -> None:
    await pays_back(store)
    await begin(store)
    await owed(store)
    await ordered(store)
    await told(store, returned=True)
    await told(store)
    assert await store.rows("select amount from held_entry") == []


async def test_a_refund_at_the_provider_that_was_told_twice_left_once(store: Store) -> None:
    await store.do("update creditor set overpayment = 'refund' where id = 'acme'")
    await begin(store)
    await store.invoice()
    await store.pay("psp", amount=Decimal(1000), source="stripe")
    async with store.database.transaction() as connection:
        await refunds.paid(connection, await store.one("select id from refund"), NOW)
    await store.pay("psp refund 1", amount=Decimal(-198), source="stripe")
    assert await accounts(store) == {BANK: 802, RECEIVABLES: -802}
