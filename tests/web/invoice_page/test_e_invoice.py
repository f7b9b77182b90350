"""In Finland the page says how e-invoices are ordered in the bank; nothing of it is asked for, kept or promised here."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from config.settings import Settings
from domain.countries.fi import viite_of
from facts.database import Database
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop

_numbers = count(1)
VIITE = viite_of("4711")


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a Finnish creditor that sends e-invoices."""
    async with a_shop(web_settings, web_database, f"laskut{next(_numbers)}") as opened:
        await opened.door.rows(
            "update creditor set country = 'FI', policies = '{\"consumer\": \"fi-gentle\"}',"
            ' e_invoice = \'{"address": "003712345671", "operator": "OKOYFIHH"}\' where id = :c returning id',
            c=opened.door.creditor,
        )
        yield opened


async def page_of(shop: Shop, language: str) -> str:
    """The page of a Finn's invoice."""
    aino = {
        "country": "FI",
        "language": language,
        "kind": "consumer",
        "name": "Aino Esimerkki",
        "email": "aino@example.fi",
    }
    sent = await shop.door.send_invoice(currency="EUR", reference=VIITE, debtor=aino | {"customer_number": "K-7"})
    assert sent.status_code == 201, sent.text
    return await shop.page(await shop.door.link())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", ("E-lasku", "Verkkolaskuosoite", "Välittäjätunnus")),
        ("sv", ("E-faktura", "E-fakturaadress", "bara du kan göra den")),
    ],
)
async def test_the_page_says_where_it_is_ordered_and_asks_for_nothing(
    shop: Shop, language: str, said: tuple[str, ...]
) -> None:
    page = await page_of(shop, language)
    section = page[page.index('id="e-invoice"') :].split("</section>")[0]
    for words in (*said, "003712345671", "OKOYFIHH", VIITE):
        assert words in section
    assert "<form" not in section
    assert 'id="direct-debit"' not in page


async def test_a_creditor_without_one_says_nothing_of_it_and_no_mandate_can_be_asked_for(shop: Shop) -> None:
    await shop.door.rows("update creditor set e_invoice = '{}' where id = :c returning id", c=shop.door.creditor)
    assert 'id="e-invoice"' not in await page_of(shop, "fi")
    link = await shop.door.link()
    answer = await shop.door.client.post(f"{link}/direct-debit", data={"limit": "1100"})
    assert "problem=direct-debit" in answer.headers["location"]
    assert await shop.door.rows("select id from mandate where creditor_id = :c", c=shop.door.creditor) == []
