"""What became of letters and hand-offs, told by the printer's and the collection partner's systems."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.collection.answers import Taken, take_answer
from connectors.ids import Kind
from domain.invoices.incoming import Day, Given, LongText, Text
from domain.planner.partner_answers import Accepted, rejected_because
from facts.collection import hand_offs
from facts.deliveries import letters
from facts.refusals import Conflict
from web.api.idempotency import Answer, Asked
from web.api.ids import EXAMPLES, HandOffId, PartnerMessageId, named
from web.problems import documented

router = APIRouter(tags=["letters and hand-offs"], responses=documented(401, 422))

AS_IN_FILE = "The id, as the file has it."
NamedHandOff = Annotated[int, named(Kind.HAND_OFF, "id", AS_IN_FILE)]
NamedMessage = Annotated[int, named(Kind.PARTNER_MESSAGE, "id", AS_IN_FILE)]
LetterId = Annotated[UUID, Path(description="The letter's id, as the batch has it.")]


class BatchPosted(Given):
    """A print batch and the day it was posted."""

    batch: Annotated[Text, Field(description="The name of the batch's file.", examples=["2026-11-30-acme-1"])]
    on: Annotated[Day, Field(description="Today or earlier: deadlines count from it.", examples=["2026-11-30"])]


class LettersPosted(BaseModel):
    """How many letters of the batch are posted by this."""

    batch: str = Field(description="The name of the batch's file.", examples=["2026-11-30-acme-1"])
    on: date = Field(description="The day it was posted.", examples=["2026-11-30"])
    letters: int = Field(description="How many letters are posted by this; 0 where all were before.", examples=[42])


class LetterReturned(BaseModel):
    """Whether the return was new."""

    id: UUID = Field(description="The letter's id, as the batch has it.")
    changed: bool = Field(description="False: it was known before.")


class PartnerAnswer(Given):
    """The collection partner's answer."""

    accepted: bool = Field(description="Whether the partner takes the case.", examples=[True])
    reason: Annotated[LongText | None, Field(description="Why it is rejected.", examples=["debtor unknown"])] = None


class HandOffAnswered(BaseModel):
    """Whether the answer was new."""

    id: HandOffId = Field(description="The hand-off's id.", examples=[EXAMPLES[Kind.HAND_OFF]])
    changed: bool = Field(description="False: it was answered before, or does not wait for an answer.")


class MessageAcknowledged(BaseModel):
    """Whether the acknowledgement was new."""

    id: PartnerMessageId = Field(
        description="The message's id, as the file has it.", examples=[EXAMPLES[Kind.PARTNER_MESSAGE]]
    )
    changed: bool = Field(description="False: it was acknowledged before, or is not exported yet.")


@router.post("/v1/letters/posted", response_model=LettersPosted)
async def set_letters_posted(given: BatchPosted, asked: Asked) -> Response:
    """Tell that the printer posted a batch of letters: their deadlines count from that day."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        posted = await letters.posted(connection, asked.creditor, given.batch, given.on, now)
        return Answer(200, LettersPosted(batch=given.batch, on=given.on, letters=posted))

    return await asked.once(work)


@router.post("/v1/letters/{id}/returned", response_model=LetterReturned, responses=documented(404))
async def set_letter_returned(id: LetterId, asked: Asked) -> Response:
    """Tell that a letter came back: its deadline is void, its fee is taken back and its address marked."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        changed = await letters.returned(connection, asked.creditor, id, now)
        return Answer(200, LetterReturned(id=id, changed=changed))

    return await asked.once(work)


@router.post("/v1/hand-offs/{id}/answer", response_model=HandOffAnswered, responses=documented(404))
async def answer_hand_off(id: NamedHandOff, given: PartnerAnswer, asked: Asked) -> Response:
    """Tell what the collection partner answered to a hand-off: accepted, or rejected with the reason."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        said = Accepted() if given.accepted else rejected_because(given.reason)
        try:
            taken = await take_answer(connection, asked.creditor, id, said, now)
        except Conflict:  # decided otherwise, or not handed off: both were always told so here
            taken = Taken(False)
        return Answer(200, HandOffAnswered(id=id, changed=taken.changed))

    return await asked.once(work)


@router.post("/v1/hand-offs/messages/{id}/acknowledge", response_model=MessageAcknowledged, responses=documented(404))
async def acknowledge_hand_off_message(id: NamedMessage, asked: Asked) -> Response:
    """Tell that the collection partner has read a message from a hand-off file."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        changed = await hand_offs.acknowledge(connection, asked.creditor, id, now)
        return Answer(200, MessageAcknowledged(id=id, changed=changed))

    return await asked.once(work)
