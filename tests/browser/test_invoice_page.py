"""What a person sees who opens the link in an email: on a phone, without scripts unless it says so."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from config.settings import Settings
from facts.database import Database
from tests.begin import BEGIN, TODAY
from tests.browser.conftest import Sights, beyond, open_link
from tests.life import Life, begin
from tests.web.door import LINK_SECRET, invoice
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop
from tests.world import creditor, fresh_database

pytestmark = pytest.mark.timeout(180)

WIDTH, HEIGHT = 360, 740
_numbers = count(3000)
KID, ACCOUNT = "006402710013", "86011117947"
HARD_TO_TAP = """() => [...document.querySelectorAll('button, input, ul.offers a, summary')].filter((each) =>
  each.checkVisibility() && each.getBoundingClientRect().height < 44
).map((each) => each.outerHTML.slice(0, 120))"""


@pytest_asyncio.fixture
async def phone(chrome: Browser) -> AsyncIterator[Page]:
    """A page as wide as a small phone, with scripts switched off."""
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
async def emailed(sights: Sights) -> Life:
    """A case whose invoice went out by email."""
    await sights.world.register(creditor(id="kraft", accounts=(ACCOUNT,)))
    case = await begin(sights.world, owner="kraft", amount=Decimal("12345.67"), reference=KID, account=ACCOUNT)
    await case.until("invoice", "email")
    return case


async def link_of(case: Life) -> str:
    """The link that the emulated mailbox got."""
    (email,) = await case.sent()
    return email.links[0]


async def test_the_link_in_an_email_shows_what_to_pay_and_how(emailed: Life, phone: Page) -> None:
    answer = await phone.goto(await link_of(emailed))
    assert answer is not None
    assert answer.status == 200
    seen = (await phone.inner_text("main")).replace("\xa0", " ")
    for said in ("Acme Kraft AS", "12 345,67 kr", KID, "8601 11 17947", emailed.number):
        assert said in seen


async def test_nothing_on_the_page_is_wider_than_a_small_phone(emailed: Life, phone: Page) -> None:
    await open_link(phone, await link_of(emailed))
    assert await beyond(phone, WIDTH) == []


async def read_by(case: Life) -> str | None:
    (row,) = await case.world.rows("select read_by from delivery where id = :id", id=(await case.deliveries())[0].id)
    found: str | None = row.read_by
    return found


async def test_only_a_touch_counts_as_a_read_not_a_page_opened_and_scrolled_by_script(
    emailed: Life, scripted: Page
) -> None:
    await open_link(scripted, await link_of(emailed))
    await scripted.wait_for_timeout(700)
    await scripted.evaluate("""() => { scrollTo(0, 500); document.querySelector('h2').click();
        for (const kind of ['pointerdown', 'touchmove', 'wheel', 'keydown']) dispatchEvent(new Event(kind)); }""")
    await scripted.wait_for_timeout(300)
    assert await read_by(emailed) is None
    async with scripted.expect_response("**/seen") as told:
        await scripted.mouse.click(180, 120)
    assert (await told.value).status == 204
    assert await read_by(emailed) == "page visit"


async def test_without_scripts_a_button_counts_as_a_read(sights: Sights, phone: Page) -> None:
    case = await begin(sights.world)
    await case.until("invoice", "email")
    await open_link(phone, await link_of(case))
    assert await read_by(case) is None
    await phone.get_by_role("button", name="Jeg har sett fakturaen").click()
    assert await read_by(case) == "page visit"


async def test_a_tap_on_an_offer_says_what_to_do(emailed: Life, phone: Page) -> None:
    await open_link(phone, await link_of(emailed))
    await phone.get_by_text("Jeg trenger mer tid", exact=True).click()
    answer = await phone.get_by_label("Jeg betaler alt senest").bounding_box()
    assert answer is not None
    assert 0 <= answer["y"] < HEIGHT


async def test_after_the_payment_the_page_says_thank_you(sights: Sights, phone: Page) -> None:
    case = await begin(sights.world)
    await case.until("invoice", "email")
    link = await link_of(case)
    await case.pay()
    await open_link(phone, link)
    assert "Betalt. Takk!" in await phone.inner_text("h1")
    assert "Konto" not in await phone.inner_text("main")


# --- paying ------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="session")
async def shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A web app whose creditor is paid through Vipps and AvtaleGiro."""
    url = fresh_database(postgres_url, "browser_paying")
    folder: Path = tmp_path_factory.mktemp("paying")
    settings = Settings(
        database_url=url, temporal_address="127.0.0.1:1", link_secrets=(LINK_SECRET,), state_folder=folder
    )
    database = Database(url)
    async with a_shop(settings, database, "kraft") as opened:
        agreement = "update creditor set direct_debit = cast(:agreement as jsonb) returning id"
        await opened.door.rows(agreement, agreement=f'{{"account": "{ACCOUNT}"}}')
        await opened.offer()
        yield opened
    await database.close()


async def page_of(shop: Shop, number: str, **changes: str) -> str:
    """Send an invoice; gives the address of its page."""
    await shop.door.send_invoice(number, **changes)
    return f"{str(shop.door.client.base_url).rstrip('/')}{await shop.door.link(number=number)}"


async def test_a_debtor_pays_in_the_app_and_is_thanked(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "2001"))
    await phone.get_by_role("button", name="med Vipps").click()
    await phone.get_by_role("button", name="Godkjenn").click()
    await phone.get_by_text("Betalt. Takk!").wait_for()


async def test_a_debtor_who_stops_in_the_app_may_try_again(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "2002"))
    await phone.get_by_role("button", name="med Vipps").click()
    await phone.get_by_role("button", name="Avbryt").click()
    await phone.get_by_text("Betalingen ble ikke fullført").wait_for()
    await phone.get_by_role("button", name="med Vipps").click()
    await phone.get_by_role("button", name="Godkjenn").click()
    await phone.get_by_text("Betalt. Takk!").wait_for()


async def test_without_news_of_a_payment_the_page_asks_for_it_by_itself(shop: Shop, scripted: Page) -> None:
    await open_link(scripted, await page_of(shop, "2006", reference="000000000000006"))
    shop.vipps.callbacks.held = True
    await scripted.get_by_role("button", name="med Vipps").click()
    await scripted.get_by_role("button", name="Godkjenn").click()
    async with scripted.expect_response("**/look", timeout=15_000) as asked:
        await scripted.wait_for_url("**?back=4", timeout=15_000)
    assert (await asked.value).status == 303
    await scripted.get_by_text("Betalt. Takk!").wait_for()
    shop.vipps.callbacks.release()
    await shop.vipps.drain()
    shop.vipps.callbacks.held = False


async def test_account_kid_and_day_are_copied_with_a_tap_and_that_is_said_aloud(shop: Shop, scripted: Page) -> None:
    await scripted.context.grant_permissions(["clipboard-read", "clipboard-write"])
    due = TODAY + timedelta(days=5)
    await open_link(scripted, await page_of(shop, "2007", reference="000000000000018", due_date=str(due)))
    buttons = scripted.get_by_role("button", name="Kopier")
    assert await buttons.count() == 3
    account = await scripted.locator(".copy").first.inner_text()
    for place, (copied, said) in enumerate(
        [
            (account.replace("\xa0", "").replace(" ", ""), "Kopiert: Konto"),
            ("000000000000018", "Kopiert: KID"),
            (due.strftime("%d.%m.%Y"), "Kopiert: betalingsfristen"),
        ]
    ):
        await buttons.nth(place).click()
        await expect(scripted.get_by_role("status").filter(has_text=said)).to_be_attached()
        assert await scripted.evaluate("navigator.clipboard.readText()") == copied
    found = await Axe().run(scripted)
    assert found.violations_count == 0, found.generate_report()


async def test_without_scripts_no_button_says_that_it_copies(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "2008", reference="000000000000008"))
    assert await phone.get_by_text("Kopier", exact=False).locator("visible=true").count() == 0
    assert await phone.locator(".copier").count() == 3


async def test_from_the_link_direct_debit_is_one_tap_away(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "2003", reference="000000000000001"))
    await phone.get_by_role("button", name="Betal med AvtaleGiro").click()
    await phone.get_by_text("AvtaleGiro gjelder ikke ennå").wait_for()


async def test_a_plan_is_seen_whole_before_it_is_agreed(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "2004", amount="6000.00"))
    await phone.get_by_text("Jeg trenger mer tid", exact=True).click()
    await phone.get_by_text("3 avdrag, 2 000,00 kr i måneden").click()
    opened = phone.locator("details details[open]")
    assert await opened.get_by_text("Totalt betaler du 6 000,00 kr").first.is_visible()
    assert await opened.get_by_role("row").count() == 3
    await opened.get_by_role("button", name="Se på denne planen").click()
    await phone.get_by_role("button", name="Godta planen").click()
    await phone.get_by_text("Du har en avdragsplan").wait_for()
    await phone.get_by_role("link", name="Tilbake til fakturaen").click()
    assert await phone.get_by_role("button", name=re.compile("Betal 2.000,00.kr med Vipps")).is_visible()


async def test_buttons_and_links_are_large_enough_to_tap(shop: Shop, phone: Page) -> None:
    await open_link(phone, await page_of(shop, "2005"))
    assert await phone.evaluate(HARD_TO_TAP) == []
    assert await beyond(phone, WIDTH) == []


async def account_page(shop: Shop, **changes: str) -> str:
    """The account of a debtor with two invoices, one of them due; gives its address, as an email brought it."""
    oda = invoice()["debtor"] | {"name": "Oda Nordmann", "customer_number": "K-9", "email": "oda@example.no"}
    oda |= {"phone": None} | changes
    due = {"issue_date": str(TODAY - timedelta(days=40)), "due_date": str(TODAY - timedelta(days=20))}
    number = str(next(_numbers))
    await shop.door.send_invoice(number, reference=None, debtor=oda, account=ACCOUNT)
    await shop.door.send_invoice(f"{number}-2", reference=None, debtor=oda, amount="12345.67", lines=[], **due)
    link = await shop.door.link(await shop.door.claimed(number=number), number=number)
    return f"{str(shop.door.client.base_url).rstrip('/')}{link}/account"


@pytest.mark.parametrize("language", ["nb", "en"])
async def test_the_account_fits_a_small_phone_and_hides_nothing_from_who_listens_to_it(
    shop: Shop, scripted: Page, language: str
) -> None:
    await scripted.goto(await account_page(shop, **({"language": "en"} if language == "en" else {})))
    assert await scripted.get_by_role("button").count() == 4
    await scripted.get_by_role("button", name="KID" if language == "nb" else "reference").click()
    assert await scripted.get_by_role("button").count() == 3 + len(("account", "reference")), (
        "with a button to copy each"
    )
    assert await beyond(scripted, WIDTH) == []
    found = await Axe().run(scripted)
    assert found.violations_count == 0, found.generate_report()


async def adviser_pages(shop: Shop, language: str) -> list[str]:
    """The pages of an adviser with one client: where to ask for a code, the clients, and the one client."""
    number = str(next(_numbers))
    ida = invoice()["debtor"] | {"name": "Ida Nordmann", "customer_number": f"K-{number}", "language": language}
    address = await page_of(shop, number, reference=None, debtor=ida)
    stands = {
        "by": "anne",
        "reason_code": "told",
        "guardian": {"name": "Guri Verge", "email": f"g{number}@verge.example"},
    }
    assert (await shop.door.client.patch(f"/v1/debtors/K-{number}", json=stands)).status_code == 200
    proof = await shop.door.one(
        """insert into adviser_code (id, creditor_id, contact_point_id, code_hash, tries, good_until, proven_at, happened_at)
        select gen_random_uuid(), d.creditor_id, p.id, '', 1, :now, :now, :now from debtor d
        join contact_point p on p.debtor_id = d.id and p.of_representative
        where d.customer_number = :number returning id""",
        number=f"K-{number}",
        now=BEGIN,
    )
    token = shop.door.app.state.services.links.seal(proof.bytes, "adviser session")
    clients = f"{str(shop.door.client.base_url).rstrip('/')}/a/{token}"
    listed = (await shop.door.client.get(clients)).text
    client = re.search(rf"/a/{token}/[^\"]+", listed)
    assert client
    return [f"{address}/adviser", f"{address}/adviser?asked=x", clients, clients.replace(f"/a/{token}", client[0])]


@pytest.mark.parametrize("language", ["nb", "en"])
async def test_the_pages_of_who_stands_in_fit_a_small_phone_and_hide_nothing_from_who_listens_to_them(
    shop: Shop, scripted: Page, language: str
) -> None:
    for address in await adviser_pages(shop, language):
        answer = await scripted.goto(address)
        assert answer is not None
        assert answer.status == 200
        assert await beyond(scripted, WIDTH) == []
        found = await Axe().run(scripted)
        assert found.violations_count == 0, found.generate_report()


async def test_the_whole_account_is_paid_in_the_app_with_one_press(shop: Shop, phone: Page) -> None:
    await phone.goto(await account_page(shop))
    await phone.get_by_role("button", name="med Vipps").click()
    await phone.get_by_role("button", name="Godkjenn").click()
    await phone.get_by_text("Betalt. Takk!").wait_for()
