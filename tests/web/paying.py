"""The web app with payment providers: an emulated Vipps that calls back over HTTP, and Stripe's signed webhooks."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from config.settings import Settings
from facts.database import Database
from simulator.emulators.providers import answering, listening_on, serving
from simulator.emulators.stripe import Paid, StripeWebhooks
from simulator.emulators.vipps import Vipps, create_app
from tests.begin import BEGIN, Clock, turn
from tests.web.door import Door
from tests.world import laws_for_years_to_come
from web.app import create_app as create_web_app
from web.payment_methods.method import PaymentMethod
from web.payment_methods.stripe import StripeSettings

METHODS = '{"vipps": {"merchant_serial_number": "123456"}, "stripe": {}}'
STRIPE_SECRETS = ("whsec_new", "whsec_old")
REFRESH = re.compile(r'(?<!">)<meta http-equiv="refresh" content="(\d+); url=([^"]+)">')


@dataclass
class Shop:
    """An invoice page where one can pay, and the providers behind it."""

    door: Door
    vipps: Vipps
    stripe: StripeWebhooks

    async def link(self) -> str:
        """Send an invoice of NOK 802.00; gives the path of its page."""
        await self.door.send_invoice()
        await self.offer()
        return await self.door.link()

    async def offer(self, methods: str = METHODS) -> None:
        """Let the creditor be paid in these ways."""
        query = "update creditor set payment_methods = cast(:methods as jsonb) where id = :creditor returning id"
        await self.door.rows(query, methods=methods, creditor=self.door.creditor)

    async def page(self, path: str) -> str:
        """A page as its reader sees it, with plain spaces."""
        answer = await self.door.client.get(path)
        assert answer.status_code == 200
        return answer.text.replace("\xa0", " ")

    async def choose(self, link: str, method: str = "vipps") -> httpx.Response:
        """Press the button of a way to pay; gives what the redirect leads to."""
        pressed = await self.door.client.post(f"{link}/pay/{method}")
        assert pressed.status_code == 303
        return await self.door.client.get(pressed.headers["location"])

    async def attempts(self) -> list[Any]:
        """The creditor's attempts, oldest first."""
        query = "select * from payment_attempt where creditor_id = :creditor order by recorded_at"
        return await self.door.rows(query, creditor=self.door.creditor)

    async def started(self, link: str, provider: str = "vipps") -> Any:
        """Begin a payment; gives the attempt."""
        await self.choose(link, provider)
        return (await self.attempts())[-1]

    async def owed(self) -> Decimal:
        """What is left of the invoice."""
        query = "select balance from dunning_case where creditor_id = :creditor"
        owed: Decimal = await self.door.one(query, creditor=self.door.creditor)
        return owed

    async def begun(self, provider: str, provider_id: str, amount: str = "802.00") -> UUID:
        """An attempt as if it had been begun at a provider."""
        query = """
            insert into payment_attempt (id, creditor_id, case_id, provider, provider_id, amount, currency, state, refunded,
                url, happened_at)
            select gen_random_uuid(), creditor_id, id, :provider, :provider_id, :amount, 'NOK', 'started', 0, 'https://x',
                :now
            from dunning_case where creditor_id = :creditor returning id"""
        values = {"provider": provider, "provider_id": provider_id, "amount": Decimal(amount), "now": BEGIN}
        attempt: UUID = await self.door.one(query, creditor=self.door.creditor, **values)
        return attempt

    async def stripe_tells(self, event: dict[str, Any], **headers: str) -> httpx.Response:
        """Post an event as Stripe would."""
        body, signed = self.stripe.signed(event)
        return await self.door.client.post("/webhooks/stripe", content=body, headers=signed | headers)

    async def vipps_tells(self, event: dict[str, Any], **headers: str) -> httpx.Response:
        """Post an event as Vipps would."""
        body, signed = self.vipps.signed(event)
        return await self.door.client.post("/webhooks/vipps", content=body, headers=signed | headers)


def paid(attempt: UUID, amount: str = "802.00", **metadata: str) -> Paid:
    """A Stripe session of an attempt."""
    return Paid(attempt, Decimal(amount), metadata={"purr_attempt": str(attempt)} | metadata)


@asynccontextmanager
async def shop(
    settings: Settings,
    database: Database,
    creditor: str,
    *more: PaymentMethod,
    stripe_url: str = "http://127.0.0.1:1",
    stripe_key: str = "sk_test_123",
) -> AsyncIterator[Shop]:
    """The web app on a port of its own, which the providers call back; `more` are other ways to pay."""
    with listening_on(0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        time = Clock()
        await turn(database)
        vipps = Vipps(webhook_url=f"{address}/webhooks/vipps", clock=time.now)
        stripe = StripeWebhooks(f"{address}/webhooks/stripe", secret=STRIPE_SECRETS[0], clock=time.now)
        async with serving(create_app(vipps)) as vipps_url:
            vipps.url = vipps_url
            secret = SecretStr(vipps.webhook_secret)
            methods = [
                vipps.settings("999999").model_copy(update={"webhook_secrets": (SecretStr("older"), secret)}).method(),
                StripeSettings(api_base=stripe_url, api_key=stripe_key, webhook_secrets=STRIPE_SECRETS).method(),
                *more,
            ]
            here = settings.model_copy(update={"public_url": address})
            app = create_web_app(here, database, laws_for_years_to_come(), methods)
            async with (
                answering(app, listener),
                httpx.AsyncClient(base_url=address, trust_env=False, verify=False) as client,
            ):
                door = Door(app, client, database, creditor)
                client.headers["Authorization"] = f"Bearer {await door.register(creditor)}"
                yield Shop(door, vipps, stripe)
        await vipps.aclose()
        await stripe.callbacks.aclose()
        for provider in app.state.services.providers.values():
            await provider.aclose()
