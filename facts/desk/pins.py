"""What somebody at the desk comes back to: the cases that they looked at last, and those that they keep at hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_RECENT: Final = 10
MOST_PINNED: Final = 50
LOOKED_THROUGH: Final = 500  # lines of the audit, the last ones

RECENT = text(f"""
select case_id from (
  select id, case_id, what from desk_audit where by = :by order by id desc limit {LOOKED_THROUGH}) a
where what = 'looked' and case_id is not null group by case_id order by max(id) desc limit {MOST_RECENT}
""")
PINNED = text(f"select case_id from desk_pin where by = :by order by id desc limit {MOST_PINNED}")
IS_PINNED = text("select true from desk_pin where by = :by and case_id = :case")
PIN = text("insert into desk_pin (by, case_id, happened_at) values (:by, :case, :now) on conflict do nothing")
UNPIN = text("delete from desk_pin where by = :by and case_id = :case")


async def recent(connection: AsyncConnection, by: str) -> Sequence[int]:
    """The cases that somebody looked at last, the latest first."""
    return (await connection.execute(RECENT, {"by": by})).scalars().all()


async def pinned(connection: AsyncConnection, by: str) -> Sequence[int]:
    """The cases that somebody keeps at hand, the latest first."""
    return (await connection.execute(PINNED, {"by": by})).scalars().all()


async def is_pinned(connection: AsyncConnection, by: str, case: int) -> bool:
    """Whether somebody keeps this case at hand."""
    return (await connection.execute(IS_PINNED, {"by": by, "case": case})).scalar_one_or_none() is not None


async def pin(connection: AsyncConnection, by: str, case: int, now: datetime) -> None:
    """Keep a case at hand; doing so twice keeps it once."""
    await connection.execute(PIN, {"by": by, "case": case, "now": now})


async def unpin(connection: AsyncConnection, by: str, case: int) -> None:
    """Keep it at hand no more."""
    await connection.execute(UNPIN, {"by": by, "case": case})
