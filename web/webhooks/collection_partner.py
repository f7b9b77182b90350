"""What a collection partner answers to hand-offs as it happens (Standard Webhooks): each once, whatever the order."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, RootModel

from commands.collection.told import take_told
from connectors.collection_partner.answers import Answer
from connectors.signatures import verify_standard_webhook
from web.api.idempotency import json_response
from web.problems import documented, validated
from web.security import WEBHOOK_LIMIT
from web.services import Here
from web.webhooks.payments import SIGNED

router = APIRouter(tags=["webhooks"])


class PartnerTold(RootModel[Answer]):
    """What the partner tells of a hand-off: accepted, rejected, paid, a payment taken back, closed, or a question."""


class PartnerHeard(BaseModel):
    """What it came to."""

    hand_off: str = Field(description="The hand-off's id.", examples=["hof_t5k3m7zq2xwhn4d6yjcarv3bfe2ogslo"])
    changed: bool = Field(description="False: it came before, or too late to change anything.")
    why: str | None = Field(description="Why nothing was changed, or what is waited for.", examples=["it is recalled"])


@router.post(
    "/webhooks/collection-partner",
    response_model=PartnerHeard,
    max_body_size=WEBHOOK_LIMIT,
    responses=documented(401, 404, 409, 413, 422),
    openapi_extra={
        "parameters": SIGNED,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PartnerTold"}}},
        },
    },
)
async def hear_partner(request: Request, services: Here) -> Response:
    """An answer of the collection partner, signed as Standard Webhooks asks with a secret of the creditor it names.

    Answered 200 once it is stored. The same again changes nothing. 409: it contradicts an earlier answer.
    """
    raw, known = await request.body(), services.settings.collection_partner_secrets
    every = [secret.get_secret_value() for of_creditor in known.values() for secret in of_creditor]
    told = validated(PartnerTold, verify_standard_webhook(every, raw, request.headers)).root
    own = [secret.get_secret_value() for secret in known.get(told.creditor, ())]
    verify_standard_webhook(own, raw, request.headers)
    async with services.database.transaction() as connection:
        taken = await take_told(connection, told)
    return json_response(PartnerHeard(hand_off=told.hand_off, changed=taken.changed, why=taken.why).model_dump())
