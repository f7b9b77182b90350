"""Money that waits for a person: ranked, booked by one call on one or several invoices, or sent back, each once."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from facts.money import refunds, review
from facts.money.review import ReviewItem
from facts.refusals import Conflict, Refused, Unknown
from tests.store import NOW, Store
from tests.world import debtor

UNKNOWN = {"reference": "12345674"}


async def waiting(store: Store, source_id: str = "w1", **changes: Any) -> int:
    """A payment that waits; gives its number."""
    booked = await store.pay(source_id, **(UNKNOWN | changes))
    assert booked.number is not None
    return booked.number


async def listed(store: Store, creditor: str | None = "acme") -> list[ReviewItem]:
    async with store.database.transaction() as connection:
        return await review.list_review(connection, creditor)


async def book(store: Store, number: int, creditor: str | None = None, **invoices: str | None) -> dict[str, Decimal]:
    """Book a waiting payment on invoices, named as i1001."""
    shares = {name[1:]: None if amount is None else Decimal(amount) for name, amount in invoices.items()}
    async with store.database.transaction() as connection:
        return await review.book_review(connection, number, shares, "kim", NOW, creditor=creditor)


async def test_the_likeliest_invoices_come_first_with_what_speaks_for_them(store: Store) -> None:
    await store.invoice("1001")
    await store.invoice("1002", reference="2345676", debtor=debtor(customer_number="K-2", name="Per Hansen"))
    await waiting(store, reference=None, payer_name="Kari Nordmann", amount=Decimal(802))
    ((item),) = await listed(store)
    assert [(each["invoice"], each["reasons"]) for each in item.candidates] == [
        ("1001", ["the amount is all that is owed", "the payer's name is the debtor's"]),
        ("1002", ["the amount is all that is owed"]),
    ]


async def test_a_payment_is_booked_on_the_invoice_a_person_names_and_says_by_whom(store: Store) -> None:
    await store.invoice()
    assert await book(store, await waiting(store), i1001=None) == {"1001": Decimal(0)}
    ((state, by, why),) = await store.rows("select state, decided_by, matched_by from incoming_payment")
    assert (state, by, why) == ("booked", "kim", "booked by a person")
    assert await listed(store) == []


async def test_a_payment_is_shared_over_several_invoices(store: Store) -> None:
    await store.invoice("1001")
    await store.invoice("1002", reference="2345676")
    left = await book(store, await waiting(store), i1001="300.00", i1002=None)
    assert left == {"1001": Decimal(502), "1002": Decimal(300)}
    shares = await store.rows(
        "select i.number, s.amount from payment_share s join invoice i on i.id = s.invoice_id order by 1"
    )
    assert [tuple(share) for share in shares] == [("1001", Decimal(300)), ("1002", Decimal(502))]
    assert await store.one("select invoice_id from incoming_payment") is None


async def test_a_payment_for_one_invoice_names_it_and_has_no_shares(store: Store) -> None:
    await store.invoice()
    await book(store, await waiting(store), i1001=None)
    assert await store.one("select i.number from incoming_payment p join invoice i on i.id = p.invoice_id") == "1001"
    assert await store.one("select count(*) from payment_share") == 0


async def test_what_a_person_books_teaches_the_payers_account(store: Store) -> None:
    await store.invoice("1001")
    await book(store, await waiting(store, debit_account="99990512341"), i1001=None)
    await store.invoice("1002", reference="2345676")
    assert (await store.pay("w2", reference=None, debit_account="99990512341")).status == "booked"


async def test_a_case_that_a_waiting_payment_names_pauses_and_goes_on_when_it_is_decided(store: Store) -> None:
    case = await store.invoice()
    number = await waiting(store, reference="006402710013", currency="EUR")
    assert (await store.news(case))[-1] == "payment_in_review"
    async with store.database.transaction() as connection:
        await review.send_back(connection, number, "kim", NOW)
    assert (await store.news(case))[-1] == "payment_review_ended"


@pytest.mark.parametrize(
    ("invoices", "why"),
    [
        ({"i1001": "800"}, "the amounts make 800.00, the payment is 802.00: they must agree"),
        ({"i1001": "900", "i1002": None}, "they must agree"),
        ({"i1001": None, "i1002": None}, "say the amount for each invoice but one"),
        ({"i4711": None}, "has no invoice 4711"),
    ],
)
async def test_a_decision_that_does_not_add_up_changes_nothing(store: Store, invoices: Any, why: str) -> None:
    await store.invoice("1001")
    await store.invoice("1002", reference="2345676")
    number = await waiting(store)
    with pytest.raises(Refused, match=why):
        await book(store, number, **invoices)
    assert [item.number for item in await listed(store)] == [number]
    assert await store.balance() == Decimal(802)


async def test_another_currency_is_never_booked_but_sent_back(store: Store) -> None:
    await store.invoice()
    number = await waiting(store, currency="EUR", debit_account="99990512341")
    with pytest.raises(Refused, match="paid in EUR, invoice 1001 is in NOK"):
        await book(store, number, i1001=None)
    async with store.database.transaction() as connection:
        refund = await review.send_back(connection, number, "kim", NOW)
        ((found),) = await refunds.list_all(connection, "acme")
    assert (found.number, found.amount, found.currency, found.to_account, found.state) == (
        refund, Decimal(802), "EUR", "99990512341", "due",
    )  # fmt: skip


async def test_a_waiting_payment_is_decided_once_by_many_at_once(store: Store) -> None:
    await store.invoice()
    number = await waiting(store)

    async def sent_back() -> int:
        async with store.database.transaction() as connection:
            return await review.send_back(connection, number, "kim", NOW)

    decided = await asyncio.gather(book(store, number, i1001=None), sent_back(), sent_back(), return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in decided) == 2
    assert await store.balance() + await store.one("select coalesce(sum(amount), 0) from refund") in (0, Decimal(1604))


async def test_a_reversal_is_not_sent_back_and_is_booked_by_a_person(store: Store) -> None:
    await store.invoice()
    await store.pay("p1")
    number = await waiting(store, "back", reference=None, amount=Decimal(-802))
    async with store.database.transaction() as connection:
        with pytest.raises(Refused, match="a reversal cannot be sent back"):
            await review.send_back(connection, number, "kim", NOW)
    assert await book(store, number, i1001=None) == {"1001": Decimal(802)}


async def test_a_person_may_not_take_back_more_than_was_paid(store: Store) -> None:
    await store.invoice()
    number = await waiting(store, "back", amount=Decimal(-802))
    with pytest.raises(Refused, match="more is taken back than was ever paid"):
        await book(store, number, i1001=None)
    assert await store.balance() == Decimal(802)


async def test_a_creditor_decides_about_its_own_money_alone(store: Store) -> None:
    await store.invoice()
    number = await waiting(store)
    assert await listed(store, "beta") == []
    with pytest.raises(Unknown):
        await book(store, number, "beta", i1001=None)
    async with store.database.transaction() as connection:
        refund = await review.send_back(connection, number, "kim", NOW)
        assert await refunds.list_all(connection, "beta") == []
        with pytest.raises(Unknown):
            await refunds.paid(connection, refund, NOW, creditor="beta")
        await refunds.paid(connection, refund, NOW)
        with pytest.raises(Conflict, match="is paid already"):
            await refunds.paid(connection, refund, NOW)
