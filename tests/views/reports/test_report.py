"""What every report keeps: rows as its columns say, a sentence, its formulas in the docs, and nothing where nothing is."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.money.amount import ZERO
from tests.begin import turn
from tests.store import NOW, Store
from tests.views.reports.test_receivables import ON, by_hand, report
from views.reports.registry import REPORTS
from views.reports.report import in_a_sentence, percent

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "reports.md").read_text("utf-8")


@pytest.mark.parametrize("name", REPORTS)
async def test_a_report_has_rows_as_its_columns_say_and_a_sentence(store: Store, name: str) -> None:
    await by_hand(store)
    made = await report(store, name, ON, ON - timedelta(days=200))
    columns = [column.name for column in made.spec.columns]
    assert [list(row) for row in made.rows] == [columns] * len(made.rows)
    assert made.sentences["acme"]
    along, drawn = made.spec.drawn
    assert {along, *drawn} <= set(columns)


@pytest.mark.parametrize("name", REPORTS)
async def test_a_report_of_nothing_is_no_fault(store: Store, name: str) -> None:
    await turn(store.database, NOW)
    assert (await report(store, name)).sentences["acme"]


@pytest.mark.parametrize("name", REPORTS)
def test_the_formulas_of_a_report_stand_in_the_docs(name: str) -> None:
    assert f"\n## {name}\n" in DOCS
    assert re.fullmatch(r"[a-z-]+", name)


def test_a_share_of_nothing_is_none() -> None:
    assert (percent(1, 3), percent(2, 3), percent(5, ZERO)) == (Decimal("33.3"), Decimal("66.7"), None)
    assert in_a_sentence(["a", "b"], None) == "a; b"  # type: ignore[arg-type]
