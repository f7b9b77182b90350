"""How everything runs: the morning's control, providers, workers and jobs, and the stop switches with who set them and why."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, get_args
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from config.files import HOME
from domain.desk.roles import Act
from domain.vocabulary import CHANNELS
from facts.desk.audit import About
from facts.desk.within import creditors_within
from facts.operations import outages
from facts.operations.stops import Scope, Stop, lift_stop, list_stops, set_stop
from facts.operations.vital_signs import vital_signs
from facts.refusals import Refused
from views import control
from views.control import Check, Found
from web.desk import typed
from web.desk.door import AtDesk, needs

router = APIRouter(include_in_schema=False)

AtSystem = Annotated[AtDesk, Depends(needs(Act.SYSTEM))]
ToStop = Annotated[AtDesk, Depends(needs(Act.STOP_EVERYTHING))]
ToSetStop = Annotated[AtDesk, Depends(needs(Act.STOP_EVERYTHING, form="here"))]
Typed = Annotated[str, Form(max_length=200)]
SOLVED_AT: Final[Mapping[str, tuple[str, Act]]] = {
    "money in review": ("/desk/queues/money", Act.SETTLE),
    "approvals": ("/desk/queues/approvals", Act.HAND_OFF),
    "unreachable": ("/desk/queues/addresses", Act.SERVE),
    "stuck": ("/desk/queues/flagged", Act.SERVE),
    "replies": ("/desk/inbox", Act.ANSWER),
    "late answers": ("/desk/inbox", Act.ANSWER),
    "holds past their date": ("/desk/list?where=hold%3Dyes", Act.LOOK),
    "webhooks given up": ("/desk/webhooks", Act.USERS),
    "stopped": ("/desk/stops", Act.STOP_EVERYTHING),
}
"""Where at the desk what a check finds is solved, and what somebody must be allowed to do there; the rest is the operators'."""
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


@router.get("/desk/system")
async def see_system(at: AtSystem) -> Response:
    """What waits, is late or stands still, what is stopped, and how providers and workers do."""
    laws = at.services.intake.laws
    async with at.opened() as (connection, now):
        checked = await control.control(connection, laws, laws[HOME], at.user.creditors, now)
        of_all = at.user.creditors is None
        facts: dict[str, Any] = {
            "found": [each for each in checked if each.found],
            "well": [each for each in checked if not each.found],
            "place": partial(_place, at),
            "counted": control.counted,
            "aged": lambda each: control.aged(each, now),
            "stops": _seen(at, await list_stops(connection)),
            "outages": await outages.told(connection),
            "signs": await vital_signs(connection, now) if of_all else None,
            "ui": at.services.settings.temporal_ui_url,
        }
    return at.page("system.html.j2", **facts)


def _place(at: AtDesk, check: Check, found: Found | None = None) -> str | None:
    """Where somebody solves what a check finds, or one thing of it; None where there is no such page for them."""
    if found and found.creditor and found.invoice:
        return f"/desk/case/{quote(found.creditor, safe='')}/{quote(found.invoice, safe='')}"
    place, needed = SOLVED_AT.get(check.name, (None, Act.LOOK))
    if place is None or not at.user.may(needed):
        return None
    return f"{place}/{found.number}" if found and found.number else place


@router.get("/desk/stops")
async def see_stops(at: ToStop) -> Response:
    """The stop switches, and a form to set one."""
    async with at.opened() as (connection, _):
        given = await at.typed_before(connection)
    return await _page(at, given=given)


@router.post("/desk/stops")
async def stop(at: ToSetStop, scope: Typed = "", key: Typed = "", creditor: Typed = "", reason: Typed = "") -> Response:
    """Nothing goes out for what the words name, until it is lifted."""
    try:
        async with at.opened() as (connection, now):
            what, whose = await _named(at, connection, scope, key.strip(), creditor.strip() or None)
            reason_code = typed.reason(reason)
            await set_stop(connection, what, key.strip(), whose, at.user.name, reason_code, now)
            detail = {"scope": what, "key": key.strip()}
            await at.did(connection, "stopped", now, about=About(creditor=whose), why=reason_code, detail=detail)
    except Refused as why_not:
        given = {"scope": scope, "key": key, "creditor": creditor, "reason": reason}
        return await _page(at, status=422, why=str(why_not), given=given)
    return at.done("/desk/stops", "stopped")


@router.post("/desk/stops/lift")
async def lift(at: ToStop, scope: Typed = "", key: Typed = "", creditor: Typed = "") -> Response:
    """Lift a switch, named by the same words: its cases look again."""
    try:
        async with at.opened() as (connection, now):
            what, whose = await _named(at, connection, scope, key, creditor or None)
            await lift_stop(connection, what, key, whose, at.user.name, now)
            detail = {"scope": what, "key": key}
            await at.did(connection, "stop_lifted", now, about=About(creditor=whose), detail=detail)
    except Refused as why_not:
        return await _page(at, status=422, why=str(why_not))
    return at.done("/desk/stops", "stop_lifted")


async def _page(
    at: AtDesk, *, status: int = 200, why: str | None = None, given: dict[str, str] | None = None
) -> Response:
    async with at.opened() as (connection, _):
        stops, creditors = _seen(at, await list_stops(connection)), await creditors_within(connection, at.reach)
    facts = {"stops": stops, "creditors": creditors, "scopes": SCOPES, "channels": list(CHANNELS)}
    return at.page("stops.html.j2", status=status, why=why, typed=given or {}, mine=at.user.creditors, **facts)


async def _named(
    at: AtDesk, connection: AsyncConnection, scope: str, key: str, creditor: str | None
) -> tuple[Scope, str | None]:
    """What is meant, if it is within their reach. Raises Refused."""
    if scope not in SCOPES:
        raise Refused(f"choose what is stopped: {', '.join(SCOPES)}")
    if (scope == "everything") != (not key):
        raise Refused("everything takes no name, and all else needs one")
    if scope == "channel" and key not in CHANNELS:
        raise Refused(f"there is no channel {key}: there are {', '.join(CHANNELS)}")
    known = await creditors_within(connection, at.reach)
    if scope == "creditor" and key not in known:
        raise Refused(f"there is no creditor {key}")
    if creditor is not None and creditor not in known:
        raise Refused(f"there is no creditor {creditor}")
    if scope == "policy" and key not in at.services.intake.policies:
        raise Refused(f"there is no policy {key}: there are {', '.join(sorted(at.services.intake.policies))}")
    if at.user.creditors is not None and creditor is None and scope != "creditor":
        raise Refused("name one of your creditors: what is stopped for everybody is not yours to stop")
    return scope, creditor


def _seen(at: AtDesk, stops: Sequence[Stop]) -> list[Stop]:
    """Those that concern their creditors."""
    mine = at.user.creditors
    return [
        each
        for each in stops
        if mine is None or (each.creditor in (None, *mine) and (each.scope != "creditor" or each.key in mine))
    ]
