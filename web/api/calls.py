"""Calls to debtors over the API: the list, taking one, putting it off, what came of it; for an agency's key too."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.task import call
from commands.task.call import CallOutcome
from commands.task.call_file import LineRecorded, record_line
from connectors.call_files import NoCallFile, read_outcomes, written_list
from connectors.ids import Kind
from domain.desk.roles import Act
from domain.invoices.incoming import Amount, Day, Given, LongText, Text
from domain.parties.agencies import why_no_agency
from domain.parties.caller_numbers import caller_number
from domain.planner.calls import Outcome
from facts.desk.incoming_calls import ring
from facts.desk.users import User, who_works
from facts.operations.calls import Desk
from facts.parties.creditors import KeyOwner, country_of
from views.calls import list_calls
from web.api.idempotency import Answer, Asked, AskedByAgency, Call, json_response
from web.api.ids import EXAMPLES, TaskId, ids_of, in_their_words, named, read_id, written
from web.problems import FieldProblem, Problem, documented
from web.security import CallerAsking, caller_asking
from web.services import Here
from workflows.contracts import By

router = APIRouter(tags=["calls"])

AS_LISTED = "The call's id, as the list shows it."
NamedCall = Annotated[int, named(Kind.TASK, "id", AS_LISTED, who=caller_asking)]
NamedOwnCall = Annotated[int, named(Kind.TASK, "id", AS_LISTED)]
A_CALL = EXAMPLES[Kind.TASK]
LONGEST_NAME = 30  # of one of an agency's people: the diary has the agency before it
Who = Annotated[By, Field(max_length=LONGEST_NAME, description="Who calls.", examples=["anne"])]

_LIST = "call,invoice,debtor,language,numbers,balance,currency,due_date,worth,tries,why\r\n"
_OUTCOMES = f"call,outcome,at,by,on\n{A_CALL},promised,2026-11-16T10:30:00+01:00,kim,2026-11-20\n"
_BODY: dict[str, Any] = {
    "required": True,
    "description": "CSV in UTF-8: call, outcome, at and by, and where the outcome takes them on, amount, months, number, note.",
    "content": {
        "text/csv": {"schema": {"type": "string", "examples": [_OUTCOMES]}},
        "application/octet-stream": {  # for clients that know no CSV
            "schema": {"type": "string", "format": "binary", "examples": [_OUTCOMES]}
        },
    },
}
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The list.",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": _LIST}},
    }
}


class WaitingCall(BaseModel):
    """A call to make."""

    id: TaskId = Field(description="Names it.", examples=[A_CALL])
    invoice: str = Field(description="The invoice that it is about.", examples=["2026-1001"])
    customer_number: str | None = Field(description="Your own number for the debtor.", examples=["K-1042"])
    debtor: str = Field(description="Whom to call.", examples=["Kari Nordmann"])
    language: str = Field(description="The debtor's language.", examples=["nb"])
    numbers: list[str] = Field(description="The numbers that may work.", examples=[["+4791234567"]])
    balance: Decimal = Field(description="What is owed.", examples=["802.00"])
    currency: str = Field(description="Its currency.", examples=["NOK"])
    due_date: date = Field(description="When it was due.", examples=["2026-11-16"])
    worth: Decimal = Field(description="Balance by chance by days left: the list's order.", examples=["4010.00"])
    tries: int = Field(description="How often it was tried.", examples=[0])
    why: str = Field(description="Why to call.", examples=["call is planned"])
    waits: str | None = Field(description="Why not now; null where it may be made.", examples=[None, "kim is at it"])
    next_at: datetime | None = Field(description="When it is tried next.", examples=[None, "2026-11-17T14:00:00Z"])
    taken_by: str | None = Field(description="Who is at it.", examples=[None, "anne"])
    taken_until: datetime | None = Field(description="How long it is theirs.", examples=[None, "2026-11-16T10:00:00Z"])


class Calls(BaseModel):
    """The calls, the most worth first."""

    calls: list[WaitingCall] = Field(description="Those that may be made now, and with `all` the others behind them.")


class TakenBy(Given):
    """Who takes it."""

    by: Who


class CallTold(Given):
    """What came of a call."""

    by: Who
    outcome: Annotated[Outcome, Field(description="What came of it.", examples=["promised"])]
    on: Annotated[Day | None, Field(description="promised: the day of payment.", examples=["2026-11-20"])] = None
    amount: Annotated[Amount | None, Field(description="promised or disputes: only so much.", examples=["300.00"])] = (
        None
    )
    months: Annotated[int | None, Field(description="plan: the offer of so many months.", examples=[3])] = None
    number: Annotated[
        Text | None, Field(description="wrong number: which, where several are known.", examples=["+4791234567"])
    ] = None
    note: Annotated[LongText | None, Field(description="What was said.", examples=["gets her pay that day"])] = None


class PutOff(Given):
    """Until when, and who says so."""

    by: Who
    until: Annotated[AwareDatetime, Field(description="The exact moment.", examples=["2026-11-17T15:15:00Z"])]


class GivenTo(Given):
    """To whom it is given, and who says so."""

    by: Who
    agency: Annotated[Text | None, Field(description="The agency; null takes it back.", examples=["Ring AS"])]


class CallComesIn(Given):
    """Somebody calls somebody at the desk, as the phone system knows it."""

    call: Text = Field(
        description="The phone system's own id of the call: the same id is told once.", examples=["c-81"]
    )
    agent: Text = Field(description="Whom they call: the short name of a user of the desk.", examples=["anne"])
    number: str | None = Field(
        default=None,
        max_length=1000,
        description="The caller's number, in full or as dialled in your country. Left out, or no number: it is withheld.",
        examples=["+4791234567"],
    )


class CallComesInTold(BaseModel):
    """Whether the agent hears of it."""

    told: bool = Field(
        description="Whether it is shown to the agent: false where nobody of this name works at the desk for you, or wants "
        "not to hear of calls. Which of these is told to nobody.",
    )
    address: str | None = Field(
        description="The caller's card, which opens for this agent alone, for a day.",
        examples=["https://purr.example/desk/incoming/0b5e3f0a-7a3b-4b8e-9a53-0f6b7c1d2e3f"],
    )


class CallChanged(BaseModel):
    """It is so."""

    id: TaskId = Field(description="The call's id.", examples=[A_CALL])


class OutcomeLine(BaseModel):
    """What became of one line."""

    line: str = Field(description="Where it stands.", examples=["line 2"])
    call: str | None = Field(description="The call, as it was written.", examples=[A_CALL])
    became: Literal["recorded", "known", "refused"] = Field(description="`known`: exactly this line came before.")
    why: str | None = Field(description="Why it is refused.", examples=[None, f"call {A_CALL} is done: paid, by anne"])


class OutcomesTaken(BaseModel):
    """What became of a file of outcomes."""

    lines: list[OutcomeLine] = Field(description="Each line, in its order.")


@router.get("/v1/calls", response_model=Calls, responses=documented(401, 422))
async def get_calls(
    request: Request,
    services: Here,
    caller: CallerAsking,
    all: Annotated[bool, Query(description="Also those that are not made now, with why.")] = False,
) -> Response:
    """Whom to call, the most worth first. An agency's key sees what was given to it, and nothing else."""
    async with services.database.transaction() as connection:
        found = await list_calls(connection, services.planning, _desk(caller))
    shown = [asdict(each) for each in found if all or each.waits is None]
    return json_response(written(Calls.model_validate({"calls": shown}), ids_of(request)))


@router.get("/v1/calls/file", response_class=Response, responses=_CSV | documented(401, 422))
async def get_calls_file(request: Request, services: Here, caller: CallerAsking) -> Response:
    """The calls that may be made now as CSV, the most worth first."""
    async with services.database.transaction() as connection:
        found = await list_calls(connection, services.planning, _desk(caller))
    ids = ids_of(request)
    rows = [
        asdict(each) | {"call": ids.sealed(Kind.TASK, each.id), "numbers": " ".join(each.numbers)}
        for each in found
        if each.waits is None
    ]
    return Response(written_list(rows), media_type="text/csv")


@router.post(
    "/v1/calls/outcomes",
    response_model=OutcomesTaken,
    responses=documented(401, 413, 422),
    openapi_extra={"requestBody": _BODY},
)
async def create_call_outcomes(request: Request, asked: AskedByAgency) -> Response:
    """Send outcomes as a file: each line is recorded or refused for itself, once however often the file comes."""
    try:
        lines = read_outcomes(await request.body())
    except NoCallFile as none:
        raise Problem(422, "file-refused", str(none)) from none

    async def work() -> Answer:
        became = []
        for line in lines:
            done = LineRecorded("refused", line.wrong)
            named_by = line.fields.get("call", "")
            if line.wrong is None:
                done = await _recorded(asked, named_by, line.fields)
            told = {"line": line.place, "call": named_by or None, "became": done.became, "why": done.why}
            became.append(OutcomeLine.model_validate(told))
        return Answer(200, OutcomesTaken(lines=became))

    return await asked.harmless_twice(work)


@router.post("/v1/calls/{id}/take", response_model=CallChanged, responses=documented(401, 404, 409, 422))
async def take_call(id: NamedCall, given: TakenBy, asked: AskedByAgency) -> Response:
    """Take a call: for half an hour nobody else calls this debtor. Refused (409) where somebody is at it, or none may call."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await call.take(connection, asked.services.planning, _of(asked), id, _of(asked).name(given.by), now)
        return Answer(200, CallChanged(id=id))

    return await asked.once(work)


@router.post("/v1/calls/{id}/outcome", response_model=CallChanged, responses=documented(401, 404, 409, 422))
async def set_call_outcome(id: NamedCall, given: CallTold, asked: AskedByAgency) -> Response:
    """Tell what came of a call: its case rests, goes on or stops by it."""
    desk = _of(asked)
    told = given.model_dump(exclude={"by"}) | {"task": id, "by": desk.name(given.by), "agency": desk.agency}

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        outcome = CallOutcome.model_validate(told)
        await call.outcome(connection, asked.services.planning, desk, outcome, asked.command_id, now)
        return Answer(200, CallChanged(id=id))

    return await asked.once(work)


@router.post("/v1/calls/{id}/link", response_model=CallChanged, responses=documented(401, 404, 409, 422))
async def send_call_link(id: NamedCall, given: TakenBy, asked: AskedByAgency) -> Response:
    """Send who is on the phone the way to pay, by SMS. Refused (409) where it cannot leave at once, with why."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await call.send_link(connection, asked.services.planning, _of(asked), id, _of(asked).name(given.by), now)
        return Answer(200, CallChanged(id=id))

    return await asked.once(work)


@router.post("/v1/calls/{id}/snooze", response_model=CallChanged, responses=documented(401, 404, 409, 422))
async def snooze_call(id: NamedCall, given: PutOff, asked: AskedByAgency) -> Response:
    """Put a call off to an exact moment."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await call.snooze(connection, _of(asked), id, _of(asked).name(given.by), given.until, now)
        return Answer(200, CallChanged(id=id))

    return await asked.once(work)


@router.post("/v1/calls/{id}/give", response_model=CallChanged, responses=documented(401, 404, 409, 422))
async def give_call(id: NamedOwnCall, given: GivenTo, asked: Asked) -> Response:
    """Give a call to an agency, whose key then sees it, or take it back."""
    if given.agency and (why := why_no_agency(given.agency)):
        raise Problem(422, "invalid", why, errors=[FieldProblem(field="agency", problem=why)])

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await call.give(connection, Desk(asked.creditor), id, given.agency, given.by, now)
        return Answer(200, CallChanged(id=id))

    return await asked.once(work)


@router.post("/v1/calls/incoming", response_model=CallComesInTold, responses=documented(401, 409, 422))
async def create_incoming_call(given: CallComesIn, asked: AskedByAgency) -> Response:
    """Tell that somebody calls an agent: the caller's card opens at the desk, for this agent alone. Nothing is recorded."""
    services = asked.services

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        agent = await who_works(connection, given.agent)
        if agent is None or not _hears(agent, asked):
            return Answer(200, CallComesInTold(told=False, address=None))
        number = caller_number(given.number, await country_of(connection, asked.creditor))
        id = await ring(connection, agent.reach, agent.id, asked.creditor, given.call, number, now)
        return Answer(200, CallComesInTold(told=True, address=f"{services.settings.public_url}/desk/incoming/{id}"))

    return await asked.once(work)


def _hears(agent: User, asked: Call) -> bool:
    """Whether a phone system of this key may ring somebody at the desk, and they want to hear it."""
    of_creditor = agent.creditors is None or asked.creditor in agent.creditors
    of_agency = asked.agency is None or asked.agency == agent.agency
    return agent.hears_calls and agent.may(Act.CALL) and of_creditor and of_agency


async def _recorded(asked: Call, call: str, fields: Mapping[str, str]) -> LineRecorded:
    services, ids = asked.services, asked.ids
    number = await read_id(services, ids, Kind.TASK, call)
    if number is None:
        return LineRecorded("refused", f"no call {call}")
    done = await record_line(services.database, services.planning, _of(asked), {**fields, "call": str(number)})
    return LineRecorded(done.became, in_their_words(done.why, ids, Kind.TASK, number, call) if done.why else None)


def _desk(caller: KeyOwner) -> Desk:
    return Desk(caller.creditor, caller.agency)


def _of(asked: Call) -> Desk:
    return Desk(asked.creditor, asked.agency)
