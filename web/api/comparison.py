"""A shadow beside today's process, over the API: what was sent today is told, and held against what Purr would have sent."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.other_process_files import NoOtherProcessFile, read_sent
from domain.comparison import Kind
from domain.invoices.incoming import Day
from facts.operations import other_process
from facts.parties.creditors import country_of
from views import comparison as view
from web.api.idempotency import Answer, Asked, json_response
from web.problems import Problem, documented
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By

router = APIRouter(tags=["operations"])

_SENT = "invoice,date,step,channel\n2026-1001,2026-11-23,reminder,letter\n"
_BODY: dict[str, Any] = {
    "required": True,
    "description": "CSV in UTF-8: invoice, date, step and channel; the header alone where nothing was sent.",
    "content": {
        "text/csv": {"schema": {"type": "string", "examples": [_SENT]}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary", "examples": [_SENT]}},
    },
}
TheDay = Annotated[Day, Query(description="The day.", examples=["2026-11-23"])]


class SentTaken(BaseModel):
    """What was told of a day is kept."""

    day: date = Field(description="The day.", examples=["2026-11-23"])
    messages: int = Field(description="How many messages were told of.", examples=[41])


class SentMessage(BaseModel):
    """A message of one of the processes."""

    invoice: str = Field(description="The invoice's number.", examples=["2026-1001"])
    message: str = Field(description="Which message.", examples=["reminder"])
    day: date = Field(description="When.", examples=["2026-11-23"])
    channel: str = Field(description="Which way.", examples=["letter"])


class ComparedMessage(BaseModel):
    """A message of the day, as it stands in both processes."""

    kind: Kind = Field(description="How they differ, or that they do not.")
    purr: SentMessage | None = Field(description="What Purr would have sent; null where nothing.")
    them: SentMessage | None = Field(description="What the other process sent; null where nothing.")
    purr_says: str | None = Field(
        description="Where Purr would have sent nothing: what its case waits for now.",
        examples=["on hold: asked-for-time"],
    )


class ComparisonAnswer(BaseModel):
    """A day of both processes."""

    day: date = Field(description="The day.", examples=["2026-11-23"])
    is_told: bool = Field(description="Whether anything was told of the other process's day.", examples=[True])
    count: dict[str, int] = Field(
        description="How many there are of each kind.", examples=[{"same": 40, "only Purr": 1}]
    )
    found: list[ComparedMessage] = Field(description="Every message of the day, by invoice.")


@router.post(
    "/v1/comparison",
    response_model=SentTaken,
    responses=documented(401, 413, 422),
    openapi_extra={"requestBody": _BODY},
)
async def tell_sent_messages(
    day: TheDay,
    by: Annotated[By, Query(description="Who tells it.", examples=["billing"])],
    request: Request,
    asked: Asked,
) -> Response:
    """Tell all that your process of today sent on a day. A line that is wrong refuses the file; a later file takes its place."""
    try:
        sent = read_sent(await request.body(), day)
    except NoOtherProcessFile as wrong:
        raise Problem(422, "file-refused", str(wrong)) from wrong

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await other_process.keep(connection, asked.creditor, day, sent, by, now)
        return Answer(200, SentTaken(day=day, messages=len(sent)))

    return await asked.once(work)


@router.get("/v1/comparison", response_model=ComparisonAnswer, responses=documented(401, 422))
async def get_comparison(day: TheDay, creditor: CreditorAsking, services: Here) -> Response:
    """What your shadow would have sent on a day beside what your process of today sent."""
    async with services.database.transaction() as connection:
        calendar = services.intake.laws[await country_of(connection, creditor)].calendar
        found = await view.comparison(connection, creditor, calendar, day)
    messages = [
        ComparedMessage(
            kind=each.kind,
            purr=SentMessage.model_validate(each.purr, from_attributes=True) if each.purr else None,
            them=SentMessage.model_validate(each.them, from_attributes=True) if each.them else None,
            purr_says=found.says.get(each.of.invoice) if each.kind is Kind.ONLY_THEM else None,
        )
        for each in found.found
    ]
    answer = ComparisonAnswer(day=day, is_told=found.is_told, count=dict(found.count), found=messages)
    return json_response(answer.model_dump(mode="json"))
