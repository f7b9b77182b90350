"""Whatever changes what is owed goes by one rule, in whatever order it comes."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.invoices.incoming import IncomingCreditNote
from facts.money import ledger, postings
from facts.money.postings import AlreadyPosted
from facts.refusals import Refused
from tests.store import NOW, TODAY, Store

PARTS = "select principal, interest, fee from dunning_case"
POSTED = "select kind, part, amount, source, source_id from ledger_entry where id > :after order by id"


async def charged(store: Store, case: int, fee: str = "38.00", step: str = "reminder") -> None:
    """A message with a fee is sent."""
    await store.accept(await store.claim(case, step, fee=fee))


async def credited(store: Store, amount: str, number: str = "C1") -> str:
    """A credit note comes."""
    note = IncomingCreditNote(
        creditor="acme", number=number, invoice_number="1001", issue_date=TODAY, currency="NOK", amount=Decimal(amount)
    )
    async with store.database.transaction() as connection:
        return (await store.intake.credit_note(connection, note, NOW)).status


async def parts(store: Store) -> tuple[Decimal, ...]:
    """What is left of the invoice, part by part; the ledger agrees."""
    async with store.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []
    return tuple((await store.rows(PARTS))[0])


async def test_of_two_payments_at_once_for_one_invoice_the_second_is_credit(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    booked = await asyncio.gather(*(store.pay(f"p{number}", amount=Decimal(840)) for number in (1, 2)))
    assert sorted(each.balance for each in booked if each.balance is not None) == [Decimal(-840), 0]
    assert await parts(store) == (Decimal(-840), 0, 0)


async def test_a_reversal_that_overtakes_its_payment_waits_for_it(store: Store) -> None:
    case = await store.invoice()
    assert (await store.pay("r1", amount=Decimal(-802))).status == "unmatched"
    assert await parts(store) == (Decimal(802), 0, 0)
    assert (await store.pay("p1")).balance == Decimal(802)
    assert await parts(store) == (Decimal(802), 0, 0)
    assert (await store.news(case))[-1] == "payment_review_ended"


@pytest.mark.parametrize(("amount", "left"), [("300.00", (502, 0, 38)), ("802.00", (0, 0, 0))])
async def test_a_credit_note_and_an_upheld_dispute_credit_alike(
    store: Store, amount: str, left: tuple[int, ...]
) -> None:
    case = await store.invoice()
    await charged(store, case)
    assert await credited(store, amount) == "new"
    other = await store.invoice("1002", reference=None)
    await charged(store, other)
    await store.command(other, "dispute", amount=Decimal(amount))
    await store.command(other, "resolve_dispute", upheld=True)
    assert [tuple(row) for row in await store.rows(PARTS)] == [left, left]


async def test_a_part_that_was_disputed_and_paid_meanwhile_is_credit(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute", amount=Decimal(300))
    await store.pay(amount=Decimal(600))
    await store.command(case, "resolve_dispute", upheld=True)
    assert await parts(store) == (Decimal(-98), 0, 0)


async def test_a_credit_note_is_booked_once_and_never_over_more_than_was_invoiced(store: Store) -> None:
    await store.invoice()
    told = await asyncio.gather(*(credited(store, "500.00") for _ in range(3)))
    assert sorted(told) == ["known", "known", "new"]
    assert await parts(store) == (Decimal(302), 0, 0)
    told = await asyncio.gather(*(credited(store, "400.00", "C2") for _ in range(3)))
    assert sorted(told) == ["known", "known", "new"]
    assert await parts(store) == (Decimal(0), 0, 0)
    with pytest.raises(Refused, match="credit note C3: invoice 1001 is credited in full already"):
        await credited(store, "0.01", "C3")


async def test_a_credit_of_more_than_is_left_is_owed_to_the_debtor_and_no_fee_stays(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    await store.pay(amount=Decimal(500))
    await credited(store, "400.00")
    assert await parts(store) == (Decimal(-98), 0, 0)


async def test_a_fee_charged_after_the_money_came_is_taken_back_with_what_it_took(store: Store) -> None:
    case = await store.invoice()
    await charged(store, case)
    await store.pay("p1", amount=Decimal(802), booked_on=TODAY - timedelta(days=1))
    assert await parts(store) == (0, 0, 0)
    await charged(store, case, step="second")
    await store.pay("p2", amount=Decimal(20))
    assert await parts(store) == (Decimal(-20), 0, 0)


async def test_a_fee_that_was_paid_before_its_letter_came_back_pays_the_invoice(store: Store) -> None:
    await store.do('update creditor set allocation = \'["fee", "interest", "principal"]\'')
    case = await store.invoice()
    letter = await store.claim(case, fee="38.00")
    await store.accept(letter)
    await store.pay(amount=Decimal(100))
    assert await parts(store) == (Decimal(740), 0, 0)
    await store.fail(letter)
    assert await parts(store) == (Decimal(702), 0, 0)


async def test_what_is_left_of_fees_is_written_off_however_often_it_comes_to_that(store: Store) -> None:
    case = await store.invoice()
    for step in ("reminder", "second"):
        await charged(store, case, step=step)
        async with store.database.transaction() as connection:
            (invoice,) = await ledger.lock(connection, [case])
            after = await postings.write_off(connection, invoice, NOW)
        assert (after.owed.fee, await parts(store)) == (0, (Decimal(802), 0, 0))


async def test_nothing_is_posted_twice_under_one_key(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        (invoice,) = await ledger.lock(connection, [case])
        owing = await postings.charge(connection, invoice, "interest", Decimal(5), ("plan", "1"), NOW)
        with pytest.raises(AlreadyPosted, match="plan 1"):
            await postings.charge(connection, owing, "interest", Decimal(5), ("plan", "1"), NOW)
    assert await parts(store) == (Decimal(802), Decimal(5), 0)
