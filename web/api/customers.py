"""Customers worth keeping, over the API: their relations come in, and tell what losing one would cost."""

from dataclasses import asdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Text
from domain.parties.incoming_relation import IncomingRelation
from domain.parties.relations import is_customer, lost_customer_cost, relations_on
from facts import clock
from facts.parties import relations
from views import customers_kept
from web.api.idempotency import Answer, Asked, json_response
from web.api.invoices import Lost
from web.problems import documented, not_found
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["debtors"])


class RelationTaken(BaseModel):
    """The event is kept."""

    status: Literal["new", "known"] = Field(description="`known`: exactly this one came before; nothing changed.")
    id: str = Field(description="Your own id of the event.", examples=["crm-90017"])


class RelationStanding(BaseModel):
    """How the relation about one product stands today."""

    product: str = Field(description="Which; empty where there is but one.", examples=["broadband"])
    since: date | None = Field(description="Since when; null where you did not tell.", examples=["2024-03-01"])
    ended_on: date | None = Field(description="The first day without it.", examples=[None, "2026-11-01"])
    reason: str | None = Field(description="Why it ended.", examples=[None, "price"])
    monthly_margin: Decimal | None = Field(description="What is earned with it in a month.", examples=["149.00"])
    currency: str | None = Field(description="Of the margin.", examples=["NOK"])
    contract_end: date | None = Field(description="Until when the customer is bound.", examples=["2027-03-01"])
    payment_method: str | None = Field(description="How the customer pays.", examples=["avtalegiro"])


class CustomerStanding(BaseModel):
    """How a customer's relations stand today."""

    customer_number: str = Field(description="Your own number for the customer.", examples=["K-1042"])
    customer: bool = Field(description="Whether any of them runs.", examples=[True])
    relations: list[RelationStanding] = Field(description="By product.")
    lost_customer_cost: list[Lost] = Field(
        description="What losing the customer would cost, in each currency; empty where it is not known."
    )


class KeptGroup(BaseModel):
    """How many customers of one group were kept."""

    by: str = Field(
        description="What sets it apart: `all`, `value`, `punctuality`, `payment method`, `fee`, `plan`; `relation`: nobody "
        "told of it.",
        examples=["punctuality"],
    )
    group: str = Field(description="Which of them.", examples=["late before"])
    customers: int = Field(description="How many there are.", examples=[120])
    seen: dict[int, int] = Field(
        description="Days since, and of how many these have passed.", examples=[{"90": 100, "180": 80}]
    )
    kept: dict[int, int] = Field(
        description="The same days, and how many of these were customers then.", examples=[{"90": 93, "180": 70}]
    )


class CustomersKept(BaseModel):
    """Customers kept, by group."""

    groups: list[KeptGroup] = Field(description="Those that have customers.")


@router.get("/v1/customers-kept", response_model=CustomersKept, responses=documented(401, 422))
async def get_customers_kept(
    creditor: CreditorAsking,
    services: Here,
    since: Annotated[date, Query(description="The first day of a reminder that counts.", examples=["2026-01-01"])],
) -> Response:
    """Of the customers who entered reminding since a day, how many still were customers after 90 and 180 days, and which."""
    async with services.database.transaction() as connection:
        today = services.today(await clock.now(connection, creditor))
        begin = services.calendar.here(services.calendar.at(since, time()))
        groups = await customers_kept.kept(connection, creditor, begin, today)
    answer = CustomersKept(groups=[KeptGroup(**asdict(each)) for each in groups])
    return json_response(answer.model_dump(mode="json"))


@router.post(
    "/v1/customer-relations",
    response_model=RelationTaken,
    status_code=201,
    responses=documented(401, 409, 422),
)
async def create_customer_relation(given: IncomingRelation, asked: Asked) -> Response:
    """Tell what happened to a customer's relation: it started, was renewed or ended. In any order, each event once."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        status = await relations.record(connection, asked.creditor, given, now)
        return Answer(201 if status == "new" else 200, RelationTaken(status=status, id=given.id))

    return await asked.once(work)


@router.get(
    "/v1/debtors/{customer_number:path}/relations", response_model=CustomerStanding, responses=documented(401, 404, 422)
)
async def get_customer_relations(
    customer_number: Annotated[Text, Path(description="Your own number for the customer.", examples=["K-1042"])],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """How a customer's relations stand, and what losing the customer would cost: margin times expected months."""
    async with services.database.transaction() as connection:
        today = services.today(await clock.now(connection, creditor))
        events = (await relations.told(connection, creditor, [customer_number]))[customer_number]
    if not events:
        raise not_found(f"customer {customer_number}")
    found = relations_on(events, today)
    answer = CustomerStanding(
        customer_number=customer_number,
        customer=is_customer(found),
        relations=[RelationStanding(**asdict(each)) for each in found],
        lost_customer_cost=[Lost(**asdict(each)) for each in lost_customer_cost(found, today)],
    )
    return json_response(answer.model_dump(mode="json"))
