"""What a forecast needs of the facts: the open cases, batch by batch, and what messages cost."""

from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

OPEN = text("select id from dunning_case where state = 'open' and id > :after order by id limit :most")
COSTS = text("select id, message_costs from creditor")


async def open_cases(connection: AsyncConnection, after: int, most: int) -> list[int]:
    """The next open cases of all creditors, in the order of their ids."""
    return list((await connection.execute(OPEN, {"after": after, "most": most})).scalars())


async def message_costs(connection: AsyncConnection) -> dict[str, dict[str, Decimal]]:
    """What one message (one SMS segment, one letter) costs, by creditor and channel."""
    rows = (await connection.execute(COSTS)).all()
    return {row.id: {channel: Decimal(cost) for channel, cost in row.message_costs.items()} for row in rows}
