"""A page that is open stays true: it shows at once what happened elsewhere, and takes nothing from who types on it."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from config.settings import Settings
from facts.database import Database
from tests.begin import TODAY
from tests.browser.conftest import open_link
from tests.web.door import LINK_SECRET, invoice
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop
from tests.world import fresh_database

pytestmark = pytest.mark.timeout(180)

_numbers = count(7000)
_payments = count(1)
SIGHT = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
}"""


@pytest_asyncio.fixture(scope="module")
async def shop(chrome: Browser, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A web app whose creditor is paid through Vipps."""
    url = fresh_database(postgres_url, "browser_live")
    folder: Path = tmp_path_factory.mktemp("live")
    settings = Settings(
        database_url=url, temporal_address="127.0.0.1:1", link_secrets=(LINK_SECRET,), state_folder=folder
    )
    database = Database(url)
    async with a_shop(settings, database, "kraft") as opened:
        await opened.offer()
        yield opened
        await opened.door.app.state.services.streams.close()
    await database.close()


@pytest_asyncio.fixture
async def phone(chrome: Browser) -> AsyncIterator[BrowserContext]:
    """A browser of a small phone."""
    context = await chrome.new_context(viewport={"width": 360, "height": 740})
    yield context
    await context.close()


async def invoiced(shop: Shop) -> tuple[str, str]:
    """An invoice over NOK 802.00 to a debtor of its own: its number and the address of its page."""
    number = str(next(_numbers))
    debtor = invoice()["debtor"] | {"customer_number": f"K-{number}", "email": f"kari{number}@example.no"}
    await shop.door.send_invoice(number, reference=None, debtor=debtor)
    return number, f"{str(shop.door.client.base_url).rstrip('/')}{await shop.door.link(number=number)}"


async def paid(shop: Shop, number: str, amount: str) -> None:
    """A payment of a part comes by the bank."""
    answer = await shop.door.pay(f"live-{next(_payments)}", reference=None, invoice_number=number, amount=amount)
    assert answer.status_code == 200, answer.text


async def opened(phone: BrowserContext, address: str) -> Page:
    """The page, when it hears."""
    page = await phone.new_page()
    async with page.expect_response("**/events?*") as follows:
        await page.goto(address)
    assert (await follows.value).status == 200
    return page


async def test_a_payment_in_one_tab_appears_in_the_other(shop: Shop, phone: BrowserContext) -> None:
    _, address = await invoiced(shop)
    first, second = await opened(phone, address), await opened(phone, address)
    await first.get_by_role("button", name="med Vipps").click()
    await first.get_by_role("button", name="Godkjenn").click()
    await expect(second.locator("h1")).to_have_text("Betalt. Takk!")
    await expect(second.locator("[role=status][data-seen]")).to_have_text("Betalt. Takk!")
    await expect(second.get_by_role("button", name="med Vipps")).to_have_count(0)
    assert "Betalt" in await second.title() or "Faktura" in await second.title()


async def test_a_part_payment_changes_the_amount_and_nothing_that_is_being_typed(
    shop: Shop, phone: BrowserContext
) -> None:
    number, address = await invoiced(shop)
    page = await opened(phone, address)
    await page.get_by_text("Jeg er uenig", exact=True).click()
    words = page.locator("#disagree-words")
    await words.fill("Jeg har ikke bestilt dette")
    await words.evaluate("field => field.setSelectionRange(4, 7)")
    details = page.locator("details").last
    await details.evaluate("each => { each.open = true; }")
    await paid(shop, number, "2.00")
    await expect(page.locator("h1")).to_contain_text("800,00")
    await expect(page.locator("[data-seen]")).to_contain_text("800,00")
    assert await words.input_value() == "Jeg har ikke bestilt dette"
    assert await words.evaluate(
        "field => [field === document.activeElement, field.selectionStart, field.selectionEnd]"
    ) == [
        True,
        4,
        7,
    ]
    assert await details.evaluate("each => each.open")


async def test_what_is_typed_stays_though_its_form_is_no_longer_offered(shop: Shop, phone: BrowserContext) -> None:
    number, address = await invoiced(shop)
    page = await opened(phone, address)
    await page.get_by_text("Jeg er uenig", exact=True).click()
    words = page.locator("#disagree-words")
    await words.fill("Jeg har ikke bestilt dette")
    await page.locator("h1").click()
    await paid(shop, number, "802.00")
    await expect(page.locator("h1")).to_have_text("Betalt. Takk!")
    assert await words.input_value() == "Jeg har ikke bestilt dette"


async def test_a_credit_note_is_shown_at_once(shop: Shop, phone: BrowserContext) -> None:
    number, address = await invoiced(shop)
    page = await opened(phone, address)
    note = {
        "number": f"C-{number}",
        "invoice_number": number,
        "issue_date": str(TODAY),
        "currency": "NOK",
        "amount": "2.00",
    }
    assert (await shop.door.client.post("/v1/credit-notes", json=note)).status_code == 201
    await expect(page.locator("h1")).to_contain_text("800,00")


async def test_a_plan_agreed_on_one_device_is_seen_on_the_other(shop: Shop, phone: BrowserContext) -> None:
    number = str(next(_numbers))
    await shop.door.send_invoice(number, reference=None, amount="6000.00")
    address = f"{str(shop.door.client.base_url).rstrip('/')}{await shop.door.link(number=number)}"
    first, second = await opened(phone, address), await opened(phone, address)
    await first.get_by_text("Jeg trenger mer tid", exact=True).click()
    await first.get_by_text("3 avdrag, 2 000,00 kr i måneden").click()
    await first.locator("details details[open]").get_by_role("button", name="Se på denne planen").click()
    await first.get_by_role("button", name="Godta planen").click()
    await expect(second.locator("main")).to_contain_text("Du har en avdragsplan")
    await expect(second.locator("h1")).to_contain_text("2\xa0000,00")


async def test_a_tab_out_of_sight_keeps_no_connection_and_catches_up_when_it_is_seen_again(
    shop: Shop, phone: BrowserContext
) -> None:
    number, address = await invoiced(shop)
    page = await opened(phone, address)
    streams = shop.door.app.state.services.streams
    await page.evaluate(SIGHT, True)
    for _ in range(250):
        if len(streams) == 0:
            break
        await page.wait_for_timeout(20)
    assert len(streams) == 0
    await paid(shop, number, "2.00")
    await page.wait_for_timeout(300)
    assert "802,00" in await page.inner_text("h1")
    await page.evaluate(SIGHT, False)
    await expect(page.locator("h1")).to_contain_text("800,00")


async def test_where_no_stream_comes_through_the_page_asks(shop: Shop, phone: BrowserContext) -> None:
    number, address = await invoiced(shop)
    page = await phone.new_page()
    await page.clock.install()
    await page.route("**/events?*", lambda route: route.fulfill(status=503))
    await page.goto(address)
    await paid(shop, number, "2.00")
    await page.clock.fast_forward(31_000)
    await expect(page.locator("h1")).to_contain_text("800,00")


async def test_who_may_see_it_no_longer_has_it_no_longer(shop: Shop, phone: BrowserContext) -> None:
    number, _ = await invoiced(shop)
    link = await shop.door.link(await shop.door.claimed(number=number), number)
    address = f"{str(shop.door.client.base_url).rstrip('/')}{link}"
    first, second = await opened(phone, address), await opened(phone, address)
    await first.get_by_text("Dette gjelder ikke meg", exact=True).click()
    await first.locator("#not-me").get_by_role("button").click()
    await expect(second.locator("main")).not_to_contain_text("802,00")
    await expect(second.locator("main")).not_to_contain_text(number)


async def test_the_account_stays_true_too_and_a_touch_there_counts_as_well(shop: Shop, phone: BrowserContext) -> None:
    number, _ = await invoiced(shop)
    link = await shop.door.link(await shop.door.claimed(number=number), number)
    page = await opened(phone, f"{str(shop.door.client.base_url).rstrip('/')}{link}")
    async with page.expect_response("**/account/events?*"):
        await page.goto(f"{page.url}/account")
    before = await page.inner_text("main")
    await paid(shop, number, "2.00")
    await expect(page.locator("main")).not_to_have_text(before)
    await page.wait_for_timeout(500)
    async with page.expect_response("**/seen") as told:
        await page.mouse.click(180, 120)
    assert (await told.value).status == 204


async def test_without_scripts_the_next_look_shows_it(shop: Shop, chrome: Browser) -> None:
    number, address = await invoiced(shop)
    context = await chrome.new_context(java_script_enabled=False)
    page = await context.new_page()
    await open_link(page, address)
    assert "802,00" in await page.inner_text("h1")
    await paid(shop, number, "2.00")
    await page.reload()
    assert "800,00" in await page.inner_text("h1")
    await context.close()
