"""The emulated Stripe is paid on its page as a real one is: sessions are made by the SDK, and told of by signed webhooks."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from connectors.payment_providers.provider import Checkout, ProviderRefused
from connectors.payment_providers.stripe_checkout import StripeCheckout
from simulator.emulators.providers import serving
from simulator.emulators.stripe import Stripe, StripeWebhooks, create_app

# The SDK hands httpx its body in a way that httpx discourages.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest_asyncio.fixture
async def account() -> AsyncIterator[Stripe]:
    """An account whose webhooks wait, so that they can be seen."""
    opened = Stripe(StripeWebhooks("http://127.0.0.1:1/webhooks/stripe"))
    opened.webhooks.callbacks.held = True
    async with serving(create_app(opened)) as opened.url:
        yield opened
    await opened.aclose()


@pytest_asyncio.fixture
async def client(account: Stripe) -> AsyncIterator[StripeCheckout]:
    """The SDK, with the account's key."""
    opened = StripeCheckout(account.api_key, api_base=account.url)
    yield opened
    await opened.aclose()


def checkout(way: str = "swish", currency: str = "SEK") -> Checkout:
    return Checkout(
        attempt=uuid4(),
        creditor="acme",
        creditor_name="Acme",
        invoice_number="1001",
        reference="1001008",
        amount=Decimal("802.50"),
        currency=currency,
        language="sv",
        return_url="http://127.0.0.1/back",
        page_url="http://127.0.0.1/page",
        merchant=None,
        way=way,
    )


@pytest.mark.parametrize(("way", "currency"), [("swish", "SEK"), ("mobilepay", "EUR"), ("card", "NOK")])
async def test_who_pays_on_the_page_comes_back_and_the_webhook_says_so_once(
    account: Stripe, client: StripeCheckout, way: str, currency: str
) -> None:
    asked = checkout(way, currency)
    started = await client.start(asked)
    assert await client.start(asked) == started, "the same key is the same session"
    async with httpx.AsyncClient(trust_env=False) as people:
        assert f"802.50 {currency}" in (await people.get(started.url)).text
        for _ in range(2):
            paid = await people.post(started.url, data={"answer": "pay"})
            assert (paid.status_code, paid.headers["location"]) == (303, asked.return_url)
    (told,) = account.webhooks.callbacks.waiting
    assert told["type"] == "checkout.session.completed"
    assert told["data"]["object"]["payment_method_types"] == [way]
    assert told["data"]["object"]["metadata"]["purr_attempt"] == str(asked.attempt)
    seen = await client.settle(started.provider_id, asked.amount, currency, None)
    assert (seen.state, seen.amount) == ("paid", Decimal("802.50"))
    assert not await client.cancel(started.provider_id, None), "what is paid cannot be dropped"


async def test_who_goes_back_has_paid_nothing_and_what_is_dropped_takes_nothing(
    account: Stripe, client: StripeCheckout
) -> None:
    asked = checkout()
    started = await client.start(asked)
    async with httpx.AsyncClient(trust_env=False) as people:
        back = await people.post(started.url, data={"answer": "back"})
        assert back.headers["location"] == asked.page_url
        assert await client.cancel(started.provider_id, None)
        await people.post(started.url, data={"answer": "pay"})
    assert account.webhooks.callbacks.waiting == []
    assert (await client.settle(started.provider_id, asked.amount, "SEK", None)).state == "over"


async def test_another_key_is_refused(account: Stripe) -> None:
    stranger = StripeCheckout(f"sk_test_{int(time.monotonic())}", api_base=account.url)
    with pytest.raises(ProviderRefused):
        await stranger.start(checkout())
    await stranger.aclose()
