"""The page of reports as people have it: on a screen, on a phone and on paper."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.store import Store
from tests.web.test_report_page import page

pytestmark = pytest.mark.timeout(180)

PHONE = 360


async def test_the_page_is_fit_for_all_for_a_phone_and_for_paper(store: Store, chrome: Browser, tmp_path: Path) -> None:
    file = tmp_path / "reports.html"
    file.write_text(await page(store), "utf-8")
    context = await chrome.new_context(viewport={"width": 1200, "height": 900})
    reader = await context.new_page()
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    await reader.goto(file.as_uri())
    found = await Axe().run(reader)
    assert found.violations_count == 0, found.generate_report()
    assert set(asked) == {file.as_uri()}
    await reader.set_viewport_size({"width": PHONE, "height": 740})
    assert await reader.evaluate("document.documentElement.scrollWidth") <= PHONE
    await reader.emulate_media(media="print")
    await reader.set_viewport_size({"width": 720, "height": 1000})  # A4 without its margins
    wide = "each => each.scrollWidth > document.documentElement.clientWidth"
    assert [each for each in await reader.eval_on_selector_all("table", f"all => all.map({wide})") if each] == []
    await context.close()
