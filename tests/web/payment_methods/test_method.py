"""A payment provider is added from outside, in one module: its button, its page, its webhooks, and the question to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.applications import Starlette
from starlette.routing import Route

from config.settings import Settings
from connectors.payment_providers.provider import Checkout, Seen, Started
from facts import clock
from facts.database import Database
from facts.money import payment_attempts
from facts.money.payment_attempts import MoneyReceived
from simulator.emulators.providers import serving
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop
from tests.world import fresh_database
from web.payment_methods.method import PaymentMethod, Way, WayWords
from web.services import Here

SECRET = "a-secret-of-pebble"
router = APIRouter(tags=["webhooks"])


@dataclass
class PebbleServer:
    """A tiny provider: payments by their ids, each with what became of it."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Its API."""
        return Starlette(
            routes=[
                Route("/payments", self.create, methods=["POST"]),
                Route("/payments/{id}", self.show),
                Route("/payments/{id}/cancel", self.cancel, methods=["POST"]),
            ]
        )

    async def create(self, request: Request) -> Response:
        """A payment that waits for its debtor."""
        told = await request.json()
        self.payments[told["id"]] = told | {"state": "open"}
        return JSONResponse({"url": f"https://pebble.example/{told['id']}"})

    async def show(self, request: Request) -> Response:
        """A payment as it stands."""
        return JSONResponse(self.payments[request.path_params["id"]])

    async def cancel(self, request: Request) -> Response:
        """A payment is dropped."""
        self.payments[request.path_params["id"]]["state"] = "over"
        return Response(status_code=204)


class Pebble:
    """The connection to Pebble."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, trust_env=False)

    def takes(self, amount: Decimal, currency: str) -> bool:
        """Kroner alone."""
        return currency == "NOK"

    async def start(self, checkout: Checkout) -> Started:
        """Begin a payment."""
        payment = {"id": str(checkout.attempt), "amount": str(checkout.amount), "shop": checkout.merchant}
        answer = await self._http.post("/payments", json=payment)
        return Started(str(checkout.attempt), answer.json()["url"])

    async def cancel(self, provider_id: str, merchant: str | None) -> bool:
        """Drop a payment."""
        return (await self._http.post(f"/payments/{provider_id}/cancel")).is_success

    async def settle(
        self, provider_id: str, amount: Decimal, currency: str, merchant: str | None, *, owed: bool = True
    ) -> Seen:
        """What became of a payment."""
        shown = (await self._http.get(f"/payments/{provider_id}")).json()
        return Seen(shown["state"], provider_id, Decimal(shown["amount"]), currency)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


@router.post("/webhooks/pebble")
async def told(request: Request, services: Here) -> Response:
    """Pebble tells that a payment came."""
    method = services.methods["pebble"]
    if request.headers.get("secret") not in method.webhook_secrets:
        return Response(status_code=401)
    event = await request.json()
    merchant = method.merchant_of(event["shop"])
    money = MoneyReceived(merchant, event["id"], Decimal(event["amount"]), "NOK", UUID(event["id"]))
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        await payment_attempts.paid(connection, money, now, services.today(now))
    return Response(status_code=204)


def pebble(url: str) -> PaymentMethod:
    """Pebble as a way to pay."""
    return PaymentMethod(
        name="pebble",
        merchant_key="shop",
        merchant="our-shop",
        lifetime=timedelta(minutes=20),
        ways=(
            Way(
                "pebble",
                {
                    "nb": WayWords("Betal {amount} med Pebble", "Pebble", "Pebble svarer ikke."),
                    "en": WayWords("Pay {amount} with Pebble", "Pebble", "Pebble does not answer."),
                },
            ),
        ),
        webhooks=router,
        webhook_secrets=(SECRET,),
        provider=Pebble(url),
    )


@pytest.fixture(scope="module")
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Facts that a payment begun with Pebble may stand in: a provider is a stored value too."""
    url = fresh_database(postgres_url, "pebble")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute('alter table payment_attempt drop constraint "stored values: payment_attempt.provider"')
        connection.execute('alter table payment_attempt drop constraint "stored values: payment_attempt.way"')
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def server() -> PebbleServer:
    """Pebble's server."""
    return PebbleServer()


@pytest.fixture
async def shop(web_settings: Settings, database: Database, server: PebbleServer) -> AsyncIterator[Shop]:
    """An invoice page of a creditor who is paid through Pebble too."""
    async with serving(server.app()) as url, a_shop(web_settings, database, "acme", pebble(url)) as opened:
        yield opened


async def test_a_provider_from_outside_has_its_button_its_page_and_its_webhooks(
    shop: Shop, server: PebbleServer
) -> None:
    await shop.door.send_invoice()
    await shop.offer('{"vipps": {}, "pebble": {"shop": "acme-shop"}}')
    link = await shop.door.link()
    assert "Betal 802,00 kr med Pebble" in await shop.page(link)
    way = await shop.choose(link, "pebble")
    (payment,) = server.payments.values()
    assert f'href="https://pebble.example/{payment["id"]}"' in way.text
    assert (payment["amount"], payment["shop"]) == ("802.00", "acme-shop")
    news = {"id": payment["id"], "amount": "802.00", "shop": "acme-shop"}
    forged = await shop.door.client.post("/webhooks/pebble", json=news, headers={"secret": "guessed"})
    assert (forged.status_code, await shop.owed()) == (401, Decimal("802.00"))
    for shop_told, owed in (("another-shop", "802.00"), ("acme-shop", "0")):
        await shop.door.client.post("/webhooks/pebble", json=news | {"shop": shop_told}, headers={"secret": SECRET})
        assert await shop.owed() == Decimal(owed)
    assert "Betalt. Takk!" in await shop.page(f"{link}?back=1")


async def test_a_provider_from_outside_is_asked_and_told_to_drop(shop: Shop, server: PebbleServer) -> None:
    await shop.door.send_invoice("1002", reference=None)
    await shop.offer('{"vipps": {}, "pebble": {}}')
    link = await shop.door.link(number="1002")
    first = await shop.started(link, "pebble")
    assert server.payments[first.provider_id]["shop"] == "our-shop"
    assert (await shop.started(link, "pebble")).id == first.id  # taken up again
    await shop.choose(link, "vipps")
    assert server.payments[first.provider_id]["state"] == "over"
    last = await shop.started(link, "pebble")
    server.payments[last.provider_id]["state"] = "paid"
    asked = await shop.door.client.post(f"{link}/look", data={"back": "3"})
    assert "Betalt. Takk!" in await shop.page(asked.headers["location"])
