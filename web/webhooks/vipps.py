"""What Vipps MobilePay tells of payments: an approved one is captured at once, a captured one is booked."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from connectors.payment_providers import vipps
from connectors.payment_providers.provider import ProviderRefused
from connectors.payment_providers.vipps import VippsMobilePay
from domain.money import sources
from facts import clock
from facts.money import payment_attempts
from facts.money.payment_attempts import Attempt, Merchant, MoneyReceived
from web.problems import documented, validated
from web.security import WEBHOOK_LIMIT
from web.services import Here, Services

log = structlog.get_logger()
router = APIRouter(tags=["webhooks"])

PROVIDER = sources.VIPPS
GIVEN_UP = {
    "ABORTED": "stopped in the app",
    "EXPIRED": "not approved in time",
    "CANCELLED": "cancelled after it was approved",
}


class Amount(BaseModel):
    """An amount in minor units."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    value: Annotated[int, Field(ge=0, lt=10**12)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Event(BaseModel):
    """An event of a payment. `psp_reference` names the operation: each capture and refund has its own."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    msn: str
    reference: str
    psp_reference: Annotated[str, Field(alias="pspReference")]
    name: str
    amount: Amount
    timestamp: AwareDatetime
    success: bool

    def money(self, merchant: Merchant, attempt: UUID, creditor: str | None) -> MoneyReceived:
        """The event's amount, as the facts take it."""
        return MoneyReceived(
            merchant=merchant,
            payment=self.reference,
            amount=vipps.amount_of(self.amount.value),
            currency=self.amount.currency,
            attempt=attempt,
            creditor=creditor,
        )


@router.post("/webhooks/vipps", status_code=204, max_body_size=WEBHOOK_LIMIT, responses=documented(401, 413, 422, 503))
async def receive_vipps_event(request: Request, services: Here) -> Response:
    """An event of Vipps MobilePay's, signed for our public address. Answered once everything is stored.

    Events of payments that are not ours, and of another sales unit than the one that a payment was begun with, are
    answered and change nothing.
    """
    secrets, url = services.methods[PROVIDER].webhook_secrets, services.public_address(request)
    event = validated(Event, vipps.verify_vipps(secrets, url, await request.body(), request.headers))
    attempt = vipps.attempt_of(event.reference)
    if attempt is None:
        log.info("provider_event_ignored", provider=PROVIDER, type=event.name[:80], reason="not a payment of ours")
    elif not event.success and event.name != "REFUNDED":
        await _did_not_work(services, event, attempt)
    elif event.name == "AUTHORIZED":
        await _capture(services, event, attempt)
    else:
        await _record(services, event, attempt)
    return Response(status_code=204)


async def _record(services: Services, event: Event, attempt: UUID) -> None:
    merchant = services.methods[PROVIDER].merchant_of(event.msn)
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        if event.name in GIVEN_UP or event.name == "TERMINATED":
            if await payment_attempts.find(connection, attempt, merchant) is None:
                return None
            if why := GIVEN_UP.get(event.name):
                return await payment_attempts.abandoned(connection, attempt, why, now)
            return await payment_attempts.replaced(connection, attempt, now)  # ended by us, for another payment
        creditors = await payment_attempts.creditors_of(connection, merchant)
        money = event.money(merchant, attempt, creditors[0] if len(creditors) == 1 else None)
        day = _day(services, event, now)
        booked = None
        if event.name == "CAPTURED":
            booked = await payment_attempts.captured(connection, money, event.psp_reference, now, day)
        elif event.name == "REFUNDED" and not event.success:
            refund = event.psp_reference
            booked = await payment_attempts.refund_failed(
                connection, money, refund, event.timestamp, now, day, of_sum=False
            )
        elif event.name == "REFUNDED":
            booked = await payment_attempts.refunded(connection, money, event.psp_reference, now, day)
    if booked is None:
        log.info("provider_event_ignored", provider=PROVIDER, type=event.name[:80], reason="nothing to book")
    return None


async def _capture(services: Services, event: Event, attempt: UUID) -> None:
    """Draw an approved payment and book it, without waiting to be told; one that we do not know is not drawn."""
    method = services.methods[PROVIDER]
    merchant, provider = method.merchant_of(event.msn), method.provider
    async with services.database.transaction() as connection:
        known = await payment_attempts.find(connection, attempt, merchant)
        if known is not None:
            await payment_attempts.processing(connection, attempt)
            owed = await payment_attempts.is_owed(connection, known.id)
    if known is None or not isinstance(provider, VippsMobilePay):
        log.error(
            "payment_not_captured", provider=PROVIDER, attempt=str(attempt), reason="no such attempt with this account"
        )
        return
    if known.state == "paid":
        return
    try:
        if not owed:
            await _release(services, provider, known)
            return
        amount = await provider.capture(event.reference, known.amount, known.currency, known.merchant)
    except ProviderRefused as error:
        log.error("payment_not_captured", provider=PROVIDER, attempt=str(attempt), reason=str(error))
        await _failed(services, event, attempt, str(error))
        return
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        money = replace(event.money(merchant, attempt, known.creditor), amount=amount)
        await payment_attempts.paid(connection, money, now, _day(services, event, now))


async def _release(services: Services, provider: VippsMobilePay, attempt: Attempt) -> None:
    """Let go of money that was approved for what nobody owes any more."""
    await provider.release(vipps.reference_of(attempt.id), attempt.merchant)
    log.info("payment_released", provider=PROVIDER, attempt=str(attempt.id))
    async with services.database.transaction() as connection:
        await payment_attempts.replaced(connection, attempt.id, await clock.now(connection))


async def _did_not_work(services: Services, event: Event, attempt: UUID) -> None:
    log.warning("provider_operation_failed", provider=PROVIDER, type=event.name[:80], attempt=str(attempt))
    if event.name in ("AUTHORIZED", "CAPTURED"):
        await _failed(services, event, attempt, f"{event.name.lower()} without success")


async def _failed(services: Services, event: Event, attempt: UUID, why: str) -> None:
    async with services.database.transaction() as connection:
        merchant = services.methods[PROVIDER].merchant_of(event.msn)
        if await payment_attempts.find(connection, attempt, merchant) is not None:
            await payment_attempts.failed(connection, attempt, why, await clock.now(connection))


def _day(services: Services, event: Event, now: datetime) -> date:
    """The day it happened, however late we hear of it: no fee of the days between is right."""
    return services.today(min(event.timestamp, now))
