"""The doors' clock: wall time plus an offset row that only the simulator moves and production does not have."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CLOCK = "(clock_timestamp() + make_interval(secs => coalesce((select seconds from clock_offset), 0)))"
NOW = text(f"select {CLOCK}")
SET_OFFSET = text(
    "insert into clock_offset (id, seconds) values (1, :seconds) on conflict (id) do update set seconds = :seconds"
)


async def now(connection: AsyncConnection) -> datetime:
    """What time it is for the doors (UTC)."""
    moment: datetime = (await connection.execute(NOW)).scalar_one()
    return moment


async def set_offset(connection: AsyncConnection, seconds: float) -> None:
    """Move the doors' clock `seconds` ahead of the wall. For the simulator alone."""
    await connection.execute(SET_OFFSET, {"seconds": seconds})
