"""Due dates that move: an invoice has the one that is in force, and each move is kept, in one order with its ledger."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# What is inserted still sees the invoice as it was before this statement.
MOVE = text("""
with moved as (
  update invoice i set due_date = w.due
  from unnest(cast(:invoices as int[]), cast(:days as date[])) as w(invoice_id, due)
  where i.id = w.invoice_id and i.due_date <> w.due returning i.id, w.due)
insert into due_date_move (invoice_id, due_before, due_after, happened_at)
select m.id, (select due_date from invoice where id = m.id), m.due, :now from moved m returning invoice_id
""")


async def move(connection: AsyncConnection, to: Mapping[int, date], now: datetime) -> set[int]:
    """Give invoices, by their ids, other due dates; their cases are locked. Gives those whose due date was another."""
    values = {"invoices": list(to), "days": list(to.values()), "now": now}
    return set((await connection.execute(MOVE, values)).scalars())
