"""Filters over cases as people type them: the words are `views/filters.py`'s."""

from sqlalchemy import text
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
    connection: AsyncConnection, wanted: Filter, *, closed: bool = False, most: int | None = None
) -> tuple[list[CaseStatus], int]:
    """The cases a filter describes, those that act soonest first, and how many there are in all, counted to `COUNTED`.

    Open ones only, unless `closed` or the filter asks for others. Raises Misuse for a value that names nothing there is.
    """
    if why := await misnamed(connection, wanted, None, numbers=True):
        raise Misuse(why)
    states = "true" if closed or wanted.names_state else "state = 'open'"
    described = f"from ({CASES}) c where {wanted.sql()} and {states}"
    # The number stands in the statement: of a parameter the plan would not know that it is small.
    limit = "" if most is None else f"limit {most}"
    whose = next((value for word, sign, value in wanted.conditions if (word.column, sign) == ("creditor", "=")), None)
    values = wanted.values | {"now": await clock.now(connection, whose)}
    await connection.exec_driver_sql(PLANNED_FOR_ITS_VALUES)
    listed = text(f"select {SHOWN} {described} order by next_at, case_id {limit}")
    cases = [CaseStatus(*row) for row in (await connection.execute(listed, values)).all()]
    if most is None or len(cases) < most:
        return cases, len(cases)
    counted = text(f"select count(*) from (select {described} limit {max(COUNTED, most) + 1}) counted")
    return cases, (await connection.execute(counted, values)).scalar_one()
