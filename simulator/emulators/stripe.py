"""Stripe as it looks from outside: Checkout Sessions that people pay on its page, and its signed webhooks."""

import html
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import stripe
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.money.amount import decimals_of, from_minor_units, to_minor_units
from simulator.emulators.callbacks import Callbacks
from simulator.emulators.providers import Faults
from web.payment_methods.stripe import StripeSettings

API_VERSION: Final = stripe.api_version
STRIPES_OWN: Final = {"ISK": 2, "UGX": 2, "MGA": 0}  # where Stripe does not count in the decimals of ISO 4217
LANDING: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Stripe Checkout (simulated)</title>
<h1>{amount}</h1><p>{what}</p>
<form method="post"><button name="answer" value="pay">Pay with {method}</button>
<button name="answer" value="back">Back</button></form></html>"""


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Paid:
    """A session that somebody pays, with what, and what it carries."""

    attempt: UUID
    amount: Decimal
    currency: str = "NOK"
    method: str = "card"  # as Stripe calls it: card, swish, mobilepay …
    metadata: dict[str, str] = field(default_factory=dict)
    session: str = field(default_factory=lambda: f"cs_test_{uuid.uuid4().hex}")
    payment: str = field(default_factory=lambda: f"pi_{uuid.uuid4().hex[:24]}")

    @property
    def units(self) -> int:
        """The amount in minor units."""
        return self.units_of(self.amount)

    def units_of(self, amount: Decimal) -> int:
        """A part of it in minor units."""
        return to_minor_units(amount, STRIPES_OWN.get(self.currency, decimals_of(self.currency)))


@dataclass
class StripeWebhooks:
    """One webhook endpoint registered with Stripe."""

    url: str | None
    secret: str = "whsec_simulated"
    clock: Callable[[], datetime] = _wall_clock
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.callbacks = Callbacks(self.url, self.signed, self.faults)

    def signed(self, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """An event's body and headers, signed now: signatures are wall time."""
        body = json.dumps(event).encode()
        return body, self.headers_of(body)

    def headers_of(self, body: bytes) -> dict[str, str]:
        """The headers that come with a body, whatever it holds."""
        text = body.decode(errors="replace")
        header = stripe.WebhookSignature.generate_signature_header(text, self.secret, int(time.time()))
        return {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"}

    def event(self, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        """An event around an object."""
        return {
            "id": f"evt_{uuid.uuid4().hex[:24]}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.clock().timestamp()),
            "data": {"object": told},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }

    def session(self, kind: str, paid: Paid, *, status: str = "complete", payment: str = "paid") -> dict[str, Any]:
        """A `checkout.session.…` event."""
        told = {
            "id": paid.session,
            "object": "checkout.session",
            "amount_subtotal": paid.units,
            "amount_total": paid.units,
            "client_reference_id": str(paid.attempt),
            "currency": paid.currency.lower(),
            "metadata": paid.metadata,
            "mode": "payment",
            "payment_intent": paid.payment,
            "payment_method_types": [paid.method],
            "payment_status": payment,
            "status": status,
        }
        return self.event(f"checkout.session.{kind}", told)

    def refund(self, paid: Paid, in_all: Decimal) -> dict[str, Any]:
        """A `charge.refunded` event: Stripe tells the sum of all refunds so far."""
        told = {
            "id": f"ch_{paid.payment[3:]}",
            "object": "charge",
            "amount": paid.units,
            "amount_refunded": paid.units_of(in_all),
            "currency": paid.currency.lower(),
            "metadata": paid.metadata,
            "payment_intent": paid.payment,
            "payment_method_details": {"type": paid.method},
            "refunded": in_all == paid.amount,
        }
        return self.event("charge.refunded", told)

    def one_refund(self, paid: Paid, status: str) -> dict[str, Any]:
        """A refund of all that was paid, as the events of refunds show it; it carries nothing of ours."""
        return {
            "id": f"re_{paid.payment[3:]}",
            "object": "refund",
            "amount": paid.units,
            "charge": f"ch_{paid.payment[3:]}",
            "currency": paid.currency.lower(),
            "metadata": {},
            "payment_intent": paid.payment,
            "status": status,
        }

    def dispute(self, kind: str, paid: Paid, status: str, amount: Decimal | None = None) -> dict[str, Any]:
        """A `charge.dispute.…` event about an amount, or all; it names the payment and carries nothing else of ours."""
        told = {
            "id": f"du_{paid.payment[3:]}",
            "object": "dispute",
            "amount": paid.units if amount is None else paid.units_of(amount),
            "charge": f"ch_{paid.payment[3:]}",
            "currency": paid.currency.lower(),
            "metadata": {},
            "payment_intent": paid.payment,
            "reason": "general",
            "status": status,
        }
        return self.event(f"charge.dispute.{kind}", told)


@dataclass
class Session:
    """A Checkout Session: what is to be paid and with what, and where who is done comes back to."""

    paid: Paid
    what: str
    success_url: str
    cancel_url: str
    expires_at: int
    status: str = "open"  # open | complete | expired

    def told(self, url: str) -> dict[str, Any]:
        """As the API shows it."""
        done = self.status == "complete"
        return {
            "id": self.paid.session,
            "object": "checkout.session",
            "amount_total": self.paid.units,
            "currency": self.paid.currency.lower(),
            "metadata": self.paid.metadata,
            "mode": "payment",
            "payment_intent": self.paid.payment if done else None,
            "payment_status": "paid" if done else "unpaid",
            "status": self.status,
            "expires_at": self.expires_at,
            "url": None if done else f"{url}/pay/{self.paid.session}",
        }


@dataclass
class Stripe:
    """One account at Stripe, reached at `url`, and who pays on its page."""

    webhooks: StripeWebhooks
    api_key: str = "sk_test_simulated"
    url: str = ""
    sessions: dict[str, Session] = field(default_factory=dict, init=False)
    by_key: dict[str, str] = field(default_factory=dict, init=False)  # idempotency key -> session

    def settings(self) -> StripeSettings:
        """The settings that lead here."""
        return StripeSettings(
            api_base=self.url, api_key=SecretStr(self.api_key), webhook_secrets=(SecretStr(self.webhooks.secret),)
        )

    def pay(self, session: str) -> None:
        """Somebody pays what a session asks for."""
        one = self.sessions[session]
        if one.status == "open":
            one.status = "complete"
            self.webhooks.callbacks.queue(self.webhooks.session("completed", one.paid))

    async def drain(self) -> None:
        """Wait until every webhook is taken."""
        await self.webhooks.callbacks.drain()

    async def aclose(self) -> None:
        """Stop calling back."""
        await self.webhooks.callbacks.aclose()


def create_app(world: Stripe) -> Starlette:
    """Give the application: the API's addresses, and the page where people pay."""
    doors = _Doors(world)
    one = "/v1/checkout/sessions/{session}"
    return Starlette(
        routes=[
            Route("/v1/checkout/sessions", doors.create, methods=["POST"]),
            Route(one, doors.show, methods=["GET"]),
            Route(f"{one}/expire", doors.expire, methods=["POST"]),
            Route("/pay/{session}", doors.landing, methods=["GET", "POST"]),
        ]
    )


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": {"type": "invalid_request_error", "message": message}}, status)


class _Doors:
    """The requests that reach Stripe, one method each."""

    def __init__(self, world: Stripe) -> None:
        self._world = world

    async def create(self, request: Request) -> Response:
        if refused := self._not_allowed(request):
            return refused
        form = {name: str(value) for name, value in (await request.form()).items()}
        key = request.headers.get("idempotency-key", "")
        if known := self._world.by_key.get(key):
            return JSONResponse(self._world.sessions[known].told(self._world.url))
        price = "line_items[0][price_data]"
        missing = [name for name in (f"{price}[unit_amount]", "success_url", "client_reference_id") if name not in form]
        if missing:
            return _refused(400, f"Missing required param: {missing[0]}")
        currency, units = form[f"{price}[currency]"].upper(), int(form[f"{price}[unit_amount]"])
        paid = Paid(
            UUID(form["client_reference_id"]),
            from_minor_units(units, STRIPES_OWN.get(currency, decimals_of(currency))),
            currency,
            form["payment_method_types[0]"],
            {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")},
        )
        session = Session(
            paid,
            form[f"{price}[product_data][name]"],
            form["success_url"],
            form["cancel_url"],
            int(form["expires_at"]),
        )
        self._world.sessions[paid.session] = session
        self._world.by_key[key] = paid.session
        return JSONResponse(session.told(self._world.url))

    async def show(self, request: Request) -> Response:
        session = self._world.sessions.get(request.path_params["session"])
        refused = self._not_allowed(request)
        if refused or session is None:
            return refused or _refused(404, "No such checkout.session")
        return JSONResponse(session.told(self._world.url))

    async def expire(self, request: Request) -> Response:
        session = self._world.sessions.get(request.path_params["session"])
        refused = self._not_allowed(request)
        if refused or session is None:
            return refused or _refused(404, "No such checkout.session")
        if session.status != "open":
            return _refused(400, "Only Checkout Sessions with a status in [open] can be expired")
        session.status = "expired"
        return JSONResponse(session.told(self._world.url))

    async def landing(self, request: Request) -> Response:
        session = self._world.sessions.get(request.path_params["session"])
        if session is None:
            return HTMLResponse("no such page", 404)
        if request.method == "GET":
            amount = f"{session.paid.amount} {session.paid.currency}"
            what, method = html.escape(session.what), html.escape(session.paid.method)
            return HTMLResponse(LANDING.format(amount=amount, what=what, method=method))
        if (await request.form()).get("answer") != "pay":
            return RedirectResponse(session.cancel_url, 303)
        self._world.pay(session.paid.session)
        return RedirectResponse(session.success_url, 303)

    def _not_allowed(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        return None if given == f"Bearer {self._world.api_key}" else _refused(401, "Invalid API Key provided")
