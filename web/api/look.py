"""How a creditor looks, over the API: its colour and logo on page, email and letter."""

import asyncio
import base64
import binascii
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Given
from domain.look import LARGEST_LOGO, Look
from facts import looks
from messages.sample_look import checked_look
from web.api.idempotency import Answer, Asked, json_response
from web.problems import FieldProblem, Problem, documented
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By, Code

router = APIRouter(tags=["operations"])


class LookGiven(Given):
    """A colour and a logo from now on; with neither: as everybody looks."""

    colour: Annotated[str | None, Field(max_length=7, description="Of links and buttons.", examples=["#0b5d3b"])] = None
    logo: Annotated[
        str | None,
        Field(
            max_length=LARGEST_LOGO * 2,
            repr=False,
            description="A PNG or JPEG of at most 100,000 bytes, in Base64.",
            examples=[None],
        ),
    ] = None
    by: Annotated[By, Field(description="Who decides this.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["own-look"])]


class LookAnswer(BaseModel):
    """How it looks now."""

    colour: str | None = Field(description="Of links and buttons; null: as everybody.", examples=["#0b5d3b"])
    colour_on_dark: str | None = Field(
        description="The nearest to it that can be read where the page is dark.", examples=["#15af6f"]
    )
    has_logo: bool = Field(description="Whether a logo stands in the place of the name.", examples=[True])


@router.get("/v1/look", response_model=LookAnswer, responses=documented(401))
async def get_look(creditor: CreditorAsking, services: Here) -> Response:
    """Your colour and whether you have a logo."""
    async with services.database.transaction() as connection:
        return json_response(_told(await looks.read(connection, creditor)).model_dump(mode="json"))


@router.post("/v1/look", response_model=LookAnswer, responses=documented(401, 422))
async def set_look(given: LookGiven, asked: Asked) -> Response:
    """Your colour and logo from now on, both. 422 for a colour that not everybody can read, and for what is no picture."""
    wanted = None
    if given.colour is not None or given.logo is not None:
        try:
            logo = base64.b64decode(given.logo, validate=True) if given.logo is not None else None
            wanted = await asyncio.to_thread(checked_look, given.colour, logo)
        except (ValueError, binascii.Error) as wrong:
            field = "logo" if "logo" in str(wrong) or "ase64" in str(wrong) else "colour"
            raise Problem(422, "invalid", str(wrong), errors=[FieldProblem(field=field, problem=str(wrong))]) from wrong

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await looks.put(connection, asked.creditor, wanted, given.by, given.reason_code, now)
        return Answer(200, _told(wanted))

    return await asked.once(work)


def _told(look: Look | None) -> LookAnswer:
    if look is None:
        return LookAnswer(colour=None, colour_on_dark=None, has_logo=False)
    return LookAnswer(colour=look.colour, colour_on_dark=look.colour_on_dark, has_logo=look.logo is not None)
