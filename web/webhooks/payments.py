"""Payments told by a payment provider as they happen (Standard Webhooks): booked once, whatever the order."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from connectors.signatures import verify_standard_webhook
from domain.invoices.incoming import Account, Amount, Currency, Day, Identifier, LongText, Text
from domain.money import sources
from facts.money.payments import Payment
from facts.refusals import UnknownCreditor
from web.api.idempotency import json_response
from web.api.payments import BookedPayment, PaymentId, Reference, booked_payment, payment_of
from web.problems import Problem, documented, validated
from web.security import WEBHOOK_LIMIT
from web.services import Here

router = APIRouter(tags=["webhooks"])


class PaymentTold(BaseModel):
    """The payment that an event is about."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)
    creditor: Annotated[Identifier, Field(description="The creditor's id.", examples=["acme"])]
    payment_id: PaymentId
    amount: Annotated[Amount, Field(description="Positive, for a reversal too.", examples=["802.00"])]
    currency: Annotated[Currency, Field(description="ISO 4217 code.", examples=["NOK"])]
    booked_on: Annotated[Day, Field(description="The booking date.", examples=["2026-11-16"])]
    reference: Annotated[
        Reference | None, Field(description="The payment reference (KID, RF).", examples=["006402710013"])
    ] = None
    invoice_number: Annotated[
        Identifier | None,
        Field(description="The invoice, where it is known: goes before the reference.", examples=["2026-1001"]),
    ] = None
    account: Annotated[Account | None, Field(description="The creditor's account.", examples=["12345678903"])] = None
    debit_account: Annotated[Account | None, Field(description="The payer's account.", examples=["99990512341"])] = None
    payer_name: Annotated[Text | None, Field(description="Who paid.", examples=["Kari Nordmann"])] = None
    text: Annotated[LongText | None, Field(description="What the payer wrote.", examples=["faktura 1001"])] = None
    drawn: Annotated[bool, Field(description="It was drawn under a direct-debit mandate.", examples=[False])] = False


class PaymentEvent(BaseModel):
    """`payment.received`: money came. `payment.reversed`: that payment was taken back, in full or in part, once."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Annotated[Literal["payment.received", "payment.reversed"], Field(description="What happened.")]
    timestamp: Annotated[AwareDatetime, Field(description="When.", examples=["2026-11-16T09:30:00Z"])]
    data: Annotated[PaymentTold, Field(description="The payment.")]

    def payment(self) -> Payment:
        """The payment as the facts keep it; a reversal is a payment of its own with a negative amount."""
        told, reverses = self.data, self.type == "payment.reversed"
        id = f"{told.payment_id} reversed" if reverses else told.payment_id
        return payment_of(told, told.creditor, sources.WEBHOOK, id, -told.amount if reverses else told.amount)


SIGNED = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": what}
    for name, what in (
        ("webhook-id", "The event's id."),
        ("webhook-timestamp", "Seconds since 1970, at most 5 minutes from now."),
        ("webhook-signature", "`v1,` and the signature in base64; several, separated by spaces."),
    )
]
"""The headers of Standard Webhooks, as the API's description has them."""


@router.post(
    "/webhooks/payments",
    response_model=BookedPayment,
    max_body_size=WEBHOOK_LIMIT,
    responses=documented(401, 413, 422),
    openapi_extra={
        "parameters": SIGNED,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentEvent"}}},
        },
    },
)
async def receive_payment(request: Request, services: Here) -> Response:
    """A payment or a reversal, signed as Standard Webhooks asks. Answered 200 once it is booked.

    The secret must be one of the creditor that the event names. The same `payment_id` again changes nothing. Events of
    other types are answered 200 and change nothing.
    """
    raw, known = await request.body(), services.settings.payment_webhook_secrets
    payload = _signed([secret for of_creditor in known.values() for secret in of_creditor], raw, request.headers)
    kind = payload.get("type") if isinstance(payload, dict) else None
    if isinstance(kind, str) and kind not in ("payment.received", "payment.reversed"):
        return json_response({"status": "ignored"})
    event = validated(PaymentEvent, payload)
    _signed(known.get(event.data.creditor, ()), raw, request.headers)
    try:
        booked = await services.together.book(event.payment())
    except UnknownCreditor as error:
        raise Problem(422, "unknown-creditor", str(error)) from error
    return json_response(booked_payment(event.data.payment_id, booked).model_dump(mode="json"))


def _signed(secrets: Sequence[SecretStr], raw: bytes, headers: Mapping[str, str]) -> Any:
    """The payload, when it is signed with one of these secrets. Raises BadSignature."""
    return verify_standard_webhook([secret.get_secret_value() for secret in secrets], raw, headers)
