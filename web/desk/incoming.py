"""The card of who is on the telephone: at once where the number is one debtor's alone, else who it may be, or a search.

A number is bound to whom somebody finds, beside the others that they have, and unbound by an act of its own. A
number proves nobody: whatever opens says to ask first. A card is open to the agent who is called, and to nobody else.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.change import DebtorChange, change_known
from domain.desk.parts import Part, parts_of
from domain.desk.roles import Act
from facts import clock
from facts.desk import incoming_calls
from facts.desk.audit import About
from facts.desk.incoming_calls import IncomingCall
from facts.desk.users import hears_calls
from facts.parties.debtors import Operator
from views.callers import the_only_one, to_bind, who_calls
from views.desk_cases import DeskCase, desk_cases
from views.found_debtors import LONGEST
from views.search import search
from web.desk.debtor import LARGEST
from web.desk.door import HOME, AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

AtCalls = Annotated[AtDesk, Depends(needs(Act.CALL))]
Serves = Annotated[AtDesk, Depends(needs(Act.SERVE))]
Said = Annotated[str, Query()]
Typed = Annotated[str, Form(max_length=10)]

WHY: Final = "called"
"""Why a number is bound, as reports know it."""


async def called_now(at: AtDesk, connection: AsyncConnection) -> list[IncomingCall]:
    """Who calls them, or did a few minutes ago."""
    if not (at.user.may(Act.CALL) and at.user.hears_calls):
        return []
    return await incoming_calls.ringing(connection, at.user.id)


@router.post("/desk/incoming")
async def set_hearing(at: AtCalls, hear: Annotated[str, Form(max_length=10)] = "") -> Response:
    """From now on they hear who calls them, or do not: then nothing is left of their calls."""
    hears = hear == "yes"
    async with at.opened() as (connection, now):
        await hears_calls(connection, at.user.id, hears)
        if not hears:
            await incoming_calls.forget_theirs(connection, at.user.id)
        await at.did(connection, "calls_heard" if hears else "calls_not_heard", now)
    return at.done(HOME, "incoming_on" if hears else "incoming_off")


@router.get("/desk/incoming")
async def see_who_else(at: AtCalls) -> Response:
    """Whoever called last is not who the number says: everybody who may be, and a search."""
    async with at.opened() as (connection, _):
        calls = await called_now(at, connection)
    return at.done(f"/desk/incoming/{calls[0].id}?everybody=yes" if calls else HOME)


@router.get("/desk/incoming/{id}")
async def see_caller(at: AtCalls, id: str, q: Said = "", everybody: Said = "") -> Response:
    """Who calls, as far as the number tells; with `everybody`, and to whoever searches, also where that is one alone."""
    async with at.opened() as (connection, now):
        call = await _call(at, connection, id)
        callers = await who_calls(connection, at.reach, await _points(at, connection, call), call.creditor)
        cases = await _cases(at, connection, [case for each in callers for case in each.cases])
        only = None if q or everybody else the_only_one(callers, call.creditor)
        to = _card_of(at, only.debtor, [cases[case] for case in only.cases if case in cases]) if only else None
        if callers and to is None:
            shown = {"debtors": [each.debtor for each in callers]}
            await at.did(connection, "incoming_call", now, about=About(creditor=call.creditor), detail=shown)
        found = await _found(at, connection, q) if to is None else {}
    if to is not None:
        return RedirectResponse(to, 303)
    return at.page(
        "incoming.html.j2",
        call=call,
        callers=callers,
        cases=cases,
        others=Part.OTHERS in parts_of(at.user.roles),
        with_town=Part.ADDRESS in parts_of(at.user.roles),
        said=q[:LONGEST],
        found=found,
        q="",
    )


@router.get("/desk/incoming/{id}/bind/{debtor}")
async def see_binding(at: Serves, id: str, debtor: int) -> Response:
    """What follows when the number is somebody's from now on."""
    return await _binding(at, id, debtor)


@router.post("/desk/incoming/{id}/bind/{debtor}")
async def bind(at: Serves, id: str, debtor: int, asked: Typed = "", instead: Typed = "") -> Response:
    """The number is one of somebody's from now on, who was asked who they are; sent twice it is done once.

    It stands beside the numbers that they have, and takes their place only where that is wanted. Whoever else has it keeps it.
    """
    if asked != "yes":
        return await _binding(at, id, debtor, status=422)
    async with at.opened() as (connection, _):
        call = await _call(at, connection, id)
        await _must_see(at, connection, debtor)
        if call.number is not None:
            whom = await to_bind(connection, debtor, call.number)
            now = await clock.now(connection, whom.creditor)
            takes_the_place = instead == "yes" or not whom.instead
            if not whom.has_it or (takes_the_place and whom.instead):
                field = "phone" if takes_the_place else "another_phone"
                await _change(at, connection, debtor, {field: call.number}, now)
                await at.did(connection, "number_bound", now, about=About(debtor=debtor), why=WHY)
            points = await incoming_calls.with_number(connection, at.reach, call.number, call.creditor)
            await incoming_calls.bound(connection, call.id, points)
    return at.done(f"/desk/debtor/{debtor}", "number_bound")


@router.get("/desk/incoming/{id}/unbind/{debtor}")
async def see_unbinding(at: Serves, id: str, debtor: int) -> Response:
    """What follows when the number is not somebody's any more."""
    return await _binding(at, id, debtor, template="unbind.html.j2")


@router.post("/desk/incoming/{id}/unbind/{debtor}")
async def unbind(at: Serves, id: str, debtor: int) -> Response:
    """Somebody does not have the number any more; whoever else has it keeps it. Sent twice it is done once."""
    async with at.opened() as (connection, _):
        call = await _call(at, connection, id)
        await _must_see(at, connection, debtor)
        if call.number is not None:
            whom = await to_bind(connection, debtor, call.number)
            now = await clock.now(connection, whom.creditor)
            if whom.has_it:
                await _change(at, connection, debtor, {"no_longer": call.number}, now)
                await at.did(connection, "number_unbound", now, about=About(debtor=debtor), why=WHY)
    return at.done(f"/desk/incoming/{call.id}?everybody=yes", "number_unbound")


async def _change(
    at: AtDesk, connection: AsyncConnection, debtor: int, said: Mapping[str, str | None], now: datetime
) -> None:
    given = DebtorChange.model_validate({"by": at.user.name, "reason_code": WHY, **said})
    await change_known(connection, at.services.planning, debtor, given, Operator(at.user.name, WHY), now)


async def _binding(at: AtDesk, id: str, debtor: int, *, status: int = 200, template: str = "bind.html.j2") -> Response:
    async with at.opened() as (connection, now):
        call = await _call(at, connection, id)
        await _must_see(at, connection, debtor)
        if call.number is None:
            return at.done(f"/desk/incoming/{call.id}")
        whom = await to_bind(connection, debtor, call.number)
        await at.looked(connection, now, debtor, where="incoming")
    why = at.texts["bind_asked_first"] if status != 200 else None
    return at.page(template, status=status, call=call, debtor=debtor, whom=whom, why=why)


async def _call(at: AtDesk, connection: AsyncConnection, id: str) -> IncomingCall:
    """A call of theirs. Raises NotHere."""
    try:
        named = UUID(id)
    except ValueError:
        raise NotHere from None
    found = await incoming_calls.find(connection, at.user.id, named)
    if found is None:
        raise NotHere
    return found


async def _must_see(at: AtDesk, connection: AsyncConnection, debtor: int) -> None:
    if not 0 < debtor <= LARGEST:
        raise NotHere
    await at.must_see(connection, debtor=debtor)


async def _points(at: AtDesk, connection: AsyncConnection, call: IncomingCall) -> list[int]:
    """The contact points with the number: those of then, or of now where there were none."""
    if call.number is None:
        return list(call.contact_points)
    return await incoming_calls.with_number(connection, at.reach, call.number, call.creditor)


async def _cases(at: AtDesk, connection: AsyncConnection, ids: list[int]) -> dict[int, DeskCase]:
    if not ids:
        return {}
    rows = await desk_cases(connection, at.reach, ids, await clock.now(connection))
    return {row.case_id: row for row in rows}


async def _found(at: AtDesk, connection: AsyncConnection, said: str) -> dict[int, dict[str, Any]]:
    """Whom somebody may mean that was looked for, by their numbers."""
    if not said.strip():
        return {}
    now = await clock.now(connection)
    found = await search(connection, at.reach, said, now)
    whom: dict[int, dict[str, Any]] = {}
    for each in found.debtors:
        whom[each.id] = {"name": each.name, "number": each.customer_number, "creditor": each.creditor}
    for row in (each.case for each in found.cases):
        whom.setdefault(row.debtor_id, {"name": row.name, "number": row.customer_number, "creditor": row.creditor})
    if whom:
        await at.did(connection, "found", now, detail={"cases": [], "debtors": list(whom)})
    return whom


def _card_of(at: AtDesk, debtor: int, cases: list[DeskCase]) -> str | None:
    """The page that answers a call of somebody; None where whoever asks sees no page of theirs."""
    if len(cases) == 1:
        (case,) = cases
        return f"/desk/case/{quote(case.creditor, safe='')}/{quote(case.invoice)}?done=incoming"
    return f"/desk/debtor/{debtor}?done=incoming" if Part.OTHERS in parts_of(at.user.roles) else None
