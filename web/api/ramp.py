"""The ramp over the API: with how few of its debtors a creditor begins, and letting more in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Given
from facts.operations.ramps import Percent, Ramp, ramp_of, set_ramp
from web.api.idempotency import Answer, Asked, json_response
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By, Code

router = APIRouter(tags=["operations"])

_Percent = Annotated[Percent, Field(description="How many of a hundred debtors are in.", examples=[10])]


class RampWanted(Given):
    """How many of a hundred debtors are in from now on, and who decides that."""

    percent: _Percent
    by: Annotated[By, Field(description="Who decides this.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["first-week-went-well"])]


class RampChange(BaseModel):
    """One time that the ramp was set."""

    percent: _Percent
    by: str = Field(description="Who decided it.", examples=["anne"])
    reason_code: str = Field(description="Why.", examples=["first-week-went-well"])
    since: datetime = Field(description="When.", examples=["2026-11-23T08:00:00Z"])


class RampAnswer(BaseModel):
    """The ramp as it stands: who is in, who waits, and how it came to that."""

    percent: _Percent
    cases: int = Field(description="How many open cases there are.", examples=[2000])
    cases_waiting: int = Field(description="How many of them wait: nothing is sent.", examples=[1810])
    debtors: int = Field(description="How many debtors have open cases.", examples=[1500])
    debtors_waiting: int = Field(description="How many of them are not in yet.", examples=[1350])
    history: list[RampChange] = Field(description="Oldest first; empty where there never was a ramp.")


@router.get("/v1/ramp", response_model=RampAnswer, responses=documented(401))
async def get_ramp(creditor: CreditorAsking, services: Here) -> Response:
    """Which share of your debtors is in while you go live; without a ramp all are."""
    async with services.database.transaction() as connection:
        return json_response(_told(await ramp_of(connection, creditor)).model_dump(mode="json"))


@router.post("/v1/ramp", response_model=RampAnswer, responses=documented(401, 409, 422))
async def set_ramp_percent(given: RampWanted, asked: Asked) -> Response:
    """Begin with 1 of 100 debtors, then 10, then all. Who was in stays in; the cases of the others wait, nothing is sent.

    Cases that come in go on where their plan stands by then, with fresh deadlines. 409 where it stands there already.
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await set_ramp(connection, asked.creditor, given.percent, given.by, given.reason_code, now)
        return Answer(200, _told(await ramp_of(connection, asked.creditor)))

    return await asked.once(work)


def _told(ramp: Ramp) -> RampAnswer:
    return RampAnswer.model_validate(ramp, from_attributes=True)
