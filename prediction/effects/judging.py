"""A creditor's policies are judged: what for, by which prices, and from which past."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.countries.law import Law
from domain.learned.choices import Choice
from domain.policy.policy import Policy
from facts.database import Database
from facts.prediction.aims import Aims
from prediction.effects.estimates import DoNotFit
from prediction.effects.strategies import Strategies, strategies_of
from prediction.effects.strategies_told import document
from prediction.effects.worth import Prices
from prediction.history.chosen import with_choices
from prediction.history.imported import whole_past
from prediction.history.past import Past


async def read_past(database: Database, creditor: str, now: datetime, tried: Sequence[Choice]) -> Past:
    """All that is known now of a creditor: its own facts, what was left to chance, and what was imported besides."""
    async with database.snapshot() as connection:
        return with_choices(await whole_past(connection, now, creditor), tried)


def judged(
    past: Past,
    policy: Policy,
    text: str,
    laws: Mapping[str, Law],
    aims: Aims,
    yearly_rate: float | None = None,
) -> Strategies:
    """Every change of one line, by the creditor's goals and prices; `yearly_rate`: what money costs, in percent.

    The creditor's prices are of its own country's currency: of a policy in another nothing is known of what things cost. Raises
    DoNotFit for a log that cannot be.
    """
    at_home = laws[aims.country].currency == policy.currency
    prices = Prices(
        {name: float(cost) for name, cost in aims.messages.items()} if at_home else {},
        {name: float(cost) for name, cost in aims.by_hand.items()} if at_home else {},
        yearly_rate / 100 if yearly_rate is not None else None,
    )
    goals = {goal: float(target) for goal, target in aims.goals.items()}
    return strategies_of(past, policy, text, laws, goals, prices)


def found(past: Past, policy: Policy, text: str, laws: Mapping[str, Law], aims: Aims) -> dict[str, Any] | str:
    """The same as it is kept; in words why nothing can be said."""
    try:
        return document(judged(past, policy, text, laws, aims), policy.name, aims.creditor)
    except DoNotFit as wrong:
        return str(wrong)
