"""What debtors wrote to a creditor, over the API: read it, and tell that it is read."""

from asyncio import to_thread
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.answer import Answer as AnswerGiven
from commands.debtor.answer import answer_reply as answer
from commands.debtor.contact import Contact, contact_taken
from commands.debtor.replies import done
from commands.debtor.whose import tell_whose
from connectors.attachments import MOST_FILES, NotTaken
from connectors.checked_files import checked
from connectors.ids import Kind
from domain.invoices.incoming import LongText, Text
from domain.parties.speakers import Asker
from facts.deliveries import replies, reply_files
from facts.parties import debtors
from facts.refusals import Refused
from views import contacts
from views.listed import REPLIES_LISTED
from views.thread import read_thread
from web.api.idempotency import Answer, Asked, json_response
from web.api.ids import EXAMPLES, IdsAsking, ReplyId, named, written
from web.api.lists import Asking, ListOf
from web.problems import documented, not_found
from web.security import ATTACHMENTS_LIMIT, INVOICE_FILE_LIMIT, CreditorAsking
from web.services import Here
from workflows.contracts import Code

router = APIRouter(tags=["debtors"])

NamedReply = Annotated[int, named(Kind.REPLY, "reply", "The reply's id, as the list shows it.")]

A_REPLY = EXAMPLES[Kind.REPLY]
Since = Annotated[date, Query(description="The first day that counts.", examples=["2026-10-01"])]


class File(BaseModel):
    """A file that came with a reply."""

    number: int = Field(description="Which of the reply's, from 1.", examples=[1])
    name: str = Field(description="As its sender named it.", examples=["kvittering.pdf"])
    media_type: str | None = Field(
        description="By its content: a PDF or a picture; null for anything else.", examples=["application/pdf"]
    )
    size: int = Field(description="Bytes.", examples=[48211])
    left_out: str | None = Field(
        description="Why it is not kept; null where `GET /v1/replies/{reply}/files/{number}` has it.", examples=[None]
    )


class Reply(BaseModel):
    """What a debtor wrote."""

    id: ReplyId = Field(description="Names it when it is done.", examples=[A_REPLY])
    customer_number: str | None = Field(description="Your own number for the debtor.", examples=["K-1042"])
    channel: str = Field(
        description="Where it was written: `sms`, `direct_message`, `email`, `page`, `phone`, `letter`.",
        examples=["sms"],
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
    topic: str | None = Field(
        description="What it is about, as far as words can tell, or who took it says.", examples=["how to pay"]
    )
    taken_by: str | None = Field(
        description="Who took it, where the debtor called or sent a letter.", examples=[None, "anne"]
    )
    more: int = Field(
        default=0,
        description="How much more came after it that is not kept: so much lay unread.",
        examples=[0],
    )
    said_by: Asker | None = Field(
        description="Who said it, where somebody who stands in for the debtor did.", examples=[None, "adviser"]
    )
    may_be_about: list[str] | None = Field(
        description="The clients of whoever wrote, by customer number, until `POST /v1/replies/{reply}/about` tells which.",
        examples=[None, ["K-1042", "K-1043"]],
    )
    files: list[File] = Field(description="What came with it.")
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


class ContactTaken(BaseModel):
    """The contact stands in its debtor's thread."""

    id: ReplyId = Field(description="The reply's id.", examples=[A_REPLY])


class Count(BaseModel):
    """How many contacts there were of one kind."""

    channel: str = Field(description="How debtors got in touch.", examples=["email"])
    topic: str | None = Field(description="About what; null where nobody can tell.", examples=["needs time"])
    contacts: int = Field(description="How many, without those of machines.", examples=[17])
    debtors: int = Field(description="Of how many debtors.", examples=[14])


class Counted(BaseModel):
    """Contacts by channel and topic, the most first."""

    counts: list[Count] = Field(description="A row for each channel and topic that there is.")


class ThreadMessage(BaseModel):
    """One message of a thread."""

    at: datetime = Field(description="When it came or left.", examples=["2026-11-16T09:30:00Z"])
    direction: Literal["in", "out"] = Field(description="`in`: the debtor's; `out`: yours.", examples=["in"])
    channel: str = Field(description="By which way.", examples=["email"])
    about: str | None = Field(
        description="Its topic, as far as words can tell, or the kind of your message.", examples=["needs time"]
    )
    subject: str | None = Field(description="An email's.", examples=["Sv: Purring"])
    text: str | None = Field(description="Its words; null for a letter of yours.", examples=["Jeg betaler på fredag"])
    state: str = Field(
        description="Of yours how the delivery stands, and of an answer whether it was `seen` on the page; else `unread`, `read`"
        " or, of a machine's, what wrote it.",
        examples=["unread"],
    )
    invoices: list[str] = Field(
        description="The invoices that it is about, where that is known.", examples=[["2026-1001"]]
    )
    reply: ReplyId | None = Field(description="The reply's id, of a debtor's message.", examples=[A_REPLY])
    delivery: UUID | None = Field(
        description="The delivery's id: of yours, or of the one it answers.",
        examples=["6f1f7a56-4e6a-4f0e-9a57-c2f1d8e3b764"],
    )
    more: int = Field(default=0, description="How much more the debtor wrote after it that is not kept.", examples=[0])
    by: str = Field(
        description="Whose words they are: `debtor`, `adviser`, `guardian` or `estate`, and who took them; `purr` of yours,"
        " or whoever answered.",
        examples=["adviser"],
    )


class Thread(BaseModel):
    """A debtor's thread."""

    messages: list[ThreadMessage] = Field(description="The newest first.")


class Read(BaseModel):
    """A person has read a reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    by: Annotated[Code, Field(description="Who has read it.", examples=["anne"])]
    result: Annotated[
        LongText | None, Field(examples=["called back, pays on Friday"], description="What came of it.")
    ] = None


class About(BaseModel):
    """Which client a reply is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    customer_number: Annotated[Text, Field(description="Your own number for the debtor.", examples=["K-1042"])]
    called: Annotated[
        Text | None, Field(description="The debtor's name, where several share the number.", examples=[None])
    ] = None
    by: Annotated[Code, Field(description="Who says so.", examples=["anne"])]


class AnswerFile(BaseModel):
    """A file beside an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[Text, Field(max_length=200, description="What it is called.", examples=["avlesning.pdf"])]
    content: Annotated[Base64Bytes, Field(description="The file itself, in Base64.", examples=["JVBERi0xLjcK"])]


class AnswerWithFiles(AnswerGiven):
    """What a person answers, and what they put beside it."""

    files: Annotated[
        tuple[AnswerFile, ...],
        Field(
            max_length=MOST_FILES,
            description="PDFs and pictures that stand beside it on the invoice page.",
            examples=[[]],
        ),
    ] = ()


class ReplyAnswered(BaseModel):
    """The reply is answered, and read."""

    id: ReplyId = Field(description="The reply's id.", examples=[A_REPLY])
    channel: str | None = Field(
        description="The way that is tried first; null: no case goes on, so that it stands on the invoice page alone.",
        examples=["sms"],
    )


class ReplyRead(BaseModel):
    """The reply is read."""

    id: ReplyId = Field(description="The reply's id.", examples=[A_REPLY])
    changed: bool = Field(description="False: it was read already.")


@router.get("/v1/replies", response_model=Replies, responses=documented(401, 422))
async def list_replies(
    asking: Asking, finished: Annotated[bool, Query(description="Of `replies`: also those that are read.")] = False
) -> Response:
    """What your debtors wrote by SMS, direct message, email, letter or on the invoice page, or said on the phone."""
    async with asking.services.database.transaction() as connection:
        page = await asking.read(connection, REPLIES_LISTED)
        found = await replies.list_replies(connection, asking.creditor, finished=finished) if not asking.cursor else []
    answer = asking.answer(REPLIES_LISTED, page, page.rows) | {"replies": [asdict(reply) for reply in found]}
    return json_response(written(Replies.model_validate(answer), asking.ids))


@router.post(
    "/v1/replies",
    response_model=ContactTaken,
    status_code=201,
    max_body_size=INVOICE_FILE_LIMIT,  # a letter of the largest size, in Base64
    responses=documented(401, 404, 409, 413, 422),
)
async def create_reply(given: Contact, asked: Asked) -> Response:
    """Somebody called or wrote a letter: it stands in the thread. What says something of the claim holds or disputes it."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        reply = await contact_taken(connection, asked.services.planning, asked.creditor, given, now)
        return Answer(201, ContactTaken(id=reply))

    return await asked.once(work)


@router.get("/v1/replies/counted", response_model=Counted, responses=documented(401, 422))
async def count_replies(creditor: CreditorAsking, services: Here, since: Since) -> Response:
    """Which way your debtors got in touch since a day, and about what."""
    async with services.database.transaction() as connection:
        counts = await contacts.count(connection, creditor, services.calendar.at(since, time()))
    return json_response(Counted(counts=[Count(**asdict(each)) for each in counts]).model_dump(mode="json"))


@router.get(
    "/v1/debtors/{customer_number:path}/thread", response_model=Thread, responses=documented(401, 404, 409, 422)
)
async def get_thread(
    customer_number: Annotated[Text, Path(description="Your own number for the debtor.", examples=["K-1042"])],
    creditor: CreditorAsking,
    ids: IdsAsking,
    services: Here,
    called: Annotated[
        Text | None, Query(description="The debtor's name, where several share a customer number.")
    ] = None,
) -> Response:
    """All that passed between you and a debtor, both ways and by every channel, the newest first: 200 at most."""
    async with services.database.transaction() as connection:
        debtor = await debtors.find(connection, creditor, customer_number, called)
        if debtor is None:
            raise not_found(f"debtor {customer_number}")
        thread = await read_thread(connection, debtor.id)
    answer = Thread(messages=[ThreadMessage(**asdict(each)) for each in thread])
    return json_response(written(answer, ids))


@router.get(
    "/v1/replies/{reply}/files/{number}",
    response_class=Response,
    responses=documented(401, 404, 422)
    | {
        200: {
            "description": "The file, to be saved: it is as somebody sent it",
            "content": {
                "application/pdf": {"schema": {"type": "string", "format": "binary", "examples": ["%PDF-1.7"]}}
            },
        }
    },
)
async def get_reply_file(
    reply: NamedReply,
    number: Annotated[int, Path(ge=1, le=1000, description="Which of the reply's files, from 1.")],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """A file that came with a reply: a PDF or a picture by its content, as a stranger made it. Show it with care."""
    async with services.database.transaction() as connection:
        file = await reply_files.read(connection, creditor, reply, number)
    content = await to_thread(services.attachments.whole, file.content, file.stored) if file else None
    if file is None or content is None:
        raise not_found(f"file {number} of reply {reply}")
    headers = {"Content-Disposition": "attachment", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(content, media_type=file.media_type, headers=headers)


@router.post(
    "/v1/replies/{reply}/about", status_code=201, response_model=ContactTaken, responses=documented(401, 404, 409, 422)
)
async def set_reply_about(reply: NamedReply, given: About, asked: Asked) -> Response:
    """Tell which of an adviser's clients a reply is about: it does there what it says, and the others wait no more."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        planning, (number, called) = asked.services.planning, (given.customer_number, given.called)
        heard = await tell_whose(connection, planning, asked.creditor, reply, number, called, given.by, now)
        return Answer(201, ContactTaken(id=heard))

    return await asked.once(work)


@router.post(
    "/v1/replies/{reply}/answer",
    status_code=201,
    response_model=ReplyAnswered,
    max_body_size=ATTACHMENTS_LIMIT,
    responses=documented(401, 404, 409, 413, 422),
)
async def answer_reply(reply: NamedReply, given: AnswerWithFiles, asked: Asked) -> Response:
    """Answer a reply: it goes by the way that the debtor's words came, stands on the invoice page, and the reply is read.

    Files stand beside it on the page: PDFs and pictures, judged by their content as those of debtors are.
    """
    words, services = AnswerGiven(by=given.by, text=given.text), asked.services
    named = [(each.name, each.content) for each in given.files]
    try:
        async with checked(services.attachments, services.scanner, named) as files:

            async def work(connection: AsyncConnection, now: datetime) -> Answer:
                kept = await answer(connection, asked.creditor, reply, words, now, files)
                return Answer(201, ReplyAnswered(id=reply, channel=kept.channel))

            return await asked.once(work)
    except NotTaken as refused:
        raise Refused(str(refused)) from refused


@router.post("/v1/replies/{reply}/done", response_model=ReplyRead, responses=documented(401, 404, 422))
async def set_reply_done(reply: NamedReply, given: Read, asked: Asked) -> Response:
    """A person has read it: what waited for that goes on. Give a hold or dispute of your own first, where it is due."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        changed = await done(connection, asked.creditor, reply, given.by, given.result, now)
        return Answer(200, ReplyRead(id=reply, changed=changed))

    return await asked.once(work)
