"""The journeys of money on a small phone with scripts off: a plan, another amount, direct debit."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from fastapi.responses import Response
from playwright.async_api import Browser, Page

from config.settings import Settings
from connectors.links import Links
from facts.database import Database
from tests.begin import BEGIN
from tests.browser.conftest import beyond, open_link
from tests.web.door import LINK_SECRET, clean, invoice
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop
from tests.world import fresh_database
from web.invoice_page import cookie
from web.invoice_page.cookie import Pass, Proof
from web.invoice_page.rights import Level

pytestmark = pytest.mark.timeout(180)

WIDTH, HEIGHT = 320, 640
ACCOUNT = "86011117947"
SLOW = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}  # 3G, bytes a second


@pytest_asyncio.fixture
async def phone(chrome: Browser) -> AsyncIterator[Page]:
    """A page as wide as the smallest phone, with scripts switched off."""
    context = await chrome.new_context(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture
async def scripted(chrome: Browser) -> AsyncIterator[Page]:
    """The same page with scripts on."""
    context = await chrome.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(scope="session")
async def shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A web app whose creditor is paid through Vipps and AvtaleGiro, which is signed elsewhere."""
    url = fresh_database(postgres_url, "browser_money")
    folder: Path = tmp_path_factory.mktemp("money")
    settings = Settings(
        database_url=url, temporal_address="127.0.0.1:1", link_secrets=(LINK_SECRET,), state_folder=folder
    )
    database = Database(url)
    async with a_shop(settings, database, "kraft") as opened:
        agreement = "update creditor set direct_debit = cast(:agreement as jsonb) returning id"
        told = f'{{"account": "{ACCOUNT}", "e_agreement": "https://sign.example/avtale"}}'
        await opened.door.rows(agreement, agreement=told)
        await opened.offer()
        yield opened
    await database.close()


def base(shop: Shop) -> str:
    """Where the web app is."""
    return str(shop.door.client.base_url).rstrip("/")


async def page_of(shop: Shop, number: str, **changes: str) -> str:
    """Send an invoice; gives the address of its page."""
    own = {"name": f"Kunde {number}", "customer_number": f"K-{number}", "email": f"k{number}@example.no", "phone": None}
    answer = await shop.door.send_invoice(number, reference=None, lines=[], debtor=invoice()["debtor"] | own, **changes)
    assert answer.status_code == 201, answer.text
    return f"{base(shop)}{await shop.door.link(number=number)}"


async def proven(shop: Shop, page: Page, address: str) -> None:
    """A code was typed in this browser."""
    links = Links([LINK_SECRET], "")
    link, last_day = links.says(address.rsplit("/", 1)[1])
    key = clean(address.removeprefix(base(shop))).removeprefix("/i/")
    answer = Response()
    cookie.keep(links, answer, key, Pass(link, last_day, Proof(Level.CODE, BEGIN)), secure=False)
    name, _, value = answer.headers["set-cookie"].split(";")[0].partition("=")
    await page.context.add_cookies([{"name": name, "value": value.strip('"'), "url": base(shop)}])


async def is_sound(page: Page, *, axe: bool = False) -> None:
    """Nothing is wider than the phone; with scripts also nothing that a screen reader trips over."""
    assert await beyond(page, WIDTH + 1) == []
    if axe:
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


async def test_a_small_claim_is_split_after_a_look_and_back_and_again_changes_nothing(shop: Shop, phone: Page) -> None:
    await phone.goto(f"{await page_of(shop, '3101', amount='6000.00')}/plan")
    await is_sound(phone)
    await phone.get_by_label("Et annet beløp i måneden").check()
    await phone.get_by_label("Beløp i måneden", exact=True).fill("mye")
    await phone.get_by_role("button", name="Gå videre").click()
    await phone.get_by_role("link", name=re.compile("Skriv beløpet med tall")).click()
    assert await phone.get_by_label("Beløp i måneden", exact=True).input_value() == "mye"
    await phone.get_by_role("radio", name=re.compile(r"\b3 avdrag")).check()
    await phone.get_by_role("button", name="Gå videre").click()
    assert await phone.get_by_role("heading", name="Er dette riktig?").is_visible()
    await is_sound(phone)
    await phone.get_by_role("button", name="Godta planen").click()
    await phone.get_by_role("heading", name="Avdragsplanen din").wait_for()
    await phone.go_back()  # there is nothing to agree on twice
    await phone.get_by_role("heading", name="Avdragsplanen din").wait_for()
    assert await shop.door.one("select count(*) from instalment_plan p join dunning_case c on c.id = p.case_id "
                               "join invoice i on i.id = c.invoice_id where i.number = '3101'") == 1  # fmt: skip
    await is_sound(phone)


async def test_a_large_claim_asks_what_is_left_and_going_back_loses_nothing(shop: Shop, phone: Page) -> None:
    address = await page_of(shop, "3102", amount="24000.00")
    await proven(shop, phone, address)
    await phone.goto(f"{address}/plan")
    await phone.get_by_label("Lønn").fill("27 000")
    await phone.get_by_label("Husleie eller boliglån").fill("12000")
    await phone.get_by_label("Mat og husholdning").fill("7 000,-")
    await is_sound(phone)
    await phone.get_by_role("button", name="Gå videre").click()
    await phone.get_by_text(re.compile("8.000,00.kr igjen i måneden")).wait_for()
    await phone.get_by_role("link", name="Endre tallene").click()
    assert await phone.get_by_label("Mat og husholdning").input_value() == "7000"
    await phone.go_back()
    await phone.get_by_role("radio", name=re.compile(r"\b6 avdrag")).check()
    await phone.get_by_role("button", name="Gå videre").click()
    await phone.get_by_role("button", name="Godta planen").click()
    await phone.get_by_role("heading", name="Avdragsplanen din").wait_for()
    assert not any("budget" in each["name"] for each in await phone.context.cookies())


async def test_another_amount_is_paid_in_the_app(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "3103"))
    await phone.get_by_role("link", name="Betal et annet beløp").click()
    await is_sound(phone)
    await phone.get_by_role("radio", name="Et annet beløp").check()
    await phone.get_by_label("Beløp", exact=True).fill("900")
    await phone.get_by_role("button", name=re.compile("Vipps")).click()
    await phone.get_by_role("link", name=re.compile("mer enn det som gjenstår")).wait_for()
    await phone.get_by_label("Beløp", exact=True).fill("300,50")
    await phone.get_by_role("button", name=re.compile("Vipps")).click()
    await phone.get_by_role("button", name="Godkjenn").click()
    await phone.get_by_text(re.compile("501,50.kr")).first.wait_for()
    owed = await shop.door.one("select balance from dunning_case c join invoice i on i.id = c.invoice_id "
                               "where i.number = '3103'")  # fmt: skip
    assert owed == Decimal("501.50")


async def test_a_date_of_a_plan_is_moved(shop: Shop, phone: Page) -> None:
    await phone.goto(f"{await page_of(shop, '3104', amount='6000.00')}/plan/review?choice=3")
    await phone.get_by_role("button", name="Godta planen").click()
    await phone.get_by_role("link", name="Flytt avdrag 2").click()
    await phone.get_by_role("button", name="Gå videre").click()
    await phone.get_by_role("button", name="Flytt avdraget").or_(phone.get_by_label("Ny dato")).first.wait_for()
    earliest = await phone.get_by_label("Ny dato").get_attribute("max")
    assert earliest
    await phone.get_by_label("Ny dato").fill(earliest)
    await phone.get_by_role("button", name="Gå videre").click()
    await phone.get_by_role("button", name="Flytt avdraget").click()
    await phone.get_by_text("Avdrag 2 har fått ny dato").wait_for()


async def test_from_the_link_a_mandate_is_asked_for_in_three_clicks_within_a_minute_on_3g(
    shop: Shop, scripted: Page
) -> None:
    address = await page_of(shop, "3105")
    await shop.door.rows("update invoice set reference = '000000000031059' where number = '3105' returning 1")
    network = await scripted.context.new_cdp_session(scripted)
    await network.send("Network.enable")
    await network.send("Network.emulateNetworkConditions", SLOW)
    began, clicks = perf_counter(), 1  # the link in the message
    await scripted.goto(address)
    await scripted.get_by_role("button", name="Betal med AvtaleGiro").click()
    clicks += 1
    sign = scripted.get_by_role("link", name="Signer avtalen med BankID")
    await sign.wait_for()
    assert await sign.get_attribute("href") == "https://sign.example/avtale"
    assert clicks <= 3
    assert perf_counter() - began < 60
    asked = await shop.door.one("select monthly_limit from mandate where reference = '000000000031059'")
    assert asked == Decimal(1100)


async def test_the_screens_hide_nothing_from_who_listens_to_them(shop: Shop, scripted: Page) -> None:
    address = await page_of(shop, "3106", amount="6000.00")
    for path in ("/plan", "/plan/review?choice=3", "/plan/help", "/pay"):
        await scripted.goto(f"{address}{path}")
        await is_sound(scripted, axe=True)
    large = await page_of(shop, "3107", amount="24000.00")
    await proven(shop, scripted, large)
    await scripted.goto(f"{large}/plan/budget")
    await is_sound(scripted, axe=True)
