"""Imported pasts are packed and read again as they were, joined for one creditor, and free of who objected."""

import io
from typing import Any

import numpy as np
import pytest

from prediction.history.imported import KNOWN_NO_LONGER, Known, joined, packed, unpacked, without
from prediction.history.past import Happened, Past
from tests.prediction.history.test_reading import HEAD, INVOICES, KEY, keys_of, read

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
    assert both.invoices.debtor.tolist() == [0, 1, 2, 1, 3]
    assert both.told.debtor.tolist() == [0, 1, 2, 1, 3]
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
