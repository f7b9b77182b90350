"""One link in a real browser: the address is cleaned, more is proven by a code or BankID, with scripts and without."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page
from pydantic import SecretStr

from config.settings import Settings
from facts.database import Database
from simulator.emulators import identity
from simulator.emulators.identity import IdentityProvider
from simulator.emulators.providers import Providers, serving
from simulator.emulators.providers import create_app as providers_app
from tests.begin import turn
from tests.browser.conftest import free_ports, open_link
from tests.web.door import LINK_SECRET, SENDER, Door, clean
from tests.world import fresh_database, laws_for_years_to_come
from web.app import create_app

pytestmark = pytest.mark.timeout(180)

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

LOOK = """each => { const look = getComputedStyle(each);
  return [each.offsetWidth, look.color, look.backgroundColor, look.borderColor, look.fontSize, look.fontWeight] }"""


@dataclass(frozen=True)
class Place:
    """A web app at a plain http address, with providers of messages and of identities."""

    door: Door
    providers: Providers
    url: str

    async def link(self, number: str) -> str:
        """Send an invoice, and another of the same debtor; gives the first one's link."""
        await self.door.send_invoice(number, reference=None)
        await self.door.send_invoice(f"{number}-2", reference=None)
        return await self.door.link(number=number)

    async def code(self, page: Page, after: int) -> str:
        """The code that is sent after so many messages: it leaves while the page is answered already."""
        while not (found := re.findall(r"Koden din er (\d{6})", str(self.providers.log[after:]))):
            await page.wait_for_timeout(20)
        return str(found[-1])


@pytest_asyncio.fixture(scope="module")
async def place(chrome: Browser, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """It, with one creditor."""
    (port,) = free_ports(1)
    url, folder = f"http://127.0.0.1:{port}", Path(tmp_path_factory.mktemp("rights"))
    database = Database(fresh_database(postgres_url, "browser_rights"))
    await turn(database)
    providers, shown_by = Providers(auto_deliver=False), IdentityProvider()
    async with serving(providers_app(providers)) as provided, serving(identity.create_app(shown_by)) as shown_by.url:
        told = Settings(
            database_url="postgresql+psycopg://nobody@nowhere/nothing",
            public_url=url,
            link_secrets=(LINK_SECRET,),
            state_folder=folder,
            sendgrid_host=provided,
            sendgrid_api_key=SecretStr(providers.sendgrid_api_key),
            email_sender=SENDER,
            twilio_api_base=provided,
            twilio_account_sid=providers.twilio_account_sid,
            twilio_auth_token=SecretStr(providers.twilio_auth_token),
            twilio_sms_from=providers.twilio_number,
        ).model_copy(update=shown_by.settings())
        app = create_app(told, database, laws_for_years_to_come())
        async with serving(app, port), httpx.AsyncClient(base_url=url) as client:
            door = Door(app, client, database, "kraft")
            client.headers["Authorization"] = f"Bearer {await door.register('kraft')}"
            yield Place(door, providers, url)
        await app.state.services.identity.aclose()
    await database.close()


@pytest_asyncio.fixture(params=[True, False], ids=["scripts", "no scripts"])
async def phone(chrome: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page on a small phone."""
    context = await chrome.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=request.param)
    yield await context.new_page()
    await context.close()


async def test_the_address_is_cleaned_and_opens_again_in_this_browser_alone(
    place: Place, phone: Page, chrome: Browser, request: pytest.FixtureRequest
) -> None:
    link = await place.link(f"clean-{request.node.callspec.id}")
    await phone.goto(f"{place.url}{link}?problem=promise#more-time")
    await phone.wait_for_url(f"**{clean(link)}?problem=promise*")
    assert link not in phone.url
    await phone.reload()
    assert await phone.get_by_role("heading", level=1).count() == 1
    assert "virker ikke" not in await phone.inner_text("h1")
    other = await (await chrome.new_context()).new_page()
    await other.goto(phone.url)
    assert await other.inner_text("h1") == "Lenken virker ikke"
    await other.context.close()


async def test_a_code_by_sms_leads_to_what_was_wanted(
    place: Place, phone: Page, request: pytest.FixtureRequest
) -> None:
    link = await place.link(f"code-{request.node.callspec.id}")
    await open_link(phone, f"{place.url}{link}")
    await phone.goto(f"{place.url}{clean(link)}/account")
    assert await phone.inner_text("h1") == "Vis at det er deg"
    looks = {str(await each.evaluate(LOOK)) for each in await phone.get_by_role("button").all()}
    assert len(looks) == 1, "the choices look alike"
    asked = len(place.providers.log)
    await phone.get_by_role("button", name="Få en kode på SMS").click()
    code = await place.code(phone, asked)
    await phone.get_by_label("Koden").fill("000000" if code != "000000" else "111111")
    await phone.get_by_role("button", name="Gå videre").click()
    assert "Koden stemmer ikke" in await phone.inner_text("[role=alert]")
    await phone.get_by_label("Koden").fill(code)
    await phone.get_by_role("button", name="Gå videre").click()
    assert urlsplit(phone.url).path == f"{clean(link)}/account"
    assert "802,00" in await phone.inner_text("main")


async def test_bankid_leads_there_and_back(place: Place, phone: Page, request: pytest.FixtureRequest) -> None:
    link = await place.link(f"bank-{request.node.callspec.id}")
    await open_link(phone, f"{place.url}{link}")
    await phone.goto(f"{place.url}{clean(link)}/prove?for=account")
    await phone.get_by_role("button", name="Bruk BankID").click()
    await phone.get_by_label("Navn").fill("Ola Hansen")
    await phone.get_by_role("button", name="Dette er meg").click()
    assert "tilhører en annen" in await phone.inner_text("[role=alert]")
    await phone.get_by_role("button", name="Bruk BankID").click()
    await phone.get_by_label("Navn").fill("Kari Nordmann")
    await phone.get_by_role("button", name="Dette er meg").click()
    assert urlsplit(phone.url).path == f"{clean(link)}/account"


async def test_nothing_stands_in_anybodys_way_to_prove_more(place: Place, chrome: Browser) -> None:
    page = await chrome.new_page()
    link = await place.link("axe")
    for address in (
        "/i/wrong",
        link,
        f"{clean(link)}/prove?for=account",
        f"{clean(link)}/prove?for=account&problem=wait",
    ):
        await (open_link if address == link else Page.goto)(page, f"{place.url}{address}")
        if address != link:
            found = await Axe().run(page, options=RULES)
            assert found.violations_count == 0, found.generate_report()
    await page.close()
