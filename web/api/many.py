"""A hold or a release of many of a creditor's cases: looked at first, then recorded page by page, and told as it goes."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal, Self

import orjson
from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Hold, Release
from commands.case.outlook import Outlook
from commands.case.release_in_turns import give_turns, in_their_turns
from commands.command import Command
from commands.many import record_each
from domain.invoices.incoming import LongText
from domain.planner.turns import PER_HOUR
from views.filters import OF_CASES, NotUnderstood, filter_of
from views.selected import Selection
from web.api.idempotency import Asked, json_response
from web.problems import FieldProblem, Problem, documented
from web.services import Services
from workflows.contracts import By, Code, Until

router = APIRouter(tags=["invoices"], responses=documented(401, 422))

LINES = "application/x-ndjson"
WORDS = {name: word for name, word in OF_CASES.items() if name != "creditor"}  # it is the key's
MOST_REFUSED = 1000  # that are told with why; more are only counted
_LINE = '{"done": 200, "refused": {"2026-1001": "the case is not on hold"}, "of": 4210, "finished": false}\n'


class ManyCommand(BaseModel):
    """A hold or a release of many cases."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "command": "hold",
                    "where": "due<2026-12-01",
                    "by": "anne",
                    "reason_code": "storm",
                    "until": "2099-12-24",
                },
                {"command": "release", "where": "hold=yes", "by": "anne", "reason_code": "storm-over", "per_hour": 300},
            ]
        },
    )
    command: Literal["hold", "release"] = Field(description="What is to be done.", examples=["release"])
    where: str = Field(
        min_length=1,
        max_length=1000,
        description="Which open cases, in the words of `GET /v1/cases`; `state=open` are all.",
        examples=["batch=november.csv and hold=yes"],
    )
    by: Annotated[By, Field(description="Who decides this.")]
    reason_code: Annotated[Code, Field(description="Why, as a short code.")]
    note: Annotated[LongText | None, Field(description="Why, in words; stays with each case.")] = None
    until: Annotated[
        Until | None, Field(description="hold: a moment ahead, or a day, which counts to its end where the debtor is.")
    ] = None
    held_for: Annotated[Code | None, Field(description="release: only the holds that were given for this reason.")] = (
        None
    )
    per_hour: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="release: so many messages leave in an hour at most because of it. Left out, all go on at once where "
            f"{PER_HOUR} or fewer would leave, else {PER_HOUR} an hour.",
            examples=[300],
        ),
    ] = None

    @model_validator(mode="after")
    def _fits_its_command(self) -> Self:
        of_the_other = ("held_for", "per_hour") if self.command == "hold" else ("until",)
        if wrong := [name for name in of_the_other if getattr(self, name) is not None]:
            raise ValueError(f"{self.command} takes no {', '.join(wrong)}")
        return self

    @property
    def each(self) -> Command[Any]:
        """The command to each case."""
        given = {"by": self.by, "reason_code": self.reason_code, "note": self.note}
        if self.command == "hold":
            return Hold.model_validate(given | {"until": self.until})
        return Release.model_validate(given | {"held_for": self.held_for})


class ManyForeseen(BaseModel):
    """What it would come to, if it were done now."""

    matching: int = Field(description="How many open cases are meant.", examples=[4210])
    by_step: dict[str, int] = Field(
        description="How many of them do what next; of a release, once they go on.",
        examples=[{"reminder by email": 4000}],
    )
    unposted_letters: int | None = Field(
        default=None,
        description="hold: letters that wait for the printer. They are pulled within a minute; what the printer has is sent.",
        examples=[12],
    )
    messages: int | None = Field(
        default=None,
        description="release: messages and tasks that come of it; who waits for news counts as one.",
        examples=[4000],
    )
    per_hour: int | None = Field(
        default=None, description="release: in an hour at most; null: all at once.", examples=[300]
    )
    hours: int | None = Field(default=None, description="release: begun hours until the last turn.", examples=[14])
    last: datetime | None = Field(
        default=None, description="release: when the last turn comes.", examples=["2026-12-02T10:40:00Z"]
    )


@router.post("/v1/cases/commands/preview", response_model=ManyForeseen, response_model_exclude_unset=True)
async def preview_many(given: ManyCommand, asked: Asked) -> Response:
    """See what a hold or a release of many cases would come to. Nothing is changed."""
    many = _selection(given, asked.creditor)
    async with asked.services.database.transaction() as connection:
        await _length(many, connection)
    outlook = await _look(asked.services, many, given)
    return json_response(ManyForeseen(matching=outlook.cases, **outlook.document()).model_dump(mode="json"))


@router.post(
    "/v1/cases/commands",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A line after each page of cases: how many are done so far, and those refused in it with why.",
            "content": {LINES: {"schema": {"type": "string", "examples": [_LINE]}}},
        }
    },
)
async def command_many(given: ManyCommand, asked: Asked) -> StreamingResponse:
    """Hold or release many cases: each page is kept as it is done, and a line (NDJSON) says how far it is.

    Without the line that is `finished`, it was broken off: send the same again, which does the rest and gives nobody a second
    hold or another turn: no key is needed. Letters of held cases leave their batch within a minute. A release goes on in turns,
    each debtor's in one; see `preview` for when.
    """
    many = _selection(given, asked.creditor)
    async with asked.services.database.transaction() as connection:
        length = await _length(many, connection)
    return StreamingResponse(_done(asked.services, many, given, length), media_type=LINES)


async def _done(services: Services, many: Selection, given: ManyCommand, length: int) -> AsyncIterator[bytes]:
    command, turn_of, done, told = given.each, dict[int, int](), 0, 0
    if given.command == "release":
        outlook = await _look(services, many, given)
        if outlook.per_hour is not None and outlook.foreseen:
            async with services.database.transaction() as connection:
                turn_of = await give_turns(connection, outlook.foreseen, outlook.per_hour, given.by, given.reason_code)
    of_case, begin = in_their_turns(command, turn_of), 0
    while True:
        async with services.database.transaction() as connection:
            page = await many.page(connection, begin)
            numbers = {case.case_id: case.invoice for case in page.cases}
            why_not = await record_each(connection, services.planning, list(numbers), of_case, f"api#{many.creditor}")
        done += len(numbers) - len(why_not)
        refused = {numbers[case]: why for case, why in islice(why_not.items(), MOST_REFUSED - told)}
        told += len(refused)
        said = {"done": done, "refused": refused, "of": length, "finished": page.next is None}
        yield orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
        if page.next is None:
            return
        begin = page.next


async def _look(services: Services, many: Selection, given: ManyCommand) -> Outlook:
    outlook = Outlook(given.each, given.per_hour)
    async with aclosing(many.pages(services.database)) as pages:
        async for connection, page in pages:
            await outlook.look(connection, services.planning, page.steps)
    return outlook


def _selection(given: ManyCommand, creditor: str) -> Selection:
    try:
        return Selection(filter_of(given.where, WORDS), given.held_for, creditor=creditor)
    except NotUnderstood as wrong:
        raise _wrong(wrong) from None


async def _length(many: Selection, connection: AsyncConnection) -> int:
    try:
        return await many.length(connection)
    except NotUnderstood as wrong:
        raise _wrong(wrong) from None


def _wrong(why: NotUnderstood) -> Problem:
    return Problem(422, "invalid", str(why), errors=[FieldProblem(field="where", problem=str(why))])
