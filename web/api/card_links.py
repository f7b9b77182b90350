"""Addresses of cases' cards, which the creditor's own system shows beside its customer."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from facts import clock
from facts.parties.creditors import framed_by
from web.api.idempotency import json_response
from web.api.invoices import InvoiceNumber, status_of
from web.desk.card import GOOD_FOR, Card, card_token
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["invoices"], responses=documented(401, 404, 422))


class CardLink(BaseModel):
    """Where a case's card is for a few minutes. Whoever has the address sees it, without signing in."""

    url: str = Field(description="Its address.", examples=["https://purr.example/desk/card/Q2cX…"])
    good_until: datetime = Field(description="From when on it opens nothing.", examples=["2026-12-01T09:15:00Z"])
    framed_by: list[str] = Field(
        description="The systems in whose frames it may stand: `card_in` of the creditor's file. In none, it is a link.",
        examples=[["https://crm.acme.example"]],
    )


@router.get("/v1/invoices/{number:path}/card-link", response_model=CardLink)
async def get_card_link(
    number: InvoiceNumber,
    creditor: CreditorAsking,
    services: Here,
    language: Annotated[Literal["nb", "en"], Query(description="Of the card's words.")] = "nb",
) -> Response:
    """An address, good for 15 minutes, of a small card that shows where an invoice's case stands and leads to the desk."""
    async with services.database.transaction() as connection:
        case = (await status_of(connection, creditor, number, await clock.now(connection, creditor))).case_id
        now = await clock.now(connection)
        systems = await framed_by(connection, creditor)
    opened = Card(case, (now + GOOD_FOR).replace(microsecond=0), language)
    url = f"{services.settings.public_url.rstrip('/')}/desk/card/{card_token(services.links, opened)}"
    return json_response(CardLink(url=url, good_until=opened.good_until, framed_by=systems).model_dump(mode="json"))
