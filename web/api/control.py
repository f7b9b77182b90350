"""What waits, is late or stands still, over the API: a creditor's own."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from config.files import HOME
from facts import clock
from views import control as view
from web.api.idempotency import json_response
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["operations"])


class ControlFound(BaseModel):
    """One thing that a check found."""

    what: str = Field(
        description="In words, without a name and without anybody's words.",
        examples=["acme/2026-1001: held by anne (faulty-invoices), without an end"],
    )
    since: datetime | None = Field(
        description="Since when it is so; null where nobody knows.", examples=["2026-10-12T08:03:00Z"]
    )


class ControlCheck(BaseModel):
    """One thing that is looked for, and what was found."""

    name: str = Field(description="What is looked for.", examples=["holds past their date"])
    count: int = Field(description="How many were found, 1000 at most.", examples=[1])
    more: bool = Field(description="Whether there are more than are counted.", examples=[False])
    oldest: datetime | None = Field(
        description="Since when the first of them is so.", examples=["2026-10-12T08:03:00Z"]
    )
    none: str = Field(description="What it means that there is none.", examples=["no hold is forgotten"])
    found: list[ControlFound] = Field(description="The first of them, the longest waiting first.")


class ControlAnswer(BaseModel):
    """What a person should look at today."""

    well: bool = Field(description="Nothing was found: nothing waits for anybody.", examples=[False])
    at: datetime = Field(description="When it was looked.", examples=["2026-11-23T06:00:00Z"])
    checks: list[ControlCheck] = Field(description="Everything that is looked for, also where there is none.")


@router.get("/v1/control", response_model=ControlAnswer, responses=documented(401))
async def get_control(creditor: CreditorAsking, services: Here) -> Response:
    """What waits, is late or stands still of yours: bank data, holds, approvals, letters, money, replies, stops and more."""
    laws = services.intake.laws
    async with services.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        checked = await view.control(connection, laws, laws[HOME], [creditor], now)
    answer = ControlAnswer(
        well=view.is_well(checked),
        at=now,
        checks=[
            ControlCheck(
                name=each.check.name,
                count=len(each.found),
                more=each.more,
                oldest=each.since,
                none=each.check.none,
                found=[ControlFound(what=found.what, since=found.since) for found in each.found[: view.NAMED]],
            )
            for each in checked
        ],
    )
    return json_response(answer.model_dump(mode="json"))
