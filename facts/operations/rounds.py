"""A new round: a case begins its steps again, and what people were asked in the round before is done with."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.operations.tasks import OF_A_ROUND, OF_AN_ADDRESS

BEGIN = text(f"""
with begun as (update dunning_case set round = round + 1 where id = any(:cases) returning id, round)
update task t set done_at = :now, done_by = 'purr', result = 'a new round has begun', taken_by = null, taken_until = null
from begun b where t.case_id = b.id and t.round < b.round and t.done_at is null
  and t.kind = any(:of_a_round) and t.step not like '{OF_AN_ADDRESS}%'
""")


async def begin(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> None:
    """Begin a new round of locked cases."""
    await connection.execute(BEGIN, {"cases": list(cases), "of_a_round": list(OF_A_ROUND), "now": now})
