"""Lists of cases at the desk, by filters in words: each with its count and an address to share, and kept under a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment
from facts.desk.own_lists import MOST as MOST_KEPT
from facts.desk.own_lists import OwnList, forget_list, keep_list, own_lists
from views.desk_cases import DESK_CASES, desk_case
from views.filters import OF_CASES, Filter, NotUnderstood, filter_of
from views.lists import counts, read_page
from views.names import misnamed
from web.desk.door import AtDesk, ToLook
from web.desk.seen_cases import as_seen, words_for

router = APIRouter(include_in_schema=False)

PAGE: Final = 50  # cases
COUNTED: Final = 10_000  # cases, where a list is shown
COUNTED_AT_START: Final = 1_000
MOMENT: Final = 0.04  # seconds that a count may take, and at the start
MOMENT_AT_START: Final = 0.015
LONGEST: Final = 500  # signs of a filter
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Counted:
    """A list where somebody begins. `name`: theirs, or a word of the desk's texts; `count` None: too long to count at once."""

    name: str
    written: str
    count: int | None
    own: OwnList | None = None


def usual(today: date) -> Sequence[tuple[str, str]]:
    """The lists that everybody has: a word of the desk's texts, and a filter."""
    monday = today - timedelta(days=today.weekday())
    return (
        ("list_flagged", "flagged=yes"),
        ("list_disputed", "disputed=yes"),
        ("list_held", "hold=yes"),
        ("list_due", f"due>={monday},due<={monday + timedelta(days=6)}"),
        ("list_old", f"due<{today - timedelta(days=90)}"),
        ("list_large", "amount>=10000"),
    )


async def counted(at: AtDesk, connection: AsyncConnection, here: Moment) -> list[Counted]:
    """The lists that everybody has and their own, each with its count, as of the home country's day."""
    words = words_for(at.user)
    found = [
        Counted(name, written, None)
        for name, written in usual(here.day)
        if all(word in words for word in re.findall("[a-z]+(?=[<>=])", written))
    ]
    found += [Counted(own.name, own.written, None, own) for own in await own_lists(connection, at.user.name)]
    understood = {each.written: wanted for each in found if (wanted := _understood(at, each.written))}
    many = await counts(
        connection,
        DESK_CASES,
        at.reach,
        list(understood.values()),
        here.at,
        most=COUNTED_AT_START,
        moment=MOMENT_AT_START,
    )
    count_of = dict(zip(understood, many, strict=True))
    return [replace(each, count=count_of.get(each.written)) for each in found]


def _understood(at: AtDesk, written: str) -> Filter | None:
    """The filter; None where it was kept when there was a word that there is not any more, for them."""
    try:
        return _filter(at, written)
    except NotUnderstood:
        return None


@router.get("/desk/list")
async def cases(at: ToLook, where: str = "", after: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """A page of the cases that a filter describes, the newest first; open ones, unless it asks for others."""
    async with at.opened() as (connection, now):
        try:
            wanted = _filter(at, where)
            if why := await misnamed(connection, wanted, at.reach.creditors):
                raise NotUnderstood(why)
        except NotUnderstood as wrong:
            return at.page(
                "list.html.j2", status=422, where=where[:LONGEST], problem=str(wrong), words=words_for(at.user)
            )
        page = await read_page(connection, DESK_CASES, at.reach, wanted, now, limit=PAGE, after=after)
        many: int | None = len(page.rows)
        if page.more or after:  # what does not fill a page was found slowly, and would be counted slowly too
            full = len(page.rows) == PAGE or after
            many = None
            if full:
                (many,) = await counts(connection, DESK_CASES, at.reach, [wanted], now, most=COUNTED, moment=MOMENT)
        rows = as_seen(at.user, [desk_case(row) for row in page.rows])
        if rows:
            await at.did(connection, "listed", now, detail={"cases": [row.case_id for row in rows]})
    return at.page(
        "list.html.j2",
        where=where,
        problem=None,
        words=words_for(at.user),
        rows=rows,
        more=page.reached if page.more else None,
        count=many,
        counted_to=COUNTED,
        later=after is not None,
        most_kept=MOST_KEPT,
    )


@router.post("/desk/lists")
async def keep(at: ToLook, where: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "") -> Response:
    """Keep a list under a name of one's own."""
    name = " ".join(name.split())[:LONGEST_NAME]
    try:
        _filter(at, where)
    except NotUnderstood as wrong:
        return at.page("list.html.j2", status=422, where=where[:LONGEST], problem=str(wrong), words=words_for(at.user))
    if not name:
        return at.done(f"/desk/list?where={quote(where)}", "list_unnamed")
    async with at.opened() as (connection, now):
        kept = await keep_list(connection, at.user.name, name, where.strip(), now)
    return at.done("/desk/", "list_kept" if kept else "list_too_many")


@router.post("/desk/lists/{number}/remove")
async def remove(at: ToLook, number: int) -> Response:
    """Keep a list no more."""
    async with at.opened() as (connection, _):
        await forget_list(connection, at.user.name, number)
    return at.done("/desk/", "list_removed")


def _filter(at: AtDesk, written: str) -> Filter:
    """What a filter describes, of open cases unless it says which. Raises NotUnderstood."""
    if len(written) > LONGEST:
        raise NotUnderstood(f"a filter has at most {LONGEST} signs")
    wanted = filter_of(written, words_for(at.user))
    if wanted.names_state:
        return wanted
    return Filter((*wanted.conditions, (OF_CASES["state"], "=", "open")))
