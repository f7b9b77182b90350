"""What a forecast needs of the facts: the open cases, debtor by debtor, and what messages cost."""

from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import is_live

OPEN = text(f"""
select debtor_id, array_agg(id order by id) as cases from dunning_case c where state = 'open' and debtor_id > :after
  and {is_live("c.creditor_id")}
group by debtor_id order by debtor_id limit :most
""")
COSTS = text("select id, message_costs from creditor")


async def open_cases(connection: AsyncConnection, after: int, most: int) -> dict[int, list[int]]:
    """The open cases of the next `most` debtors of all creditors but those in test mode, by debtor in the order of their ids."""
    rows = (await connection.execute(OPEN, {"after": after, "most": most})).all()
    return {row.debtor_id: row.cases for row in rows}


async def message_costs(connection: AsyncConnection) -> dict[str, dict[str, Decimal]]:
    """What one message (one SMS segment, one letter) costs, by creditor and channel."""
    rows = (await connection.execute(COSTS)).all()
    return {row.id: {channel: Decimal(cost) for channel, cost in row.message_costs.items()} for row in rows}
