"""Vipps MobilePay: a payment in the debtor's app (ePayment API), and its signed webhooks."""

import asyncio
import base64
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx

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
from domain.money.amount import from_minor_units, to_minor_units

API_BASE: Final = "https://api.vipps.no"
PAYMENTS: Final = "/epayment/v1/payments"
CURRENCIES: Final = frozenset({"NOK", "DKK", "EUR"})
SMALLEST: Final = {"NOK": 100, "DKK": 1, "EUR": 1}  # minor units
LARGEST: Final = 65_000_000  # minor units
DECIMALS: Final = 2
PREFIX: Final = "purr-"  # how our payments are known among others of the same sales unit
EARLY: Final = 60.0  # seconds before its end that a token is no longer used
LATER: Final = frozenset({408, 425, 429})
TOO_LATE: Final = frozenset({400, 404, 409})
OVER: Final = frozenset({"ABORTED", "EXPIRED", "TERMINATED"})
LONGEST_DESCRIPTION: Final = 100
SIGNED: Final = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
_REFERENCE: Final = re.compile(rf"{PREFIX}([0-9a-f]{{32}})")


class VippsMobilePay:
    """The ePayment API of Vipps MobilePay. A payment lives 10 minutes, so links lead to our page, never to it."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        subscription_key: str,
        merchant_serial_number: str,
        api_base: str = API_BASE,
        timeout: float = TIMEOUT,
    ) -> None:
        self._http = httpx.AsyncClient(base_url=api_base, timeout=timeout, trust_env=False)
        self._keys = {
            "client_id": client_id,
            "client_secret": client_secret,
            "Ocp-Apim-Subscription-Key": subscription_key,
        }
        self._merchant = merchant_serial_number
        self._token, self._token_ends = "", 0.0
        self._token_lock = asyncio.Lock()

    def takes(self, amount: Decimal, currency: str) -> bool:
        """Whether the app pays this amount."""
        try:
            return bool(_amount(amount, currency))
        except ProviderRefused:
            return False

    async def start(self, checkout: Checkout) -> Started:
        """Create a payment that is approved in the app. Raises ProviderUnavailable or ProviderRefused."""
        what = checkout.what
        payment = {
            "amount": _amount(checkout.amount, checkout.currency),
            "paymentMethod": {"type": "WALLET"},
            "reference": reference_of(checkout.attempt),
            "userFlow": "WEB_REDIRECT",
            "returnUrl": checkout.return_url,
            "paymentDescription": f"{what}, {checkout.creditor_name}"[:LONGEST_DESCRIPTION],
        }
        answer = await self._ask("POST", PAYMENTS, checkout.merchant, str(checkout.attempt), payment)
        created = _understood(answer)
        if not isinstance(created.get("redirectUrl"), str) or not isinstance(created.get("reference"), str):
            raise ProviderRefused("Vipps gave a payment without an address to pay at")
        return Started(created["reference"], created["redirectUrl"])

    async def capture(self, provider_id: str, amount: Decimal, currency: str, merchant: str | None) -> Decimal:
        """Draw an authorised payment; gives what is captured of it in all. Asked twice, it is drawn once.

        Raises ProviderUnavailable or ProviderRefused.
        """
        body = {"modificationAmount": _amount(amount, currency)}
        answer = await self._ask("POST", f"{_path(provider_id)}/capture", merchant, f"capture-{provider_id}", body)
        return _captured(_understood(answer))

    async def release(self, provider_id: str, merchant: str | None) -> None:
        """Let go of an approved payment that nobody owes any more. Raises ProviderUnavailable or ProviderRefused."""
        _understood(await self._ask("POST", f"{_path(provider_id)}/cancel", merchant, f"release-{provider_id}", {}))

    async def settle(
        self, provider_id: str, amount: Decimal, currency: str, merchant: str | None, *, owed: bool = True
    ) -> Seen:
        """What became of a payment; an approved one is captured, or let go where it is not owed any more.

        Raises ProviderUnavailable or ProviderRefused.
        """
        shown = _understood(await self._ask("GET", _path(provider_id), merchant, f"look-{provider_id}", None))
        if shown.get("state") == "AUTHORIZED":
            captured = _captured(shown)
            if not captured and not owed:
                await self.release(provider_id, merchant)
                return Seen("over", provider_id, amount, currency)
            captured = captured or await self.capture(provider_id, amount, currency, merchant)
            return Seen("paid", provider_id, captured, currency)
        return Seen("over" if shown.get("state") in OVER else "open", provider_id, amount, currency)

    async def cancel(self, provider_id: str, merchant: str | None) -> bool:
        """Drop a payment that is not approved yet; False when it is too late. Raises as `start` does."""
        body = {"cancelTransactionOnly": True}  # an approved one is money on its way: it stays
        answer = await self._ask("POST", f"{_path(provider_id)}/cancel", merchant, f"cancel-{provider_id}", body)
        if answer.status_code in TOO_LATE:
            return False
        _understood(answer)
        return True

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, merchant: str | None, key: str, body: Mapping[str, Any] | None
    ) -> httpx.Response:
        """A clear answer of the API, asked again once with a fresh token when the old one is not taken."""
        answer = await self._send(method, path, await self._headers(merchant, key), body)
        if answer.status_code == 401:
            self._token_ends = 0.0
            answer = await self._send(method, path, await self._headers(merchant, key), body)
        return answer

    async def _headers(self, merchant: str | None, key: str) -> dict[str, str]:
        async with self._token_lock:
            if time.monotonic() >= self._token_ends:
                answer = await self._send("POST", "/accesstoken/get", self._keys, {})
                self._token, seconds = _token(_understood(answer))
                self._token_ends = time.monotonic() + seconds - EARLY
        return {
            "Authorization": f"Bearer {self._token}",
            "Ocp-Apim-Subscription-Key": self._keys["Ocp-Apim-Subscription-Key"],
            "Merchant-Serial-Number": merchant or self._merchant,
            "Idempotency-Key": key,
            "Vipps-System-Name": "purr",
        }

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> httpx.Response:
        why = ""
        for _ in range(TRIES):
            try:
                answer = await self._http.request(method, path, headers=headers, json=body)
            except httpx.TransportError as error:
                why = type(error).__name__
                continue
            if answer.status_code < 500 and answer.status_code not in LATER:
                return answer
            why = f"answered {answer.status_code}"
        raise ProviderUnavailable(f"Vipps: {why}")


def reference_of(attempt: UUID) -> str:
    """An attempt's name at Vipps: 37 of at most 50 characters."""
    return f"{PREFIX}{attempt.hex}"


def attempt_of(reference: str) -> UUID | None:
    """The attempt that a name at Vipps stands for; None for a payment that is not ours."""
    found = _REFERENCE.fullmatch(reference)
    return UUID(found[1]) if found else None


def amount_of(units: int) -> Decimal:
    """The amount that Vipps means; all its currencies are counted in hundredths."""
    return from_minor_units(units, DECIMALS)


def signature(secret: str, url: str, date: str, content_hash: str) -> str:
    """The signature of a webhook to a URL, in base64 (developer.vippsmobilepay.com, "Authenticate the webhook event").

    The secret is used as the text it is given as, though it looks like base64.
    """
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    text = f"POST\n{path}\n{date};{parts.netloc};{content_hash}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), sha256).digest()).decode()


def content_hash(raw_body: bytes) -> str:
    """The hash of a webhook's body, in base64."""
    return base64.b64encode(sha256(raw_body).digest()).decode()


def verify_vipps(secrets: Sequence[str], url: str, raw_body: bytes, headers: Mapping[str, str]) -> Any:
    """Give the JSON payload of a webhook that Vipps signed with one of `secrets` for `url`, as it was registered.

    Its age is not judged: Vipps repeats a webhook for a week and does not say that it dates it anew, and an event
    told again changes nothing. Raises BadSignature.
    """
    date, hashed = headers.get("x-ms-date", ""), headers.get("x-ms-content-sha256", "")
    given = headers.get("authorization", "").encode()
    signed = any(
        hmac.compare_digest(f"{SIGNED}{signature(secret, url, date, hashed)}".encode(), given) for secret in secrets
    )
    if not date or not hmac.compare_digest(hashed.encode(), content_hash(raw_body).encode()) or not signed:
        raise BadSignature("the webhook is not signed by Vipps with a valid secret for this address")
    return signed_json(raw_body)


def _amount(amount: Decimal, currency: str) -> dict[str, Any]:
    if currency not in CURRENCIES:
        raise ProviderRefused(f"Vipps takes no payment in {currency}")
    try:
        units = to_minor_units(amount, DECIMALS)
    except ValueError as error:
        raise ProviderRefused(f"Vipps: {error}") from error
    if not SMALLEST[currency] <= units <= LARGEST:
        raise ProviderRefused(f"Vipps takes no payment of {amount} {currency}")
    return {"value": units, "currency": currency}


def _captured(payment: Mapping[str, Any]) -> Decimal:
    """What was captured of a payment in all."""
    try:
        return amount_of(int(payment["aggregate"]["capturedAmount"]["value"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderRefused("Vipps did not say how much is captured") from error


def _token(told: Mapping[str, Any]) -> tuple[str, float]:
    """The token and for how many seconds it holds; Vipps writes the seconds as text."""
    try:
        return str(told["access_token"]), float(told["expires_in"])
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderRefused("Vipps gave no access token") from error


def _path(provider_id: str) -> str:
    return f"{PAYMENTS}/{quote(provider_id, safe='')}"


def _understood(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer. Raises ProviderRefused with the problem's title, which names no person."""
    try:
        told: Any = answer.json()
    except ValueError:
        told = None
    if answer.is_success and isinstance(told, dict):
        return told
    title = told.get("title", "") if isinstance(told, dict) else ""
    raise ProviderRefused(f"Vipps: answered {answer.status_code} {title}".strip())
