"""Customers lost, of one creditor, as it was known then; groups of a few are not shown."""

from datetime import date, timedelta

from domain.parties.incoming_relation import IncomingRelation
from facts.parties import relations
from tests.store import NOW, TODAY, Store
from tests.views.reports.test_receivables import invoiced, paid, report
from tests.world import debtor


async def customers(store: Store, name: str, count: int, *, lost: int, how: str, creditor: str = "acme") -> None:
    """So many customers, of whom some leave a month ago."""
    async with store.database.transaction() as connection:
        for place in range(count):
            number = f"{name}-{place}"
            event = {"customer_number": number, "id": number, "kind": "started", "on": date(2020, 1, 1)}
            told = [(event | {"payment_method": how}, NOW - timedelta(days=900))]
            if place < lost:
                told.append((event | {"id": f"{number}-2", "kind": "ended", "on": TODAY - timedelta(days=30)}, NOW))
            for each, at in told:
                await relations.record(connection, creditor, IncomingRelation.model_validate(each), at)


async def test_customers_lost_are_told_by_how_they_pay(store: Store) -> None:
    await customers(store, "giro", 20, lost=2, how="AvtaleGiro")
    await customers(store, "paper", 12, lost=6, how="paper")
    await customers(store, "card", 3, lost=3, how="card")
    await customers(store, "other", 30, lost=30, how="paper", creditor="beta")
    made = await report(store, "churn")
    rows = {(row["by"], row["group"]): (row["customers"], row["lost"], row["lost_percent"]) for row in made.rows}
    assert rows["all", "customers"][:2] == (35, 11)
    assert rows["payment method", "avtalegiro"] == (20, 2, 10)
    assert rows["payment method", "paper"] == (12, 6, 50)
    assert ("payment method", "card") not in rows
    assert "; 2 groups of fewer than 10 debtors each are not shown" in made.sentences["acme"]
    paper = next(row for row in made.rows if row["group"] == "paper")
    assert paper["lost_from"] < 50 < paper["lost_to"]


async def test_an_end_that_was_not_known_then_changes_no_report_of_that_day(store: Store) -> None:
    await customers(store, "giro", 12, lost=6, how="AvtaleGiro")
    before = await report(store, "churn", TODAY - timedelta(days=1))
    assert [row["lost"] for row in before.rows if row["by"] == "all"] == [0]
    assert [row["lost"] for row in (await report(store, "churn")).rows if row["by"] == "all"] == [6]


async def test_who_paid_late_before_is_told_apart(store: Store) -> None:
    await customers(store, "late", 10, lost=1, how="paper")
    await customers(store, "good", 10, lost=0, how="paper")
    due = TODAY - timedelta(days=500)
    for name, days in (("late", 40), ("good", 3)):
        for place in range(10):
            who = debtor(customer_number=f"{name}-{place}", name=f"Ola {name} {place}")
            await invoiced(store, f"{name}-{place}", due, 100, NOW - timedelta(days=520), debtor=who)
            await paid(store, f"{name}-{place}", 100, NOW - timedelta(days=500 - days))
    rows = {row["group"]: row["lost"] for row in (await report(store, "churn")).rows if row["by"] == "punctuality"}
    assert rows == {"mostly late": 1, "never late": 0}
