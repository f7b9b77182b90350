"""Lists of one creditor, a page at a time, the newest first: each is described, and one statement reads a page of any.

Where hardly anything fits, a page is as much as is found in a moment: then the creditor's rows are walked through, stride by
stride, and the next page goes on where this one stopped. So a page takes no longer however many invoices there are.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from views.filters import Filter, Word

# What a filter is held against decides by which index its rows are found: a list is planned for its own values.
PLANNED_FOR_ITS_VALUES = "set local plan_cache_mode = force_custom_plan"
MOMENT = 0.04  # seconds that a page is looked for at once, and as long again stride by stride
STRIDE = 10_000  # rows


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: its rows in SQL, and the words of its filters.

    Each row has `creditor_id`, whose it is, and `place`, which no other row of the creditor has and which orders them.
    `places` are the places alone, of all creditors, as an index has them.
    """

    name: str
    rows: str
    words: Mapping[str, Word]
    places: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows, and whether others may follow, after the place that was reached."""

    rows: Sequence[dict[str, Any]]
    more: bool
    reached: int | str | None


OF_ONE = "creditor_id = :creditor"


def page_of(
    listed: Listed, wanted: Filter, limit: int, *, begun: bool, ending: bool = False, whose: str = OF_ONE
) -> TextClause:
    """The statement of a page. Its length stands there: of a parameter the plan would not know that it is small."""
    between = ("and place < :after" if begun else "") + (" and place >= :until" if ending else "")
    return text(
        f"select * from ({listed.rows}) r where {whose} and {wanted.sql()} {between} "
        f"order by place desc limit {limit + 1}"
    )


def stride_of(listed: Listed, stride: int, *, begun: bool, whose: str = OF_ONE) -> TextClause:
    """The statement that says where a stride ends, and how many rows it has."""
    after = "and place < :after" if begun else ""
    return text(
        f"select min(place) as until, count(*) as rows from (select place from ({listed.places or listed.rows}) p "
        f"where {whose} {after} order by place desc limit {stride}) stride"
    )


async def read_page(
    connection: AsyncConnection,
    listed: Listed,
    creditor: str | Reach,
    wanted: Filter,
    now: datetime,
    *,
    limit: int,
    after: int | str | None = None,
    moment: float = MOMENT,
) -> Page:
    """The rows that follow the place, as many as are asked for, of a creditor's list or of one of all within a reach.

    For a transaction that only reads.

    Fewer, though others may follow, where a moment is too short to find them; what is found by its own name is always found.
    """
    whose, theirs = _whose(creditor, wanted)
    asked = wanted.values | theirs | {"after": after, "now": now}
    statement = page_of(listed, wanted, limit, begun=after is not None, whose=whose)
    patience = "" if wanted.finds_by_name else f"; set local statement_timeout = {1000 * moment:.0f}"
    try:
        async with connection.begin_nested() as looking:
            await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES + patience)
            rows = await _rows(connection, statement, asked)
            await looking.rollback()  # nothing was written, and what was set ends here
    except DBAPIError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        return await walk(connection, listed, creditor, wanted, now, limit=limit, after=after, moment=moment)
    return _page(rows, limit)


async def walk(
    connection: AsyncConnection,
    listed: Listed,
    creditor: str | Reach,
    wanted: Filter,
    now: datetime,
    *,
    limit: int,
    after: int | str | None = None,
    moment: float = MOMENT,
    stride: int = STRIDE,
) -> Page:
    """What fits of the rows that follow the place: of one stride at least, and of more until the moment is over."""
    began, found = time.monotonic(), list[dict[str, Any]]()
    whose, theirs = _whose(creditor, wanted)
    await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES)
    while True:
        asked = wanted.values | theirs | {"after": after, "now": now}
        begun = after is not None
        (step,) = await _rows(connection, stride_of(listed, stride, begun=begun, whose=whose), asked)
        if step["rows"]:
            statement = page_of(listed, wanted, limit, begun=begun, ending=True, whose=whose)
            found += await _rows(connection, statement, asked | {"until": step["until"]})
        if len(found) > limit or step["rows"] < stride:
            return _page(found, limit)
        after = step["until"]
        if time.monotonic() - began >= moment:
            return Page(found, True, after)


async def counts(
    connection: AsyncConnection,
    listed: Listed,
    reach: Reach,
    filters: Sequence[Filter],
    now: datetime,
    *,
    most: int,
    moment: float,
) -> list[int | None]:
    """How many rows each filter describes, counted to one more than `most`; None where a moment is too short for one."""
    begin = f"{PLANNED_FOR_ITS_VALUES}; set local statement_timeout = {1000 * moment:.0f}"
    again, found = "rollback to savepoint counting", list[int | None]()
    await connection.exec_driver_sql(f"savepoint counting; {begin}")
    for wanted in filters:
        whose, theirs = _whose(reach, wanted)
        rows = f"select from ({listed.rows}) r where {whose} and {wanted.sql()} limit {most + 1}"
        statement = text(f"select count(*) as rows from ({rows}) counted")
        try:
            (row,) = await _rows(connection, statement, wanted.values | theirs | {"now": now})
        except DBAPIError as error:
            if not isinstance(error.orig, QueryCanceled):
                raise
            found.append(None)
            await connection.exec_driver_sql(f"{again}; {begin}")
        else:
            found.append(int(row["rows"]))
    await connection.exec_driver_sql(f"{again}; release savepoint counting")  # what was set ends here
    return found


def _whose(creditor: str | Reach, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Whose rows are meant, in SQL with its values: those of one are found by an index, those of several in the order of all."""
    if isinstance(creditor, str):
        return OF_ONE, {"creditor": creditor}
    within = creditor.creditors
    if within is None:
        return "true", creditor.values | {"creditor": wanted.creditor}
    if len(within) == 1:
        return OF_ONE, creditor.values | {"creditor": within[0]}
    return "creditor_id = any(cast(:of_creditors as text[]))", creditor.values | {"creditor": wanted.creditor}


def _page(rows: Sequence[dict[str, Any]], limit: int) -> Page:
    shown = rows[:limit]
    return Page(shown, len(rows) > limit, shown[-1]["place"] if shown else None)


async def _rows(connection: AsyncConnection, statement: TextClause, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = {name: asked[name] for name in statement.compile().params}
    return [dict(row) for row in (await connection.execute(statement, values)).mappings()]
