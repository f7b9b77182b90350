"""Every state of the invoice page in a real browser: usable by everyone, on any screen, in light and dark."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from config.settings import Settings
from facts.database import Database
from simulator.pages_to_open import pages_to_open
from tests.begin import TODAY
from tests.browser.conftest import open_link
from tests.browser.states import STATES, dress, page_in
from tests.web.door import LINK_SECRET
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop
from tests.world import fresh_database

pytestmark = pytest.mark.timeout(180)

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
"""With WCAG 2.2 AA's own tag, which has the size of targets: axe leaves it out unless it is named."""
MOST_BYTES = 50_000  # of a page with all that it needs, as it goes over the wire
WIDER = """() => [...document.querySelectorAll('body *')].filter((each) => {
  const box = each.getBoundingClientRect();
  return box.width && !each.closest('.unseen, .hidden') && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map((each) => each.outerHTML.slice(0, 120))"""
HIDDEN_FOCUS = """() => {
  const bar = document.querySelector('.bar'), bad = [];
  for (const each of document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')) {
    if (!each.checkVisibility()) continue;
    each.focus();
    const box = each.getBoundingClientRect();
    const over = bar && !bar.contains(each) ? bar.getBoundingClientRect() : { top: 0, bottom: 0 };
    const hidden = over.top <= box.top && box.bottom <= over.bottom;
    if (hidden || box.top < -1 || box.top > innerHeight) bad.push(each.outerHTML.slice(0, 120));
  }
  return bad;
}"""
QUICK = ("overdue", "paid")
"""The states that each `make test` looks at; `make browser` looks at all."""
_numbers = iter(range(5000, 6000))


def each(*states: str) -> list[Any]:
    """Of these states those that are quick, and the others to be thorough."""
    return [state if state in QUICK else pytest.param(state, marks=pytest.mark.thorough) for state in states]


@pytest_asyncio.fixture(scope="session")
async def dressed(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A shop whose creditor looks like itself."""
    url = fresh_database(postgres_url, "browser_states")
    folder: Path = tmp_path_factory.mktemp("states")
    settings = Settings(
        database_url=url, temporal_address="127.0.0.1:1", link_secrets=(LINK_SECRET,), state_folder=folder
    )
    database = Database(url)
    async with a_shop(settings, database, "acme") as opened:
        await dress(opened)
        yield opened
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def pages(dressed: Shop) -> dict[str, str]:
    """The address of a page in each state."""
    return {state: await page_in(dressed, state, str(next(_numbers))) for state in (*STATES, "bad_link")}


async def _page(chrome: Browser, **kind: object) -> Page:
    context = await chrome.new_context(**({"viewport": PHONE, "locale": "nb-NO"} | kind))  # type: ignore[arg-type]
    return await context.new_page()


async def _without_scripts(chrome: Browser, address: str, **kind: object) -> Page:
    """A page without scripts, once it has gone on to its clean address."""
    page = await _page(chrome, java_script_enabled=False, **kind)
    await (page.goto(address) if address.endswith("~") else open_link(page, address))
    return page


async def _open_all(page: Page) -> None:
    """Open whatever can be opened, so that all of the page is looked at."""
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("state", each(*STATES, "bad_link"))
async def test_nothing_on_a_page_keeps_anybody_out(
    chrome: Browser, pages: dict[str, str], state: str, ground: str
) -> None:
    page = await _page(chrome, color_scheme=ground)
    await page.goto(pages[state])
    await _open_all(page)
    found = await Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate(WIDER) == []
    await page.context.close()


@pytest.mark.parametrize("state", each("overdue", "in_plan", "paid", "bad_link"))
@pytest.mark.parametrize("scripts", [True, False])
async def test_a_page_fits_320_pixels_which_is_also_a_desktop_at_four_times_the_size(
    chrome: Browser, pages: dict[str, str], state: str, scripts: bool
) -> None:
    small = {"width": 320, "height": 256}
    if scripts:
        page = await _page(chrome, viewport=small)
        await page.goto(pages[state])
    else:
        page = await _without_scripts(chrome, pages[state], viewport=small)
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
    await page.context.close()


async def test_text_of_twice_the_size_needs_no_scrolling_sideways(chrome: Browser, pages: dict[str, str]) -> None:
    page = await _page(chrome, viewport=DESKTOP)
    await page.goto(pages["overdue"])
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await page.set_viewport_size({"width": 640, "height": 450})
    await _open_all(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640
    assert await page.evaluate(WIDER) == []
    await page.context.close()


@pytest.mark.parametrize("state", each("overdue", "disputed"))
async def test_the_bar_that_stays_hides_nothing_that_has_the_focus(
    chrome: Browser, pages: dict[str, str], state: str
) -> None:
    page = await _page(chrome, viewport={"width": 390, "height": 600}, reduced_motion="reduce")
    await page.goto(pages[state])
    await _open_all(page)
    assert await page.evaluate(HIDDEN_FOCUS) == []
    await page.evaluate("scrollTo(0, 1500)")
    bar = await page.locator(".bar button").bounding_box()
    assert bar is not None
    assert bar["y"] >= 0, "the way to pay is always in sight"
    assert bar["height"] >= 48
    await page.context.close()


@pytest.mark.parametrize("state", each(*STATES, "bad_link"))
async def test_a_page_is_small_and_asks_nobody_else_for_anything(
    chrome: Browser, pages: dict[str, str], state: str
) -> None:
    page = await _page(chrome)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = await page.goto(pages[state])
    assert answer is not None
    await page.wait_for_load_state("load")
    here = pages[state].split("/i/")[0]
    assert [url for url in asked if not url.startswith((here, "data:"))] == []
    assert len([url for url in asked if "/events" not in url and not url.startswith("data:")]) == 1, "one round trip"
    assert len(gzip.compress(await answer.body(), 6)) <= MOST_BYTES
    await page.context.close()


async def test_help_stands_in_one_place_on_every_page(chrome: Browser, pages: dict[str, str]) -> None:
    page = await _page(chrome)
    for state in STATES:
        await page.goto(pages[state])
        last = page.locator("main > :not(noscript, .unseen)").last
        assert await last.evaluate("each => each.tagName") == "FOOTER", state
        assert "22 00 00 00" in await last.inner_text()
    await page.context.close()


@pytest.mark.parametrize("state", each(*STATES))
async def test_one_button_at_most_is_filled_and_it_is_to_pay(
    chrome: Browser, pages: dict[str, str], state: str
) -> None:
    page = await _without_scripts(chrome, pages[state])
    filled = await page.locator("button.first, a.first").all_inner_texts()
    asks = state not in ("paid", "taken_back", "handed_off", "stopped")
    assert len(filled) == (1 if asks else 0)
    assert all("Betal" in each for each in filled)
    await page.context.close()


async def test_with_forced_colours_and_on_paper_nothing_is_lost(chrome: Browser, pages: dict[str, str]) -> None:
    page = await _page(chrome, forced_colors="active")
    await page.goto(pages["overdue"])
    assert await page.locator("button.first").evaluate("each => getComputedStyle(each).borderTopWidth") == "3px"
    await page.emulate_media(media="print", forced_colors="none")
    seen = (await page.inner_text("main")).replace("\xa0", " ")
    assert "1 974,00 kr" in seen
    assert "8601 11 17947" in seen
    assert not await page.locator("button.first").is_visible()
    await page.context.close()


async def test_a_world_tells_a_page_of_each_kind_to_open_and_its_link_works(
    dressed: Shop, pages: dict[str, str]
) -> None:
    door = dressed.door
    async with door.database.transaction() as connection:
        told = await pages_to_open(connection, door.app.state.services.links, TODAY)
    assert set(told) == {"A kind page", "An overdue page", "A page in a plan"}, "a case is ended by its workflow alone"
    for address in told.values():
        assert (await door.client.get(address)).status_code == 200
