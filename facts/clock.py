"""The doors' clock: wall time plus an offset that only the simulator moves; a creditor in test mode is further ahead."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CLOCK = "(clock_timestamp() + make_interval(secs => coalesce((select seconds from clock_offset), 0)))"


def own_clock_of(creditor: str) -> str:
    """SQL: what the own clock of a creditor in test mode shows, the creditor given in SQL too; null for a live one."""
    return f"(select {CLOCK} + k.ahead from creditor_clock k where k.creditor_id = {creditor})"


def clock_of(creditor: str) -> str:
    """SQL: what time it is for a creditor."""
    return f"coalesce({own_clock_of(creditor)}, {CLOCK})"


def is_live(creditor: str) -> str:
    """SQL: whether a creditor is none in test mode."""
    return f"(select true from creditor_clock k where k.creditor_id = {creditor}) is null"


NOW = text(f"select {clock_of('cast(:creditor as text)')}")
FOR_INVOICE = text(f"select {clock_of('(select creditor_id from invoice where id = :invoice)')}")
SET_OFFSET = text(
    "insert into clock_offset (id, seconds) values (1, :seconds) on conflict (id) do update set seconds = :seconds"
)


async def now(connection: AsyncConnection, creditor: str | None = None) -> datetime:
    """What time it is for the doors (UTC), or for a creditor where one is named."""
    moment: datetime = (await connection.execute(NOW, {"creditor": creditor})).scalar_one()
    return moment


async def now_for_invoice(connection: AsyncConnection, invoice: int) -> datetime:
    """What time it is for an invoice's creditor (UTC)."""
    moment: datetime = (await connection.execute(FOR_INVOICE, {"invoice": invoice})).scalar_one()
    return moment


async def set_offset(connection: AsyncConnection, seconds: float) -> None:
    """Move the doors' clock `seconds` ahead of the wall. For the simulator alone."""
    await connection.execute(SET_OFFSET, {"seconds": seconds})
