"""Rates of exchange over the API: told by day and source, kept as they came, for reports in the creditor's own currency."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Given
from domain.money.exchange_rates import IncomingRate
from facts.money import exchange_rates
from web.api.idempotency import Answer, Asked, json_response
from web.api.review import By
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["reports"])
MOST_LISTED: Final = 500


class TellingRates(Given):
    """Rates of exchange, and who tells them."""

    by: By
    rates: Annotated[
        tuple[IncomingRate, ...], Field(min_length=1, max_length=1000, description="The rates: all are kept, or none.")
    ]


class RatesTold(BaseModel):
    """The rates are kept."""

    new: int = Field(description="How many say something new: the same rate told again changes nothing.", examples=[1])


class KnownRate(BaseModel):
    """A rate that was told. Of two of one day, the one that was told later counts."""

    currency: str = Field(description="The other currency.", examples=["EUR"])
    into: str = Field(description="Your own.", examples=["NOK"])
    on: date = Field(description="The day that it is of.", examples=["2026-11-27"])
    rate: Decimal = Field(description="What one unit of it was worth.", examples=["11.60350000"])
    source: str = Field(description="Who published it.", examples=["Norges Bank"])
    by: str = Field(description="Who told it.", examples=["anne"])
    told_at: datetime = Field(description="When.", examples=["2026-11-27T16:05:00Z"])


class KnownRates(BaseModel):
    """The rates that were told last."""

    rates: list[KnownRate] = Field(description="The newest first, at most 500.")


@router.post("/v1/exchange-rates", status_code=201, response_model=RatesTold, responses=documented(401, 422))
async def create_exchange_rates(given: TellingRates, asked: Asked) -> Response:
    """Tell rates of exchange: reports in your own currency use those of their day, and no others."""

    async def tell(connection: AsyncConnection, now: datetime) -> Answer:
        new = await exchange_rates.tell(connection, asked.creditor, given.rates, given.by, now)
        return Answer(201, RatesTold(new=new))

    return await asked.once(tell)


@router.get("/v1/exchange-rates", response_model=KnownRates, responses=documented(401))
async def list_exchange_rates(services: Here, creditor: CreditorAsking) -> Response:
    """The rates of exchange that were told last."""
    async with services.database.transaction() as connection:
        found = await exchange_rates.latest(connection, creditor, MOST_LISTED)
    rates = [
        KnownRate(
            currency=each.rate.currency,
            into=each.rate.into,
            on=each.rate.on,
            rate=each.rate.rate,
            source=each.rate.source,
            by=each.by,
            told_at=each.at,
        )
        for each in found
    ]
    return json_response(KnownRates(rates=rates).model_dump(mode="json"))
