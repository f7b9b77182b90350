"""The reports of what is owed, on a ledger that was reckoned by hand, as docs/reports.md has it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from facts.money import payments
from facts.money.payments import Payment
from facts.refusals import Refused
from tests.begin import turn
from tests.store import Store
from tests.world import debtor, invoice
from views.reports.registry import REPORTS
from views.reports.report import Report, make

ON = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)


async def report(store: Store, name: str, on: date | None = None, since: date | None = None) -> Report:
    """A report of Acme's."""
    async with store.database.snapshot() as connection:
        return await make(connection, REPORTS[name], ["acme"], on, since)


async def invoiced(store: Store, number: str, due: date, amount: int, at: datetime, **changes: Any) -> int:
    """An invoice of somebody of its own, known since a moment; gives its case."""
    values = {
        "issue_date": min(due, at.date()),
        "due_date": due,
        "amount": Decimal(amount),
        "reference": None,
        "debtor": debtor(name=f"Ola {number}", customer_number=f"K-{number}", email=None, phone=None),
    }
    async with store.database.transaction() as connection:
        imported = await store.intake.invoice(connection, invoice(number, **(values | changes)), at)
    assert imported.case_id is not None
    return imported.case_id


async def paid(store: Store, number: str, amount: int, at: datetime) -> None:
    """A payment by the invoice's number."""
    told = Payment("acme", "bank", f"{number} {at}", Decimal(amount), "NOK", at.date(), number=number)
    async with store.database.transaction() as connection:
        await payments.book(connection, told, at)


async def by_hand(store: Store) -> None:
    """The ledger of the docs' example."""
    await turn(store.database, NOW)
    before = NOW - timedelta(days=100)
    for number, due, amount in (
        ("A", ON, 1000),
        ("B", date(2026, 11, 29), 500),
        ("C", date(2026, 10, 31), 800),
        ("D", date(2026, 8, 31), 400),
    ):
        await invoiced(store, number, due, amount, before)
    await store.do(
        """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
             happened_at) select creditor_id, id, 'fee', 'fee', 38, 'NOK', :on, 'already sent', 'C#1', :now from invoice
           where number = 'C'""",
        on=ON, now=NOW,
    )  # fmt: skip
    await paid(store, "B", 200, NOW)
    await paid(store, "D", 450, NOW)


async def test_ageing_is_what_was_reckoned_by_hand(store: Store) -> None:
    await by_hand(store)
    made = await report(store, "ageing")
    assert made.rows == [
        {
            "creditor": "acme",
            "currency": "NOK",
            "not_due": Decimal(1000),
            "days_1_14": Decimal(300),
            "days_15_30": Decimal(838),
            "days_31_60": Decimal(0),
            "days_61_90": Decimal(0),
            "days_over_90": Decimal(0),
            "owed": Decimal(2138),
            "credit": Decimal(-50),
            "balance": Decimal(2088),
            "invoices": 3,
        }
    ]
    assert made.sentences == {"acme": "2,138.00 NOK is owed on 3 invoices, 1,138.00 of it past its due date"}


async def test_a_report_of_the_day_before_does_not_know_what_came_today(store: Store) -> None:
    await by_hand(store)
    (row,) = (await report(store, "ageing", ON - timedelta(days=1))).rows
    assert (row["balance"], row["invoices"]) == (2700, 4)


async def test_before_the_first_invoice_nothing_was_known(store: Store) -> None:
    made = await report(store, "ageing", date(2020, 1, 1))
    assert (made.rows, made.sentences) == ([], {"acme": "nothing was known through 2020-01-01"})


@pytest.mark.parametrize(
    ("on", "since", "says"),
    [
        (date(2200, 1, 1), None, "2200-01-01 is ahead"),
        (date(1999, 12, 31), None, "1999-12-31 is long past"),
        (date(2026, 6, 1), date(2026, 6, 2), "since 2026-06-02 is after 2026-06-01"),
        (date(2026, 6, 1), date(1, 1, 1), "0001-01-01 is long past"),
    ],
)
async def test_days_that_no_report_can_be_of_are_refused(store: Store, on: date, since: date | None, says: str) -> None:
    with pytest.raises(Refused, match=says):
        await report(store, "ageing", on, since)
