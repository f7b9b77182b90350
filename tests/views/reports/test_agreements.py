"""Promises, plans and disputes as they stood on a day."""

from datetime import date, timedelta
from decimal import Decimal

from tests.store import NOW, TODAY, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import paid

MADE = NOW - timedelta(days=10)
PROMISE = """insert into promise (case_id, pay_by, amount, by, reason_code, happened_at)
values (:case, :day, :amount, 'kari', 'page', :at)"""
DISPUTE = """insert into dispute (case_id, by, reason_code, amount, happened_at, resolved_at, upheld)
values (:case, 'kari', :reason, :amount, :at, :resolved, :upheld)"""


async def promised(store: Store, number: str, day: date, amount: int = 802) -> None:
    """A promise of ten days ago, for a new invoice."""
    case = await store.invoice(number, reference=None)
    await store.do(PROMISE, case=case, day=day, amount=amount, at=MADE)


async def test_promises_are_kept_broken_or_still_running(store: Store) -> None:
    await promised(store, "kept", TODAY - timedelta(days=5))
    await paid(store, "kept", NOW - timedelta(days=6))
    await promised(store, "late", TODAY - timedelta(days=5))
    await paid(store, "late", NOW - timedelta(days=4))
    await promised(store, "nearly", TODAY - timedelta(days=5))
    await paid(store, "nearly", NOW - timedelta(days=6), 790)  # what the policy would not ask for is missing
    await promised(store, "running", TODAY)
    (row,) = (await report(store, "agreements")).rows
    assert (row["agreement"], row["made"], row["kept"], row["broken"], row["running"]) == ("promise", 4, 2, 1, 1)
    assert row["kept_percent"] == Decimal("66.7")
    (then,) = (await report(store, "agreements", TODAY - timedelta(days=7))).rows
    assert (then["kept"], then["broken"], then["running"]) == (0, 0, 4)


async def test_a_plan_is_what_became_of_it_by_that_day(store: Store) -> None:
    for number, state in (("1001", "kept"), ("1002", "broken"), ("1003", "active")):
        case = await store.invoice(number, reference=None)
        await store.do(
            """insert into instalment_plan (case_id, creditor_id, reference, state, total, interest, currency, by, reason_code,
                 happened_at, ended_at) values (:case, 'acme', :number, :state, 802, 0, 'NOK', 'kari', 'page', :at, :ended)""",
            case=case, number=number, state=state, at=MADE, ended=None if state == "active" else NOW - timedelta(days=1),
        )  # fmt: skip
    (row,) = (await report(store, "agreements")).rows
    assert [row[name] for name in ("made", "amount", "kept", "broken", "running")] == [3, 2406, 1, 1, 1]
    (then,) = (await report(store, "agreements", TODAY - timedelta(days=2))).rows
    assert (then["kept"], then["running"], then["kept_percent"]) == (0, 3, None)


async def test_disputes_are_told_by_reason_and_by_how_long_they_are_open(store: Store) -> None:
    for number, reason, days, amount, resolved, upheld in (
        ("1001", "not-delivered", 40, None, None, None),
        ("1002", "not-delivered", 8, 300, None, None),
        ("1003", "wrong-price", 20, None, 15, True),
        ("1004", "wrong-price", 20, None, 10, False),
        ("1005", "old", 90, None, 80, True),
    ):
        case = await store.invoice(number, reference=None)
        await store.do(
            DISPUTE, case=case, reason=reason, amount=amount, at=NOW - timedelta(days=days),
            resolved=NOW - timedelta(days=resolved) if resolved else None, upheld=upheld,
        )  # fmt: skip
    made = await report(store, "disputes")
    rows = {row["reason"]: row for row in made.rows}
    assert set(rows) == {"not-delivered", "wrong-price"}
    open_ones = rows["not-delivered"]
    assert [open_ones[name] for name in ("opened", "open", "amount", "open_to_7", "open_8_30", "open_over_30")] == [
        1, 2, 1102, 0, 1, 1,
    ]  # fmt: skip
    decided = rows["wrong-price"]
    assert [decided[name] for name in ("opened", "open", "upheld", "rejected", "days")] == [2, 0, 1, 1, Decimal("7.5")]
    assert made.sentences["acme"].endswith("2 are open, 1 of them for more than 30 days")
