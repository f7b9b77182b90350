"""Imported pasts are packed and read again as they were, joined for one creditor, and free of who objected."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from facts.parties import id_keys
from facts.prediction import history_files
from facts.prediction.history_files import NewHistory
from prediction.history.imported import (
    KNOWN_NO_LONGER,
    Known,
    file_past,
    forget_customer,
    joined,
    packed,
    unpacked,
    whole_past,
    without,
)
from prediction.history.past import Happened, Past
from tests.prediction.history.test_reading import HEAD, INVOICES, KEY, keys_of, read
from tests.store import NOW, Store

EARLY = (
    "1,K1,2025-01-01,2025-01-15,100,2025-01-10,100",
    "2,K2,2025-01-02,2025-01-16,200,,",
    "3,,2025-01-03,2025-01-17,300,2025-02-20,300",
)
LATE = ("4,K2,2026-01-01,2026-01-15,100,2026-01-20,100", "5,K3,2026-01-02,2026-01-16,200,,")
TOLD = INVOICES + "told: {score: amount}\n"


def known(*lines: str) -> Known:
    found = read(TOLD, HEAD, *lines)
    return Known(found.past, found.customers)


def columns(past: Past) -> list[Any]:
    return [
        past.invoices.debtor.tolist(),
        past.invoices.amount.tolist(),
        [str(day) for day in past.invoices.due],
        past.events.invoice.tolist(),
        past.events.kind.tolist(),
        past.events.known_at.tolist(),
        past.events.channel.meanings,
        past.told.number.tolist(),
        str(past.through),
    ]


def test_what_was_packed_is_read_as_it_was() -> None:
    before = known(*EARLY)
    again = unpacked(packed(before))
    assert columns(again.past) == columns(before.past)
    assert again.customers.tolist() == before.customers.tolist()


def test_what_runs_when_it_is_read_is_not_read() -> None:
    written = io.BytesIO()
    np.savez(written, form=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        unpacked(written.getvalue())


def test_a_past_of_another_form_is_imported_again() -> None:
    written = io.BytesIO()
    np.savez(written, form=np.array(99))
    with pytest.raises(ValueError, match="import its file again"):
        unpacked(written.getvalue())


def test_a_customer_of_two_pasts_is_one_debtor_and_one_without_an_id_is_nobody_elses() -> None:
    both = joined([known(*EARLY), known(*LATE)]).past
    assert both.invoices.debtor.tolist() == [0, 1, 2, 1, 4]
    assert both.told.debtor.tolist() == [0, 1, 2, 1, 4]
    assert both.told.number.tolist() == [100, 200, 300, 100, 200]
    assert (np.diff(both.events.known_at.astype(np.int64)) >= 0).all()


def test_of_what_nobody_knows_any_longer_nobody_says_that_it_went_unpaid() -> None:
    both = joined([known(*EARLY), known(*LATE)]).past
    closed = both.events.kind == Happened.CLOSED
    assert both.events.invoice[closed].tolist() == [0, 1, 2]
    assert {both.events.detail.meanings[code] for code in both.events.detail.codes[closed]} == {KNOWN_NO_LONGER}
    assert str(both.through) == str(known(*LATE).past.through)
    alone = known(*EARLY)
    assert columns(joined([alone]).past) == columns(alone.past)


def test_whoever_objected_is_in_nothing_that_is_left() -> None:
    left = without(known(*EARLY), keys_of(["K2", "K9"], KEY))
    assert left.past.invoices.amount.tolist() == [100, 300]
    assert left.past.invoices.debtor.tolist() == left.past.told.debtor.tolist() == [0, 1]
    assert left.past.events.invoice.tolist() == [0, 1]
    assert len(left.customers) == 2


def test_there_must_be_a_past_to_join() -> None:
    with pytest.raises(ValueError, match="no past"):
        joined([])


async def whole(store: Store, creditor: str | None = "acme") -> Past:
    async with store.database.snapshot() as connection:
        return await whole_past(connection, NOW + timedelta(days=60), creditor)


async def bring(store: Store, *lines: str) -> None:
    """Import a file of acme's."""
    async with store.database.transaction() as connection:
        read_ = read(TOLD, HEAD, *lines, key=await id_keys.of_creditor(connection, "acme"))
        content = packed(Known(read_.past, read_.customers))
        new = NewHistory("past.csv", lines[0], TOLD, read_.summary, content, read_.invoices.tobytes())
        await history_files.lock(connection, "acme")
        await history_files.keep(connection, "acme", new, "anne", NOW)


async def test_a_customer_of_ours_is_known_again_in_what_was_imported(store: Store) -> None:
    case = await store.invoice("1001")
    ((debtor, number),) = await store.rows("select id, customer_number from debtor where customer_number is not null")
    await bring(store, *(line.replace("K1", number) for line in EARLY))
    past = await whole(store)
    assert past.invoices.id.tolist() == [case, -1, -2, -3]
    ours, first, other, nobody = past.invoices.debtor.tolist()
    assert ours == first == debtor
    assert len({ours, other, nobody}) == 3
    assert np.abs((past.through - np.datetime64((NOW + timedelta(days=60)).replace(tzinfo=None), "s")).astype(int)) <= 1
    assert len((await whole(store, None)).invoices) == 4
    assert len((await whole(store, "beta")).invoices) == 0


async def test_of_whoever_objects_nothing_is_learned_from_what_was_imported_either(store: Store) -> None:
    await store.invoice("1001")
    ((number,),) = await store.rows("select customer_number from debtor where customer_number is not null")
    await bring(store, *(line.replace("K1", number) for line in EARLY))
    await store.known("no profiling")
    assert (await whole(store)).invoices.id.tolist() == [-2, -3]


async def test_an_invoice_that_both_know_is_our_own_and_counts_once(store: Store) -> None:
    case = await store.invoice("2")
    await bring(store, *EARLY)
    past = await whole(store)
    assert past.invoices.id.tolist() == [case, -1, -3]
    assert past.invoices.amount.tolist()[1:] == [100, 300]
    assert past.events.invoice.max() == 2
    await store.known("no profiling")  # of our own: what a file tells of the same invoice does not come back for it
    assert (await whole(store)).invoices.amount.tolist() == [100, 300]
    async with store.database.snapshot() as connection:
        alone = await file_past(connection, 1, NOW)
    assert len(alone.invoices) == 3, "a file alone is as it was told"


async def test_one_customer_is_forgotten_and_nobody_else(store: Store) -> None:
    await bring(store, *EARLY)
    await bring(store, *LATE)
    async with store.database.transaction() as connection:
        assert await forget_customer(connection, "acme", "K2") == 2
        assert await forget_customer(connection, "acme", "K2") == 0
        assert await forget_customer(connection, "acme", "K") == 0
        kept = await history_files.columns(connection, "acme")
        key = await id_keys.of_creditor(connection, "acme")
    assert [len(each.invoices) // 8 for each in kept] == [2, 1]
    assert [unpacked(each.columns).past.invoices.amount.tolist() for each in kept] == [[100, 300], [200]]
    gone = keys_of(["K2", "2", "4"], key)
    for each in kept:
        assert not np.isin(unpacked(each.columns).customers, gone).any()
        assert not np.isin(np.frombuffer(each.invoices, dtype="<u8"), gone).any()
    assert (await whole(store)).invoices.amount.tolist() == [100, 300, 200]


async def test_two_who_bring_the_same_file_at_once_bring_it_once(store: Store) -> None:
    await asyncio.gather(bring(store, *EARLY), bring(store, *EARLY))
    assert await store.one("select count(*) from history_columns") == 1
