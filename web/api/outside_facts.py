"""Facts from outside, over the API: told with a source and a purpose, shown as they were told, and ended."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Day, Given, Text
from domain.parties.incoming_outside_fact import IncomingOutsideFact
from domain.parties.outside_facts import Purpose
from facts.prediction import outside
from facts.prediction.outside import OutsideFact
from web.api.idempotency import Answer, Asked, json_response
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

BY = "api"
router = APIRouter(tags=["debtors"])
FactId = Annotated[Text, Path(description="Your own id of the fact.", examples=["bureau-5512"])]


class OutsideFactTaken(BaseModel):
    """The fact is kept."""

    status: Literal["new", "known"] = Field(description="`known`: exactly this one came before; nothing changed.")
    id: str = Field(description="Your own id of the fact.", examples=["bureau-5512"])


class OutsideFactEnd(Given):
    """From when a fact does not hold any more."""

    on: Annotated[Day, Field(description="The first day without it, after the day it began.", examples=["2027-01-01"])]


class OutsideFactTold(BaseModel):
    """A fact as it was told; what was ended has a second one, with `until` and an id of its own."""

    id: str = Field(description="Your own id of it.", examples=["bureau-5512"])
    what: str = Field(description="What it says.", examples=["credit score"])
    number: Decimal | None = Field(description="Of what is a number.", examples=["612.00"])
    word: str | None = Field(description="Of what is a word.", examples=[None, "card"])
    since: date = Field(description="The first day on which it holds.", examples=["2026-01-01"])
    until: date | None = Field(description="The first day without it.", examples=[None, "2027-01-01"])
    source: str = Field(description="Who says so.", examples=["Eksempel Kredittbyrå AS"])
    purpose: Purpose = Field(description="What it is used for, and nothing else.", examples=["prediction"])
    by: str = Field(description="Who told it here.", examples=["api", "anne"])
    told_at: datetime = Field(description="When it was told here: nothing before knew of it.")


class OutsideFacts(BaseModel):
    """What was told of one customer."""

    facts: list[OutsideFactTold] = Field(description="In the order in which they came.")


@router.post("/v1/outside-facts", response_model=OutsideFactTaken, status_code=201, responses=documented(401, 409, 422))
async def create_outside_fact(given: IncomingOutsideFact, asked: Asked) -> Response:
    """Tell a fact about a customer, or about all who live in a postcode, for one purpose. Each once; it never changes.

    A correction is a fact of the same day with its own id: what was told last counts.
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        status = await outside.record(connection, asked.creditor, given, now, BY)
        return Answer(201 if status == "new" else 200, OutsideFactTaken(status=status, id=given.id))

    return await asked.once(work)


@router.post(
    "/v1/outside-facts/{id:path}/end", response_model=OutsideFactTold, responses=documented(401, 404, 409, 422)
)
async def end_outside_fact(id: FactId, given: OutsideFactEnd, asked: Asked) -> Response:
    """Let a fact hold no more from a day on; that it did stays known."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        return Answer(200, _told(await outside.end(connection, asked.creditor, id, given.on, BY, now)))

    return await asked.once(work)


@router.get(
    "/v1/debtors/{customer_number:path}/outside-facts", response_model=OutsideFacts, responses=documented(401, 422)
)
async def list_outside_facts(
    customer_number: Annotated[Text, Path(description="Your own number for the customer.", examples=["K-1042"])],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """All that you told of a customer from outside; the debtor reads the same on the page about what is stored."""
    async with services.database.transaction() as connection:
        found = await outside.of_customer(connection, creditor, customer_number)
    return json_response(OutsideFacts(facts=[_told(fact) for fact in found]).model_dump(mode="json"))


def _told(fact: OutsideFact) -> OutsideFactTold:
    told = fact._asdict() | {"told_at": fact.happened_at}
    return OutsideFactTold(**{name: told[name] for name in OutsideFactTold.model_fields})
