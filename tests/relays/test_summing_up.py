"""What is owed is summed up once it is worth it, and again when somebody who posts is out of the way."""

import asyncio
from datetime import timedelta

import pytest

from facts.money import receivables
from relays import summing_up
from relays.summing_up import SummingUp
from tests.store import NOW, Store
from tests.world import invoice


async def test_few_entries_are_left_to_be_read_and_many_are_summed_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing_up, "WORTH", 2)
    await store.invoice()
    assert await SummingUp(store.database).sum_up() == 0
    await store.invoice("1002", reference=None)
    assert await SummingUp(store.database).sum_up() == 1
    async with store.database.transaction() as connection:
        assert await receivables.not_summed_up(connection) == 0


async def test_it_waits_for_whoever_posts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summing_up, "WORTH", 1)
    monkeypatch.setattr(summing_up, "PAUSE", timedelta(milliseconds=10))
    await store.invoice()
    async with store.database.transaction() as posting:
        await store.intake.invoice(posting, invoice("1002", reference=None), NOW)
        summing = asyncio.create_task(SummingUp(store.database).sum_up())
        await asyncio.sleep(0.2)
        assert not summing.done()
    assert await summing == 1
    assert await store.one("select sum(invoices) from receivables_of_day") == 2
