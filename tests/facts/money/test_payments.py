"""Money is booked once, on the invoice its reference names, and never by guessing."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from facts.money import bank_accounts, review
from tests.store import NOW, TODAY, Store
from tests.world import debtor


@pytest.mark.parametrize("change", ["update ledger_entry set amount = 0", "delete from ledger_entry"])
async def test_the_ledger_is_never_changed(store: Store, change: str) -> None:
    await store.invoice()
    with pytest.raises(DBAPIError, match="ledger_entry is append-only: add a reversing row instead"):
        await store.do(change)


async def test_the_same_payment_books_once(store: Store) -> None:
    case = await store.invoice()
    first, again = await store.pay(), await store.pay()
    assert (first.status, again.status) == ("booked", "known")
    assert await store.balance() == 0
    assert await store.news(case) == ["invoice_changed", "payment_received"]


async def test_the_same_payment_told_by_many_at_once_books_once(store: Store) -> None:
    await store.invoice()
    told = await asyncio.gather(*(store.pay() for _ in range(8)))
    assert sorted(booked.status for booked in told) == ["booked", *["known"] * 7]
    assert await store.balance() == 0


async def test_many_payments_at_once_are_all_booked(store: Store) -> None:
    await store.invoice()
    await asyncio.gather(*(store.pay(f"p{n}", amount=Decimal(100)) for n in range(8)))
    assert await store.balance() == Decimal("2.00")


async def test_a_part_payment_takes_the_principal_first_and_leaves_the_rest_open(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    booked = await store.pay(amount=Decimal(800))
    assert booked.balance == Decimal(40)
    facts = (await store.load(case)).facts
    assert (facts.principal, facts.balance) == (Decimal(2), Decimal(40))


async def test_a_payment_of_everything_is_shared_between_principal_and_fee(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await store.pay(amount=Decimal(840))
    parts = await store.rows("select part, sum(amount) as left from ledger_entry group by part order by part")
    assert [(row.part, row.left) for row in parts] == [("fee", 0), ("principal", 0)]


async def test_what_is_paid_too_much_stays_as_credit_on_the_invoice(store: Store) -> None:
    case = await store.invoice()
    await store.pay(amount=Decimal(1000))
    assert (await store.load(case)).facts.balance == Decimal(-198)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reference": "2345676"}, "no invoice has this payment reference"),
        ({"reference": None}, "no payment reference"),
        ({"currency": "EUR"}, "paid in EUR, the invoice is in NOK"),
    ],
)
async def test_what_no_invoice_explains_waits_with_a_reason(store: Store, changes: dict[str, str], why: str) -> None:
    case = await store.invoice()
    booked = await store.pay(**changes)
    assert (booked.status, booked.why) == ("unmatched", why)
    assert await store.one("select unmatched from incoming_payment") == why
    assert await store.balance() == Decimal(802)
    assert await store.news(case) == ["invoice_changed", "payment_in_review"]  # it may be for it: nobody is reminded


@pytest.mark.parametrize(
    ("told", "pauses"),
    [
        ({"payer_name": "Kari Nordmann", "amount": Decimal(500)}, True),
        ({"text": "Faktura 1001", "amount": Decimal(500)}, True),
        ({"payer_name": "Per Nordmann", "amount": Decimal(500)}, False),
        ({"amount": Decimal(500)}, False),
        ({"payer_name": "Per Hansen"}, True),  # the amount: few owe it
    ],
)
async def test_what_waits_pauses_every_case_that_it_may_be_for(
    store: Store, told: dict[str, Any], pauses: bool
) -> None:
    case = await store.invoice()
    assert (await store.pay(reference=None, **told)).status == "unmatched"
    assert (await store.load(case)).facts.money_in_review == (TODAY if pauses else None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reference": "006402710013"}, "KID 6402710013"),
        ({"number": "ARR-00005", "reference": None}, "Faktura ARR-0005"),
        ({"number": "2026-1043", "reference": None}, "Faktura 2026/1043"),
        ({"number": "F-778", "reference": None}, "F778"),
    ],
)
async def test_a_number_written_a_little_otherwise_pays_its_debtor_s_invoice(
    store: Store, given: dict[str, str], words: str
) -> None:
    await store.invoice(**({"number": "1001"} | given))
    assert (await store.pay(reference=None, text=words, payer_name="Kari Nordmann")).status == "booked"
    assert await store.balance(given.get("number", "1001")) == 0


async def test_an_amount_that_is_another_invoice_s_of_the_debtor_waits_and_both_pause(store: Store) -> None:
    one = await store.invoice("1001")
    other = await store.invoice("1002", reference="2345676", amount=Decimal(499))
    assert (await store.pay(amount=Decimal(499))).status == "unmatched"
    assert [(await store.load(case)).facts.money_in_review for case in (one, other)] == [TODAY, TODAY]


async def test_each_payment_pauses_for_itself(store: Store) -> None:
    case = await store.invoice()
    await store.pay("first", reference=None, text="Faktura 1001", amount=Decimal(500))
    await store.do("update review_candidate set happened_at = happened_at - interval '20 days'")
    await store.pay("again", reference=None, text="Faktura 1001", amount=Decimal(300))
    assert (await store.load(case)).facts.money_in_review == TODAY


async def test_an_old_reference_used_again_pays_the_only_open_invoice_of_that_amount(store: Store) -> None:
    await store.invoice("1001")
    await store.pay("p1", number="1001")
    await store.invoice("1002")
    assert (await store.pay("p2")).status == "booked"
    assert await store.balance("1002") == 0


async def test_an_old_reference_is_not_guessed_at_when_the_amount_differs_or_two_are_open(store: Store) -> None:
    await store.invoice("1001")
    await store.pay("p1", number="1001")
    await store.invoice("1002")
    assert (await store.pay("p2", amount=Decimal(800))).status == "unmatched"
    await store.invoice("1003")
    assert (await store.pay("p3")).why == "3 invoices have this payment reference"


async def test_the_reference_of_a_paid_invoice_pays_the_debtors_only_open_one_of_that_amount(store: Store) -> None:
    await store.invoice("1001")
    await store.pay("p1")
    await store.invoice("1002", reference="2345676")
    await store.invoice("1003", reference="0044555258", amount=Decimal(100))
    assert (await store.pay("p2")).status == "booked"
    assert await store.balance("1002") == 0
    unclear = await store.pay("p3", amount=Decimal(55))
    assert unclear.status == "unmatched"
    assert (await store.balance("1001"), await store.balance("1003")) == (Decimal(0), Decimal(100))


async def test_an_invoice_paid_twice_keeps_what_is_too_much_when_nothing_else_is_open(store: Store) -> None:
    await store.invoice()
    await store.pay("p1")
    assert (await store.pay("p2")).balance == Decimal(-802)


async def test_an_old_reference_of_another_debtor_is_never_booked_on_this_one(store: Store) -> None:
    await store.invoice("1001")
    await store.pay("p1", number="1001")
    await store.invoice("1002", debtor=debtor(customer_number="K-2", name="Per Hansen"))
    assert (await store.pay("p2")).status == "unmatched"


async def test_a_chargeback_opens_a_paid_case_again_with_fourteen_days_and_a_new_round(store: Store) -> None:
    case = await store.invoice()
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=case)
    assert (await store.pay("back", amount=Decimal(-802))).balance == Decimal(802)
    ((state, round_, due),) = await store.rows(
        "select c.state, c.round, i.due_date from dunning_case c join invoice i on i.id = c.invoice_id"
    )
    assert (state, round_) == ("open", 2)
    assert due >= TODAY + timedelta(days=14)
    assert (await store.news(case))[-1] == "payment_received"


async def test_a_reversal_that_leaves_nothing_owed_opens_nothing(store: Store) -> None:
    case = await store.invoice()
    await store.pay(amount=Decimal(1000))
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=case)
    await store.pay("back", amount=Decimal(-198))
    assert await store.one("select state from dunning_case") == "closed"


async def test_a_withdrawn_case_stays_closed_when_a_payment_is_reversed(store: Store) -> None:
    case = await store.invoice()
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'withdrawn' where id = :case", case=case)
    await store.pay("back", amount=Decimal(-802))
    assert await store.one("select state from dunning_case") == "closed"


async def test_the_collection_partner_is_told_of_money_that_comes_directly(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'accepted', :now)",
        case=case,
        now=NOW,
    )
    await store.pay(amount=Decimal(500), booked_on=date(2026, 6, 30))
    ((kind, amount, ordered),) = await store.rows("select kind, amount, ordered_on from hand_off_message")
    assert (kind, amount, ordered) == ("direct_payment", Decimal(500), date(2026, 6, 30))


async def test_a_creditor_books_nothing_on_anothers_invoice(store: Store) -> None:
    await store.invoice()
    assert (await store.pay(creditor="beta")).status == "unmatched"
    assert (await store.pay("p2", creditor="beta", number="1001")).status == "unmatched"
    assert await store.balance() == Decimal(802)


async def test_two_creditors_sources_may_use_the_same_id(store: Store) -> None:
    await store.invoice()
    await store.pay("p1", creditor="beta")
    assert (await store.pay("p1")).status == "booked"


async def test_imported_bank_data_wakes_the_cases_that_waited_for_it_and_never_goes_back(store: Store) -> None:
    case, other = await store.invoice("1001"), await store.invoice("1002")
    await store.do("update dunning_case set flag = 'bank data stale' where id = :case", case=case)
    async with store.database.transaction() as connection:
        await bank_accounts.imported_through(connection, "acme", "12345678903", date(2026, 6, 30), NOW)
        await bank_accounts.imported_through(connection, "acme", "12345678903", date(2026, 6, 1), NOW)
        await bank_accounts.imported_through(connection, "beta", "12345678903", date(2026, 7, 30), NOW)
    assert (await store.news(case))[1:] == ["bank_data_imported"]
    assert (await store.news(other))[1:] == []
    assert (await store.load(case)).facts.bank_data_through == date(2026, 6, 30)


async def test_bank_data_is_as_old_as_the_oldest_account(store: Store) -> None:
    case = await store.invoice()
    await store.do("insert into bank_account (creditor_id, account, happened_at) values ('acme', '2', :now)", now=NOW)
    await store.do("update bank_account set imported_through = '2026-06-30' where account = '12345678903'")
    assert (await store.load(case)).facts.bank_data_through is None
    await store.do("update bank_account set imported_through = '2026-06-20' where account = '2'")
    assert (await store.load(case)).facts.bank_data_through == date(2026, 6, 20)


async def test_money_that_no_invoice_explains_is_listed_with_the_reason_for_its_creditor(store: Store) -> None:
    await store.invoice()
    await store.pay("booked")
    await store.pay("later", reference="12345674", booked_on=TODAY + timedelta(days=1))
    await store.pay("first", reference=None, text="for the power")
    await store.pay("theirs", creditor="beta", reference="12345674")
    async with store.database.transaction() as connection:
        mine = await review.list_review(connection, "acme")
        everyones = await review.list_review(connection, None)
    assert [(payment.id, payment.text, payment.why) for payment in mine] == [
        ("first", "for the power", "no payment reference"),
        ("later", None, "no invoice has this payment reference"),
    ]
    assert [payment.id for payment in everyones] == ["first", "theirs", "later"]
