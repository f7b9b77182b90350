"""What a creditor says beside an invoice, over the API: its pieces with what came of them, another one, a look at one."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Given, Name
from domain.pieces import Piece
from facts import pieces
from messages.piece_words import faults, shown
from web.api.idempotency import Answer, Asked, json_response
from web.problems import FieldProblem, Problem, documented
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By, Code

router = APIRouter(tags=["operations"])

_NAME = Field(description="Your own short name of it; a piece of the same name is replaced.", examples=["prices-2027"])
EXAMPLE = {
    "kind": "price change",
    "moments": ["before due", "paid"],
    "until": "2027-01-01",
    "words": {
        "nb": {"title": "Ny pris fra januar", "text": "Les om [prisene fra januar](https://acme.example/priser)."}
    },
}
_HTML = {"nb": '<p>Les om <a href="https://acme.example/priser">prisene fra januar</a>.</p>'}


class PieceGiven(Given):
    """A piece from now on; null: it is ended."""

    name: Annotated[Name, _NAME]
    piece: Annotated[Piece | None, Field(description="The piece; null: nobody is shown it.", examples=[EXAMPLE])]
    by: Annotated[By, Field(description="Who decides this.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["new-prices"])]


class PieceTried(Given):
    """A piece to look at, without putting it."""

    piece: Annotated[Piece, Field(description="The piece.", examples=[EXAMPLE])]


class PieceCounted(BaseModel):
    """Of how many invoices; null where so few were shown it that a figure would tell of them."""

    shown: int | None = Field(description="In somebody's hands, with it on the page.", examples=[412])
    clicked: int | None = Field(description="A link was followed; some browsers do not tell.", examples=[37])
    helped: int | None = Field(description="It helped, says who read it.", examples=[21])
    did_not_help: int | None = Field(description="It did not.", examples=[4])


class PieceVersion(BaseModel):
    """One version of a piece."""

    name: str = Field(description="Your own short name of it.", examples=["prices-2027"])
    version: int = Field(description="Counted from 1; the latest is what is shown.", examples=[2])
    piece: Piece | None = Field(description="The piece; null: ended.", examples=[EXAMPLE])
    by: str = Field(description="Who decided it.", examples=["anne"])
    reason_code: str = Field(description="Why.", examples=["new-prices"])
    since: datetime = Field(description="When.", examples=["2026-11-23T08:00:00Z"])
    counted: PieceCounted = Field(description="What came of it.")


class PieceVersions(BaseModel):
    """Every version, by name, the oldest first."""

    versions: list[PieceVersion] = Field(description="The latest of each name counts.")


class PiecePut(BaseModel):
    """What is shown from now on."""

    name: str = Field(description="Your own short name of it.", examples=["prices-2027"])
    version: int = Field(description="Counted from 1.", examples=[2])


class PieceLooked(BaseModel):
    """A piece as the page shows it."""

    html: dict[str, str] = Field(description="Its text by language.", examples=[_HTML])


@router.get("/v1/content", response_model=PieceVersions, responses=documented(401))
async def list_content(creditor: CreditorAsking, services: Here) -> Response:
    """What you say beside your invoices, every version, with what came of each."""
    async with services.database.transaction() as connection:
        found = await pieces.history(connection, creditor)
    answer = PieceVersions(versions=[PieceVersion.model_validate(each, from_attributes=True) for each in found])
    return json_response(answer.model_dump(mode="json"))


@router.post("/v1/content", response_model=PiecePut, responses=documented(401, 404, 422))
async def put_content(given: PieceGiven, asked: Asked) -> Response:
    """A piece from now on, or its end; refused with everything that is wrong with it."""
    if given.piece:
        _check(given.piece)

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        if given.piece:
            version = await pieces.put(
                connection, asked.creditor, given.name, given.piece, given.by, given.reason_code, now
            )
        else:
            version = await pieces.end(connection, asked.creditor, given.name, given.by, given.reason_code, now)
        return Answer(200, PiecePut(name=given.name, version=version))

    return await asked.once(work)


@router.post("/v1/content/preview", response_model=PieceLooked, responses=documented(401, 422))
async def preview_content(given: PieceTried, asked: Asked) -> Response:
    """Look at a piece before it is put. No piece is kept, and nobody is shown it."""
    _check(given.piece)
    html = {str(language): shown(words.text).direct() for language, words in given.piece.words.items()}

    async def work(_connection: AsyncConnection, _now: datetime) -> Answer:
        return Answer(200, PieceLooked(html=html))

    return await asked.once(work)


def _check(piece: Piece) -> None:
    if found := faults(piece):
        problems = [
            FieldProblem(field=f"piece.{field}", problem=problem)
            for field, _, problem in (fault.partition(": ") for fault in found)
        ]
        raise Problem(422, "invalid", f"this cannot be shown: {found[0]}", errors=problems)
