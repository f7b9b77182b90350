"""Vipps MobilePay's ePayment API as it looks from outside: payments, people who approve them, and signed webhooks."""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulator.emulators.callbacks import Callbacks
from simulator.emulators.providers import Faults
from web.payment_methods.vipps import VippsSettings

State = Literal["CREATED", "AUTHORIZED", "ABORTED", "EXPIRED", "TERMINATED"]
EventName = Literal["CREATED", "AUTHORIZED", "ABORTED", "EXPIRED", "TERMINATED", "CANCELLED", "CAPTURED", "REFUNDED"]

REFERENCE: Final = re.compile(r"[a-zA-Z0-9-]{8,50}")
CURRENCIES: Final = {"NOK": 100, "DKK": 1, "EUR": 1}  # the smallest amount, in minor units
LARGEST: Final = 65_000_000
LANDING: Final = """<!doctype html><html lang="nb"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Vipps (simulert)</title>
<h1>{amount}</h1><p>{description}</p>
<form method="post"><button name="answer" value="approve">Godkjenn</button>
<button name="answer" value="abort">Avbryt</button></form></html>"""


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Payment:
    """One payment; amounts in minor units."""

    merchant: str
    reference: str
    value: int
    currency: str
    return_url: str
    description: str
    key: str
    state: State = "CREATED"
    captured: int = 0
    cancelled: int = 0
    refunded: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    modifications: dict[str, str] = field(default_factory=dict)  # idempotency key -> pspReference

    def amount(self, value: int) -> dict[str, Any]:
        """An amount object."""
        return {"currency": self.currency, "value": value}

    @property
    def aggregate(self) -> dict[str, Any]:
        """What became of the money in all."""
        authorized = self.value if self.state == "AUTHORIZED" else 0
        return {
            "authorizedAmount": self.amount(authorized),
            "cancelledAmount": self.amount(self.cancelled),
            "capturedAmount": self.amount(self.captured),
            "refundedAmount": self.amount(self.refunded),
        }


@dataclass
class Vipps:
    """The provider's state, and what people do in its app."""

    webhook_url: str | None = None
    client_id: str = "simulated-client"
    client_secret: str = "simulated-secret"
    subscription_key: str = "simulated-key"
    webhook_secret: str = "simulated-webhook-secret"
    clock: Callable[[], datetime] = _wall_clock
    faults: Faults = field(default_factory=Faults)
    url: str = ""  # where this API is reached; landing pages lie below it
    sales_units: dict[str, str] = field(
        default_factory=dict
    )  # merchant serial number -> what it is paid in; of others not known
    payments: dict[str, Payment] = field(default_factory=dict, init=False)
    tokens: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.callbacks = Callbacks(self.webhook_url, self.signed, self.faults)

    def settings(self, merchant: str) -> VippsSettings:
        """The settings that lead here; `merchant` is the sales unit of creditors that name none."""
        return VippsSettings(
            api_base=self.url,
            client_id=self.client_id,
            client_secret=SecretStr(self.client_secret),
            subscription_key=SecretStr(self.subscription_key),
            merchant_serial_number=merchant,
            webhook_secrets=(SecretStr(self.webhook_secret),),
        )

    async def approve(self, reference: str) -> None:
        """The person approves the payment in the app."""
        self._end(reference, "AUTHORIZED")

    async def abort(self, reference: str) -> None:
        """The person stops the payment in the app."""
        self._end(reference, "ABORTED")

    async def expire(self, reference: str) -> None:
        """Ten minutes pass and the person does nothing."""
        self._end(reference, "EXPIRED")

    def refund(self, reference: str, value: int) -> None:
        """The creditor gives money back, in the provider's portal."""
        payment = self.payments[reference]
        payment.refunded += value
        self.tell(payment, "REFUNDED", value)

    async def drain(self) -> None:
        """Wait until every webhook is taken."""
        await self.callbacks.drain()

    async def aclose(self) -> None:
        """Stop calling back."""
        await self.callbacks.aclose()

    def created(self, payment: Payment) -> None:
        """A payment was created."""
        self.payments[payment.reference] = payment
        self.tell(payment, "CREATED", payment.value)

    def tell(self, payment: Payment, name: EventName, value: int, *, key: str | None = None, psp: str = "") -> None:
        """Queue the webhook of an event."""
        event = {
            "msn": payment.merchant,
            "reference": payment.reference,
            "pspReference": psp or uuid.uuid4().hex[:12],
            "name": name,
            "amount": payment.amount(value),
            "timestamp": self.clock().isoformat().replace("+00:00", "Z"),
            "idempotencyKey": key,
            "success": True,
        }
        payment.events.append(event)
        self.callbacks.queue(event)

    def signed(self, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """A webhook's body and headers, by the description in the provider's documentation."""
        body = json.dumps(event).encode()
        return body, self.headers_of(body)

    def headers_of(self, body: bytes) -> dict[str, str]:
        """The headers that come with a body, whatever it holds."""
        assert self.webhook_url is not None
        parts = urlsplit(self.webhook_url)
        date = format_datetime(datetime.now(UTC), usegmt=True)
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        text = f"POST\n{path}\n{date};{parts.netloc};{digest}".encode()
        mac = base64.b64encode(hmac.digest(self.webhook_secret.encode(), text, "sha256")).decode()
        return {
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={mac}",
            "Content-Type": "application/json",
        }

    def _end(self, reference: str, state: State) -> None:
        payment = self.payments[reference]
        if payment.state == "CREATED":
            payment.state = state
            self.tell(payment, state, payment.value)


def create_app(world: Vipps) -> Starlette:
    """Give the application: the API's addresses, and a landing page where a person answers."""
    doors = _Doors(world)
    one = "/epayment/v1/payments/{reference}"
    return Starlette(
        routes=[
            Route("/accesstoken/get", doors.token, methods=["POST"]),
            Route("/epayment/v1/payments", doors.create, methods=["POST"]),
            Route(one, doors.show, methods=["GET"]),
            Route(f"{one}/events", doors.show_events, methods=["GET"]),
            Route(f"{one}/{{change}}", doors.modify, methods=["POST"]),
            Route("/landing/{reference}", doors.landing, methods=["GET", "POST"]),
        ]
    )


def _problem(status: int, title: str) -> Response:
    body = {"type": "https://example.invalid/problem", "title": title, "status": status, "traceId": uuid.uuid4().hex}
    return JSONResponse(body, status, media_type="application/problem+json")


class _Doors:
    """The requests that reach the provider, one method each."""

    def __init__(self, world: Vipps) -> None:
        self._world = world

    async def token(self, request: Request) -> Response:
        world, given = self._world, request.headers
        keys = (given.get("client_id"), given.get("client_secret"), given.get("ocp-apim-subscription-key"))
        if keys != (world.client_id, world.client_secret, world.subscription_key):
            return _problem(401, "Unauthorized")
        token = uuid.uuid4().hex
        world.tokens.add(token)
        return JSONResponse({"token_type": "Bearer", "expires_in": "3599", "access_token": token})

    async def create(self, request: Request) -> Response:
        body: Any = await request.json()
        if refused := await self._refused(request):
            return refused
        key, amount = request.headers["idempotency-key"], body.get("amount", {})
        reference, return_url = str(body.get("reference")), str(body.get("returnUrl"))
        known = self._world.payments.get(reference)
        if known is not None and known.key != key:
            return _problem(409, "The reference is already used")
        smallest = CURRENCIES.get(amount.get("currency"))
        secure = return_url.startswith(("https://", "http://127.0.0.1", "http://localhost"))
        paid_in = self._world.sales_units.get(request.headers["merchant-serial-number"], amount.get("currency"))
        if (
            smallest is None
            or amount["currency"] != paid_in
            or not isinstance(amount.get("value"), int)
            or not smallest <= amount["value"] <= LARGEST
            or not REFERENCE.fullmatch(reference)
            or body.get("userFlow") != "WEB_REDIRECT"
            or body.get("paymentMethod") != {"type": "WALLET"}
            or not secure
            or not 3 <= len(str(body.get("paymentDescription"))) <= 100
        ):
            return _problem(400, "Bad Request")
        if known is None:
            payment = Payment(
                merchant=request.headers["merchant-serial-number"],
                reference=reference,
                value=amount["value"],
                currency=amount["currency"],
                return_url=return_url,
                description=body["paymentDescription"],
                key=key,
            )
            self._world.created(payment)
        return JSONResponse({"redirectUrl": f"{self._world.url}/landing/{reference}", "reference": reference}, 201)

    async def show(self, request: Request) -> Response:
        if refused := await self._refused(request, keyed=False):
            return refused
        payment = self._world.payments.get(request.path_params["reference"])
        return _problem(404, "Not Found") if payment is None else JSONResponse(self._resource(payment))

    async def show_events(self, request: Request) -> Response:
        if refused := await self._refused(request, keyed=False):
            return refused
        payment = self._world.payments.get(request.path_params["reference"])
        return _problem(404, "Not Found") if payment is None else JSONResponse(payment.events)

    async def modify(self, request: Request) -> Response:
        """Capture, refund or cancel; the same idempotency key again changes nothing."""
        if refused := await self._refused(request):
            return refused
        payment = self._world.payments.get(request.path_params["reference"])
        if payment is None:
            return _problem(404, "Not Found")
        key, body = request.headers["idempotency-key"], await request.body()
        if key not in payment.modifications:
            psp = uuid.uuid4().hex[:12]
            wanted = json.loads(body) if body else {}
            if problem := self._modified(payment, request.path_params["change"], wanted, key, psp):
                return _problem(*problem)
            payment.modifications[key] = psp
        return JSONResponse(self._resource(payment) | {"pspReference": payment.modifications[key]})

    def _modified(self, payment: Payment, change: str, body: Any, key: str, psp: str) -> tuple[int, str] | None:
        value = body.get("modificationAmount", {}).get("value", 0)
        if change == "cancel":
            if payment.state == "CREATED":
                payment.state = "TERMINATED"
                self._world.tell(payment, "TERMINATED", payment.value, key=key, psp=psp)
                return None
            left = payment.value - payment.captured - payment.cancelled
            if payment.state != "AUTHORIZED" or body.get("cancelTransactionOnly") or left <= 0:
                return 409, "The payment cannot be cancelled"
            payment.cancelled += left
            self._world.tell(payment, "CANCELLED", left, key=key, psp=psp)
            return None
        if payment.state != "AUTHORIZED" or value <= 0:
            return 400, "The payment is not authorized"
        if change == "capture":
            if payment.captured + payment.cancelled + value > payment.value:
                return 400, "More than was authorized"
            payment.captured += value
            self._world.tell(payment, "CAPTURED", value, key=key, psp=psp)
            return None
        if change != "refund" or payment.refunded + value > payment.captured:
            return 400, "More than was captured"
        payment.refunded += value
        self._world.tell(payment, "REFUNDED", value, key=key, psp=psp)
        return None

    async def landing(self, request: Request) -> Response:
        """Where the debtor answers, in place of the app."""
        payment = self._world.payments.get(request.path_params["reference"])
        if payment is None:
            return _problem(404, "Not Found")
        if request.method == "POST":
            async with request.form() as form:
                answer = form.get("answer")
            await (self._world.approve if answer == "approve" else self._world.abort)(payment.reference)
            return RedirectResponse(payment.return_url, 303)
        amount = f"{payment.value / 100:.2f} {payment.currency}"
        return HTMLResponse(LANDING.format(amount=amount, description=html.escape(payment.description)))

    async def _refused(self, request: Request, *, keyed: bool = True) -> Response | None:
        world, given = self._world, request.headers
        await asyncio.sleep(world.faults.latency)
        fault = world.faults.draw()
        if fault in ("429", "500", "502", "503"):
            return _problem(int(fault), "Try again later")
        bearer = given.get("authorization", "").removeprefix("Bearer ")
        if fault == "401" or bearer not in world.tokens:
            return _problem(401, "Unauthorized")
        if given.get("ocp-apim-subscription-key") != world.subscription_key:
            return _problem(401, "Access denied due to invalid subscription key")
        if not re.fullmatch(r"\d{4,7}", given.get("merchant-serial-number", "")):
            return _problem(403, "Forbidden")
        if keyed and not 1 <= len(given.get("idempotency-key", "")) <= 50:
            return _problem(400, "Idempotency-Key is required, at most 50 characters")
        return None

    def _resource(self, payment: Payment) -> dict[str, Any]:
        return {
            "aggregate": payment.aggregate,
            "amount": payment.amount(payment.value),
            "state": payment.state,
            "paymentMethod": {"type": "WALLET"},
            "profile": {},
            "pspReference": payment.events[0]["pspReference"] if payment.events else "",
            "redirectUrl": f"{self._world.url}/landing/{payment.reference}",
            "reference": payment.reference,
        }
