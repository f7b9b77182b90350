"""The same to many cases of a filter: what it comes to first, then one confirmation, and how far it is, with a way to stop it."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.jobs.many import selection_of
from commands.case.hold import Release
from commands.case.outlook import Outlook
from commands.command import Command
from commands.debtor.change import DebtorChange
from commands.foreseen import Standing, if_done, standing
from commands.many import DAYS, OF_DEBTORS, OFFERED, asked_of_each, do_once
from domain.desk.roles import Act
from domain.languages import Language
from domain.planner.action import ActionKind
from facts import clock, received
from facts.desk.audit import About
from facts.operations import many
from facts.operations.many import Asked, Order
from facts.refusals import Refused
from views.filters import NotUnderstood
from views.selected import ComingOfMany, Selection
from web.desk.acts import DEEDS, REASONS, Deed
from web.desk.coming import Coming, coming
from web.desk.door import AtDesk, NotHere, needs
from web.desk.fields import Unreadable, read_day
from web.invoice_page.once import fresh

router = APIRouter(include_in_schema=False)

ToMany = Annotated[AtDesk, Depends(needs(Act.MANY))]
Given = Annotated[str, Query(max_length=1000)]

SAMPLE: Final = 5
SHOWN_REFUSALS: Final = 200
LATEST: Final = 20
EACH_SECOND: Final = 1.0
LONGEST_STREAM: Final = 120  # looks, before the browser comes again

DEED_OF: Final[Mapping[str, Deed]] = {
    name.replace("_", "-"): DEEDS[name.replace("_", "-")] for name in (*OFFERED, *OF_DEBTORS)
}
"""What may be done to many, by the names of acts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What stands in the form, each part read."""

    deed: Deed
    where: str
    creditor: str | None
    until: date | None
    reason: str

    @property
    def selection(self) -> Selection:
        """Which cases. Raises NotUnderstood."""
        found = selection_of(self.creditor, self.where)
        if found.wanted.finds_by_name:
            raise NotUnderstood(
                "a filter for many names no customer and no invoice: those are acted on from their own page"
            )
        return found

    @property
    def command(self) -> str:
        """The command's name."""
        return self.deed.name.replace("-", "_")

    def of_each(self, by: str) -> Command[Any] | DebtorChange:
        """What is done to each case, or said of each debtor. Raises ValidationError."""
        return asked_of_each(self.command, by, self.reason, self.until)


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the cases: as it is, and as it would be, or why it would be left."""

    creditor: str
    number: str
    now: Sequence[Coming]
    then: Sequence[Coming]
    refused: str | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What it comes to: how many, how much, what they do next, what a release brings, and a few of them closely."""

    sums: Sequence[tuple[str, int, Decimal]]
    debtors: int
    """How many debtors they are of; something that is said of a debtor is said once."""
    next: Sequence[ComingOfMany]
    outlook: Outlook | None
    sample: Sequence[Sample]

    @property
    def cases(self) -> int:
        """How many."""
        return sum(cases for _, cases, _ in self.sums)


class Wrong(Exception):
    """What stands in the form cannot be: words of the desk's texts by field, or of whoever refuses it."""

    def __init__(self, field: str, word: str) -> None:
        super().__init__(word)
        self.field, self.word = field, word


class LookAgain(Exception):
    """What it comes to is another than whoever confirms has seen."""


def _read(at: AtDesk, form: Mapping[str, str]) -> Wanted:
    """The form, each part read. Raises Wrong."""
    deed = DEED_OF.get(form.get("act", "hold"))
    if deed is None or not at.user.may(deed.needs):
        raise Wrong("act", "error_choice")
    creditors, creditor = at.reach.creditors, form.get("creditor", "") or None
    if creditors is not None and creditor not in creditors:
        if creditor is not None or len(creditors) != 1:
            raise Wrong("creditor", "error_choice")
        (creditor,) = creditors
    where = form.get("where", "").strip()
    if not where:
        raise Wrong("where", "error_needed")
    if len(where) > 1000:
        raise Wrong("where", "error_text")
    until = None
    typed = form.get("until", "").strip() if deed.name in DAYS else ""
    if deed.name == "pause" and not typed:
        raise Wrong("until", "error_needed")
    if typed:
        try:
            until = read_day(typed)
        except Unreadable as why:
            raise Wrong("until", str(why)) from None
    reason = form.get("reason", "") or REASONS[0]
    if reason not in REASONS:
        raise Wrong("reason", "error_choice")
    return Wanted(deed, where, creditor, until, reason)


async def _foresee(at: AtDesk, wanted: Wanted, connection: AsyncConnection) -> Foreseen:
    """What it comes to now. Raises NotUnderstood, Wrong."""
    many_cases, planning = wanted.selection, at.services.planning
    await many_cases.length(connection)
    now = await clock.now(connection, wanted.creditor)
    if wanted.until is not None and wanted.until < at.services.today(now):
        raise Wrong("until", "error_past")
    page = await many_cases.page(connection)
    sample = [
        await _tried(at, connection, wanted, case.case_id, (case.creditor, case.invoice), now)
        for case in page.cases[:SAMPLE]
    ]
    outlook = None
    if isinstance(release := wanted.of_each(at.user.name), Release):
        outlook = Outlook(release)
        await outlook.look(connection, planning, page.steps)
    return Foreseen(
        await many_cases.summed(connection),
        await many_cases.debtors(connection),
        await many_cases.coming(connection),
        outlook,
        sample,
    )


async def _tried(
    at: AtDesk, connection: AsyncConnection, wanted: Wanted, case: int, named: tuple[str, str], now: datetime
) -> Sample:
    planning, language = at.services.planning, cast(Language, at.user.language)
    before: Standing = await standing(connection, planning, case, now)

    async def do() -> None:
        await do_once(connection, planning, case, wanted.of_each(at.user.name), f"desk#foreseen#{fresh()}", now)

    try:
        after, refused = await if_done(connection, planning, case, do, now), None
    except Refused as why:
        after, refused = None, str(why)
    return Sample(*named, coming(before, language)[:1], coming(after, language)[:1] if after else (), refused)


def _weighed(wanted: Wanted, foreseen: Foreseen) -> str:
    """What was asked for and what it came to: whoever confirms has seen this, and nothing else."""
    said = [wanted.command, wanted.where, wanted.creditor, wanted.until, foreseen.sums, foreseen.debtors]
    return sha256(repr(said).encode()).hexdigest()[:16]


async def _page(at: AtDesk, form: Mapping[str, str], status: int = 200, *, look: bool = False) -> Response:
    """The form, with what it comes to where it can be read."""
    wrong, foreseen, wanted = dict[str, str](), None, None
    async with at.opened() as (connection, _now):
        if form.get("where"):
            try:
                wanted = _read(at, form)
                foreseen = await _foresee(at, wanted, connection)
            except NotUnderstood as why:
                wrong["where"] = str(why)
            except Wrong as not_so:
                wrong[not_so.field] = not_so.word
        creditors = at.reach.creditors
        latest = await many.latest(connection, creditors, LATEST)
    return at.page(
        "many.html.j2",
        status=422 if wrong and status != 200 else status,
        acts=[deed for deed in DEED_OF.values() if at.user.may(deed.needs)],
        creditors=creditors,
        reasons=REASONS,
        form={"act": "hold", "reason": REASONS[0]} | dict(form),
        wrong=wrong,
        foreseen=foreseen,
        wanted=wanted,
        of_debtors=wanted is not None and wanted.command in OF_DEBTORS,
        look=look,
        latest=latest,
        once=form.get("once") or fresh(),
        weighed=_weighed(wanted, foreseen) if foreseen and wanted else "",
        waits=ActionKind.WAIT,
    )


@router.get("/desk/many")
async def to_many(
    at: ToMany, where: Given = "", act: Given = "hold", creditor: Given = "", until: Given = "", reason: Given = ""
) -> Response:
    """Which cases, what is done to them, and what that comes to."""
    async with at.opened() as (connection, _now):
        typed = await at.typed_before(connection)
    form = typed or {"where": where, "act": act, "creditor": creditor, "until": until, "reason": reason}
    return await _page(at, {name: value for name, value in form.items() if value})


@router.post("/desk/many")
async def ask_for_many(request: Request, at: Annotated[AtDesk, Depends(needs(Act.MANY, form="here"))]) -> Response:
    """It is asked for, once: a worker does it."""
    async with request.form(max_files=0, max_fields=40) as sent:
        form = {name: value for name, value in sent.items() if isinstance(value, str)}
    try:
        order = await _asked(at, form)
    except LookAgain:
        return await _page(at, form, 409, look=True)
    except (Wrong, NotUnderstood):
        return await _page(at, form, 422)
    return at.done(f"/desk/many/{order}")


async def _asked(at: AtDesk, form: Mapping[str, str]) -> int:
    """Ask for it, once; gives the order's number. Raises LookAgain, Wrong, NotUnderstood with nothing asked for."""
    id, wanted = at.once(form.get("once", "")), _read(at, form)
    if id is None:
        raise LookAgain
    async with at.opened() as (connection, now):
        if (known := await received.claim(connection, id, "desk", "many", now)) is not None:
            return int(known["result"])
        foreseen = await _foresee(at, wanted, connection)
        if _weighed(wanted, foreseen) != form.get("weighed"):
            raise LookAgain
        asked = Asked(
            at.user.name, wanted.creditor, wanted.command, wanted.reason, wanted.until, wanted.where, foreseen.cases
        )
        order = await many.ask(connection, asked, now)
        await received.answer(connection, id, {"news": 0, "result": order})
        detail = {"order": order, "command": wanted.command, "cases": foreseen.cases}
        await at.did(connection, "many", now, about=About(creditor=wanted.creditor), why=wanted.reason, detail=detail)
    return order


async def _order(at: AtDesk, connection: AsyncConnection, number: int) -> Order:
    """An order within their reach. Raises NotHere."""
    found = await many.find(connection, number) if number < 2**31 else None
    creditors = at.reach.creditors
    if found is None or (creditors is not None and found.creditor not in creditors):
        raise NotHere
    return found


@router.get("/desk/many/{number}")
async def how_far(at: ToMany, number: int) -> Response:
    """How far an order is, and which cases were left as they were."""
    async with at.opened() as (connection, _now):
        order = await _order(at, connection, number)
        refused = await many.refusals(connection, number, SHOWN_REFUSALS)
    deed = DEEDS[order.command.replace("_", "-")]
    return at.page("many_order.html.j2", order=order, deed=deed, refused=refused, most=SHOWN_REFUSALS)


@router.post("/desk/many/{number}/stop")
async def stop_many(at: ToMany, number: int) -> Response:
    """Stop after the page that is under way: what is done stays."""
    async with at.opened() as (connection, now):
        order = await _order(at, connection, number)
        if await many.stop(connection, number, at.user.name, now):
            await at.did(
                connection, "many stopped", now, about=About(creditor=order.creditor), detail={"order": number}
            )
    return at.done(f"/desk/many/{number}")


async def _theirs(at: ToMany, number: int) -> Order:
    """An order that is within reach, before anything of it is told."""
    async with at.opened() as (connection, _now):
        return await _order(at, connection, number)


@router.get("/desk/many/{number}/events", response_class=EventSourceResponse)
async def follow_many(
    at: ToMany, number: int, _order: Annotated[Order, Depends(_theirs)]
) -> AsyncIterable[ServerSentEvent]:
    """That an order has got on, whenever it has."""
    async for stands in _stands(at, number):
        yield ServerSentEvent(data=stands)


async def _stands(at: AtDesk, number: int) -> AsyncIterator[dict[str, Any]]:
    before = None
    for _ in range(LONGEST_STREAM):
        async with at.opened() as (connection, _now):
            order = await _order(at, connection, number)
        stands = {"done": order.done, "refused": order.refused, "ended": order.ended_at is not None}
        if stands != before:
            yield stands
        if order.ended_at is not None:
            return
        before = stands
        await asyncio.sleep(EACH_SECOND)
