"""Stripe's webhooks about Checkout Sessions, charges and disputes, shaped and signed as Stripe's own."""

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

from domain.money.amount import decimals_of, to_minor_units
from simulator.emulators.callbacks import Callbacks
from simulator.emulators.providers import Faults

API_VERSION: Final = stripe.api_version
STRIPES_OWN: Final = {"ISK": 2, "UGX": 2, "MGA": 0}  # where Stripe does not count in the decimals of ISO 4217


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
