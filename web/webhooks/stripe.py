"""What Stripe tells of payments, refunds and chargebacks: signed events, late, twice and out of order."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.payment_providers import stripe_checkout
from connectors.payment_providers.stripe_checkout import StripeCheckout
from domain.money import sources
from facts import clock
from facts.money import payment_attempts
from facts.money.payment_attempts import Merchant, MoneyReceived
from facts.money.payments import Booked
from web.problems import documented, validated
from web.security import WEBHOOK_LIMIT
from web.services import Here, Services

log = structlog.get_logger()
router = APIRouter(tags=["webhooks"])

PROVIDER = sources.STRIPE
NOT_REFUNDED = frozenset({"failed", "canceled"})  # the money is the creditor's again
INQUIRY = "warning_"  # how the status of a dispute begins while no money was taken


def _uuid(value: object) -> UUID | None:
    """An attempt's id; None for what another program has put there."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _first(value: object) -> object:
    """The id of what an event shows whole or only names."""
    return value.get("id") if isinstance(value, dict) else value


Attempt = Annotated[UUID | None, BeforeValidator(_uuid)]
Id = Annotated[str | None, BeforeValidator(_first)]
Units = Annotated[int, Field(gt=-(10**12), lt=10**12)]  # of an amount that a column holds
Seconds = Annotated[int, Field(ge=0, lt=4_102_444_800)]  # since 1970, before 2100


class Ours(BaseModel):
    """What our payments carry."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    attempt: Annotated[Attempt, Field(alias=stripe_checkout.ATTEMPT)] = None
    creditor: Annotated[str | None, Field(alias=stripe_checkout.CREDITOR)] = None
    invoice: Annotated[str | None, Field(alias=stripe_checkout.INVOICE)] = None
    reference: Annotated[str | None, Field(alias=stripe_checkout.REFERENCE)] = None


class _Object(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
    metadata: Ours = Ours()
    payment_intent: Id = None

    def money(self, merchant: Merchant, units: int, attempt: UUID | None = None) -> MoneyReceived:
        """An amount of this object's currency, as the facts take it."""
        return MoneyReceived(
            merchant=merchant,
            payment=self.payment_intent or self.id,
            amount=stripe_checkout.amount_of(units, self.currency),
            currency=self.currency.upper(),
            attempt=self.metadata.attempt or attempt,
            creditor=self.metadata.creditor,
            number=self.metadata.invoice,
            reference=self.metadata.reference or None,
        )


class Session(_Object):
    """A Checkout Session."""

    amount_total: Units
    payment_status: str
    client_reference_id: Attempt = None

    @property
    def attempt(self) -> UUID | None:
        """The attempt it was created for."""
        return self.metadata.attempt or self.client_reference_id


class Charge(_Object):
    """A charge; `amount_refunded` is the sum of all its refunds."""

    amount_refunded: Units


class Refund(_Object):
    """One refund. It carries no metadata of ours, but names the payment."""

    amount: Units
    status: str | None = None
    charge: Id = None


class Dispute(_Object):
    """A chargeback. It carries no metadata of ours, but names the payment."""

    amount: Units
    status: str


class Event(BaseModel):
    """The part of every event that is the same. `account` is the connected account that it comes from."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    type: str
    created: Seconds
    livemode: bool
    account: str | None = None
    data: dict[str, Any]


@router.post("/webhooks/stripe", status_code=204, max_body_size=WEBHOOK_LIMIT, responses=documented(401, 413, 422, 503))
async def receive_stripe_event(request: Request, services: Here) -> Response:
    """An event of Stripe's, verified on its raw bytes. Answered once everything is stored.

    Events of other types and of the other mode (test or live), of payments that are not ours, and of another account
    than the one that a payment was begun with, are answered and change nothing.
    """
    secrets = services.methods[PROVIDER].webhook_secrets
    raw, signature = await request.body(), request.headers.get("stripe-signature", "")
    event = validated(Event, stripe_checkout.verify_stripe(secrets, raw, signature))
    async with services.database.transaction() as connection:
        await _record(connection, services, event)
    return Response(status_code=204)


async def _record(connection: AsyncConnection, services: Services, event: Event) -> None:
    now = await clock.now(connection)
    told = event.data.get("object")
    booked: Booked | None = None
    method = services.methods[PROVIDER]
    merchant = method.merchant_of(event.account)
    if event.livemode is not (not isinstance(method.provider, StripeCheckout) or method.provider.live):
        log.error("provider_event_ignored", provider=PROVIDER, event_id=event.id[:80], reason="of the other mode")
        return None
    # The day the money came, however late we hear of it: no fee of the days between is right.
    told_at = datetime.fromtimestamp(event.created, UTC)
    day = services.today(min(told_at, now))
    match event.type:
        case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
            session = validated(Session, told)
            if session.payment_status == "paid":
                money = session.money(merchant, session.amount_total, session.client_reference_id)
                booked = await payment_attempts.paid(connection, money, now, day)
            elif known := await payment_attempts.find(connection, session.attempt, merchant):
                return await payment_attempts.processing(connection, known.id)
        case "checkout.session.async_payment_failed":
            if known := await payment_attempts.find(connection, validated(Session, told).attempt, merchant):
                return await payment_attempts.failed(connection, known.id, "the payment did not go through", now)
        case "checkout.session.expired":
            if known := await payment_attempts.find(connection, validated(Session, told).attempt, merchant):
                return await payment_attempts.abandoned(connection, known.id, "the payment page expired", now)
        case "charge.refunded":
            charge = validated(Charge, told)
            money = charge.money(merchant, charge.amount_refunded)
            booked = await payment_attempts.refunded_in_all(connection, money, told_at, now, day)
        case "refund.failed" | "refund.updated" | "charge.refund.updated":
            refund = validated(Refund, told)
            if refund.status in NOT_REFUNDED and (paid_with := refund.payment_intent or refund.charge):
                money = replace(refund.money(merchant, refund.amount), payment=paid_with)
                booked = await payment_attempts.refund_failed(
                    connection, money, refund.id, told_at, now, day, of_sum=True
                )
        case "charge.dispute.created" | "charge.dispute.funds_withdrawn":
            dispute = validated(Dispute, told)
            if event.type.endswith("funds_withdrawn") or not dispute.status.startswith(INQUIRY):
                money = dispute.money(merchant, dispute.amount)
                booked = await payment_attempts.charged_back(connection, money, dispute.id, now, day)
        case "charge.dispute.closed" | "charge.dispute.funds_reinstated":
            dispute = validated(Dispute, told)
            if event.type.endswith("funds_reinstated") or dispute.status == "won":
                money = dispute.money(merchant, dispute.amount)
                booked = await payment_attempts.chargeback_won(connection, money, dispute.id, now, day)
    if booked is None:
        log.info("provider_event_ignored", provider=PROVIDER, type=event.type[:80], event_id=event.id[:80])
    return None
