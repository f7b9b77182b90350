"""Filters over cases as people type them: the words are `views/filters.py`'s."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts import clock
from terminal.output import Misuse
from views import filters
from views.filters import OF_CASES as WORDS
from views.filters import Filter, NotUnderstood
from views.lists import PLANNED_FOR_ITS_VALUES
from views.names import misnamed
from views.status import CASES, SHOWN, CaseStatus

HELP = (
    "Which cases, such as 'creditor=acme and due<2026-12-01, amount>500': conditions joined by `and` or a comma. "
    f"Words: {', '.join(WORDS)}. Signs: = and !=; for due, issued and amount also < <= > >=."
)
COUNTED = 1000  # cases are counted so far


def filter_of(written: str) -> Filter:
    """The filter that somebody typed; an unknown word or sign is a usage error that lists what there is."""
    try:
        return filters.filter_of(written, WORDS)
    except NotUnderstood as wrong:
        raise Misuse(str(wrong)) from None


async def matching(
    connection: AsyncConnection, wanted: Filter, *, closed: bool = False, most: int
) -> tuple[list[CaseStatus], int]:
    """The first cases a filter describes, those that act soonest first, and how many there are in all, counted to `COUNTED`.

    Open ones only, unless `closed` or the filter asks for others. Raises Misuse for a value that names nothing there is.
    """
    await check(connection, wanted)
    states = "true" if closed or wanted.names_state else "state = 'open'"
    described = f"from ({CASES}) c where {wanted.sql()} and {states}"
    values = wanted.values | {"now": await clock.now(connection, wanted.creditor), "creditor": wanted.creditor}
    await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES)
    # The number stands in the statement: of a parameter the plan would not know that it is small.
    listed = text(f"select {SHOWN} {described} order by next_at, case_id limit {most}")
    cases = [CaseStatus(*row) for row in (await connection.execute(listed, _asked(listed, values))).all()]
    if len(cases) < most:
        return cases, len(cases)
    counted = text(f"select count(*) from (select {described} limit {max(COUNTED, most) + 1}) counted")
    return cases, (await connection.execute(counted, _asked(counted, values))).scalar_one()


def _asked(statement: TextClause, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in statement.compile().params}


async def check(connection: AsyncConnection, wanted: Filter) -> None:
    """Raises Misuse for a value that names nothing there is."""
    if why := await misnamed(connection, wanted, None, numbers=True):
        raise Misuse(why)
