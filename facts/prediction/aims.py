"""What a creditor is after, and what it costs: its goals, the prices of messages and of work by hand, and its policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.goals import Goal

READ = text("select id, country, goals, message_costs, handling_costs, policies from creditor where id = :creditor")


@dataclass(frozen=True, slots=True)
class Aims:
    """`messages` is the cost of one by its channel, `by_hand` that of a call, dispute or reply; in the creditor's currency."""

    creditor: str
    country: str
    goals: Mapping[Goal, Decimal]
    messages: Mapping[str, Decimal]
    by_hand: Mapping[str, Decimal]
    policies: Mapping[str, str]  # as `usual_policy` reads them


async def aims_of(connection: AsyncConnection, creditor: str) -> Aims:
    """A creditor's, by its id."""
    row = (await connection.execute(READ, {"creditor": creditor})).one()
    goals = {Goal(name): Decimal(target) for name, target in row.goals.items()}
    messages, by_hand = (
        {name: Decimal(cost) for name, cost in costs.items()} for costs in (row.message_costs, row.handling_costs)
    )
    return Aims(row.id, row.country, goals, messages, by_hand, row.policies)
