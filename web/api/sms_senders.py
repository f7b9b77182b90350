"""What a creditor's SMS come from, over the API: by country a name or a number, and what is missing where it is neither."""

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from domain.parties.sms_senders import Status
from facts import clock
from facts.parties.creditors import country_of, sms_senders_of
from web.api.idempotency import json_response
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["operations"])


class SmsSenderOfCountry(BaseModel):
    """What SMS to the numbers of one country come from now."""

    country: str = Field(description="Of the number that gets the SMS (ISO 3166 code).", examples=["FI"])
    name: str | None = Field(description="The name that your file has for it.", examples=["ACME"])
    status: Status | None = Field(description="Of the name, as your file tells it.", examples=["registered"])
    comes_from: str | None = Field(
        description="The name or the number; null where it is neither, or a number that only the worker knows.",
        examples=["ACME"],
    )
    can_be_answered: bool = Field(
        description="Whether somebody can answer to it: to a name nobody can.", examples=[False]
    )
    not_the_name: str = Field(
        description="Why it is not your name; empty where it is, or you have none.", examples=[""]
    )
    lacks: str = Field(description="Why no SMS goes there, and what to do; empty where they go.", examples=[""])


class SmsSendersAnswer(BaseModel):
    """Your own country, and those that your file names."""

    sms_senders: list[SmsSenderOfCountry] = Field(description="One for each country, your own first.")


@router.get("/v1/sms-senders", response_model=SmsSendersAnswer, responses=documented(401))
async def get_sms_senders(creditor: CreditorAsking, services: Here) -> Response:
    """What your SMS come from, by country."""
    async with services.database.transaction() as connection:
        own = await sms_senders_of(connection, creditor)
        home, now = await country_of(connection, creditor), await clock.now(connection, creditor)
    senders = services.planning.sms_senders(own)
    told = []
    for country in dict.fromkeys([home, *own]):
        known, sent = own.get(country), senders.sent_as(country, now)
        told.append(
            SmsSenderOfCountry(
                country=country,
                name=known.name if known else None,
                status=known.status if known else None,
                comes_from=sent.sender,
                can_be_answered=not sent.is_name and not sent.lacks,
                not_the_name=sent.not_the_name,
                lacks=sent.lacks,
            )
        )
    return json_response(SmsSendersAnswer(sms_senders=told).model_dump(mode="json"))
