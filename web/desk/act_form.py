"""The form of an act: what will follow first, then one confirmation, done once; where the case has moved, nothing is done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.foreseen import Standing, if_done, standing
from domain.desk.parts import parts_of
from domain.desk.proposals import PROPOSAL, Verdict, named_in
from domain.desk.roles import SHOWN_ANEW
from domain.languages import Language
from facts import received
from facts.cases.locks import lock_with_debtor
from facts.database import to_json
from facts.deliveries import sortings
from facts.desk.audit import About
from facts.desk.threads import thread_of
from facts.refusals import Conflict, Refused
from views.news_since import Mark, mark, since
from views.timeline import Entry
from web.desk.acts import DEEDS, Deed, Doing
from web.desk.at_case import AtCase, at_case
from web.desk.coming import coming
from web.desk.door import MOST_FIELDS, AtDesk, needs
from web.desk.fields import NotAsAsked, first_of, read_all
from web.desk.told import Telling
from web.invoice_page.once import fresh

router = APIRouter(include_in_schema=False)


@dataclass(slots=True)
class Again(Exception):
    """The form comes back, with what was typed and why."""

    status: int
    wrong: Mapping[str, str] = field(default_factory=dict)  # by field, words of the desk's texts
    refused: str | None = None  # in the command's words
    moved: bool = False  # the case is another than it was
    look: bool = False  # what follows is another than was shown
    anew: bool = False  # who sends it must show who they are first


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would follow: how the case stands, how it would, or why it would not be done, in the command's words."""

    before: Standing
    after: Standing | None = None
    refused: str | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)  # what only trying it finds wrong with a field


def address_of(creditor: str, number: str) -> str:
    return f"{quote(creditor)}/{quote(number)}"


def weighed(deed: Deed, typed: Mapping[str, str]) -> str:
    """What was typed that changes what follows: whoever confirms has seen what follows from this."""
    said = {each.name: typed.get(each.name, "").strip() for each in deed.all_fields if each.weighs}
    return sha256(to_json([deed.name, said]).encode()).hexdigest()[:16]


async def foresee(
    connection: AsyncConnection,
    at: AtDesk,
    deed: Deed,
    case: AtCase,
    given: Mapping[str, Any],
    then: Callable[[], Awaitable[object]] | None = None,
) -> Foreseen:
    """What would follow, and from what is done `then`."""
    planning = at.services.planning
    before = await standing(connection, planning, case.id, case.now)
    doing = _doing(connection, at, deed, case, f"desk#foreseen#{fresh()}", given)

    async def do() -> None:
        await deed.do(doing)
        if then is not None:
            await then()

    try:
        return Foreseen(before, await if_done(connection, planning, case.id, do, case.now))
    except NotAsAsked as not_so:
        return Foreseen(before, wrong=not_so.wrong)
    except Refused as why:
        return Foreseen(before, refused=str(why))


def _doing(
    connection: AsyncConnection, at: AtDesk, deed: Deed, case: AtCase, id: str, given: Mapping[str, Any]
) -> Doing:
    own = {name: value for name, value in given.items() if name not in ("reason", "note")}
    return Doing(connection, at.services, deed, case, id, at.user.name, given["reason"], given["note"], own)


async def _shown(
    at: AtDesk, deed: Deed, creditor: str, number: str, form: Mapping[str, str], again: Again | None
) -> Response:
    """The form as it is now, with what follows from what stands in it."""
    async with at.opened() as (connection, now):
        id = await at.case(connection, creditor, number)
        await lock_with_debtor(connection, creditor, number)  # what is tried on paper locks as what is done
        case = await at_case(connection, at.services.planning, id, cast(Language, at.user.language))
        typed = {**first_of(deed.all_fields, case), **form} if form else first_of(deed.all_fields, case)
        given, wrong = read_all(deed.all_fields, typed, case)
        foreseen = await foresee(connection, at, deed, case, given) if not wrong else None
        seen, news = await mark(connection, id), list[Entry]()
        if again is not None and again.moved:
            news = await since(connection, id, Mark(form.get("seen", "")))
        await at.looked(connection, now, case.debtor, id, "act")
    language = cast(Language, at.user.language)
    telling = Telling(language, parts_of(at.user.roles), case.plan.law.calendar.country, case.currency)
    before = foreseen.before if foreseen else None
    after = foreseen.after if foreseen else None
    tried_wrong = foreseen.wrong if foreseen and again else {}
    return at.page(
        "act.html.j2",
        status=422 if tried_wrong and again and again.look else again.status if again else 200,
        deed=deed,
        case=case,
        fields=[(each, each.choices(case)) for each in deed.all_fields],
        typed=typed,
        wrong={**again.wrong, **tried_wrong} if again else {},
        refused=foreseen.refused if foreseen and foreseen.refused else again.refused if again else None,
        again=again,
        news=[telling.line(each) for each in news],
        before=before,
        after=after,
        now_comes=coming(before, language) if before else (),
        then_comes=coming(after, language) if after else (),
        once=form.get("once") or fresh(),
        seen=seen.written,
        weighed=weighed(deed, typed) if foreseen and not foreseen.wrong else "",
        address=address_of(creditor, number),
    )


async def _done(at: AtDesk, deed: Deed, creditor: str, number: str, form: Mapping[str, str]) -> None:
    """Do it, once. Raises Again with nothing done, NotHere."""
    async with at.opened() as (connection, now):
        done = await do_once(connection, now, at, deed, creditor, number, form)
        changed = named_in(form.get(PROPOSAL, ""))
        if done and changed is not None and await thread_of(connection, at.reach, changed[0]) is not None:
            await sortings.judge(connection, *changed, Verdict.CHANGED, at.user.name, now)


async def do_once(
    connection: AsyncConnection,
    now: datetime,
    at: AtDesk,
    deed: Deed,
    creditor: str,
    number: str,
    form: Mapping[str, str],
) -> bool:
    """Do it in a transaction, once; gives whether it was not done before. Raises Again with nothing done, NotHere."""
    id = at.once(form.get("once", ""))
    if id is None:
        raise Again(409, look=True)
    found = await at.case(connection, creditor, number)
    if await received.claim(connection, id, "desk", f"{deed.name} case {found}", now) is not None:
        return False
    await lock_with_debtor(connection, creditor, number)
    case = await at_case(connection, at.services.planning, found, cast(Language, at.user.language))
    given, wrong = read_all(deed.all_fields, form, case)
    if (await mark(connection, found)).written != form.get("seen"):
        raise Again(409, wrong, moved=True)
    if wrong:
        raise Again(422, wrong)
    if weighed(deed, form) != form.get("weighed"):
        raise Again(200, look=True)
    if deed.needs in SHOWN_ANEW and not at.signed_in.shown_lately:
        raise Again(403, anew=True)
    await deed.do(_doing(connection, at, deed, case, id, given))
    detail = {
        each.name: str(given[each.name]) if each.is_told else "given"
        for each in deed.fields
        if given[each.name] is not None
    }
    await at.did(connection, deed.name, case.now, about=About(case=found), why=given["reason"], detail=detail)
    await received.answer(connection, id, {"news": 0, "result": None})
    return True


def _brought(deed: Deed, query: Mapping[str, str]) -> dict[str, str]:
    """What an address brings into the form: a proposal of the inbox, to be changed before it is done."""
    names = {PROPOSAL, *(each.name for each in deed.all_fields)}
    return {name: value for name, value in query.items() if name in names} if PROPOSAL in query else {}


def _route(deed: Deed) -> None:
    """The two doors of an act: each asks for its own role."""
    path = f"/desk/act/{deed.name}/{{creditor}}/{{number:path}}"
    to_look = Depends(needs(deed.needs))
    to_do = Depends(needs(deed.needs, form="here", asks_anew=True))

    async def show(creditor: str, number: str, at: AtDesk = to_look) -> Response:
        async with at.opened() as (connection, _now):
            typed = await at.typed_before(connection) or _brought(deed, at.request.query_params)
        return await _shown(at, deed, creditor, number, typed, Again(200, look=True) if typed else None)

    async def send(request: Request, creditor: str, number: str, at: AtDesk = to_do) -> Response:
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
            form = {name: value for name, value in sent.items() if isinstance(value, str)}
        try:
            await _done(at, deed, creditor, number, form)
        except Again as again:
            return await _shown(at, deed, creditor, number, form, again)
        except NotAsAsked as not_so:
            return await _shown(at, deed, creditor, number, form, Again(422, not_so.wrong))
        except Refused as why:
            status = 409 if isinstance(why, Conflict) else 422
            return await _shown(at, deed, creditor, number, form, Again(status, refused=str(why)))
        return at.done(f"/desk/case/{address_of(creditor, number)}", deed.name)

    router.add_api_route(path, show, methods=["GET"], name=f"act_{deed.name}", response_class=Response)
    router.add_api_route(path, send, methods=["POST"], name=f"do_{deed.name}", response_class=Response)


for _deed in DEEDS.values():
    _route(_deed)
