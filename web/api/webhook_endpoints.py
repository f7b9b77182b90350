"""Webhooks to the creditor's own system: its endpoints, their secrets, and how each message fared."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.webhooks.post import LONGEST_URL, AddressRefused, WebhookSecrets, checked_url
from domain.invoices.incoming import Given, LongText, Text
from facts.webhooks import outgoing
from facts.webhooks.events import EventPattern
from facts.webhooks.outgoing import MessageState
from web.api.idempotency import REPLAYED, Answer, Asked, json_response
from web.api.ids import Event, IdsAsking, written
from web.problems import FieldProblem, Problem, documented, not_found
from web.security import CreditorAsking
from web.services import Here, Services

router = APIRouter(tags=["webhooks to your system"], responses=documented(401))

MOST_MESSAGES = 200

EndpointId = Annotated[UUID, Path(description="The endpoint's id.")]


class NewEndpoint(Given):
    """Where to be told of events, and of which."""

    url: Annotated[
        str,
        Field(
            description="https, in the open internet, on port 443 or one from 1024.",
            min_length=1,
            max_length=LONGEST_URL,
        ),
    ]
    events: Annotated[
        list[EventPattern],
        Field(
            description="Events, families of them, or `*` for all.", examples=[["case.*"]], min_length=1, max_length=30
        ),
    ]


class Endpoint(BaseModel):
    """An endpoint. One that is disabled is sent nothing; `disabled_why` says who disabled it."""

    id: UUID = Field(description="Names it.")
    url: str = Field(description="Where events are posted.", examples=["https://billing.example/purr"])
    events: list[str] = Field(description="The events that it is told of.", examples=[["case.*"]])
    secret_version: int = Field(description="How often its secret was made.", examples=[1])
    created_at: datetime = Field(description="When it was registered.", examples=["2026-11-16T09:30:00Z"])
    rotated_at: datetime | None = Field(
        description="The last rotation. Each secret signs on for 24 hours from its own.", examples=[None]
    )
    disabled_at: datetime | None = Field(
        description="Since when it is sent nothing.", examples=[None, "2026-11-16T09:30:00Z"]
    )
    disabled_why: str | None = Field(
        description="Who disabled it, or why.", examples=[None, "moved to the new billing system"]
    )


class EndpointWithSecret(Endpoint):
    """An endpoint and its current secret, which is shown here and nowhere else."""

    secret: str = Field(description="Give it to a Standard Webhooks library.", examples=["whsec_MfKQ9r8GKYqrTwjUPD8I"])


class Endpoints(BaseModel):
    """A creditor's endpoints, oldest first."""

    endpoints: list[Endpoint] = Field(description="All, oldest first.")


EXAMPLE = {"invoice": "2026-1001", "outcome": "paid"}


class Attempt(BaseModel):
    """One try to deliver a message."""

    at: datetime = Field(description="When.", examples=["2026-11-16T09:30:00Z"])
    status: int | None = Field(examples=[204], description="The answer's status; null when there was none.")
    error: str | None = Field(description="What was wrong; null where nothing was.", examples=[None, "answered 500"])
    seconds: float = Field(description="How long it took.", examples=[0.2])


class Message(BaseModel):
    """One event on its way to an endpoint."""

    id: str = Field(description="The webhook-id, the same on every attempt.", examples=["msg_0d4b6e2a"])
    type: str = Field(description="Which event it is.", examples=["case.closed"])
    state: MessageState = Field(
        examples=["delivered"],
        description="`failed`: given up after three days; `dropped`: the endpoint was disabled. Both can be replayed. "
        "`overtaken`: still waiting when a newer word on the same service was told.",
    )
    happened_at: datetime = Field(description="When it happened.", examples=["2026-11-16T09:30:00Z"])
    next_at: datetime | None = Field(
        examples=[None, "2026-11-16T09:30:00Z"], description="When a pending message is tried next."
    )
    delivered_at: datetime | None = Field(description="When it was taken.", examples=["2026-11-16T09:30:00Z"])
    last_status: int | None = Field(description="The status of the last answer.", examples=[204])
    error: str | None = Field(description="What was wrong the last time.", examples=[None, "answered 500"])
    payload: Event = Field(
        description="The event as it is posted: `type`, `timestamp` and `data`, as `webhooks` describes each.",
        examples=[{"type": "case.closed", "timestamp": "2026-11-16T09:30:00+00:00", "data": EXAMPLE}],
    )
    attempts: list[Attempt] = Field(description="Every try, oldest first.")


class Messages(BaseModel):
    """An endpoint's messages, newest first."""

    messages: list[Message] = Field(description="The newest first.")


class EndpointDeleted(BaseModel):
    """The endpoint is gone. What it was told can not be replayed any more."""

    id: UUID = Field(description="The endpoint that was.")
    deleted: Literal[True] = Field(default=True, description="Always true.", examples=[True])
    dropped: int = Field(description="How many messages were on their way and are not sent.", examples=[3])


class Disabling(Given):
    """Why an endpoint is to be sent nothing more."""

    why: Annotated[
        LongText,
        Field(description="For whoever looks at the endpoint later.", examples=["moved to the new billing system"]),
    ] = "asked for over the API"


class Replay(Given):
    """What to send again: one message, or all that failed or were dropped."""

    message: Annotated[Text | None, Field(description="This one, whatever its state.", examples=["msg_0d4b6e2a"])] = (
        None
    )
    since: Annotated[
        AwareDatetime | None, Field(description="Only events from this moment on.", examples=["2026-11-16T00:00:00Z"])
    ] = None


class Replayed(BaseModel):
    """How many messages are sent again."""

    replayed: int = Field(description="How many.", examples=[3])


@router.post("/v1/webhook-endpoints", status_code=201, response_model=EndpointWithSecret, responses=documented(422))
async def create_webhook_endpoint(given: NewEndpoint, asked: Asked) -> Response:
    """Register an endpoint for webhooks. The answer has its secret: verify every webhook with it."""
    secrets = _secrets(asked.services)
    try:
        url = await checked_url(given.url, allow_private=asked.services.settings.webhooks_allow_private)
    except AddressRefused as refused:
        errors = [FieldProblem(field="url", problem=str(refused))]
        raise Problem(422, "invalid", "the url is not one for webhooks: see errors", errors=errors) from refused

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        added = await outgoing.add(connection, asked.creditor, url, given.events, now)
        return Answer(201, _shown(added))

    return _with_secret(await asked.once(work), secrets)


@router.get("/v1/webhook-endpoints", response_model=Endpoints)
async def list_webhook_endpoints(services: Here, creditor: CreditorAsking) -> Endpoints:
    """The endpoints, disabled ones too."""
    async with services.database.transaction() as connection:
        found = await outgoing.list_endpoints(connection, creditor)
    return Endpoints(endpoints=[_shown(endpoint) for endpoint in found])


@router.get("/v1/webhook-endpoints/{id}", response_model=Endpoint, responses=documented(404, 422))
async def get_webhook_endpoint(id: EndpointId, services: Here, creditor: CreditorAsking) -> Endpoint:
    """One endpoint."""
    async with services.database.transaction() as connection:
        return _shown(await _found(connection, creditor, id))


@router.post("/v1/webhook-endpoints/{id}/rotate", response_model=EndpointWithSecret, responses=documented(404, 422))
async def rotate_webhook_secret(id: EndpointId, asked: Asked) -> Response:
    """Give an endpoint a new secret, which the answer has. Each secret signs on for 24 hours from its own rotation.

    Refused while five secrets sign.
    """
    secrets = _secrets(asked.services)

    async def work(connection: AsyncConnection, _now: datetime) -> Answer:
        await _found(connection, asked.creditor, id)
        return Answer(200, _shown(await outgoing.rotate(connection, id)))

    return _with_secret(await asked.once(work), secrets)


@router.post("/v1/webhook-endpoints/{id}/disable", response_model=Endpoint, responses=documented(404, 422))
async def disable_webhook_endpoint(id: EndpointId, given: Disabling, asked: Asked) -> Response:
    """Send nothing to an endpoint any more. What was on its way is dropped and kept for a replay."""

    async def work(connection: AsyncConnection, _now: datetime) -> Answer:
        await _found(connection, asked.creditor, id)
        await outgoing.disable(connection, id, given.why)
        return Answer(200, _shown(await _found(connection, asked.creditor, id)))

    return await asked.once(work)


@router.post("/v1/webhook-endpoints/{id}/enable", response_model=Endpoint, responses=documented(404, 422))
async def enable_webhook_endpoint(id: EndpointId, asked: Asked) -> Response:
    """Tell an endpoint of what happens from now on. What it missed while disabled was not kept for it."""

    async def work(connection: AsyncConnection, _now: datetime) -> Answer:
        await outgoing.enable(connection, await _found(connection, asked.creditor, id))
        return Answer(200, _shown(await _found(connection, asked.creditor, id)))

    return await asked.once(work)


@router.delete("/v1/webhook-endpoints/{id}", response_model=EndpointDeleted, responses=documented(404))
async def delete_webhook_endpoint(id: EndpointId, asked: Asked) -> Response:
    """Delete an endpoint for good: what was on its way is dropped. To pause it, disable it."""

    async def work(connection: AsyncConnection, _now: datetime) -> Answer:
        await _found(connection, asked.creditor, id)
        return Answer(200, EndpointDeleted(id=id, dropped=await outgoing.delete(connection, id)))

    return await asked.once(work)


@router.get("/v1/webhook-endpoints/{id}/messages", response_model=Messages, responses=documented(404, 422))
async def list_webhook_messages(
    id: EndpointId,
    services: Here,
    creditor: CreditorAsking,
    ids: IdsAsking,
    state: Annotated[MessageState | None, Query(description="Only those that stand so.")] = None,
    most: Annotated[int, Query(ge=1, le=MOST_MESSAGES, description="How many at most.")] = 50,
) -> Response:
    """An endpoint's messages with every attempt, newest first."""
    async with services.database.transaction() as connection:
        await _found(connection, creditor, id)
        found = await outgoing.list_messages(connection, id, state, most)
    return json_response(written(Messages.model_validate({"messages": [asdict(message) for message in found]}), ids))


@router.post("/v1/webhook-endpoints/{id}/replay", response_model=Replayed, responses=documented(404, 422))
async def replay_webhook_messages(id: EndpointId, given: Replay, asked: Asked) -> Response:
    """Send messages again, under the ids they had: one, or all that failed or were dropped."""

    async def work(connection: AsyncConnection, _now: datetime) -> Answer:
        endpoint = await _found(connection, asked.creditor, id)
        again = await outgoing.replay(connection, endpoint, message=given.message, since=given.since)
        return Answer(200, Replayed(replayed=again))

    return await asked.once(work)


async def _found(connection: AsyncConnection, creditor: str, id: UUID) -> outgoing.Endpoint:
    endpoint = await outgoing.find(connection, creditor, id)
    if endpoint is None:
        raise not_found(f"webhook endpoint {id}")
    return endpoint


def _shown(endpoint: outgoing.Endpoint) -> Endpoint:
    return Endpoint.model_validate(endpoint, from_attributes=True)


def _secrets(services: Services) -> WebhookSecrets:
    if services.webhook_secrets is None:
        raise Problem(422, "webhooks-off", "webhooks are off here: the operator sets PURR_WEBHOOK_SIGNING_KEYS first")
    return services.webhook_secrets


def _with_secret(answer: Response, secrets: WebhookSecrets) -> Response:
    """The answer with the endpoint's secret. It is added only now: what is kept for an idempotency key has no secret."""
    endpoint = orjson.loads(answer.body)
    secret = secrets.shown(UUID(endpoint["id"]), endpoint["secret_version"])
    return json_response(endpoint | {"secret": secret}, answer.status_code, replayed=REPLAYED in answer.headers)
