"""The doors' clock: wall time plus an offset that only the simulator moves; a creditor in test mode is further ahead."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

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


# All at one moment: those whose clock is the doors' have the same time.
EACH = text(f"""
with doors as materialized (select {CLOCK} as now)
select c, doors.now + coalesce((select k.ahead from creditor_clock k where k.creditor_id = c), interval '0') as now
from doors cross join unnest(cast(:creditors as text[])) c
""")
NOW = text(f"select {clock_of('cast(:creditor as text)')}")
# Whose a thing is, for those who act on it by its number alone. A task may be of a case or of a debtor: one number names one.
Thing = Literal[
    "invoice", "delivery", "task", "reply", "payment", "refund", "hand-off", "message to the partner", "batch"
]
WHOSE: dict[Thing, str] = {
    "invoice": "select creditor_id from invoice where id = :id",
    "delivery": "select creditor_id from delivery where id = :id",
    "task": """select creditor_id from task where id = :id union all select creditor_id from debtor_task where id = :id""",
    "reply": "select creditor_id from reply where id = :id",
    "payment": "select creditor_id from incoming_payment where id = :id",
    "refund": "select creditor_id from refund where id = :id",
    "hand-off": "select creditor_id from hand_off where id = :id",
    "message to the partner": """
      select h.creditor_id from hand_off_message m join hand_off h on h.id = m.hand_off_id where m.id = :id""",
    "batch": "select creditor_id from delivery where batch = :id limit 1",
}
FOR_THING = {thing: text(f"select {clock_of(f'({whose})')}") for thing, whose in WHOSE.items()}
SET_OFFSET = text(
    "insert into clock_offset (id, seconds) values (1, :seconds) on conflict (id) do update set seconds = :seconds"
)


async def now(connection: AsyncConnection, creditor: str | None = None) -> datetime:
    """What time it is for the doors (UTC), or for a creditor where one is named."""
    moment: datetime = (await connection.execute(NOW, {"creditor": creditor})).scalar_one()
    return moment


async def now_for(connection: AsyncConnection, thing: Thing, id: int | UUID | str) -> datetime:
    """What time it is for the creditor whose thing this is (UTC), or for the doors where there is none of that number."""
    moment: datetime = (await connection.execute(FOR_THING[thing], {"id": id})).scalar_one()
    return moment


async def now_of_each(connection: AsyncConnection, creditors: Iterable[str | None]) -> dict[str | None, datetime]:
    """What time it is for each of these creditors (UTC); the doors' where none is named, or one that nobody knows."""
    rows = await connection.execute(EACH, {"creditors": list(set(creditors))})
    return {row.c: row.now for row in rows}


async def set_offset(connection: AsyncConnection, seconds: float) -> None:
    """Move the doors' clock `seconds` ahead of the wall. For the simulator alone."""
    await connection.execute(SET_OFFSET, {"seconds": seconds})
