"""Customers kept: of those who entered reminding, how many are still customers after 90 and 180 days, and which."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

from domain.money.amount import ZERO, Money
from domain.parties.relations import Relation, RelationEvent, is_customer, lost_customer_cost, paid_by, relations_on

AFTER: Final = (90, 180)  # days
NOT_KNOWN: Final = "not known"


class Entered(NamedTuple):
    """A customer who entered reminding, or whose invoice fell due without a reminder; and what was told of the relation."""

    on: date  # the day of the reminder, or the due date
    reminded: bool
    paid_late_before: bool
    fee: bool  # charged for that claim, and not taken back
    plan: bool  # agreed about that claim
    claim: Money
    events: Sequence[RelationEvent]


@dataclass(slots=True)
class Kept:
    """How many of a group's customers were kept, of those whose days have passed."""

    by: str
    group: str
    customers: int = 0
    seen: dict[int, int] = field(default_factory=lambda: dict.fromkeys(AFTER, 0))
    kept: dict[int, int] = field(default_factory=lambda: dict.fromkeys(AFTER, 0))


def customers_kept(entered: Iterable[Entered], not_told_of: int, today: date) -> list[Kept]:
    """The groups by what sets them apart. Who had left before is in none; whose relation nobody told of are counted alone."""
    alike = Counter[tuple[tuple[tuple[str, str], ...], tuple[tuple[int, bool], ...]]]()
    for each in entered:
        relations = relations_on(each.events, each.on)
        if is_customer(relations):
            kept = (
                (days, _is_customer_on(each, day)) for days in AFTER if (day := each.on + timedelta(days=days)) <= today
            )
            alike[tuple(_groups(each, relations)), tuple(kept)] += 1
    untold = Kept("relation", NOT_KNOWN, customers=not_told_of)
    groups = {(untold.by, untold.group): untold} if not_told_of else dict[tuple[str, str], Kept]()
    for (keys, of_days), customers in alike.items():
        for key in keys:
            group = groups.setdefault(key, Kept(*key))
            group.customers += customers
            for days, still in of_days:
                group.seen[days] += customers
                group.kept[days] += customers * still
    return [groups[key] for key in sorted(groups)]


def _is_customer_on(each: Entered, day: date) -> bool:
    """Whether who was a customer on entering is one on a later day: a relation changes on the days of its events alone."""
    changes = any(each.on < event.on <= day for event in each.events)
    return not changes or is_customer(relations_on(each.events, day))


def _groups(each: Entered, relations: Sequence[Relation]) -> Iterator[tuple[str, str]]:
    if not each.reminded:
        yield "punctuality", "not reminded"
        return
    yield "all", "reminded"
    yield "punctuality", "late before" if each.paid_late_before else "late for the first time"
    yield "fee", "charged" if each.fee else "none"
    yield "plan", "agreed" if each.plan else "none"
    yield "value", _value(each, relations)
    yield "payment method", methods(relations)


def methods(relations: Iterable[Relation]) -> str:
    """How a customer pays for all that runs, in the creditor's words."""
    return " and ".join(sorted({each.casefold() for each in paid_by(relations)})) or NOT_KNOWN


def _value(each: Entered, relations: Sequence[Relation]) -> str:
    """Whether losing the customer costs more than the claim brings."""
    running = [relation for relation in relations if relation.ended_on is None]
    if any(relation.monthly_margin is None or relation.currency != each.claim.currency for relation in running):
        return NOT_KNOWN
    worth = sum((lost.amount for lost in lost_customer_cost(running, each.on)), ZERO)
    return "worth more than the claim" if worth > each.claim.amount else "worth no more than the claim"
