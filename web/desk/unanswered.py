"""A message without an answer: somebody who knows says that it was sent or that it was not, and the next opens."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.settle_delivery import SettleDelivery
from commands.foreseen import if_done
from commands.record import record
from domain.desk.parts import parts_of
from domain.desk.roles import Act
from domain.languages import Language
from facts import clock
from facts.desk.audit import About
from facts.refusals import Refused
from views.unanswered import Unanswered, unanswered
from web.desk.at_case import at_case
from web.desk.coming import coming
from web.desk.door import AtDesk, NotHere, needs
from web.desk.queues import next_of
from web.desk.told import Telling
from web.invoice_page.once import fresh

router = APIRouter(include_in_schema=False)

ToServe = Annotated[AtDesk, Depends(needs(Act.SERVE))]
Serial = Annotated[int, Path(ge=1, le=2**63 - 1)]
ADDRESS: Final = "/desk/queues/ambiguous/{serial}"


@router.get(ADDRESS)
async def see_unanswered(at: ToServe, serial: Serial) -> Response:
    """The message, and what follows from either answer."""
    return await _page(at, serial)


@router.post(ADDRESS)
async def settle(at: ToServe, serial: Serial, sent: Annotated[bool | None, Form()] = None) -> Response:
    """It stands, or it goes out again; and the next opens."""
    if sent is None:  # whoever may not see it learns nothing from a form without an answer
        return await _page(at, serial, status=422)
    try:
        async with at.opened() as (connection, _):
            found = await _waiting(at, connection, serial)
            await _answer(at, connection, found, sent)()
            detail = {"step": found.step, "channel": found.channel, "sent": sent}
            now = await clock.now(connection, found.creditor)
            await at.did(connection, "delivery_settled", now, about=About(case=found.case), detail=detail)
    except Refused as why:
        return await _page(at, serial, status=409, why=str(why))
    return await next_of(at, "ambiguous", "delivery_sent" if sent else "delivery_not_sent")


async def _waiting(at: AtDesk, connection: AsyncConnection, serial: int) -> Unanswered:
    found = await unanswered(connection, at.reach, serial)
    if found is None:
        raise NotHere
    return found


def _answer(at: AtDesk, connection: AsyncConnection, found: Unanswered, sent: bool) -> Callable[[], Awaitable[None]]:
    """Tells the message's case what somebody knows."""
    command = SettleDelivery(by=at.user.name, reason_code="checked", step=found.step, channel=found.channel, sent=sent)

    async def do() -> None:
        now = await clock.now(connection, found.creditor)
        await record(connection, at.services.planning, found.case, command, f"desk#{at.user.id}#{fresh()}", now)

    return do


async def _page(at: AtDesk, serial: int, *, status: int = 200, why: str | None = None) -> Response:
    language = cast(Language, at.user.language)
    async with at.opened() as (connection, _):
        found = await _waiting(at, connection, serial)
        case = await at_case(connection, at.services.planning, found.case, language)
        comes = {}
        try:
            for sent in (True, False):
                answer = _answer(at, connection, found, sent)
                then = await if_done(connection, at.services.planning, found.case, answer, case.now)
                comes[sent] = coming(then, language)
        except Refused as too_soon:
            why = why or str(too_soon)
        await at.looked(connection, case.now, case.debtor, found.case, "queue")
    country = case.plan.law.calendar.country
    telling = Telling(language, parts_of(at.user.roles), country, case.currency)
    facts = {"found": found, "comes": comes, "country": country, "telling": telling, "why": why}
    return at.page("unanswered.html.j2", status=status, **facts)
