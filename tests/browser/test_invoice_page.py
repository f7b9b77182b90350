"""What a person sees who opens the link in an email: on a phone, without scripts."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.conftest import Sights
from tests.life import Life, begin
from tests.world import creditor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

WIDTH, HEIGHT = 360, 740
KID, ACCOUNT = "006402710013", "86011117947"


@pytest_asyncio.fixture(loop_scope="session")
async def phone(chrome: Browser) -> AsyncIterator[Page]:
    """A page as wide as a small phone, with scripts switched off."""
    context = await chrome.new_context(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
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
    for said in ("Acme Kraft AS", "12 345,67 kr", KID, "8601.11.17947", emailed.number):
        assert said in seen


async def test_nothing_on_the_page_is_wider_than_a_small_phone(emailed: Life, phone: Page) -> None:
    await phone.goto(await link_of(emailed))
    for part in await phone.locator("body *").all():
        box = await part.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= WIDTH), await part.inner_text()


async def test_the_visit_counts_as_a_read(emailed: Life, phone: Page) -> None:
    await phone.goto(await link_of(emailed))
    (row,) = await emailed.world.rows(
        "select read_by from delivery where id = :id", id=(await emailed.deliveries())[0].id
    )
    assert row.read_by == "page visit"


async def test_a_tap_on_an_offer_says_what_to_do(emailed: Life, phone: Page) -> None:
    await phone.goto(await link_of(emailed))
    await phone.get_by_role("link", name="Jeg trenger mer tid").click()
    answer = await phone.get_by_text("Vi finner en ny dato eller en avdragsplan").bounding_box()
    assert answer is not None
    assert 0 <= answer["y"] < HEIGHT


async def test_after_the_payment_the_page_says_thank_you(sights: Sights, phone: Page) -> None:
    case = await begin(sights.world)
    await case.until("invoice", "email")
    link = await link_of(case)
    await case.pay()
    await phone.goto(link)
    assert "Betalt. Takk!" in await phone.inner_text("h1")
    assert "Konto" not in await phone.inner_text("main")
