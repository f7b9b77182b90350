"""A creditor's goals against what was, reckoned by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.money.goals import Goal, reached
from domain.vocabulary import Channel
from facts.parties.creditors import register
from tests.begin import turn
from tests.store import Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import paid, sent
from tests.world import creditor, invoice

AT = datetime(2026, 7, 20, 10, tzinfo=UTC)


async def july(store: Store) -> None:
    """Four invoices that are long due, three of them paid; two messages, one by letter; and one complaint."""
    await turn(store.database, AT)
    cases = []
    for number in ("1001", "1002", "1003", "1004"):
        async with store.database.transaction() as connection:
            imported = await store.intake.invoice(connection, invoice(number, reference=None, amount=Decimal(100)), AT)
        cases.append(imported.case_id or 0)
    await sent(store, cases[0], "reminder", Channel.EMAIL, AT, "0.40")
    await sent(store, cases[1], "reminder", Channel.LETTER, AT, "9.60")
    for number in ("1001", "1002", "1003"):
        await paid(store, number, AT, 100)
    await store.do(
        """insert into reply (creditor_id, debtor_id, channel, text, topic, happened_at)
        select creditor_id, min(id), 'email', 'words', 'complaint', :at from debtor where creditor_id = 'acme' group by 1""",
        at=AT,
    )


async def test_what_a_month_was_stands_beside_what_it_was_to_be(store: Store) -> None:
    await july(store)
    async with store.database.transaction() as connection:
        await register(connection, creditor(goals={"return": 75, "cost": 3, "digital": 90}), AT)
    made = await report(store, "goals")
    last = {
        row["goal"]: (row["target"], row["actual"], row["reached"]) for row in made.rows if row["month"] == "2026-07"
    }
    assert last == {
        "return": (75, 75, "yes"),
        "cost": (3, Decimal("3.33"), "no"),
        "complaints": (None, 250, None),
        "customers_kept": (None, None, None),
        "digital": (90, 50, "no"),
    }
    assert {row["month"] for row in made.rows} == {"2026-05", "2026-06", "2026-07"}
    assert made.sentences["acme"] == "1 of 3 goals that can be judged are reached since 2026-07-01"


@pytest.mark.parametrize(
    ("goal", "actual", "is_reached"),
    [
        (Goal.RETURN, "97", True),
        (Goal.RETURN, "96.9", False),
        (Goal.COST, "97", True),
        (Goal.COST, "97.1", False),
        (Goal.DIGITAL, None, None),
    ],
)
def test_of_cost_and_complaints_less_is_better(goal: Goal, actual: str | None, is_reached: bool | None) -> None:
    assert reached(goal, Decimal(97), Decimal(actual) if actual else None) is is_reached


@pytest.mark.parametrize(
    ("goals", "says"),
    [
        ({"return": 101}, "return: 101 is no target: write percent from 0 to 100"),
        ({"cost": -1}, "cost: -1 is no target: write an amount of nothing or more"),
        ({"churn": 1}, "goals.churn"),
    ],
)
def test_a_target_that_cannot_be_is_refused_by_its_name(goals: dict[str, int], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        creditor(goals=goals)
