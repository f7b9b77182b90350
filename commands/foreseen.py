"""What would follow if something were done now: it is done, looked at with the planner's own eyes, and undone.

So no door has a second opinion of what a command stops, what it costs and what the debtor hears next.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.planner.preview import Ahead, Outcome, PreviewedAct, preview_together
from planning.service import PlannedCase, Planning

SHOWN = 4  # acts: the next things that somebody would notice


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands at a moment (UTC), and what it comes to from there if nothing else happens."""

    plan: PlannedCase
    now: datetime
    acts: tuple[PreviewedAct, ...]
    """The next `SHOWN`, copies of messages left out; the last is the case's end, or what it waits for, where nothing follows."""

    @property
    def owed(self) -> Decimal:
        """What is owed, in the currency of the case."""
        return self.plan.case.facts.balance

    @property
    def is_open(self) -> bool:
        """Whether the case goes on."""
        return self.plan.case.state == "open"


async def standing(connection: AsyncConnection, planning: Planning, case: int, now: datetime) -> Standing:
    """How a case stands, as this transaction sees it."""
    return ahead_of(await planning.plan(connection, case, now), now)


def ahead_of(plan: PlannedCase, now: datetime) -> Standing:
    """How a case stands that is planned already."""
    ahead = preview_together([Ahead(plan.policy, plan.law, plan.case.facts)], now, Outcome())
    acts = (act for together in ahead for _, act in together if not act.action.alert)
    return Standing(plan, now, tuple(islice(acts, SHOWN)))


async def if_done(
    connection: AsyncConnection,
    planning: Planning,
    case: int,
    do: Callable[[], Awaitable[None]],
    now: datetime,
) -> Standing:
    """How a case would stand if this were done. Nothing of it stays. Raises what `do` raises."""
    savepoint = await connection.begin_nested()
    try:
        await do()
        return await standing(connection, planning, case, now)
    finally:
        await savepoint.rollback()
