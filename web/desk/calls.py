"""The calls to make and the screen of one: whom, what to say, what can be offered, and what came of it by one key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import in_words
from commands.task import call
from commands.task.call import CallOutcome
from domain.desk.roles import Act
from domain.planner.calls import Outcome
from facts.desk.audit import About
from facts.desk.within import creditors_within
from facts.operations import calls
from facts.operations.calls import Desk
from facts.refusals import Refused, Unknown
from views.calls import list_calls, list_first_calls
from web.desk.at_case import at_case
from web.desk.door import AtDesk, NotHere, needs
from web.invoice_page.amounts import read_amount
from web.invoice_page.more_time import more_time
from web.invoice_page.once import fresh

router = APIRouter(include_in_schema=False)

AtCalls = Annotated[AtDesk, Depends(needs(Act.CALL))]
ToTell = Annotated[AtDesk, Depends(needs(Act.CALL, form="above"))]
Typed = Annotated[str, Form(max_length=1000)]

ON_A_SCREEN: Final = 50
MOST_CALLS: Final = 10_000

KEYS: Final[Mapping[Outcome, str]] = {
    Outcome.PROMISED: "1",
    Outcome.PLAN: "2",
    Outcome.PAID: "3",
    Outcome.CANNOT_PAY: "4",
    Outcome.DISPUTES: "5",
    Outcome.NO_ANSWER: "6",
    Outcome.WRONG_NUMBER: "7",
    Outcome.DO_NOT_CALL: "8",
}
"""Each outcome by one key, in the order in which they stand on the screen."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A call of somebody's desk, with its case."""

    desk: Desk
    case: int
    debtor: int


@router.get("/desk/calls")
async def see_calls(at: AtCalls, most: Annotated[int, Query(ge=1, le=MOST_CALLS)] = ON_A_SCREEN) -> Response:
    """Whom to call, the most worth first; what is not made now stands below, with why. `most` asks for more than a screen."""
    async with at.opened() as (connection, _):
        desks = await _desks(at, connection)
        found, more = await list_first_calls(connection, at.services.planning, desks, most)
    mine = [each for each in found if each.taken_by == _name(at)]
    now = [each for each in found if each.waits is None]
    later = [each for each in found if each.waits and each not in mine]
    return at.page("calls.html.j2", mine=mine, now=now, later=later, more=more, next=min(most * 4, MOST_CALLS))


@router.get("/desk/calls/{id}")
async def see_call(at: AtCalls, id: int) -> Response:
    """The screen of one call."""
    async with at.opened() as (connection, _):
        typed = await at.typed_before(connection)
    return await _screen(at, id, typed=typed)


@router.post("/desk/calls/{id}/take")
async def take_call(at: AtCalls, id: int) -> Response:
    """For half an hour nobody else calls this debtor."""
    return await _done(
        at, id, "call_taken", lambda to, desk, now: call.take(to, at.services.planning, desk, id, _name(at), now)
    )


@router.post("/desk/calls/{id}/link")
async def send_payment_link(at: AtCalls, id: int) -> Response:
    """The way to pay by SMS, while they talk."""
    planning = at.services.planning
    return await _done(
        at, id, "call_link_sent", lambda to, desk, now: call.send_link(to, planning, desk, id, _name(at), now)
    )


@router.post("/desk/calls/{id}/snooze")
async def snooze_call(at: ToTell, id: int, until: Typed = "") -> Response:
    """Put off to an exact moment, by the clock where the debtor is."""

    async def put_off(connection: AsyncConnection, desk: Desk, now: datetime) -> None:
        opened = await _opened(at, connection, id)
        case = await at_case(connection, at.services.planning, opened.case)
        try:
            day, _, clock = until.partition("T")
            then = case.plan.law.calendar.at(date.fromisoformat(day), time.fromisoformat(clock))
        except ValueError:
            raise Refused("write the moment as 2026-12-24T14:30") from None
        await call.snooze(connection, desk, id, _name(at), then, now)

    return await _done(at, id, "call_put_off", put_off, to="/desk/calls", typed={"until": until})


@router.post("/desk/calls/{id}/outcome")
async def tell_outcome(
    at: ToTell,
    id: int,
    outcome: Typed = "",
    on: Typed = "",
    amount: Typed = "",
    months: Typed = "",
    number: Typed = "",
    note: Typed = "",
    once: Typed = "",
) -> Response:
    """What came of it, once: the case rests, goes on or stops by it; then the next call."""
    typed = {"outcome": outcome, "on": on, "amount": amount, "months": months, "number": number, "note": note}

    async def tell(connection: AsyncConnection, desk: Desk, now: datetime) -> None:
        given = _told(at, id, desk, {name: value.strip() for name, value in typed.items()})
        under = at.once(once) or f"desk#{at.user.id}#{fresh()}"
        await call.outcome(connection, at.services.planning, desk, given, under, now)

    return await _done(at, id, "call_outcome", tell, to="/desk/calls", typed=typed, detail={"outcome": outcome[:20]})


def _told(at: AtDesk, id: int, desk: Desk, typed: Mapping[str, str]) -> CallOutcome:
    """What was typed, as the command takes it. Raises Refused."""
    taken = {name for name in ("on", "amount", "months", "number") if typed[name]} & TAKEN.get(
        typed["outcome"], frozenset()
    )
    asked: dict[str, Any] = {name: typed[name] for name in taken} | {"outcome": typed["outcome"]}
    if "amount" in asked:
        asked["amount"] = read_amount(asked["amount"])
        if asked["amount"] is None:
            raise Refused("write an amount above zero, such as 1234.50")
    try:
        return CallOutcome.model_validate(
            asked | {"by": desk.name(at.user.name), "task": id, "agency": desk.agency, "note": typed["note"] or None}
        )
    except ValidationError as wrong:
        raise Refused(in_words(wrong)) from None


TAKEN: Final[Mapping[str, frozenset[str]]] = {
    Outcome.PROMISED: frozenset({"on", "amount"}),
    Outcome.PLAN: frozenset({"months"}),
    Outcome.DISPUTES: frozenset({"amount"}),
    Outcome.WRONG_NUMBER: frozenset({"number"}),
}
"""What of the one form belongs to each outcome; the rest was meant for another."""


async def _done(
    at: AtDesk,
    id: int,
    what: str,
    do: Callable[[AsyncConnection, Desk, datetime], Awaitable[None]],
    *,
    to: str = "",
    typed: Mapping[str, str] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Response:
    """Do it at the desk whose call it is; what is refused is told on the screen, with what was typed."""
    try:
        async with at.opened() as (connection, now):
            opened = await _opened(at, connection, id)
            await do(connection, opened.desk, now)
            about = About(case=opened.case)
            await at.did(connection, what, now, about=about, detail={"task": id, **(detail or {})})
    except Unknown:
        raise NotHere from None
    except Refused as why:
        return await _screen(at, id, status=409, why=str(why), typed=typed)
    return at.done(to or f"/desk/calls/{id}", what)


async def _screen(
    at: AtDesk, id: int, *, status: int = 200, why: str | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    async with at.opened() as (connection, now):
        opened = await _opened(at, connection, id)
        case = await at_case(connection, at.services.planning, opened.case)
        listed = await list_calls(connection, at.services.planning, opened.desk, id)
        offers = await more_time(connection, case.plan, case.now) if case.state.is_open else None
        await at.looked(connection, now, opened.debtor, opened.case, "call")
    return at.page(
        "call.html.j2",
        status=status,
        id=id,
        call=listed[0] if listed else None,
        case=case,
        life=case.plan.case.facts,
        offers=offers,
        outcomes=KEYS,
        mine=bool(listed) and listed[0].taken_by == _name(at),
        why=why,
        typed=typed or {},
        once=fresh(),
    )


async def _opened(at: AtDesk, connection: AsyncConnection, id: int) -> Opened:
    """A call of theirs. Raises NotHere."""
    for desk in await _desks(at, connection):
        found = await calls.find(connection, desk, id)
        if found is not None:
            return Opened(desk, found.case, found.debtor)
    raise NotHere


async def _desks(at: AtDesk, connection: AsyncConnection) -> list[Desk]:
    """Where their calls are: at their creditors', and of those at an agency's alone."""
    if at.user.creditors is None:
        return [Desk()]
    return [Desk(creditor, at.user.agency) for creditor in await creditors_within(connection, at.reach)]


def _name(at: AtDesk) -> str:
    """As the diary has them: an agency's people with the agency before their name."""
    return Desk(agency=at.user.agency).name(at.user.name)
