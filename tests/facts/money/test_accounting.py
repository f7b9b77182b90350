"""Accounting days: each closed once, what is told late on the next, and all of them together the ledger to the cent."""

import asyncio
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy.exc import DBAPIError

from facts.money import accounting, payments
from facts.money.accounting import AccountingDay
from facts.money.payments import Payment
from facts.refusals import CommandRefused, Conflict, Refused, Unknown
from tests.facts.money.test_credit import WAITS, credited, due
from tests.store import LAWS, NOW, Store
from tests.world import eventually

CALENDAR = LAWS["NO"].calendar
DAY = CALENDAR.local_date(NOW)
TOMORROW = DAY + timedelta(days=1)


def end_of(day: date) -> datetime:
    return CALENDAR.at(day + timedelta(days=1), time.min)


async def begin(store: Store, first: date = DAY) -> None:
    async with store.database.transaction() as connection:
        through = await accounting.horizon(connection)
        await accounting.begin(connection, "acme", first, end_of(first - timedelta(days=1)), through, NOW)


async def close(store: Store, day: date = DAY) -> AccountingDay | None:
    async with store.database.transaction() as connection:
        through = await accounting.horizon(connection)
    async with store.database.transaction() as connection:
        return await accounting.close(connection, "acme", day, end_of(day), through, f"{day}-acme.csv", NOW)


async def days(store: Store) -> list[AccountingDay]:
    async with store.database.transaction() as connection:
        return await accounting.days(connection, "acme")


async def agrees(store: Store) -> bool:
    """Whether the closed days and the ledger say the same, in every currency."""
    async with store.database.transaction() as connection:
        return all(each.closed == each.ledger for each in await accounting.reconcile(connection, "acme"))


def kinds(day: AccountingDay) -> dict[str, Decimal]:
    """By how much each kind of voucher changes what is owed."""
    return {voucher.kind: voucher.owed for voucher in day.vouchers}


async def later(store: Store, hours: int) -> None:
    """What was posted last happened so much later."""
    await store.do("alter table ledger_entry disable trigger append_only")
    await store.do(
        "update ledger_entry set happened_at = happened_at + make_interval(hours => :hours) "
        "where id > coalesce((select max(through) from accounting_day), 0)",
        hours=hours,
    )
    await store.do("alter table ledger_entry enable trigger append_only")


async def test_a_day_has_what_was_posted_and_what_was_before_is_the_creditors_own(store: Store) -> None:
    await due(store, "1001")
    await begin(store)
    await store.pay("p1", amount=Decimal("100.00"), reference=None, number="1001")
    await credited(store, "50.00", "1001")
    closed = await close(store)
    assert closed is not None
    assert kinds(closed) == {"payment": Decimal("-100.00"), "credit note": Decimal("-50.00")}
    assert closed.owed == {"NOK": Decimal("150.00")}
    assert [line.account for voucher in closed.vouchers for line in voucher.lines] == ["1500", "3000", "1500", "1920"]
    assert await days(store) == [closed]
    assert await agrees(store)


async def test_a_closed_day_is_closed_once_and_what_is_told_late_is_the_next_ones(store: Store) -> None:
    await due(store, "1001")
    await begin(store)
    closed = await close(store)
    assert await close(store) is None
    await store.pay("late", amount=Decimal("100.00"), reference=None, number="1001")  # it happened on the closed day
    following = await close(store, TOMORROW)
    assert following is not None
    assert kinds(following) == {"payment": Decimal("-100.00")}
    assert await days(store) == [following, closed]
    assert await agrees(store)


async def test_what_happens_after_a_days_end_waits_though_it_is_known(store: Store) -> None:
    await due(store, "1001")
    await begin(store)
    await store.pay("p1", amount=Decimal("100.00"), reference=None, number="1001")
    await later(store, 24)
    await store.pay("p2", amount=Decimal("20.00"), reference=None, number="1001")
    closed, following = await close(store), await close(store, TOMORROW)
    assert closed is not None
    assert following is not None
    assert (kinds(closed), kinds(following)) == ({"payment": Decimal("-20.00")}, {"payment": Decimal("-100.00")})
    assert await agrees(store)


async def test_a_closed_day_is_never_changed(store: Store) -> None:
    await begin(store)
    await close(store)
    with pytest.raises(DBAPIError, match="append-only"):
        await store.do("update accounting_day set entries = 7")
    with pytest.raises(DBAPIError, match="append-only"):
        await store.do("delete from accounting_day")


async def test_of_two_who_close_a_day_at_once_one_does(store: Store) -> None:
    await due(store, "1001")
    await begin(store)
    await store.pay("p1", amount=Decimal("100.00"), reference=None, number="1001")
    done = await asyncio.gather(*(close(store) for _ in range(4)))
    assert sum(each is not None for each in done) == 1
    assert len(await days(store)) == 1


async def test_what_is_being_posted_while_the_day_is_closed_is_waited_for(store: Store) -> None:
    await due(store, "1001")
    await begin(store)
    async with store.database.transaction() as connection:
        paid = Payment("acme", "bank", "p1", Decimal("100.00"), "NOK", DAY, number="1001")
        await payments.book(connection, paid, NOW)
        closing = asyncio.create_task(close(store))
        await eventually(lambda: store.one(WAITS))
    closed = await closing
    assert closed is not None
    assert kinds(closed) == {"payment": Decimal("-100.00")}


async def test_days_are_kept_once_and_of_a_creditor_that_is_there(store: Store) -> None:
    await begin(store)
    with pytest.raises(Conflict, match="kept already"):
        await begin(store)
    async with store.database.transaction() as connection:
        with pytest.raises(Unknown, match="no creditor nobody"):
            await accounting.begin(connection, "nobody", DAY, NOW, 0, NOW)
        with pytest.raises(Unknown, match="no days of creditor beta"):
            await accounting.reconcile(connection, "beta")
        assert [each.creditor for each in await accounting.kept(connection)] == ["acme"]


async def test_another_creditors_entries_are_not_there(store: Store) -> None:
    await begin(store)
    await due(store, "3001", creditor="beta")
    await store.pay("p1", creditor="beta", amount=Decimal("100.00"), reference=None, number="3001")
    closed = await close(store)
    assert closed is not None
    assert (closed.entries, closed.vouchers, closed.owed) == (0, (), {})


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_told_when_each_entry_has_one_day_and_all_agree(store: Store, seed: int) -> None:
    chosen = Random(seed)
    numbers = ["1001", "1002", "1003"]
    cases = {number: await due(store, number, "200.00", days) for days, number in enumerate(numbers, start=1)}
    await begin(store)
    closed: list[AccountingDay] = []
    for turn in range(14):
        number, amount = chosen.choice(numbers), Decimal(chosen.choice(["13.37", "100.00", "213.37"]))
        with suppress(CommandRefused, Refused):
            match chosen.choice(["pay", "credit", "use", "undo", "back", "dispute"]):
                case "pay":
                    await store.pay(f"p{turn}", amount=amount, reference=None, number=number)
                case "back":
                    await store.pay(f"b{turn}", amount=-amount, reference=None, number=number)
                case "credit":
                    await credited(store, str(amount), number)
                case "dispute":
                    await store.command(cases[number], "dispute", amount=amount)
                    await store.command(cases[number], "resolve_dispute", upheld=True)
                case word:
                    await store.command(cases[number], f"{word}_credit")
        await later(store, chosen.choice([-30, 0, 0, 7, 24]))
        if chosen.random() < 0.4:
            done = await close(store, DAY + timedelta(days=len(closed)))
            assert done is not None
            closed.append(done)
        assert await agrees(store)
        assert await days(store) == closed[::-1]
    for _ in range(8):
        done = await close(store, DAY + timedelta(days=len(closed)))
        assert done is not None
        closed.append(done)
    assert sum(each.entries for each in closed) == await store.one(
        "select (select count(*) from ledger_entry) + (select count(*) from held_entry)"
    )
    entries = [line.entry for each in closed for voucher in each.vouchers for line in voucher.lines if line.entry]
    assert len(entries) == len(set(entries))
    owed = await store.one("select coalesce(sum(balance), 0) from dunning_case where creditor_id = 'acme'")
    assert closed[-1].owed.get("NOK", Decimal(0)) == owed
    for voucher in (voucher for each in closed for voucher in each.vouchers):
        assert sum(line.debit - line.credit for line in voucher.lines) == 0
