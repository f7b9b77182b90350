"""Facts from outside are kept once each and never changed: a correction and an end are later facts of the same day."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError

from domain.parties.incoming_outside_fact import IncomingOutsideFact
from facts.prediction import outside
from facts.refusals import Conflict, Unknown
from prediction.history.features import features_at
from prediction.history.groups import groups_at
from prediction.history.own import own_past
from tests.domain.parties.test_incoming_outside_fact import INCOME, SCORE
from tests.store import NOW, Store
from tests.world import debtor

LATER = NOW + timedelta(days=100)


async def tell(store: Store, *facts: dict[str, Any], creditor: str = "acme") -> list[str]:
    """A creditor tells; gives what became of each."""
    async with store.database.transaction() as connection:
        return [
            await outside.record(connection, creditor, IncomingOutsideFact.model_validate(fact), NOW, "anne")
            for fact in facts
        ]


async def end(store: Store, on: date, id: str = "bureau-1", creditor: str = "acme") -> None:
    async with store.database.transaction() as connection:
        await outside.end(connection, creditor, id, on, "anne", NOW)


async def seen(store: Store, day: str, of: str = "credit_score") -> list[float]:
    """What is looked at of each case on a day."""
    async with store.database.snapshot() as connection:
        past = await own_past(connection, LATER)
    rows = np.arange(len(past.invoices))
    known = features_at(past, rows, np.full(len(rows), np.datetime64(f"{day}T12:00:00", "s")))
    return [known.row(row)[of] for row in rows]


async def test_a_fact_counts_once_and_never_changes(store: Store) -> None:
    assert await tell(store, SCORE, SCORE, INCOME) == ["new", "known", "new"]
    for change in ({"number": "613"}, {"customer_number": "K-2"}, {"source": "another"}, {"until": "2027-01-01"}):
        with pytest.raises(Conflict, match="fact bureau-1 came before with other content"):
            await tell(store, SCORE | change)
    assert await tell(store, SCORE, creditor="beta") == ["new"]
    with pytest.raises(DBAPIError, match="outside_fact"):
        await store.do("update outside_fact set number = 1")


async def test_a_score_is_of_its_creditors_own_customer_from_its_day_on(store: Store) -> None:
    await store.invoice("1001")
    await store.invoice("1002", reference=None, debtor=debtor(name="Ola Nordmann", customer_number="K-10"))
    await store.invoice("7", creditor="beta", reference=None)
    await tell(store, SCORE | {"since": "2026-07-10"})
    assert await seen(store, "2026-07-09") == pytest.approx([np.nan] * 3, nan_ok=True)
    assert await seen(store, "2026-07-10") == pytest.approx([612, np.nan, np.nan], nan_ok=True)


async def test_what_is_corrected_or_ended_holds_so_from_then_on(store: Store) -> None:
    await store.invoice()
    await tell(store, SCORE, SCORE | {"id": "bureau-2", "number": "580"})
    assert await seen(store, "2026-07-01") == [580]
    await end(store, date(2026, 8, 1), "bureau-2")
    assert await seen(store, "2026-07-31") == [580]
    assert await seen(store, "2026-08-01") == pytest.approx([np.nan], nan_ok=True)
    with pytest.raises(Conflict, match="holds since 2026-01-01: end it on a later day"):
        await end(store, date(2026, 1, 1))
    with pytest.raises(Unknown, match="no outside fact 'bureau-1' of beta"):
        await end(store, date(2026, 8, 1), creditor="beta")
    with pytest.raises(Conflict, match="came before with other content"):
        await end(store, date(2026, 9, 1), "bureau-2")


async def test_incomes_are_of_whoever_lives_there_and_serve_their_purpose_alone(store: Store) -> None:
    await store.invoice("1001")
    elsewhere = debtor(name="Ola Nordmann", customer_number="K-10", postcode="5003", city="Bergen")
    await store.invoice("1002", reference=None, debtor=elsewhere)
    await tell(store, INCOME)
    assert await seen(store, "2026-07-01", "income") == pytest.approx([np.nan, np.nan], nan_ok=True)
    async with store.database.snapshot() as connection:
        past = await own_past(connection, LATER)
    groups = groups_at(past, np.arange(2), np.full(2, past.through))["postcode income"]
    assert [code < 0 for code in groups.codes] == [False, True]
    await tell(store, INCOME | {"id": "stats-2", "purpose": "prediction", "number": "400000"})
    assert await seen(store, "2026-07-01", "income") == pytest.approx([400000, np.nan], nan_ok=True)


async def test_what_was_told_is_listed_by_customer_and_of_places(store: Store) -> None:
    await tell(store, SCORE, INCOME)
    async with store.database.transaction() as connection:
        assert [fact.id for fact in await outside.of_customer(connection, "acme", "K-1")] == ["bureau-1"]
        assert [(fact.postcode, fact.purpose) for fact in await outside.of_places(connection, "acme")] == [
            ("0155", "fairness report")
        ]
        assert await outside.of_customer(connection, "beta", "K-1") == []
