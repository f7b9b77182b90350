"""Lists of one creditor, a page at a time, the newest first: each is described, and one statement reads a page of any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from views.filters import Filter, Word

# What a filter is held against decides by which index its rows are found: a list is planned for its own values.
PLANNED_FOR_ITS_VALUES = "set local plan_cache_mode = force_custom_plan"


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: its rows in SQL, and the words of its filters.

    Each row has `creditor_id`, whose it is, and `place`, which no other row of the creditor has and which orders them.
    """

    name: str
    rows: str
    words: Mapping[str, Word]


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows, and whether others follow."""

    rows: Sequence[dict[str, Any]]
    more: bool


def page_of(listed: Listed, wanted: Filter, limit: int, *, begun: bool) -> TextClause:
    """The statement of a page. Its length stands there: of a parameter the plan would not know that it is small."""
    after = "and place < :after" if begun else ""
    return text(
        f"select * from ({listed.rows}) r where creditor_id = :creditor and {wanted.sql()} {after} "
        f"order by place desc limit {limit + 1}"
    )


async def read_page(
    connection: AsyncConnection,
    listed: Listed,
    creditor: str,
    wanted: Filter,
    now: datetime,
    *,
    limit: int,
    after: int | str | None = None,
) -> Page:
    """The rows of a creditor's list that follow the place, as many as are asked for; for a transaction that only reads."""
    statement = page_of(listed, wanted, limit, begun=after is not None)
    asked = wanted.values | {"creditor": creditor, "after": after, "now": now}
    values = {name: asked[name] for name in statement.compile().params}
    await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES)
    rows = [dict(row) for row in (await connection.execute(statement, values)).mappings()]
    return Page(rows[:limit], len(rows) > limit)
