"""Vipps MobilePay over the wire, against the emulated API, and its signatures against the provider's own example."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from connectors.payment_providers import vipps
from connectors.payment_providers.provider import Checkout, ProviderRefused, ProviderUnavailable
from connectors.payment_providers.vipps import VippsMobilePay, verify_vipps
from connectors.signatures import BadSignature
from simulator.emulators.providers import serving
from simulator.emulators.vipps import Vipps, create_app

# The example of the provider's documentation ("Request authentication" of the Webhooks API).
SECRET = "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A=="
URL = "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63"
BODY = b'{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}'
HEADERS = {
    "x-ms-date": "Thu, 30 Mar 2023 08:38:32 GMT",
    "x-ms-content-sha256": "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
    "authorization": (
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
        "&Signature=agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="
    ),
}


@dataclass
class Shop:
    """The provider and the emulated API behind it."""

    provider: VippsMobilePay
    world: Vipps


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A provider that is set up as the emulator wants."""
    world = Vipps()
    async with serving(create_app(world)) as url:
        world.url = url
        provider = connected(world, url)
        yield Shop(provider, world)
        await provider.aclose()
    await world.aclose()


def connected(world: Vipps, url: str, secret: str | None = None, timeout: float = 5) -> VippsMobilePay:
    return VippsMobilePay(
        client_id=world.client_id,
        client_secret=secret or world.client_secret,
        subscription_key=world.subscription_key,
        merchant_serial_number="123456",
        api_base=url,
        timeout=timeout,
    )


def checkout(amount: str = "802.00", currency: str = "NOK", **changes: Any) -> Checkout:
    plain = Checkout(
        attempt=uuid4(),
        amount=Decimal(amount),
        currency=currency,
        creditor="acme",
        creditor_name="Acme Kraft AS",
        invoice_number="2026-1001",
        reference="006402710013",
        return_url="https://purr.example/i/token?back=1",
        page_url="https://purr.example/i/token",
        language="nb",
        merchant=None,
        way="vipps",
    )
    return replace(plain, **changes)


async def test_a_payment_is_created_for_the_app_to_the_oere(shop: Shop) -> None:
    wanted = checkout("802.35")
    started = await shop.provider.start(wanted)
    (payment,) = shop.world.payments.values()
    assert (payment.value, payment.currency, payment.merchant) == (80235, "NOK", "123456")
    assert payment.return_url == wanted.return_url
    assert payment.description == "Faktura 2026-1001, Acme Kraft AS"
    assert started.provider_id == payment.reference == f"purr-{wanted.attempt.hex}"
    assert len(payment.reference) <= 50
    assert payment.key == str(wanted.attempt)
    assert started.url.startswith(shop.world.url)


async def test_the_reference_leads_back_to_the_attempt_and_no_other_does() -> None:
    attempt = uuid4()
    assert vipps.attempt_of(vipps.reference_of(attempt)) == attempt
    for other in ("acme-shop-123", f"purr-{attempt}", f"shop-purr-{attempt.hex}", "purr-" + "g" * 32):
        assert vipps.attempt_of(other) is None


async def test_a_creditor_with_a_sales_unit_of_its_own_is_paid_there(shop: Shop) -> None:
    await shop.provider.start(checkout(merchant="654321"))
    (payment,) = shop.world.payments.values()
    assert payment.merchant == "654321"


async def test_a_sales_unit_of_another_country_takes_its_own_currency_alone(shop: Shop) -> None:
    shop.world.sales_units["654321"] = "EUR"
    await shop.provider.start(checkout("12.50", merchant="654321", currency="EUR", language="fi"))
    (payment,) = shop.world.payments.values()
    assert (payment.value, payment.currency, payment.description) == (1250, "EUR", "Lasku 2026-1001, Acme Kraft AS")
    with pytest.raises(ProviderRefused, match="answered 400"):
        await shop.provider.start(checkout("12.50", merchant="654321"))


async def test_one_token_serves_many_payments_and_a_refused_one_is_renewed(shop: Shop) -> None:
    await asyncio.gather(*(shop.provider.start(checkout()) for _ in range(5)))
    assert len(shop.world.tokens) == 1
    shop.world.tokens.clear()
    await shop.provider.start(checkout())
    assert len(shop.world.tokens) == 1


async def test_asked_twice_an_approved_payment_is_captured_once(shop: Shop) -> None:
    started = await shop.provider.start(checkout())
    await shop.world.approve(started.provider_id)
    for _ in range(2):
        assert await shop.provider.capture(started.provider_id, Decimal("802.00"), "NOK", None) == Decimal("802.00")
    assert shop.world.payments[started.provider_id].captured == 80200


async def test_what_is_not_approved_is_not_captured(shop: Shop) -> None:
    started = await shop.provider.start(checkout())
    with pytest.raises(ProviderRefused, match="answered 400"):
        await shop.provider.capture(started.provider_id, Decimal("802.00"), "NOK", None)


async def test_a_payment_nobody_approved_is_dropped_and_an_approved_one_is_kept(shop: Shop) -> None:
    dropped, kept = await shop.provider.start(checkout()), await shop.provider.start(checkout())
    await shop.world.approve(kept.provider_id)
    assert await shop.provider.cancel(dropped.provider_id, None)
    assert not await shop.provider.cancel(kept.provider_id, None)
    assert shop.world.payments[dropped.provider_id].state == "TERMINATED"
    assert shop.world.payments[kept.provider_id].cancelled == 0


async def test_asked_what_became_of_a_payment_an_approved_one_is_captured(shop: Shop) -> None:
    started = [(await shop.provider.start(checkout())).provider_id for _ in range(4)]
    waiting, approved, stopped, expired = started
    await shop.world.approve(approved)
    await shop.world.abort(stopped)
    await shop.world.expire(expired)
    seen = [await shop.provider.settle(each, Decimal("802.00"), "NOK", None) for each in started]
    assert [each.state for each in seen] == ["open", "paid", "over", "over"]
    assert (seen[1].payment, seen[1].amount) == (approved, Decimal("802.00"))
    assert await shop.provider.settle(approved, Decimal("802.00"), "NOK", None) == seen[1]
    assert shop.world.payments[approved].captured == 80200
    assert waiting == seen[0].payment


@pytest.mark.parametrize(("amount", "currency"), [("802.00", "SEK"), ("0.99", "NOK"), ("650000.01", "NOK")])
async def test_what_vipps_does_not_take_is_refused_before_it_is_asked(shop: Shop, amount: str, currency: str) -> None:
    with pytest.raises(ProviderRefused, match="Vipps takes no payment"):
        await shop.provider.start(checkout(amount, currency))
    assert not shop.world.payments


@pytest.mark.parametrize("fault", ["429", "500", "503"])
async def test_an_answer_of_later_is_asked_once_more(shop: Shop, fault: str) -> None:
    await shop.provider.start(checkout())  # has fetched the token
    shop.world.faults.next.extend([fault])  # type: ignore[list-item]
    await shop.provider.start(checkout())
    shop.world.faults.next.extend([fault, fault])  # type: ignore[list-item]
    with pytest.raises(ProviderUnavailable, match=fault):
        await shop.provider.start(checkout())


async def test_a_provider_that_does_not_answer_in_time_is_unavailable(shop: Shop) -> None:
    hasty = connected(shop.world, shop.world.url, timeout=0.05)
    shop.world.faults.latency = 0.5
    with pytest.raises(ProviderUnavailable, match=r"(Read|Connect)Timeout"):
        await hasty.start(checkout())
    await hasty.aclose()


async def test_wrong_keys_are_refused_without_being_shown(shop: Shop) -> None:
    stranger = connected(shop.world, shop.world.url, secret="not-the-secret")
    with pytest.raises(ProviderRefused, match="answered 401") as error:
        await stranger.start(checkout())
    assert "not-the-secret" not in str(error.value)
    await stranger.aclose()


def test_the_documented_webhook_verifies() -> None:
    assert verify_vipps(["another", SECRET], URL, BODY, HEADERS) == json.loads(BODY)


@pytest.mark.parametrize(
    ("url", "body", "headers"),
    [
        (URL + "/", BODY, {}),
        (URL.replace("webhook.site", "webhook.sites"), BODY, {}),
        (URL, BODY.replace(b"hello", b"hallo"), {}),
        (URL, BODY, {"x-ms-date": "Thu, 30 Mar 2023 08:38:33 GMT"}),
        (URL, BODY, {"x-ms-content-sha256": "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj5="}),
        (URL, BODY, {"authorization": HEADERS["authorization"].replace("agAi", "AgAi")}),
        (URL, BODY, {"authorization": ""}),
        (URL, BODY, {"authorization": "HMAC-SHA256 æøå"}),
    ],
)
def test_what_was_changed_on_the_way_does_not_verify(url: str, body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify_vipps([SECRET], url, body, HEADERS | headers)


def test_without_a_secret_nothing_verifies() -> None:
    with pytest.raises(BadSignature):
        verify_vipps([], URL, BODY, HEADERS)
