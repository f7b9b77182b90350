"""Test mode: a creditor that reaches nobody moves its own clock, and says what its debtors would have done."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Given, Text
from domain.vocabulary import channels_by_post
from facts.deliveries import deliveries, provider_events
from facts.deliveries.provider_events import ProviderEvent
from facts.parties import clocks, debtors
from facts.parties.clocks import OwnClock
from facts.refusals import Refused
from web.api.idempotency import Answer, Asked, json_response
from web.problems import documented, not_found
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["test mode"], responses=documented(401, 409, 422))

PROVIDER = "test"
DeliveryId = Annotated[UUID, Path(description="The delivery's id, as the list of deliveries has it.")]


class Clock(BaseModel):
    """What time it is for a creditor in test mode."""

    now: datetime = Field(description="What time it is for you (UTC).", examples=["2026-12-01T08:00:00Z"])
    advancing_to: datetime | None = Field(
        description="Where the clock is on its way to; null once it is there.", examples=["2027-01-01T08:00:00Z"]
    )


class Advance(Given):
    """Where the clock goes: to a moment, or by so many days."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 31}]})

    to: Annotated[
        AwareDatetime | None,
        Field(description="A moment ahead, 366 days at most.", examples=["2027-01-04T08:00:00Z"]),
    ] = None
    days: Annotated[int | None, Field(ge=1, le=366, description="How many days, 24 hours each.")] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "Advance":
        if (self.to is None) == (self.days is None):
            raise ValueError("give either `to` or `days`")
        return self


class WhatHappened(Given):
    """What becomes of a message that was sent in test mode."""

    kind: Annotated[
        Literal["delivered", "read", "failed", "opted_out", "opted_in"],
        Field(
            examples=["read"],
            description="`read`: a person opened it; `failed`: it bounced, and the address works no more; `opted_out`: who "
            "got it wants no more there (STOP, unsubscribed), `opted_in`: they take that back (START).",
        ),
    ]
    reason: Annotated[Text, Field(description="Why it failed.", examples=["550 no such user"])] = (
        "reported in test mode"
    )


class Noted(BaseModel):
    """The message that it happened to."""

    delivery: UUID = Field(
        description="The message, by its delivery's id.", examples=["0d4b6e2a-6b1c-4f0e-9a57-c2f1d8e3b764"]
    )
    kind: str = Field(description="What happened to it.", examples=["read"])


@router.get("/v1/test/clock", response_model=Clock)
async def get_test_clock(services: Here, creditor: CreditorAsking) -> Response:
    """What time it is for you, and whether your clock is on its way. 409 for a live creditor."""
    async with services.database.transaction() as connection:
        return json_response(_shown(await clocks.own_clock(connection, creditor)).model_dump(mode="json"))


@router.post("/v1/test/clock/advance", status_code=202, response_model=Clock)
async def advance_test_clock(given: Advance, asked: Asked) -> Response:
    """Move your clock ahead: your cases do what comes due on the way, in order, and webhooks tell of it.

    It is there when `advancing_to` is null. It never goes back, and another advance waits until it is there (409).
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        to = given.to or now + timedelta(days=given.days or 0)
        return Answer(202, _shown(await clocks.set_out(connection, asked.creditor, to)))

    return await asked.once(work)


@router.post("/v1/test/deliveries/{id}/events", response_model=Noted, responses=documented(404))
async def report_test_event(id: DeliveryId, given: WhatHappened, asked: Asked) -> Response:
    """Say what became of a message: delivered, read by a person, bounced, or answered by STOP. 409 for a live creditor.

    STOP is never answered to a letter (422). What is said here holds for your creditor alone.
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await clocks.own_clock(connection, asked.creditor)
        if not await provider_events.is_of(connection, asked.creditor, id):
            raise not_found(f"delivery {id}")
        if given.kind in ("opted_out", "opted_in"):
            await _wished(connection, asked.creditor, id, now, silence=given.kind == "opted_out")
            return Answer(200, Noted(delivery=id, kind=given.kind))
        event = ProviderEvent(
            PROVIDER,
            str(uuid4()),
            id,
            given.kind,
            now,
            read_by="open" if given.kind == "read" else None,
            reason=given.reason if given.kind == "failed" else "",
            contact="bounced" if given.kind == "failed" else None,
        )
        await provider_events.record(connection, event, now)
        return Answer(200, Noted(delivery=id, kind=given.kind))

    return await asked.once(work)


async def _wished(connection: AsyncConnection, creditor: str, delivery: UUID, now: datetime, *, silence: bool) -> None:
    """The debtor wants silence where a message went, or takes that back."""
    place = await deliveries.place_of(connection, delivery)
    if place is None or place[0] in channels_by_post():
        raise Refused("nobody opts out of letters: say it of an email, an SMS or a direct message")
    wished = debtors.opted_out if silence else debtors.opted_in
    await wished(connection, *place, now, tried=creditor)


def _shown(clock: OwnClock) -> Clock:
    return Clock(now=clock.now, advancing_to=clock.target)
