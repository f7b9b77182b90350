"""Which ways to pay the invoice page offers: those of the debtor's country, in the invoice's currency, by their names."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from config.settings import Settings
from facts.database import Database
from simulator.emulators.stripe import Paid
from tests.stripe_server import stripe_mock_server
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
_numbers = count(1)
BUTTON = re.compile(r'action="[^"]*/pay/(\w+)"[^>]*>\s*<button name="way" value="(\w+)"[^>]*>([^<]*)<')
VIPPS_AND_STRIPE = '{"vipps": {}, "stripe": {}}'
VIPPS_IN_TWO_COUNTRIES = '{"vipps": {"merchant_serial_number": "111111", "merchant_serial_number_EUR": "222222"}}'
REFERENCES = {"NOK": "006402710013", "SEK": "1234567806", "EUR": "RF5447115"}


@pytest.fixture(scope="module")
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a creditor whose country each test says."""
    with stripe_mock_server() as url:
        async with a_shop(web_settings, web_database, "ways", stripe_url=url) as opened:
            yield opened


async def sent(shop: Shop, home: str, methods: str, country: str, currency: str) -> str:
    """The path of the page of a new invoice of a creditor of a country to a debtor of another, perhaps."""
    await shop.offer(methods)
    await shop.door.rows(
        "update creditor set country = :home where id = :id returning id", home=home, id=shop.door.creditor
    )
    number = f"w{next(_numbers)}"
    debtor = {"name": "Kim Virtanen", "customer_number": f"K-{number}", "email": "kim@example.com", "country": country}
    answer = await shop.door.send_invoice(
        number,
        currency=currency,
        reference=REFERENCES[currency],
        policy=f"{country.lower()}-gentle",
        debtor=debtor,
        lines=[],
    )
    assert answer.status_code == 201, answer.text
    return await shop.door.link(number=number)


async def buttons(shop: Shop, link: str) -> list[tuple[str, str, str]]:
    """Each button: its provider, its way, what it says."""
    return BUTTON.findall(await shop.page(link))


@pytest.mark.parametrize(
    ("home", "methods", "country", "currency", "offered"),
    [
        ("NO", VIPPS_AND_STRIPE, "NO", "NOK", ["Betal 802,00 kr med Vipps", "Betal 802,00 kr med kort"]),
        ("SE", VIPPS_AND_STRIPE, "SE", "SEK", ["Betala 802,00 kr med Swish", "Betala 802,00 kr med kort"]),
        ("FI", VIPPS_AND_STRIPE, "FI", "EUR", ["Maksa 802,00 € MobilePaylla", "Maksa 802,00 € kortilla"]),
        ("NO", VIPPS_AND_STRIPE, "SE", "SEK", ["Betala 802,00 kr med Swish", "Betala 802,00 kr med kort"]),
        ("NO", '{"vipps": {}}', "FI", "EUR", []),
        ("NO", VIPPS_IN_TWO_COUNTRIES, "FI", "EUR", ["Maksa 802,00 € MobilePaylla"]),
        ("SE", "{}", "SE", "SEK", []),
    ],
)
async def test_what_people_of_a_country_pay_with_is_offered_where_it_is_paid_in_the_invoices_currency(
    shop: Shop, home: str, methods: str, country: str, currency: str, offered: list[str]
) -> None:
    link = await sent(shop, home, methods, country, currency)
    assert [said for _, _, said in await buttons(shop, link)] == offered


async def test_one_wallet_has_one_button_though_two_providers_take_it(shop: Shop) -> None:
    both = await sent(shop, "FI", VIPPS_AND_STRIPE, "FI", "EUR")
    assert [button[:2] for button in await buttons(shop, both)] == [("vipps", "mobilepay"), ("stripe", "card")]
    one = await sent(shop, "FI", '{"stripe": {}}', "FI", "EUR")
    assert [button[:2] for button in await buttons(shop, one)] == [("stripe", "mobilepay"), ("stripe", "card")]


async def test_the_sales_unit_of_the_currency_is_paid(shop: Shop) -> None:
    link = await sent(shop, "NO", VIPPS_IN_TWO_COUNTRIES, "FI", "EUR")
    way = await pressed(shop, link, "vipps", "mobilepay")
    payment = list(shop.vipps.payments.values())[-1]
    assert (payment.merchant, payment.currency, payment.value) == ("222222", "EUR", 80200)
    assert "MobilePay" in way
    await shop.vipps.approve(payment.reference)
    await shop.vipps.drain()
    paid = await shop.page(f"{link}?back=1")
    assert "MobilePaylla" in paid, "the receipt says with what"
    shop.vipps.refund(payment.reference, 80200)
    await shop.vipps.drain()
    assert "MobilePaylla" in await shop.page(link), "given back, it is to be paid again"
    assert await left(shop) == Decimal(802)


async def test_swish_is_paid_on_a_page_of_stripe_and_given_back(shop: Shop) -> None:
    link = await sent(shop, "SE", VIPPS_AND_STRIPE, "SE", "SEK")
    assert "Swish" in await pressed(shop, link, "stripe", "swish")
    attempt = (await shop.attempts())[-1]
    assert (attempt.provider, attempt.way, attempt.currency) == ("stripe", "swish", "SEK")
    session = Paid(attempt.id, Decimal(802), "SEK", "swish", metadata={"purr_attempt": str(attempt.id)})
    await shop.stripe_tells(shop.stripe.session("completed", session))
    assert await left(shop) == 0
    assert "med Swish" in await shop.page(link), "the receipt says with what"
    await shop.stripe_tells(shop.stripe.refund(session, Decimal(802)))
    assert await left(shop) == Decimal(802)
    failed = shop.stripe.event("refund.failed", shop.stripe.one_refund(session, "failed"))
    for _ in range(2):
        await shop.stripe_tells(failed)
    assert await left(shop) == 0, "a refund that did not arrive took nothing back"


async def test_another_way_of_the_same_provider_is_another_payment(shop: Shop) -> None:
    link = await sent(shop, "SE", VIPPS_AND_STRIPE, "SE", "SEK")
    before = len(await shop.attempts())
    for way in ("swish", "swish", "card"):
        await pressed(shop, link, "stripe", way)
    begun = (await shop.attempts())[before:]
    assert [(each.way, each.state) for each in begun] == [("swish", "abandoned"), ("card", "started")]


@pytest.mark.parametrize(
    ("provider", "way"), [("stripe", "mobilepay"), ("vipps", "vipps"), ("stripe", "x"), ("swish", "")]
)
async def test_a_way_that_is_not_offered_begins_nothing(shop: Shop, provider: str, way: str) -> None:
    link = await sent(shop, "SE", VIPPS_AND_STRIPE, "SE", "SEK")
    before = len(await shop.attempts())
    answer = await shop.door.client.post(f"{link}/pay/{provider}", data={"way": way})
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    assert len(await shop.attempts()) == before


async def pressed(shop: Shop, link: str, provider: str, way: str) -> str:
    """The page that a button leads to."""
    answer = await shop.door.client.post(f"{link}/pay/{provider}", data={"way": way})
    assert answer.status_code == 303
    return await shop.page(answer.headers["location"])


async def left(shop: Shop) -> Any:
    """What is owed of the latest invoice."""
    return await shop.door.one(
        "select balance from dunning_case where creditor_id = :id order by id desc limit 1", id=shop.door.creditor
    )
