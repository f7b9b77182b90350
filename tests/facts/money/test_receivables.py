"""What is owed on any day agrees with the ledger to the øre, summed up or not, and stays what it was."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy.exc import OperationalError

from domain.moment import moment_in
from domain.money.receivables import Ageing, ageing, bucket_of
from facts.invoices.invoices import move_due_date
from facts.money import payments, receivables
from facts.money.payments import Payment
from tests.store import NOW, TODAY, Store
from tests.world import debtor, invoice

BEGAN = NOW - timedelta(days=120)
ENTRIES = """
select i.id, i.currency, e.amount, e.happened_at from ledger_entry e join invoice i on i.id = e.invoice_id
where i.creditor_id = :creditor
"""
MOVES = """
select i.id, i.due_date, d.due_before, d.happened_at from invoice i left join due_date_move d on d.invoice_id = i.id
where i.creditor_id = :creditor order by i.id, d.id desc
"""


async def owed(store: Store, on: date, creditor: str = "acme") -> Mapping[str, Ageing]:
    """What the product says is owed on a day."""
    async with store.database.snapshot() as connection:
        return ageing(await receivables.changes(connection, creditor, on), on)


async def reckoned(store: Store, on: date, creditor: str = "acme") -> dict[str, dict[str, Decimal]]:
    """The same, reckoned another way: invoice by invoice, from nothing but the ledger and the days it was told on."""
    known = [row for row in await store.rows(ENTRIES, creditor=creditor) if day(row.happened_at) <= on]
    dues: dict[int, date] = {}
    for row in await store.rows(MOVES, creditor=creditor):  # from the newest move back
        dues.setdefault(row.id, row.due_date)
        if row.happened_at and day(row.happened_at) > on:
            dues[row.id] = row.due_before
    balances: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for row in known:
        balances[row.currency, row.id] += row.amount
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (currency, invoice_id), balance in balances.items():
        found[currency]["credit" if balance < 0 else bucket_of(dues[invoice_id], on)] += balance
        found[currency]["invoices"] += balance > 0
    return found


def day(at: datetime) -> date:
    """The day it was in Oslo, where both creditors are."""
    return moment_in("NO", at).day


def as_reckoned(said: Mapping[str, Ageing]) -> dict[str, dict[str, Decimal]]:
    """What the product says in the form of the other reckoning: without what is nothing."""
    shown = {
        currency: {**each.by_bucket, "credit": each.credit, "invoices": Decimal(each.invoices)}
        for currency, each in said.items()
    }
    return without_nothing(shown)


def without_nothing(found: Mapping[str, Mapping[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
    """Only what is something."""
    return {currency: {name: what for name, what in each.items() if what} for currency, each in found.items()}


async def sum_up(store: Store) -> None:
    """The day's job."""
    async with store.database.transaction() as connection:
        through = await receivables.whole_through(connection)
    left = 1
    while left:
        async with store.database.transaction() as connection:
            left = await receivables.sum_up(connection, through, NOW)


async def live(store: Store, seed: int) -> None:
    """Four months of invoices, payments, too much of them, their return, and due dates that move; summed up now and then."""
    chance = random.Random(seed)
    at, numbers, paid = BEGAN, [], []
    for n in range(40):
        at += timedelta(hours=chance.randint(1, 140))
        match chance.choice(("invoice", "invoice", "pay", "pay", "back", "move", "sum up")):
            case "invoice":
                number = f"R-{n}"
                changes = {
                    "amount": Decimal(chance.randint(100, 90_000)) / 100,
                    "issue_date": day(at),
                    "due_date": day(at) + timedelta(days=chance.randint(0, 40)),
                    "reference": None,
                    "debtor": debtor(name=f"Ola {n}", customer_number=f"K-{n}", email=None, phone=None),
                }
                async with store.database.transaction() as connection:
                    await store.intake.invoice(connection, invoice(number, **changes), at)
                numbers.append(number)
            case "pay" if numbers:
                number = chance.choice(numbers)
                amount = Decimal(chance.randint(100, 90_000)) / 100
                paid.append((number, amount))
                await book(store, f"p-{n}", number, amount, at)
            case "back" if paid:
                number, amount = paid.pop()
                await book(store, f"b-{n}", number, -amount, at)
            case "move" if numbers:
                number = chance.choice(numbers)
                if (
                    await store.one(
                        "select state from dunning_case c join invoice i on i.id = c.invoice_id where i.number = :n",
                        n=number,
                    )
                    == "open"
                ):
                    async with store.database.transaction() as connection:
                        due = day(at) + timedelta(days=chance.randint(0, 30))
                        await move_due_date(connection, "acme", number, due, at)
            case "sum up":
                await sum_up(store)


async def book(store: Store, id: str, number: str, amount: Decimal, at: datetime) -> None:
    """A payment by the invoice's number, or what takes it back."""
    told = Payment("acme", "bank", id, amount, "NOK", day(at) - timedelta(days=1), number=number)
    async with store.database.transaction() as connection:
        await payments.book(connection, told, at)


@pytest.mark.parametrize("seed", range(3))
async def test_ageing_is_the_ledger_to_the_oere_on_every_day(store: Store, seed: int) -> None:
    await live(store, seed)
    days = [day(BEGAN) + timedelta(days=days) for days in range(0, 130, 9)]
    for on in days:
        assert as_reckoned(await owed(store, on)) == without_nothing(await reckoned(store, on)), on
    before = [await owed(store, on) for on in days]
    await sum_up(store)
    assert [await owed(store, on) for on in days] == before


async def test_what_was_said_of_a_day_is_said_of_it_ever_after(store: Store) -> None:
    await store.invoice()
    yesterday = day(NOW)
    before = await owed(store, yesterday)
    tomorrow = NOW + timedelta(days=1)
    async with store.database.transaction() as connection:
        await move_due_date(connection, "acme", "1001", TODAY + timedelta(days=30), tomorrow)
    await book(store, "p-1", "1001", Decimal("802.00"), tomorrow + timedelta(hours=1))  # of the day before
    assert await owed(store, yesterday) == before
    assert (await owed(store, day(tomorrow)))["NOK"].owed == 0
    await sum_up(store)
    assert await owed(store, yesterday) == before


async def test_a_day_begins_where_the_creditor_is(store: Store) -> None:
    before_midnight = datetime(2026, 7, 1, 21, 59, tzinfo=UTC)
    for number, at in (("1001", before_midnight), ("1002", before_midnight + timedelta(minutes=1))):
        async with store.database.transaction() as connection:
            await store.intake.invoice(connection, invoice(number, reference=None), at)
    assert [(await owed(store, on))["NOK"].invoices for on in (date(2026, 7, 1), date(2026, 7, 2))] == [1, 2]


async def test_a_neighbour_is_in_nobodys_figures(store: Store) -> None:
    await store.invoice()
    await store.invoice("2001", creditor="beta", account="98765432100", reference=None, amount=Decimal(5))
    for _ in ("from the ledger", "summed up"):
        found = [(await owed(store, TODAY, creditor))["NOK"].owed for creditor in ("acme", "beta")]
        assert found == [Decimal(802), Decimal(5)]
        await sum_up(store)


async def test_what_is_too_much_on_one_invoice_pays_no_other(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", reference="1234567897", amount=Decimal(100))
    await store.pay(amount=Decimal(900))
    found = (await owed(store, TODAY))["NOK"]
    assert (found.owed, found.credit, found.balance, found.invoices) == (100, -98, 2, 1)


async def test_two_who_sum_up_at_once_count_nothing_twice(store: Store) -> None:
    await store.invoice()
    await asyncio.gather(sum_up(store), sum_up(store))
    await sum_up(store)
    assert (await owed(store, TODAY))["NOK"].owed == Decimal(802)
    assert await store.one("select count(*) from receivables_summary") == 1


async def test_an_entry_that_is_stored_while_it_is_summed_up_is_counted_once(store: Store) -> None:
    await store.invoice()
    async with store.database.transaction() as posting:
        await store.intake.invoice(posting, invoice("1002", reference=None), NOW)
        with pytest.raises(OperationalError):  # nobody knows yet whether it will be stored: it is asked again later
            await sum_up(store)
    await store.invoice("1003", reference=None)
    assert (await owed(store, TODAY))["NOK"].invoices == 3
    await sum_up(store)
    assert (await owed(store, TODAY))["NOK"].invoices == 3


async def test_a_large_ledger_is_summed_up_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivables, "AT_ONCE", 2)
    for number in ("1001", "1002", "1003"):
        await store.invoice(number, reference=None)
    await sum_up(store)
    parts = await store.rows("select after, through from receivables_summary order by id")
    assert all(earlier.through == later.after for earlier, later in pairwise(parts))
    assert len(parts) == 2
    assert (await owed(store, TODAY))["NOK"].invoices == 3


async def test_what_is_summed_up_cannot_be_changed(store: Store) -> None:
    await store.invoice()
    await sum_up(store)
    for change in ("update receivables_of_day set amount = 0", "delete from receivables_summary"):
        with pytest.raises(Exception, match="append-only"):
            await store.do(change)
