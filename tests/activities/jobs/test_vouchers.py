"""The close of accounting days as a job: every day that is over, each file once, also where it was killed in between."""

import csv
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from activities.jobs.vouchers import Vouchers
from connectors.voucher_files import VoucherFiles
from facts.money import accounting
from tests.begin import turn
from tests.facts.money.test_accounting import DAY, begin, end_of
from tests.facts.money.test_credit import due
from tests.store import LAWS, NOW, Store

pytest_plugins = ["tests.store"]


class Killed(Exception):
    """The process is gone."""


def job(store: Store, folder: Path) -> Vouchers:
    return Vouchers(store.database, LAWS, VoucherFiles(folder))


def seen(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def said(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.iterdir())


@pytest_asyncio.fixture
async def store_of_days(store: Store) -> AsyncIterator[Store]:
    """An invoice of which a part is paid; three days are over."""
    await due(store, "1001")
    await begin(store)
    await store.pay("p1", amount=Decimal("100.00"), reference=None, number="1001")
    await turn(store.database, NOW + timedelta(days=3))
    yield store


async def test_every_day_that_is_over_is_closed_once_with_its_file(store_of_days: Store, tmp_path: Path) -> None:
    vouchers = job(store_of_days, tmp_path)
    assert await vouchers.close_accounting_days() == 3
    assert await vouchers.close_accounting_days() == 0
    assert seen(tmp_path) == [f"{DAY + timedelta(days=n)}-acme.csv" for n in range(3)]
    rows = list(csv.DictReader((tmp_path / f"{DAY}-acme.csv").read_text().splitlines()))
    assert [
        (r["TransactionID"], r["AccountID"], r["DebitAmount"], r["CreditAmount"], r["CustomerID"]) for r in rows
    ] == [
        (f"{DAY:%Y%m%d}-payment-NOK", "1500", "0.00", "100.00", "K-1"),
        (f"{DAY:%Y%m%d}-payment-NOK", "1920", "100.00", "0.00", ""),
    ]
    assert (rows[0]["SourceDocumentID"], rows[0]["SystemEntryDate"]) == ("1001", str(DAY + timedelta(days=3)))


@pytest.mark.parametrize("killed", ["prepare_rows", "publish"])
async def test_killed_in_between_each_day_is_written_once(
    store_of_days: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    def dies(self: VoucherFiles, name: str, *rest: object) -> None:
        if killed == "prepare_rows":
            VoucherFiles.prepare(self, name, b"written, and never committed")
        raise Killed

    with monkeypatch.context() as at_work:
        at_work.setattr(VoucherFiles, killed, dies)
        with pytest.raises(Exception, match="accounting_days_not_closed"):
            await job(store_of_days, tmp_path).close_accounting_days()
    assert seen(tmp_path) == []
    await job(store_of_days, tmp_path).close_accounting_days()
    assert len(seen(tmp_path)) == 3
    assert "never committed" not in said(tmp_path)
    async with store_of_days.database.transaction() as connection:
        closed = await accounting.days(connection, "acme")
    assert [(each.day, each.entries) for each in closed][-1] == (DAY, 2)
    assert len(closed) == 3


async def test_two_at_once_write_each_day_once(store_of_days: Store, tmp_path: Path) -> None:
    first, second = job(store_of_days, tmp_path), VoucherFiles(tmp_path)
    with second.alone() as alone:
        assert alone
        assert await first.close_accounting_days() == 0
    assert await first.close_accounting_days() == 3


async def test_a_day_ends_at_the_creditors_own_midnight(store: Store, tmp_path: Path) -> None:
    await begin(store)
    await turn(store.database, end_of(DAY) - timedelta(seconds=1))
    assert await job(store, tmp_path).close_accounting_days() == 0
    await turn(store.database, end_of(DAY))
    assert await job(store, tmp_path).close_accounting_days() == 1
