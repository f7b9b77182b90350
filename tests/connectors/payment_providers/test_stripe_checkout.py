"""Stripe Checkout through the official SDK, against Stripe's own mock server, and signed webhooks."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.payment_providers.provider import Checkout, ProviderRefused, ProviderUnavailable
from connectors.payment_providers.stripe_checkout import StripeCheckout, amount_of, units_of, verify_stripe
from connectors.signatures import BadSignature
from simulator.emulators.providers import serving
from simulator.emulators.stripe import Paid, StripeWebhooks
from tests.stripe_server import stripe_mock_server

# The SDK hands httpx its body in a way that httpx discourages.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def mock_url() -> Iterator[str]:
    """Where stripe-mock listens."""
    with stripe_mock_server() as url:
        yield url


@dataclass
class Wire:
    """What passes between the SDK and stripe-mock; `faults` are answered instead, in order."""

    target: str
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    faults: list[Response] = field(default_factory=list)

    async def forward(self, request: Request) -> Response:
        """Note a request and let stripe-mock answer it."""
        body = await request.body()
        self.asked.append((request.url.path, dict(request.headers), dict(parse_qsl(body.decode()))))
        if self.faults:
            return self.faults.pop(0)
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                request.method, self.target + request.url.path, content=body, headers=headers, timeout=30
            )
        return Response(answer.content, answer.status_code, media_type=answer.headers["content-type"])


@dataclass
class Shop:
    """The provider, and the wire it speaks over."""

    provider: StripeCheckout
    wire: Wire


@pytest.fixture
async def shop(mock_url: str) -> AsyncIterator[Shop]:
    """The SDK on a wire to stripe-mock."""
    wire = Wire(mock_url)
    app = Starlette(routes=[Route("/{path:path}", wire.forward, methods=["GET", "POST"])])
    async with serving(app) as url:
        provider = StripeCheckout("sk_test_123", api_base=url, timeout=5)
        yield Shop(provider, wire)
        await provider.aclose()


def checkout(amount: str = "802.35", currency: str = "NOK", **changes: Any) -> Checkout:
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
        way="card",
    )
    return replace(plain, **changes)


async def test_a_session_is_created_as_stripe_wants_it(shop: Shop) -> None:
    wanted = checkout()
    started = await shop.provider.start(wanted)
    ((path, headers, form),) = shop.wire.asked
    assert started.provider_id.startswith("cs_")
    assert started.url.startswith("https://")
    assert path == "/v1/checkout/sessions"
    assert headers["idempotency-key"] == form["client_reference_id"] == str(wanted.attempt)
    assert form["metadata[purr_attempt]"] == form["payment_intent_data[metadata][purr_attempt]"] == str(wanted.attempt)
    assert form["metadata[purr_invoice]"] == "2026-1001"
    assert (form["mode"], form["locale"]) == ("payment", "nb")
    assert form["line_items[0][price_data][unit_amount]"] == "80235"
    assert form["line_items[0][price_data][currency]"] == "nok"
    assert form["line_items[0][quantity]"] == "1"
    assert (form["success_url"], form["cancel_url"]) == (wanted.return_url, wanted.page_url)
    assert 30 * 60 < int(form["expires_at"]) - time.time() < 24 * 3600


@pytest.mark.parametrize(("way", "currency"), [("card", "NOK"), ("swish", "SEK"), ("mobilepay", "EUR")])
async def test_a_page_of_stripe_takes_the_one_way_that_was_chosen(shop: Shop, way: str, currency: str) -> None:
    await shop.provider.start(checkout(way=way, currency=currency))
    form = shop.wire.asked[0][2]
    assert {name: each for name, each in form.items() if "payment_method_types" in name} == {
        "payment_method_types[0]": way
    }


@pytest.mark.parametrize(
    ("amount", "currency", "taken"),
    [
        ("3.00", "SEK", True),
        ("2.99", "SEK", False),
        ("100.00", "JPY", True),
        ("100.50", "JPY", False),
        ("1.23", "KWD", True),
    ],
)
def test_what_stripe_would_refuse_is_not_offered(shop: Shop, amount: str, currency: str, taken: bool) -> None:
    assert shop.provider.takes(Decimal(amount), currency) is taken


@pytest.mark.parametrize(
    ("language", "said"), [("fi", "Lasku"), ("sv_FI", "Faktura"), ("en_FI", "Invoice"), ("nn", "Faktura")]
)
async def test_the_page_of_stripe_says_what_is_paid_in_the_payers_language(
    shop: Shop, language: str, said: str
) -> None:
    await shop.provider.start(checkout(language=language))
    assert shop.wire.asked[0][2]["line_items[0][price_data][product_data][name]"].startswith(f"{said} 2026-1001")


async def test_a_creditor_with_an_account_of_its_own_is_paid_there(shop: Shop) -> None:
    await shop.provider.start(checkout(merchant="acct_123"))
    assert shop.wire.asked[0][1]["stripe-account"] == "acct_123"


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("802.00", "NOK", 80200),
        ("0.01", "EUR", 1),
        ("1500.00", "JPY", 1500),
        ("100.00", "ISK", 10000),
        ("1.23", "KWD", 1230),
        ("7.00", "MGA", 7),
    ],
)
def test_amounts_are_exact_in_the_currencys_smallest_unit(amount: str, currency: str, units: int) -> None:
    assert units_of(Decimal(amount), currency) == units
    assert amount_of(units, currency.lower()) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("1500.50", "JPY"), ("10.005", "NOK")])
def test_a_fraction_of_the_smallest_unit_is_refused_not_rounded(amount: str, currency: str) -> None:
    with pytest.raises(ProviderRefused, match="decimals"):
        units_of(Decimal(amount), currency)


async def test_an_open_session_is_dropped(shop: Shop) -> None:
    assert await shop.provider.cancel("cs_test_123", None)
    assert shop.wire.asked[0][0] == "/v1/checkout/sessions/cs_test_123/expire"


async def test_a_session_that_cannot_be_dropped_is_paid_unless_it_has_expired(shop: Shop) -> None:
    closed = {"error": {"type": "invalid_request_error", "message": "Only open sessions can be expired."}}
    for status, dropped in (("complete", False), ("expired", True)):
        session = {"id": "cs_test_123", "object": "checkout.session", "status": status}
        shop.wire.faults += [JSONResponse(closed, 400), JSONResponse(session)]
        assert await shop.provider.cancel("cs_test_123", None) is dropped


@pytest.mark.parametrize(
    ("status", "payment", "seen"),
    [
        ("open", "unpaid", "open"),
        ("expired", "unpaid", "over"),
        ("complete", "unpaid", "approved"),
        ("complete", "paid", "paid"),
    ],
)
async def test_asked_what_became_of_a_session_stripe_shows_it(shop: Shop, status: str, payment: str, seen: str) -> None:
    session = {
        "id": "cs_test_123",
        "object": "checkout.session",
        "status": status,
        "payment_status": payment,
        "payment_intent": "pi_123",
        "amount_total": 80235,
        "currency": "nok",
    }
    shop.wire.faults.append(JSONResponse(session))
    shown = await shop.provider.settle("cs_test_123", Decimal("802.35"), "NOK", None)
    assert (shown.state, shown.payment, shown.amount) == (seen, "pi_123", Decimal("802.35"))


async def test_a_passing_failure_is_asked_once_more_under_the_same_key(shop: Shop) -> None:
    shop.wire.faults.append(JSONResponse({"error": {"type": "api_error"}}, 500))
    await shop.provider.start(checkout())
    first, second = shop.wire.asked
    assert first[1]["idempotency-key"] == second[1]["idempotency-key"]


async def test_a_lasting_failure_is_unavailable(shop: Shop) -> None:
    shop.wire.faults += [JSONResponse({"error": {"type": "api_error"}}, 500) for _ in range(2)]
    with pytest.raises(ProviderUnavailable, match="500"):
        await shop.provider.start(checkout())
    nowhere = StripeCheckout("sk_test_123", api_base="http://127.0.0.1:1", timeout=1)
    with pytest.raises(ProviderUnavailable, match="APIConnectionError"):
        await nowhere.start(checkout())
    await nowhere.aclose()


async def test_what_stripe_refuses_is_refused_without_repeating_what_was_sent(shop: Shop) -> None:
    refusal = {"error": {"type": "invalid_request_error", "message": "No such thing: 2026-1001", "code": "bad"}}
    shop.wire.faults.append(JSONResponse(refusal, 400))
    with pytest.raises(ProviderRefused, match="InvalidRequestError 400 bad") as error:
        await shop.provider.start(checkout())
    assert "2026-1001" not in str(error.value)


SECRETS = ("whsec_new", "whsec_old")


def webhook(secret: str, *, age: int = 0) -> tuple[bytes, str]:
    event = StripeWebhooks(None).session("completed", Paid(uuid4(), Decimal("802.00")))
    body = json.dumps(event)
    stamp = int(time.time()) - age
    return body.encode(), stripe.WebhookSignature.generate_signature_header(body, secret, stamp)


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_verifies_while_one_rotates(secret: str) -> None:
    body, header = webhook(secret, age=290)
    assert verify_stripe(SECRETS, body, header)["type"] == "checkout.session.completed"


def test_forged_old_changed_and_unsigned_webhooks_do_not_verify() -> None:
    body, good = webhook("whsec_new")
    _, forged = webhook("whsec_other")
    old_body, old = webhook("whsec_new", age=310)
    for content, header in ((body, forged), (old_body, old), (body + b" ", good), (body, ""), (body, "t=x,v1=y")):
        with pytest.raises(BadSignature):
            verify_stripe(SECRETS, content, header)
    with pytest.raises(BadSignature):
        verify_stripe(SECRETS, b"\xff", good)
    with pytest.raises(BadSignature):
        verify_stripe((), body, good)
