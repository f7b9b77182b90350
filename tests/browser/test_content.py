"""What the creditor says beside the invoice, in a real browser: a click leads on and is told of, and everybody can use it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from domain.pieces import Piece
from facts import clock, pieces
from tests.browser.conftest import Sights, open_link
from tests.browser.test_invoice_page import link_of
from tests.life import Life, begin
from tests.world import creditor

pytestmark = pytest.mark.timeout(120)

SITE = "https://acme.example/tips"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
PIECE = Piece.model_validate(
    {
        "kind": "tip",
        "moments": ["before due"],
        "words": {
            "nb": {"title": "Spar strøm", "text": f"Les [rådene våre]({SITE}).\n\n- Senk varmen\n- Slå av lyset"}
        },
    }
)


@pytest_asyncio.fixture(scope="session")
async def advised(sights: Sights) -> Life:
    """A case whose invoice went out by email, of a creditor with a tip."""
    world = sights.world
    await world.register(creditor(id="advice", organisation_number="974760673", accounts=("86011117948",)))
    async with world.database.transaction() as connection:
        await pieces.put(connection, "advice", "tips", PIECE, "anne", "tips", await clock.now(connection))
    case = await begin(world, owner="advice", account="86011117948")
    await case.until("invoice", "email")
    return case


@pytest_asyncio.fixture(params=["light", "dark"])
async def phone(chrome: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A small phone whose way to the creditor's site ends on a page of the test."""
    context = await chrome.new_context(viewport={"width": 320, "height": 700}, color_scheme=request.param)
    await context.route(f"{SITE}*", lambda route: route.fulfill(body="<title>Tips</title>", content_type="text/html"))
    yield await context.new_page()
    await context.close()


async def counted(case: Life) -> set[str]:
    """What was counted."""
    async with case.world.database.transaction() as connection:
        (told,) = await pieces.history(connection, "advice")
        rows = await connection.exec_driver_sql(
            "select what from content_mark where piece_id in (select id from content_piece)"
        )
        assert told.counted.shown is None  # of so few nothing is told
        return {row.what for row in rows}


async def test_a_click_leads_on_without_a_referrer_and_the_browser_tells_of_it(advised: Life, phone: Page) -> None:
    await open_link(phone, await link_of(advised))
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 320
    found = (await Axe().run(phone, options=RULES)).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if "content" in str(each["nodes"])] == []
    amount = await phone.get_by_role("heading", level=1).bounding_box()
    tip = await phone.get_by_role("heading", name="Spar strøm").bounding_box()
    assert amount is not None
    assert tip is not None
    assert amount["y"] < tip["y"]
    async with phone.expect_request(SITE) as asked:
        await phone.get_by_role("link", name="rådene våre").click()
    assert "referer" not in await (await asked.value).all_headers()
    for _ in range(50):
        if "clicked" in await counted(advised):
            break
        await asyncio.sleep(0.1)
    assert "clicked" in await counted(advised)


async def test_whoever_says_that_it_helped_is_thanked_and_not_asked_again(advised: Life, phone: Page) -> None:
    await open_link(phone, await link_of(advised))
    if await phone.get_by_role("button", name="Nei", exact=True).count():
        buttons = [phone.get_by_role("button", name=name, exact=True) for name in ("Ja", "Nei")]
        looks = [await each.evaluate("e => getComputedStyle(e).backgroundColor") for each in buttons]
        assert looks[0] == looks[1]
        await buttons[1].click()
    assert await phone.get_by_text("Takk for svaret.").is_visible()
    assert "answered" in await counted(advised)
