"""An old invoice comes with what its debtor was sent before: kept, booked, and lawful, or refused."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from domain.planner.case_facts import AlreadySent
from domain.vocabulary import Channel
from facts.refusals import Refused
from tests.store import NOW, Store
from tests.world import invoice

DUE = date(2026, 4, 1)
OLD: dict[str, Any] = {"issue_date": date(2026, 3, 18), "due_date": DUE}
INVOICE = {"kind": "invoice", "channel": "email", "date": date(2026, 3, 18)}
FIRST = {
    "kind": "reminder",
    "channel": "letter",
    "date": date(2026, 4, 20),
    "fee": "35.00",
    "deadline": date(2026, 5, 5),
}
NOTICE = {
    "kind": "collection-notice",
    "channel": "letter",
    "date": date(2026, 5, 18),
    "fee": "38.00",
    "deadline": date(2026, 6, 2),
}


async def test_what_was_sent_before_is_a_fact_of_the_case_in_the_order_of_its_days(store: Store) -> None:
    case = await store.invoice(**OLD, already_sent=(NOTICE, INVOICE, FIRST))
    facts = (await store.load(case)).facts
    assert facts.already_sent == (
        AlreadySent("invoice", Channel.EMAIL, date(2026, 3, 18)),
        AlreadySent("reminder", Channel.LETTER, date(2026, 4, 20), Decimal("35.00"), date(2026, 5, 5)),
        AlreadySent("collection-notice", Channel.LETTER, date(2026, 5, 18), Decimal("38.00"), date(2026, 6, 2)),
    )
    assert (facts.deliveries, facts.earlier_fees) == ((), ())


async def test_its_fees_are_owed_on_top_and_dated_as_they_were_asked_for(store: Store) -> None:
    case = await store.invoice(**OLD, already_sent=(FIRST, NOTICE))
    facts = (await store.load(case)).facts
    assert (facts.balance, facts.principal, facts.charged) == (Decimal(875), Decimal(802), Decimal(73))
    fees = await store.rows("select booked_on, amount, source_id from ledger_entry where kind = 'fee' order by id")
    assert [tuple(row) for row in fees] == [
        (date(2026, 4, 20), Decimal(35), "1001#1"),
        (date(2026, 5, 18), Decimal(38), "1001#2"),
    ]


async def test_the_same_invoice_again_tells_nothing_twice(store: Store) -> None:
    await store.invoice(**OLD, already_sent=(FIRST,))
    async with store.database.transaction() as connection:
        again = await store.intake.invoice(connection, invoice(**OLD, already_sent=(FIRST, NOTICE)), NOW)
    assert again.status == "known"
    assert await store.one("select count(*) from already_sent") == 1
    assert await store.balance() == Decimal(837)


async def test_the_debtors_other_invoice_was_sent_nothing(store: Store) -> None:
    await store.invoice(**OLD, already_sent=(FIRST,))
    other = await store.invoice("1002")
    assert (await store.load(other)).facts.already_sent == ()


async def test_it_is_never_changed(store: Store) -> None:
    await store.invoice(**OLD, already_sent=(FIRST,))
    with pytest.raises(DBAPIError, match="append-only") as refused:
        await store.do("update already_sent set fee = 0")
    assert isinstance(refused.value.orig, psycopg.Error)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ([FIRST | {"fee": "39.00"}], "may bear 38 NOK at most, not 39.00"),  # the rate of its day
        ([FIRST | {"date": date(2026, 4, 10)}], "may bear 0 NOK at most"),  # nine days after the due date
        ([FIRST | {"deadline": date(2026, 4, 25)}, NOTICE], "the collection-notice of 2026-05-18 may bear 0"),
        (
            [FIRST, FIRST | {"date": date(2026, 5, 10), "deadline": date(2026, 5, 26)}, NOTICE],
            "the collection-notice of 2026-05-18 may bear 0",
        ),
        ([FIRST | {"channel": "sms"}], "went by sms, which carries no fee and no notice"),
        ([NOTICE | {"channel": "sms", "fee": "0.00"}], "went by sms, which carries no fee and no notice"),
        ([FIRST | {"date": NOW.date() + timedelta(days=1), "deadline": None}], "is ahead"),
    ],
)
async def test_what_law_did_not_allow_is_refused_and_nothing_is_stored(
    store: Store, sent: list[dict[str, Any]], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        await store.invoice(**OLD, already_sent=tuple(sent))
    assert await store.one("select count(*) from invoice") == 0


async def test_a_fee_of_a_year_that_the_law_file_does_not_know_is_refused_with_the_row(store: Store) -> None:
    old = {"issue_date": date(2022, 1, 3), "due_date": date(2022, 1, 17)}
    sent = {"kind": "reminder", "channel": "letter", "date": date(2022, 2, 7), "fee": "35.00"}
    with pytest.raises(Refused, match=r"cannot be judged: .* has no row in half_years for the half-year from 2022"):
        await store.invoice(**old, already_sent=(sent,))
