"""Direct debit is asked for in a click or two, with a limit for a month that is there already, and its reason."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from config.settings import Settings
from facts.database import Database
from tests.begin import TODAY
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop

_numbers = count(1)
KID = "006402710013"


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor who draws by direct debit, where it is signed with BankID."""
    async with a_shop(web_settings, web_database, f"draws{next(_numbers)}") as opened:
        await opened.door.rows(
            "update creditor set direct_debit = cast(:agreement as jsonb) where id = :c returning id",
            agreement='{"customer_unit": "00131936", "account": "15030000010", "e_agreement": "https://sign.example/7"}',
            c=opened.door.creditor,
        )
        yield opened


async def mandates(shop: Shop) -> list[Any]:
    """The creditor's mandates."""
    query = "select state, monthly_limit from mandate where creditor_id = :c"
    return [tuple(row) for row in await shop.door.rows(query, c=shop.door.creditor)]


async def earlier(shop: Shop, *amounts: str) -> None:
    """Invoices of earlier months."""
    for nth, amount in enumerate(amounts, 1):
        due = TODAY - timedelta(days=31 * nth)
        dates = {"issue_date": str(due - timedelta(days=14)), "due_date": str(due)}
        await shop.door.send_invoice(f"E{nth}", amount=amount, lines=[], reference=f"{nth}", **dates)


async def test_two_clicks_lead_from_the_link_to_where_it_is_signed_with_a_limit_that_was_there(shop: Shop) -> None:
    link = await shop.link()
    page = await shop.page(link)
    assert 'name="limit"' in page
    assert 'value="1100"' in page  # a quarter above 802, in whole hundreds
    answer = await shop.door.client.post(f"{link}/direct-debit", data={"limit": "1100"})
    assert answer.headers["location"] == f"{link}#direct-debit"
    assert await mandates(shop) == [("pending", Decimal(1100))]
    waits = await shop.page(link)
    for said in ("https://sign.example/7", "1 100,00 kr", "Den dyreste måneden det siste året var 802,00 kr"):
        assert said in waits


async def test_the_limit_is_a_quarter_above_the_dearest_month_of_the_year(shop: Shop) -> None:
    link = await shop.link()
    await earlier(shop, "2400.00", "300.00")
    old = {"issue_date": str(TODAY - timedelta(days=500)), "due_date": str(TODAY - timedelta(days=480))}
    await shop.door.send_invoice("OLD", amount="90000.00", lines=[], reference="9", **old)
    page = await shop.page(f"{link}/direct-debit")
    assert 'value="3000"' in page
    assert "var 2 400,00 kr" in page


@pytest.mark.parametrize("limit", ["mye", "-1", "0", "801,99", "1e9"])
async def test_a_limit_that_would_stop_this_very_invoice_is_said_so_and_stays_typed(shop: Shop, limit: str) -> None:
    link = await shop.link()
    answer = await shop.door.client.post(f"{link}/direct-debit", data={"limit": limit})
    assert answer.status_code == 422
    assert "minst 802,00 kr" in answer.text.replace("\xa0", " ")
    assert f'value="{limit}"' in answer.text
    assert await mandates(shop) == []


async def test_asked_twice_it_is_one_mandate_with_the_latest_limit(shop: Shop) -> None:
    link = await shop.link()
    for limit in ("1100", "1100", "2 000"):
        await shop.door.client.post(f"{link}/direct-debit", data={"limit": limit})
    assert await mandates(shop) == [("pending", Decimal(2000))]
    assert (await shop.door.client.get(f"{link}/direct-debit")).headers["location"] == f"{link}#direct-debit"


async def test_who_has_paid_by_hand_is_offered_it_for_the_next_ones(shop: Shop) -> None:
    link = await shop.link()
    await shop.door.pay()
    page = await shop.page(link)
    assert "Vil du slippe å huske på den neste?" in page
    await shop.door.client.post(f"{link}/direct-debit", data={"limit": "1100"})
    assert await mandates(shop) == [("pending", Decimal(1100))]
    assert "Vil du slippe å huske på den neste?" not in await shop.page(link)


async def test_without_an_agreement_or_a_reference_it_is_not_offered(shop: Shop) -> None:
    await shop.door.send_invoice(reference=None)
    link = await shop.door.link()
    assert (await shop.door.client.get(f"{link}/direct-debit")).headers["location"] == f"{link}#direct-debit"
    assert 'name="limit"' not in await shop.page(link)
