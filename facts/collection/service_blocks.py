"""Services blocked or ended for want of payment: the creditor's system is told of each, and at once when a block is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.webhooks.events import EventType
from facts.webhooks.outgoing import Event, emit_many

OF_CASE = """
select c.creditor_id, i.number, d.customer_number from changed join dunning_case c on c.id = changed.case_id
join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id order by c.id
"""
BLOCK = text(f"""
with changed as (
  insert into service_block (case_id, blocked_at, happened_at) values (:case, :now, :now) returning case_id)
{OF_CASE}
""")
# What is ended is blocked no more: money that comes later opens nothing.
TERMINATE = text(f"""
with no_more as (update service_block set unblocked_at = :now where case_id = :case and unblocked_at is null),
changed as (
  insert into service_termination (case_id, happened_at) values (:case, :now) on conflict do nothing returning case_id)
{OF_CASE}
""")
FREE = text(f"""
with changed as (
  update service_block set unblocked_at = :now where case_id = any(:cases) and unblocked_at is null returning case_id)
{OF_CASE}
""")


async def block(connection: AsyncConnection, case: int, now: datetime) -> None:
    """Ask for the block of the service that a case is about."""
    await _tell(connection, "service.block", (await connection.execute(BLOCK, {"case": case, "now": now})).all(), now)


async def terminate(connection: AsyncConnection, case: int, now: datetime) -> None:
    """Ask for the end of the service that a case is about."""
    ended = (await connection.execute(TERMINATE, {"case": case, "now": now})).all()
    await _tell(connection, "service.terminate", ended, now)


async def free(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> None:
    """Free the services that were blocked for these cases."""
    if cases:
        freed = (await connection.execute(FREE, {"cases": list(cases), "now": now})).all()
        await _tell(connection, "service.unblock", freed, now)


async def _tell(connection: AsyncConnection, event: EventType, changed: Sequence[Any], now: datetime) -> None:
    events = [
        Event(each.creditor_id, event, {"invoice": each.number, "customer_number": each.customer_number})
        for each in changed
    ]
    await emit_many(connection, events, now)
