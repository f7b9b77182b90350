"""Money that came before its invoice: booked or put before a person when the invoice is stored, never guessed."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from facts.money import review
from facts.money.payments import Payment, book
from tests.store import NOW, TODAY, Store
from tests.world import debtor, invoice

KARI = "Kari Nordmann"
EARLY: dict[str, Any] = {"reference": None, "number": None}


async def states(store: Store) -> list[str]:
    """What became of the payments, in the order they came."""
    return [row.state for row in await store.rows("select state from incoming_payment order by id")]


async def candidates(store: Store) -> list[tuple[str, list[str]]]:
    """The invoices that the only waiting payment may be for, with what speaks for them, likeliest first."""
    async with store.database.transaction() as connection:
        (item,) = await review.list_review(connection, "acme")
    return [(each["invoice"], each["reasons"]) for each in item.candidates]


@pytest.mark.parametrize(
    "told",
    [
        {"reference": "006402710013"},
        {"number": "1001"},
        {"text": "Faktura 1001", "payer_name": KARI},
        {"text": "KID 006402710013"},
        {"reference": "006402710013", "amount": Decimal(300)},
        {"text": "Kundenr K-1 faktura 1001", "payer_name": "Per Berg"},
    ],
)
async def test_money_that_names_its_invoice_exactly_is_booked_when_it_comes(store: Store, told: dict[str, Any]) -> None:
    early = await store.pay(**(EARLY | told))
    assert early.status == "unmatched"
    case = await store.invoice()
    assert await states(store) == ["booked"]
    assert await store.balance() == Decimal(802) - told.get("amount", Decimal(802))
    assert await store.news(case) == ["invoice_changed", "payment_received"]
    assert (await store.one("select matched_by from incoming_payment")).endswith("it came before the invoice")


@pytest.mark.parametrize(
    "told",
    [
        {"payer_name": KARI},
        {"reference": "006402711013"},  # one digit wrong
        {"text": "Faktura 1001", "payer_name": "Per Berg"},
        {"text": "1001", "amount": Decimal(800)},
    ],
)
async def test_money_that_comes_near_waits_for_a_person_and_the_case_for_it(store: Store, told: dict[str, Any]) -> None:
    await store.pay(**(EARLY | told))
    case = await store.invoice()
    assert await states(store) == ["review"]
    ((number, reasons),) = await candidates(store)
    assert (number, reasons[-1]) == ("1001", "it came before the invoice")
    assert (await store.load(case)).facts.money_in_review == TODAY


async def test_an_account_that_paid_for_the_debtor_before_is_shown_and_books_nothing(store: Store) -> None:
    await store.invoice("1000", reference=None)
    await store.pay("p0", number="1000", debit_account="15030000010")
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    await store.pay("early", **EARLY, debit_account="15030000010", amount=Decimal(700))
    await store.invoice(amount=Decimal(700))
    assert (await states(store))[-1] == "review"
    assert ("1001", "the payer's account has paid for this debtor before") in [
        (number, reasons[0]) for number, reasons in await candidates(store)
    ]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"payer_name": "Ola Hansen"},
        {"text": "Faktura 2001"},
        {"amount": Decimal(500), "payer_name": KARI},
        {"creditor": "beta", "reference": "006402710013"},
    ],
)
async def test_an_amount_or_a_name_alone_holds_no_new_invoice(store: Store, told: dict[str, Any]) -> None:
    await store.pay(**(EARLY | told))
    case = await store.invoice()
    assert await states(store) == ["review"]
    assert (await store.load(case)).facts.money_in_review is None


async def test_the_pause_begins_with_the_invoice_however_long_the_money_has_waited(store: Store) -> None:
    await store.pay(**EARLY, payer_name=KARI)
    await store.do("update incoming_payment set happened_at = :long_ago", long_ago=NOW - timedelta(days=60))
    case = await store.invoice()
    assert (await store.load(case)).facts.money_in_review == TODAY


async def test_money_that_waits_twice_is_booked_once_and_the_rest_asked_about(store: Store) -> None:
    await store.pay("first", number="1001")
    await store.pay("again", number="1001")
    await store.invoice()
    assert await store.balance() == Decimal(-802)  # both name it: paid twice, as when they come after it
    assert await states(store) == ["booked", "booked"]


async def test_the_debtor_s_second_invoice_gets_nothing_of_what_the_first_has_taken(store: Store) -> None:
    await store.pay()
    await store.invoice("1001")
    await store.invoice("1002", reference="2345676")
    assert (await store.balance("1001"), await store.balance("1002")) == (Decimal(0), Decimal(802))


async def test_another_debtor_with_the_same_reference_is_a_question(store: Store) -> None:
    await store.invoice("1000", amount=Decimal(90), debtor=debtor(customer_number="K-2", name="Per Hansen"))
    await store.do("update invoice set reference = '2345676'")
    await store.pay(reference="006402710013")
    await store.do("update invoice set reference = '006402710013'")
    case = await store.invoice()
    assert await states(store) == ["review"]
    assert (await store.load(case)).facts.money_in_review == TODAY


async def test_another_currency_is_a_question(store: Store) -> None:
    await store.pay(currency="EUR")
    case = await store.invoice()
    assert await states(store) == ["review"]
    assert (await store.load(case)).facts.money_in_review == TODAY


async def test_a_reversal_that_waits_is_left_to_the_payment_that_it_takes_back(store: Store) -> None:
    await store.pay(amount=Decimal(-802))
    await store.invoice()
    assert await states(store) == ["review"]
    assert await store.balance() == Decimal(802)


async def test_the_other_cases_that_waited_for_the_money_go_on(store: Store) -> None:
    other = await store.invoice("1000", reference=None)
    await store.pay(**EARLY, payer_name=KARI, text="Faktura 1001")
    assert (await store.load(other)).facts.money_in_review == TODAY
    await store.invoice(debtor=debtor(customer_number="K-1", name=KARI))
    assert await states(store) == ["booked"]
    assert (await store.news(other))[-1] == "payment_review_ended"
    assert (await store.load(other)).facts.money_in_review is None


async def test_a_known_invoice_sent_again_books_nothing_more(store: Store) -> None:
    await store.invoice()
    await store.pay(number="1001", currency="EUR")
    async with store.database.transaction() as connection:
        assert (await store.intake.invoice(connection, invoice("1001"), NOW)).status == "known"
    assert await states(store) == ["review"]


async def test_money_and_its_invoice_at_the_same_moment_do_not_miss_each_other(store: Store) -> None:
    async def money(number: int) -> None:
        async with store.database.transaction() as connection:
            payment = Payment("acme", "bank", f"p{number}", Decimal(802), "NOK", TODAY, number=f"{number}")
            await book(connection, payment, NOW)

    for number in range(2001, 2021):
        await asyncio.gather(money(number), store.invoice(f"{number}", reference=None))
    assert set(await states(store)) == {"booked"}
