"""What an email looks like to its reader: narrow and wide, light and dark, with every text readable."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from messages import render
from messages.content import Content
from messages.sample_look import checked_look
from messages.specs import SPECS
from tests.domain.test_look import png
from tests.messages.samples import content, item

UNSUBSCRIBE = "https://purr.example/i/sealed/unsubscribe"
MANY = tuple(item(str(10482 + number), text="Nettleie og strøm, oktober") for number in range(3))
LONG = item(order_reference="A" * 60, text="Fjernvarme " * 4)
EMAILS: dict[str, Content] = {
    "kind": content(SPECS["due-date-reminder"], unsubscribe=UNSUBSCRIBE),
    "own look": content(look=checked_look("#0b5d3b", png(300, 80)), language="en"),
    "several": content(items=MANY, total=Decimal("2406.00")),
    "notice": content(SPECS["collection-notice"], deadline=date(2026, 12, 20), items=(LONG,)),
}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
async def test_an_email_fits_its_window_and_everybody_can_read_it(chrome: Browser, width: int, scheme: Any) -> None:
    context = await chrome.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = await context.new_page()
    for name, said in EMAILS.items():
        html = render.email(said).html
        if said.look and said.look.logo:
            html = html.replace("cid:logo", said.look.logo.as_address)  # as a mail program does
        await page.set_content(html)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
        ground = await page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
        assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(31, 41, 55)")
        found = (await Axe().run(page, options=RULES)).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], name
    await context.close()


async def test_without_the_styles_of_its_head_it_is_still_laid_out(chrome: Browser) -> None:
    context = await chrome.new_context(viewport={"width": 600, "height": 900})
    page = await context.new_page()
    html = render.email(replace(EMAILS["kind"], unsubscribe=None)).html
    await page.set_content(html[: html.index("<style>")] + html[html.index("</head>") :])
    button = page.get_by_role("link", name="Betal nå")
    assert await button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(29, 78, 216)"
    box = await page.locator(".card").bounding_box()
    assert box is not None
    assert box["width"] <= 600
    await context.close()
