"""What debtors wrote to a creditor, over the API: read it, and tell that it is read."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import done
from domain.invoices.incoming import LongText
from facts.deliveries import replies
from views.listed import REPLIES_LISTED
from web.api.idempotency import Answer, Asked, json_response
from web.api.lists import Asking, ListOf
from web.problems import documented
from workflows.contracts import Code

router = APIRouter(tags=["debtors"])

Number = Annotated[int, Path(ge=1, lt=2**31, description="The reply's id, as the list shows it.")]


class Reply(BaseModel):
    """What a debtor wrote."""

    id: int = Field(description="Names it when it is done.", examples=[21])
    customer_number: str | None = Field(description="Your own number for the debtor.", examples=["K-1042"])
    channel: str = Field(
        description="Where it was written: `sms`, `direct_message`, `email`, `page`.", examples=["sms"]
    )
    text: str = Field(description="What was written.", examples=["Jeg betaler på fredag"])
    meaning: str | None = Field(
        examples=["needs time"], description="What it seems to say: disagrees, paid, needs time or not me."
    )
    since: datetime = Field(description="When it came.", examples=["2026-11-16T09:30:00Z"])
    invoices: list[str] = Field(examples=[["2026-1001"]], description="The open invoices that it may be about.")
    done_at: datetime | None = Field(
        description="When somebody had read it; null while nobody has.", examples=[None, "2026-11-16T09:30:00Z"]
    )
    done_by: str | None = Field(description="Who has read it.", examples=[None, "anne"])
    result: str | None = Field(description="What came of it.", examples=[None, "called back, pays on Friday"])
    subject: str | None = Field(description="A mail's subject.", examples=[None, "Sv: Purring"])
    quoted: str | None = Field(
        description="What a mail quotes of earlier ones: `text` is without it.", examples=[None, "> Hei Kari"]
    )
    html: str | None = Field(
        description="A mail's page, where it has one, with nothing in it that runs, loads or tells: it may be shown.",
        examples=[None, "<p>Jeg betaler på fredag</p>"],
    )
    automatic: str | None = Field(
        description="What wrote a mail, where it was no person: `own`, `bounce`, `receipt`, `absence`, `list` or `machine`.",
        examples=[None, "absence"],
    )
    tied_by: str | None = Field(
        description="By what a mail found its debtor: `reply address` is the debtor's alone; `reference`, `number` and "
        "`sender` prove nothing of who wrote.",
        examples=[None, "reply address"],
    )
    delivery: UUID | None = Field(
        description="The message that it answers, where that is known.",
        examples=[None, "6f1f7a56-4e6a-4f0e-9a57-c2f1d8e3b764"],
    )


class Replies(ListOf[Reply]):
    """A page of replies."""

    replies: list[Reply] = Field(
        description="Those that nobody has read, oldest first; with `finished` all. `data` has them page by page.",
        deprecated=True,
    )


class Read(BaseModel):
    """A person has read a reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    by: Annotated[Code, Field(description="Who has read it.", examples=["anne"])]
    result: Annotated[
        LongText | None, Field(examples=["called back, pays on Friday"], description="What came of it.")
    ] = None


class ReplyRead(BaseModel):
    """The reply is read."""

    id: int = Field(description="The reply's id.", examples=[21])
    changed: bool = Field(description="False: it was read already.")


@router.get("/v1/replies", response_model=Replies, responses=documented(401, 422))
async def list_replies(
    asking: Asking, finished: Annotated[bool, Query(description="Of `replies`: also those that are read.")] = False
) -> Response:
    """What your debtors wrote by SMS, direct message, email or on the invoice page."""
    async with asking.services.database.transaction() as connection:
        page = await asking.read(connection, REPLIES_LISTED)
        found = await replies.list_replies(connection, asking.creditor, finished=finished) if not asking.cursor else []
    answer = asking.answer(REPLIES_LISTED, page, page.rows) | {"replies": [asdict(reply) for reply in found]}
    return json_response(Replies.model_validate(answer).model_dump(mode="json"))


@router.post("/v1/replies/{reply}/done", response_model=ReplyRead, responses=documented(401, 404, 422))
async def set_reply_done(reply: Number, given: Read, asked: Asked) -> Response:
    """A person has read it: what waited for that goes on. Give a hold or dispute of your own first, where it is due."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        changed = await done(connection, asked.creditor, reply, given.by, given.result, now)
        return Answer(200, ReplyRead(id=reply, changed=changed))

    return await asked.once(work)
