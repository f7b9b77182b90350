"""Customer relations: how they stand on a day, whatever the order their events came in, and what it costs to lose one.

Of one day an end counts before a start, and that before a renewal: whoever ends and starts on a day stays a customer. A
renewal takes an end back. An end that names no product ends all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.money.amount import ZERO, Money, to_cents

SHORTEST: Final = 12  # months that a customer is expected to stay at least
LONGEST: Final = 36  # and at most, where the contract does not say longer


class RelationKind(StrEnum):
    """What happened to a relation."""

    ENDED = "ended"
    STARTED = "started"
    RENEWED = "renewed"


ORDER = tuple(RelationKind)  # of one day


class RelationEvent(NamedTuple):
    """What a creditor told of a customer's relation; `product` is empty where it has but one."""

    id: str  # the creditor's own
    kind: RelationKind
    on: date  # of an end: the first day on which the customer is none
    product: str = ""
    monthly_margin: Decimal | None = None
    currency: str | None = None
    contract_end: date | None = None
    payment_method: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """How the relation about one product stands."""

    product: str
    since: date | None  # None: nobody told since when
    ended_on: date | None = None
    reason: str | None = None  # of its end
    monthly_margin: Decimal | None = None
    currency: str | None = None
    contract_end: date | None = None
    payment_method: str | None = None


def relations_on(events: Iterable[RelationEvent], day: date) -> list[Relation]:
    """Every relation of one customer as it stands on a day, by product.

    What is first heard of as ended or renewed later ran before that.
    """
    events = tuple(events)
    if len(events) == 1:  # as most customers have: a report looks at all of them
        alone = _standing(events[0].product, events, day)
        return [alone] if alone else []
    by_product: dict[str, list[RelationEvent]] = defaultdict(list)
    ordered = sorted(events, key=lambda event: (event.on, ORDER.index(event.kind), event.id))
    products = {event.product for event in ordered}
    for event in ordered:
        ends_all = event.kind is RelationKind.ENDED and not event.product
        for product in products if ends_all else (event.product,):
            by_product[product].append(event)
    if len(products) > 1 and not any(event.kind is not RelationKind.ENDED for event in by_product.get("", ())):
        by_product.pop("", None)  # nothing of its own: it was said of the others
    found = (_standing(product, of_product, day) for product, of_product in sorted(by_product.items()))
    return [relation for relation in found if relation is not None]


def _standing(product: str, events: Sequence[RelationEvent], day: date) -> Relation | None:
    relation: Relation | None = None
    if events[0].on > day:
        return None if events[0].kind is RelationKind.STARTED else Relation(product, None)
    for event in events:
        if event.on > day:
            break
        if event.kind is RelationKind.ENDED:
            relation = relation or Relation(product, None)
            if relation.ended_on is None:
                relation = replace(relation, ended_on=event.on, reason=event.reason)
            continue
        if relation is None or (event.kind is RelationKind.STARTED and relation.ended_on not in (None, event.on)):
            relation = Relation(product, event.on)
        relation = Relation(
            product,
            relation.since,
            monthly_margin=relation.monthly_margin if event.monthly_margin is None else event.monthly_margin,
            currency=event.currency or relation.currency,
            contract_end=event.contract_end or relation.contract_end,
            payment_method=event.payment_method or relation.payment_method,
        )
    return relation


def is_customer(relations: Iterable[Relation]) -> bool:
    """Whether any of one customer's relations runs."""
    return any(relation.ended_on is None for relation in relations)


def _running(relations: Iterable[Relation]) -> list[Relation]:
    return [relation for relation in relations if relation.ended_on is None]


def paid_by(relations: Iterable[Relation]) -> list[str]:
    """The payment methods of one customer's relations that run, as far as they were told."""
    return [relation.payment_method for relation in _running(relations) if relation.payment_method]


def customer_for(relations: Iterable[Relation], today: date) -> int:
    """How many whole months ago the oldest relation that runs began; 0 where nobody told."""
    return max((months_between(relation.since, today) for relation in _running(relations) if relation.since), default=0)


def margin_in(relations: Iterable[Relation], currency: str) -> Decimal:
    """The monthly margin of all that runs, as far as it was told in a currency: none is changed into another."""
    told = (each.monthly_margin for each in _running(relations) if each.currency == currency)
    return sum((margin for margin in told if margin is not None), ZERO)


def expected_months(relation: Relation, today: date) -> int:
    """How long a relation that runs is expected to go on: as long again as it has lasted, from 12 to 36 months, and never
    shorter than its contract.
    """
    lasted = months_between(relation.since, today) if relation.since else 0
    bound = months_between(today, relation.contract_end) if relation.contract_end else 0
    return max(bound, min(max(lasted, SHORTEST), LONGEST))


def lost_customer_cost(relations: Iterable[Relation], today: date) -> list[Money]:
    """What is lost if a customer leaves: margin times expected months, of all that runs, in each currency; nothing below zero."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for relation in relations:
        if relation.ended_on is None and relation.monthly_margin is not None and relation.currency:
            sums[relation.currency] += relation.monthly_margin * expected_months(relation, today)
    return [Money(to_cents(lost), currency) for currency, lost in sorted(sums.items()) if lost > ZERO]


def in_words(lost: Iterable[Money]) -> str:
    """What a creditor stands to lose, for whoever decides about a hand-off or a block; empty where nothing is known."""
    amounts = " and ".join(map(str, lost))
    return f"the creditor stands to lose about {amounts} if this customer leaves" if amounts else ""


def months_between(since: date, until: date) -> int:
    """Whole months between two days; 0 where there are none."""
    return max(0, (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day))
