"""What a customer is worth to a creditor, by what the creditor told of the relation alone; untold, nothing is said."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.money.amount import Money
from domain.parties.relations import (
    RelationEvent,
    RelationKind,
    expected_months,
    is_customer,
    lost_customer_cost,
    months_between,
    relations_on,
)


@dataclass(frozen=True, slots=True)
class Value:
    """How long somebody is a customer (whole months; None where nobody told since when), how often they bought again, what
    they would cost if they left, in each currency, and how many months they are expected to stay.
    """

    months: int | None
    bought_again: int
    lost: Sequence[Money]
    expected: int


def value_of(events: Iterable[RelationEvent], today: date) -> Value | None:
    """What a customer is worth on a day; None for whom nothing was told, and for whom it was told that they left."""
    told = [event for event in events if event.on <= today]
    relations = relations_on(told, today)
    if not is_customer(relations):
        return None
    running = [relation for relation in relations if relation.ended_on is None]
    since = min((event.on for event in told if event.kind is RelationKind.STARTED), default=None)
    started = sum(event.kind is RelationKind.STARTED for event in told)
    renewed = sum(event.kind is RelationKind.RENEWED for event in told)
    return Value(
        months=None if since is None else months_between(since, today),
        bought_again=max(0, started - 1) + renewed,
        lost=lost_customer_cost(relations, today),
        expected=max(expected_months(relation, today) for relation in running),
    )


def in_words(value: Value) -> Iterator[str]:
    """What a customer is worth, a sentence each without a point."""
    if value.months is not None:
        yield (
            "a customer for less than a month"
            if value.months == 0
            else f"a customer for {_counted(value.months, 'month')}"
        )
    if value.bought_again:
        yield f"bought or renewed again {_counted(value.bought_again, 'time')}"
    for lost in value.lost:
        yield f"about {lost} are lost if this customer leaves, by the margin of {value.expected} months to come"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s'[: count != 1]}"
