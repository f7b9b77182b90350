"""What operations see in the Temporal web UI: the cases with their attributes, and a case's life in words."""

import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import Sights
from tests.life import Life, begin
from tools.setup import ROOT

pytestmark = pytest.mark.timeout(180)

COLUMNS = ("Status", "Workflow ID", "CustomerNumber", "Step", "AmountDue", "DueDate", "NextActionAt", "OnHold", "Flag")
OSLO = ZoneInfo("Europe/Oslo")
SLOW = 30_000  # milliseconds a page may take on a busy machine


@pytest_asyncio.fixture(scope="session")
async def lived(sights: Sights) -> Life:
    """A case whose invoice was read and whose due date has brought a reminder."""
    case = await begin(sights.world)
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    await case.until("due-date-reminder", "email")
    return case


@pytest_asyncio.fixture
async def tab(chrome: Browser) -> AsyncIterator[Page]:
    """A page of a person who has chosen the columns of a case."""
    context = await chrome.new_context(viewport={"width": 1600, "height": 900}, timezone_id=OSLO.key)
    context.set_default_timeout(SLOW)
    chosen = json.dumps({"default": [{"label": column} for column in COLUMNS]})
    await context.add_init_script(f"localStorage.setItem('namespace-workflow-table-columns', {json.dumps(chosen)})")
    yield await context.new_page()
    await context.close()


async def test_the_web_ui_lists_cases_with_their_attributes(sights: Sights, lived: Life, tab: Page) -> None:
    following = (await lived.next()).at
    assert following is not None
    following = following.astimezone(OSLO)
    await tab.goto(f"{sights.ui}/namespaces/default/workflows")
    row = row_of(tab, lived)
    await expect(row).to_contain_text("Running", ignore_case=True, timeout=SLOW)
    heads = await tab.locator("thead").first.inner_text()
    assert [column for column in COLUMNS if column not in heads] == []
    for shown in (
        f"K-{int(lived.number) - 1000}",
        "due-date-reminder",
        "802",
        f"{following:%b %-d, %Y, %-I:%M}",
        "false",
    ):
        await expect(row).to_contain_text(shown)


async def test_cases_are_found_by_creditor_step_and_amount(sights: Sights, lived: Life, tab: Page) -> None:
    small = await begin(sights.world, owner=lived.creditor, amount=Decimal("99.00"))
    query = f"Creditor = '{lived.creditor}' AND Step = 'invoice' AND AmountDue < 100"
    await tab.goto(f"{sights.ui}/namespaces/default/workflows?query={quote(query)}")
    await expect(row_of(tab, small)).to_be_visible(timeout=SLOW)
    await expect(row_of(tab, lived)).to_have_count(0)


def saved_views() -> list[str]:
    """The addresses of the guide for operators, each behind the web UI's own."""
    guide = (ROOT / "docs/operators.md").read_text()
    return re.findall(r"\(http://127\.0\.0\.1:8233(/namespaces/default/workflows\?query=[^)]+)\)", guide)


async def test_every_saved_view_of_the_guide_opens(sights: Sights, lived: Life, tab: Page) -> None:
    views = saved_views()
    assert len(views) > 5
    counts = [
        (await sights.world.client.count_workflows(unquote(view.partition("?query=")[2]))).count for view in views
    ]
    for view, found in list(zip(views, counts, strict=True))[:2]:  # each takes seconds
        await tab.goto(f"{sights.ui}{view}")
        await expect(tab.get_by_role("main")).to_contain_text(re.compile(rf"\b{found} Workflows?\b"), timeout=SLOW)


async def test_a_case_has_a_timeline_in_words(sights: Sights, lived: Life, tab: Page) -> None:
    await tab.goto(await address(sights, lived, "timeline"))
    timeline = tab.get_by_role("list").filter(has_text="invoice_changed").last
    for said in (
        "email invoice: invoice is planned",
        "sms invoice: email not read within 2 days",
        "message_read",
        "email due-date-reminder: due-date-reminder is planned",
        (await lived.next()).label,
    ):
        await expect(timeline).to_contain_text(said, timeout=SLOW)


async def test_a_case_tells_what_was_done_and_what_comes_next(sights: Sights, lived: Life, tab: Page) -> None:
    await tab.goto(await address(sights, lived, "user-metadata"))
    summary, begins, now = (tab.frame_locator("iframe").nth(n).locator("body") for n in range(3))
    await expect(summary).to_contain_text(f"Invoice {lived.number} of {lived.creditor}", timeout=SLOW)
    await expect(begins.get_by_role("link")).to_have_attribute(
        "href", f"{sights.world.settings.public_url}/v1/invoices/{lived.number}"
    )
    await expect(now).to_contain_text(
        re.compile(
            r"Next: .*sms due-date-reminder.*Owed 802.00 NOK.*email sent \(invoice\).*email read \(invoice\).*"
            r"email sent \(due-date-reminder\)",
            re.S,
        ),
        timeout=SLOW,
    )


def row_of(tab: Page, case: Life) -> Locator:
    """The line of a case in the list."""
    return tab.get_by_role("row").filter(has=tab.get_by_role("link", name=case.handle.id, exact=True))


async def address(sights: Sights, case: Life, view: str) -> str:
    """Where the web UI shows a case."""
    run = (await case.handle.describe()).run_id
    return f"{sights.ui}/namespaces/default/workflows/{quote(case.handle.id, safe='')}/{run}/{view}"
