"""The API's reference and the pages of problems, as a reader sees them: whole without network or script, and fit for all."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from config.settings import Settings
from facts.database import Database
from simulator.emulators.providers import serving
from tests.browser.conftest import free_ports
from web.app import create_app

pytestmark = pytest.mark.timeout(180)

OPENED = ["create_invoice", "create_bank_file", "list_replies", "on_plan_agreed"]  # one of each shape: all take long
MORE_OF_THE_SAME = "section > table.fields:nth-of-type(n + 6)"  # the tables of models
PHONE = 360
PAGES = ["/docs", "/problems", "/problems/conflict"]


@pytest_asyncio.fixture(scope="module")
async def site() -> AsyncIterator[str]:
    """Where a web app is; its reference needs no database."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    settings = Settings(database_url=nowhere, public_url=url, link_secrets=("a-link-secret-of-32-characters-and-more",))
    async with serving(create_app(settings, Database(nowhere)), port):
        yield url


@pytest_asyncio.fixture
async def reader(chrome: Browser) -> AsyncIterator[Page]:
    """A page as wide as a screen."""
    context = await chrome.new_context(viewport={"width": 1200, "height": 900})
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_fit_for_all_and_asks_nobody_else_for_anything(site: str, reader: Page, path: str) -> None:
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    await reader.goto(site + path)
    for opened in OPENED if path == "/docs" else ():
        await reader.evaluate(f"document.getElementById('{opened}').open = true")
    found = await Axe().run(reader, context={"exclude": [[MORE_OF_THE_SAME]]})
    assert found.violations_count == 0, found.generate_report()
    assert set(asked) <= {site + path, f"{site}/favicon.ico"}
    await reader.set_viewport_size({"width": PHONE, "height": 740})
    assert await reader.evaluate("document.documentElement.scrollWidth") <= PHONE


async def test_every_link_of_the_reference_leads_somewhere(site: str, reader: Page) -> None:
    await reader.goto(f"{site}/docs")
    targets = await reader.eval_on_selector_all("a[href^='#']", "links => links.map(each => each.hash.slice(1))")
    ids = await reader.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
    assert set(targets) - set(ids) == set()
    assert len(set(ids)) == len(ids)
    others = await reader.eval_on_selector_all("a:not([href^='#'])", "links => links.map(each => each.href)")
    for other in set(others):
        answer = await reader.request.get(other)
        assert answer.status == 200, other
