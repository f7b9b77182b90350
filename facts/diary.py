"""The diary of a case: who did what and when. Every line of it is written here, and none is ever changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json

Line = tuple[int, Mapping[str, Any]]  # the case, and what there is to know besides kind, by whom and when

WRITE = text("""
insert into case_event (case_id, kind, by, detail, happened_at)
select line.case_id, :kind, :by, cast(line.detail as jsonb), :now
from unnest(cast(:cases as int[]), cast(:details as text[])) as line(case_id, detail)
""")


async def write(connection: AsyncConnection, kind: str, by: str, lines: Sequence[Line], now: datetime) -> None:
    """A line of this kind for each case in `lines`; part of the caller's transaction."""
    values = {
        "kind": kind,
        "by": by,
        "cases": [case for case, _ in lines],
        "details": [to_json(detail) for _, detail in lines],
        "now": now,
    }
    await connection.execute(WRITE, values)
