"""The page of reports has each report with a sentence, a plot and a table, and no script."""

import re
from datetime import UTC, date, datetime

from tests.store import Store
from tests.views.reports.test_receivables import by_hand
from views.reports.registry import REPORTS
from views.reports.report import Asked, Report, make
from web.report_page import shown, written


async def page(store: Store) -> str:
    """The page of all reports of both creditors, of the ledger that was reckoned by hand."""
    await by_hand(store)
    async with store.database.snapshot() as connection:
        return written([await make(connection, spec, ["acme", "beta"], None, None) for spec in REPORTS.values()])


async def test_every_report_of_every_creditor_is_on_the_page_with_its_sentence(store: Store) -> None:
    shown = await page(store)
    for spec in REPORTS.values():
        assert shown.count(f"<h3>{spec.title}</h3>") == 2
    assert "2,138.00 NOK is owed on 3 invoices, 1,138.00 of it past its due date." in shown
    assert "Nothing was known through 2026-11-30." in shown
    assert re.search(r'<td class="amount">838\.00</td>', shown)


async def test_the_page_needs_nothing_beside_it(store: Store) -> None:
    shown = await page(store)
    assert "<script" not in shown
    assert re.findall(r'(?:src|href)="', shown) == []
    assert 'role="img" aria-label="What is owed, by age: NOK"' in shown


def test_bars_of_rows_that_are_alike_say_what_tells_them_apart() -> None:
    midnight = datetime(2026, 7, 1, tzinfo=UTC)
    asked = Asked("acme", date(2026, 6, 30), date(2026, 6, 1), midnight, midnight, "Europe/Oslo")
    spec = REPORTS["channels"]
    row = dict.fromkeys((column.name for column in spec.columns), None) | {"creditor": "acme", "segment": "new"}
    rows = [row | {"channel": channel, "reacted_percent": 40} for channel in ("sms", "email")]
    ((_, plot),) = shown(Report(spec, [asked], rows, {"acme": ""}), "acme")["plots"]
    assert re.findall(r'text-anchor="end">([^<]*)<', plot) == ["new, sms", "new, email"]
