"""Payments told at the same moment are booked together, and each fares as it would alone."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from facts.money.payments import Booked, Payment
from facts.refusals import UnknownCreditor
from tests.begin import TODAY
from tests.web.door import Door, invoice
from web.webhooks.together import Together

LOCK = text("""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id
where i.number = '1001' and c.creditor_id = :c for update of c
""")
INVOICES = [f"100{number}" for number in range(1, 7)]


@pytest.fixture
async def owed(door: Door) -> Door:
    """The door of a creditor with six open invoices."""
    for number in INVOICES:
        assert (await door.client.post("/v1/invoices", json=invoice(number, reference=None))).status_code == 201
    return door


def paying(door: Door, number: str, id: str, amount: str = "802.00", **changes: Any) -> Payment:
    told = {"creditor": door.creditor, "number": number} | changes
    return Payment(source="webhook", source_id=id, amount=Decimal(amount), currency="NOK", booked_on=TODAY, **told)


async def told(door: Door, payments: list[Payment]) -> list[Booked | BaseException]:
    together = Together(door.database)
    return await asyncio.gather(*map(together.book, payments), return_exceptions=True)


async def sums(door: Door) -> list[Any]:
    query = (
        "select i.number, c.balance from dunning_case c join invoice i on i.id = c.invoice_id where c.creditor_id = :c"
    )
    return sorted(tuple(row) for row in await door.rows(query, c=door.creditor))


async def test_each_of_many_is_booked_once_and_told_what_is_left(owed: Door) -> None:
    booked = await told(owed, [paying(owed, number, number) for number in INVOICES])
    assert [(each.status, each.balance) for each in booked if isinstance(each, Booked)] == [("booked", Decimal(0))] * 6
    assert await sums(owed) == [(number, 0) for number in INVOICES]
    commits = "select count(distinct xmin::text) from incoming_payment where creditor_id = :c"
    assert await owed.one(commits, c=owed.creditor) == 1


async def test_what_is_no_plain_payment_is_booked_by_itself(owed: Door) -> None:
    odd = [
        paying(owed, "1001", "a"),
        paying(owed, "1001", "a"),  # told twice
        paying(owed, "1001", "b"),  # paid twice
        paying(owed, "1002", "c", "2.00"),
        paying(owed, "9999", "d"),
        paying(owed, "1003", "e"),
    ]
    statuses = [each.status for each in await told(owed, odd) if isinstance(each, Booked)]
    assert sorted(statuses) == ["booked", "booked", "booked", "booked", "known", "unmatched"]
    assert await sums(owed) == [("1001", -802), ("1002", 800), ("1003", 0), *((number, 802) for number in INVOICES[3:])]


async def test_what_is_wrong_with_one_is_its_own(owed: Door) -> None:
    unknown, unwritable = paying(owed, "1002", "x", creditor="nobody"), paying(owed, "1003", "y", text="\x00")
    first, second, third = await told(owed, [paying(owed, "1001", "a"), unknown, unwritable])
    assert isinstance(first, Booked)
    assert first.status == "booked"
    assert (type(second), type(third)) == (UnknownCreditor, DataError)


async def test_a_payment_whose_case_is_locked_keeps_no_other_waiting(owed: Door) -> None:
    together = Together(owed.database)
    async with owed.database.transaction() as connection:
        await connection.execute(LOCK, {"c": owed.creditor})
        waits = asyncio.create_task(together.book(paying(owed, "1001", "a")))
        others = await asyncio.gather(*(together.book(paying(owed, number, number)) for number in INVOICES[1:]))
        assert [each.status for each in others] == ["booked"] * 5
        assert not waits.done()
    assert (await waits).status == "booked"


async def test_who_goes_away_meanwhile_is_booked_and_keeps_nothing_from_the_others(owed: Door) -> None:
    together = Together(owed.database)
    gone, stays = [asyncio.create_task(together.book(paying(owed, number, number))) for number in ("1001", "1002")]
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).status == "booked"
    assert (await sums(owed))[:2] == [("1001", 0), ("1002", 0)]
