"""Stripe Checkout: a payment page at Stripe, and its signed webhooks."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import stripe

from connectors.payment_providers.provider import (
    TIMEOUT,
    TRIES,
    Checkout,
    ProviderRefused,
    ProviderUnavailable,
    Seen,
    Started,
)
from connectors.signatures import BadSignature, signed_json
from domain.money.amount import can_be_paid, decimals_of, from_minor_units, to_minor_units
from domain.money.ways_to_pay import CARD, MOBILEPAY, SWISH

API_BASE: Final = "https://api.stripe.com"
_LOCALES = {"nn": "nb"}  # of our languages, those that the page of Stripe has another for
LIVES_SECONDS: Final = 35 * 60  # Stripe takes no less than 30 minutes, counted when the request reaches it
TOLERANCE_SECONDS: Final = 300  # Stripe signs each attempt afresh, also when it repeats an event for days
# Where Stripe does not count in the decimals of ISO 4217 (docs.stripe.com/currencies#zero-decimal and "Special cases"): it wants
# two zeros for ISK and UGX, and none for MGA. The last of three decimals is always 0 there, as it is here.
OTHER_DECIMALS: Final[Mapping[str, int]] = {"ISK": 2, "UGX": 2, "MGA": 0}
# The smallest charge by currency, and the largest of any in its smallest unit (docs.stripe.com/currencies, "Minimum and
# maximum charge amounts").
SMALLEST: Final = {
    code: Decimal(amount)
    for code, amount in {
        "CHF": "0.50",
        "CZK": "15",
        "DKK": "2.50",
        "EUR": "0.50",
        "GBP": "0.30",
        "NOK": "3",
        "PLN": "2",
        "SEK": "3",
        "USD": "0.50",
    }.items()
}
LARGEST_UNITS: Final = 99_999_999
# What a page of Stripe may take, by our names and by Stripe's, and in which currencies: None for all
# (docs.stripe.com/payments/swish and docs.stripe.com/payments/mobilepay, "Payment method properties").
METHODS: Final[Mapping[str, str]] = {CARD: "card", SWISH: "swish", MOBILEPAY: "mobilepay"}
CURRENCIES: Final[Mapping[str, frozenset[str] | None]] = {
    CARD: None,
    SWISH: frozenset({"SEK"}),
    MOBILEPAY: frozenset({"DKK", "EUR", "NOK", "SEK"}),
}
# How our payments are known among others on the same Stripe account.
ATTEMPT, CREDITOR, INVOICE, REFERENCE = "purr_attempt", "purr_creditor", "purr_invoice", "purr_reference"


class StripeCheckout:
    """Stripe's hosted payment page, reached through the official SDK."""

    def __init__(self, api_key: str, *, api_base: str = API_BASE, timeout: float = TIMEOUT) -> None:
        self._http = stripe.HTTPXClient(timeout=timeout)
        self.live = "_live_" in api_key  # else a test mode, in which no money moves
        self._client = stripe.StripeClient(
            api_key, base_addresses={"api": api_base}, http_client=self._http, max_network_retries=TRIES - 1
        )

    def takes(self, amount: Decimal, currency: str) -> bool:
        """Stripe takes every currency, no less than its smallest amount; how an account is paid out is Stripe's affair."""
        if not can_be_paid(amount, currency):
            return False
        return SMALLEST.get(currency, Decimal(0)) <= amount and units_of(amount, currency) <= LARGEST_UNITS

    async def start(self, checkout: Checkout) -> Started:
        """Create a Checkout Session. Raises ProviderUnavailable or ProviderRefused."""
        named = {
            ATTEMPT: str(checkout.attempt),
            CREDITOR: checkout.creditor,
            INVOICE: checkout.invoice_number,
            REFERENCE: checkout.reference or "",
        }
        what = checkout.what
        params: Any = {
            "mode": "payment",
            "payment_method_types": [METHODS[checkout.way]],
            "submit_type": "pay",
            "client_reference_id": str(checkout.attempt),
            "metadata": named,
            # Repeated on the payment itself, so that news of a refund says whose it is.
            "payment_intent_data": {"metadata": named, "description": f"{checkout.creditor_name} {what}"},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": checkout.currency.lower(),
                        "unit_amount": units_of(checkout.amount, checkout.currency),
                        "product_data": {"name": f"{what}, {checkout.creditor_name}"},
                    },
                }
            ],
            "success_url": checkout.return_url,
            "cancel_url": checkout.page_url,
            "expires_at": int(time.time()) + LIVES_SECONDS,
            "locale": _LOCALES.get(checkout.language[:2], checkout.language[:2]),
        }
        try:
            session = await self._client.v1.checkout.sessions.create_async(
                params, _options(checkout.merchant, idempotency_key=str(checkout.attempt))
            )
        except stripe.StripeError as error:
            raise _ours(error) from error
        if not session.url:
            raise ProviderRefused("Stripe gave a session without an address to pay at")
        return Started(session.id, session.url)

    async def cancel(self, provider_id: str, merchant: str | None) -> bool:
        """Expire a session that is still open; False when it was paid. Raises as `start` does."""
        try:
            await self._client.v1.checkout.sessions.expire_async(provider_id, {}, _options(merchant))
        except stripe.InvalidRequestError:  # only an open session can be expired
            return (await self._session(provider_id, merchant)).status == "expired"
        except stripe.StripeError as error:
            raise _ours(error) from error
        return True

    async def settle(
        self, provider_id: str, amount: Decimal, currency: str, merchant: str | None, *, owed: bool = True
    ) -> Seen:
        """What became of a session; none waits for us. Raises ProviderUnavailable or ProviderRefused."""
        session = await self._session(provider_id, merchant)
        payment = session.payment_intent if isinstance(session.payment_intent, str) else session.id
        if session.status == "complete":
            paid = amount_of(session.amount_total or 0, currency)
            return Seen("paid" if session.payment_status == "paid" else "approved", payment, paid, currency)
        return Seen("over" if session.status == "expired" else "open", payment, amount, currency)

    async def _session(self, session: str, merchant: str | None) -> stripe.checkout.Session:
        try:
            return await self._client.v1.checkout.sessions.retrieve_async(session, {}, _options(merchant))
        except stripe.StripeError as error:
            raise _ours(error) from error

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def units_of(amount: Decimal, currency: str) -> int:
    """An amount as Stripe counts it. Raises ProviderRefused for a fraction of its smallest unit."""
    try:
        return to_minor_units(amount, _decimals(currency))
    except ValueError as error:
        raise ProviderRefused(f"Stripe: {error}") from error


def amount_of(units: int, currency: str) -> Decimal:
    """The amount that Stripe means; its currencies are written in small letters."""
    return from_minor_units(units, _decimals(currency.upper()))


def verify_stripe(secrets: Sequence[str], raw_body: bytes, signature: str) -> Any:
    """Give the event of a webhook that Stripe signed within 5 minutes with one of `secrets`.

    Several secrets are valid while one rotates. Raises BadSignature for all else.
    """
    if not any(_signed_with(secret, raw_body, signature) for secret in secrets):
        raise BadSignature("the webhook is not signed by Stripe with a valid secret, or not within 5 minutes")
    return signed_json(raw_body)


def _signed_with(secret: str, raw_body: bytes, signature: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(raw_body, signature, secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, ValueError):  # wrong, or in no readable form
        return False
    return True


def _decimals(currency: str) -> int:
    return OTHER_DECIMALS.get(currency, decimals_of(currency))


def _options(merchant: str | None, **more: Any) -> Any:
    return ({"stripe_account": merchant} if merchant else {}) | more


def _ours(error: stripe.StripeError) -> ProviderUnavailable | ProviderRefused:
    """Stripe's error in our words; its own message is left out, since it may repeat what was sent."""
    said = f"{type(error).__name__} {error.http_status or ''} {error.code or ''}".strip()
    later = isinstance(error, (stripe.APIConnectionError, stripe.RateLimitError)) or (error.http_status or 0) >= 500
    return ProviderUnavailable(f"Stripe: {said}") if later else ProviderRefused(f"Stripe: {said}")
