"""Notices to many over the API: written and counted, looked at as they will be read, sent by a person's word, stopped."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.announce import send_announcement, stop_announcement, write_announcement
from connectors.ids import Kind
from domain.announcements import Announcement, NoticeWords
from domain.invoices.incoming import Given
from facts import announcements
from facts.announcements import Kept
from facts.refusals import Unknown
from views import announced
from views.announced import Announced
from views.filters import NotUnderstood
from web.api.idempotency import Answer, Asked, json_response
from web.api.ids import EXAMPLES, NoticeId, ids_of, named, written
from web.problems import FieldProblem, Problem, documented
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By

router = APIRouter(tags=["operations"])

Named = Annotated[int, named(Kind.ANNOUNCEMENT, "id", "The notice's id.")]
STATES = "`counting`, `counted`, `sending`, `told` or `stopped`."
_WORDS = {
    "nb": {"title": "Lengre ventetid", "text": "Det tar tid å svare.", "sms": "Det tar tid å svare."},
    "en": {"title": "Longer waiting time", "text": "It takes time to answer.", "sms": "It takes time to answer."},
}
_BY = Field(description="Who decides this.", examples=["kim"])


class NoticeGiven(Announcement):
    """What is to be told, in every language, and to whom."""

    where: Annotated[
        str,
        Field(
            max_length=500,
            description="The debtors of these open cases, in the words of `GET /v1/cases`; left out: of all.",
            examples=["amount>=500"],
        ),
    ] = ""
    by: Annotated[By, _BY]


class NoticeDecided(Given):
    """Who says so."""

    by: Annotated[By, _BY]


class NoticeKept(BaseModel):
    """A notice as it stands."""

    id: NoticeId = Field(description="Names it.", examples=[EXAMPLES[Kind.ANNOUNCEMENT]])
    state: str = Field(description=STATES, examples=["counted"])
    kind: str = Field(description="What it is about.", examples=["waiting time"])
    where: str = Field(description="Whom it is for; empty: everybody with an open case.", examples=["segment=private"])
    until: date = Field(description="The last day on which it is of any use.", examples=["2026-11-19"])
    by: str = Field(description="Who wrote it.", examples=["kim"])
    since: datetime = Field(description="When.", examples=["2026-11-16T09:30:00Z"])
    words: dict[str, NoticeWords] = Field(description="It in every language.", examples=[_WORDS])


class NoticeRead(BaseModel):
    """It as one of them reads it."""

    invoice: str = Field(description="By whose case it comes.", examples=["2026-1001"])
    channel: str = Field(description="How.", examples=["email"])
    subject: str = Field(description="Of an email.", examples=["Lengre ventetid"])
    text: str = Field(description="What is read.", examples=["Hei Kari\n\nDet tar tid å svare."])


class NoticeLooked(NoticeKept):
    """A notice, whom it reaches in people, and as some of them read it."""

    gets: int = Field(description="How many get it, or have.", examples=[412])
    by_channel: dict[str, int] = Field(description="By what.", examples=[{"email": 380, "sms": 32}])
    left_out: dict[str, int] = Field(description="How many do not, and why.", examples=[{"opted out": 12}])
    told: int = Field(description="How many of their cases have been told to send it.", examples=[0])
    sent: dict[str, int] = Field(description="How far its messages came.", examples=[{"accepted": 0}])
    cost: Decimal | None = Field(description="At most; null where nobody said what messages cost.", examples=["12.40"])
    sample: list[NoticeRead] = Field(description="As some of them read it.")


class Notices(BaseModel):
    """The latest notices, the newest first."""

    notices: list[NoticeKept] = Field(description="So many at most: 50.")


@router.get("/v1/notices", response_model=Notices, responses=documented(401))
async def list_notices(request: Request, creditor: CreditorAsking, services: Here) -> Response:
    """What you have told many."""
    async with services.database.transaction() as connection:
        found = await announcements.latest(connection, [creditor], announced.MOST)
    return json_response(written(Notices(notices=[NoticeKept(**_kept(each)) for each in found]), ids_of(request)))


@router.post("/v1/notices", status_code=201, response_model=NoticeKept, responses=documented(401, 409, 422))
async def create_notice(given: NoticeGiven, asked: Asked) -> Response:
    """Write a notice to many: whom it reaches is counted next, within seconds, and nothing is sent.

    It is about no claim, in plain text without links. Its last day is a week ahead at most.
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        try:
            await announced.check_meant(connection, asked.creditor, given.where)
        except NotUnderstood as wrong:
            problem = FieldProblem(field="where", problem=str(wrong))
            raise Problem(422, "invalid", str(wrong), errors=[problem]) from None
        once = f"{asked.command_id}#notice"
        id = await write_announcement(connection, asked.creditor, given, given.where.strip(), given.by, once, now)
        return Answer(201, NoticeKept(**_kept(await _of(connection, asked.creditor, id))))

    return await asked.once(work)


@router.get("/v1/notices/{id}", response_model=NoticeLooked, responses=documented(401, 404))
async def get_notice(id: Named, request: Request, creditor: CreditorAsking, services: Here) -> Response:
    """How many get it and by what, who does not and why, and as some of them read it."""
    async with services.database.transaction() as connection:
        kept = await _of(connection, creditor, id)
        seen = await announced.read(connection, kept, services.settings.public_url)
    return json_response(written(_looked(seen), ids_of(request)))


@router.post("/v1/notices/{id}/send", response_model=NoticeKept, responses=documented(401, 404, 409, 422))
async def send_notice(id: Named, given: NoticeDecided, asked: Asked) -> Response:
    """Have those that were counted told; again it changes nothing. Refused (409) where that was more than a day ago."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await _of(connection, asked.creditor, id)
        await send_announcement(connection, id, given.by, now)
        return Answer(200, NoticeKept(**_kept(await _of(connection, asked.creditor, id))))

    return await asked.once(work)


@router.post("/v1/notices/{id}/stop", response_model=NoticeKept, responses=documented(401, 404, 422))
async def stop_notice(id: Named, given: NoticeDecided, asked: Asked) -> Response:
    """Whoever has not got it does not get it."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await _of(connection, asked.creditor, id)
        await stop_announcement(connection, id, given.by, now)
        return Answer(200, NoticeKept(**_kept(await _of(connection, asked.creditor, id))))

    return await asked.once(work)


async def _of(connection: AsyncConnection, creditor: str, id: int) -> Kept:
    """One of the creditor's own. Raises Unknown."""
    kept = await announcements.read(connection, id)
    if kept is None or kept.creditor != creditor:
        raise Unknown(f"no notice {id}")
    return kept


def _kept(kept: Kept) -> dict[str, object]:
    told = {name: getattr(kept, name) for name in ("id", "state", "kind", "until", "by", "words")}
    return told | {"where": kept.written, "since": kept.happened_at}


def _looked(seen: Announced) -> NoticeLooked:
    told = {name: getattr(seen, name) for name in ("gets", "by_channel", "left_out", "told", "sent", "cost")}
    sample = [NoticeRead(invoice=each.number, channel=each.channel, subject=each.subject, text=each.text)
              for each in seen.sample]  # fmt: skip
    return NoticeLooked(**_kept(seen.kept), **told, sample=sample)
