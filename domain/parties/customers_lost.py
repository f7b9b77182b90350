"""Customers lost: of those who were customers on a day, who is none on a later one, by how they paid."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from domain.parties.customers_kept import NOT_KNOWN, methods
from domain.parties.relations import Relation, RelationEvent, is_customer, relations_on

MOSTLY: Final = 0.5  # of the invoices: of more a customer pays mostly late


class WasCustomer(NamedTuple):
    """What was told of a customer's relation, and how many invoices fell due in the time before, and were paid late."""

    events: Sequence[RelationEvent]
    invoices: int
    late: int


@dataclass(slots=True)
class Group:
    """How many of a group's customers were lost."""

    by: str
    group: str
    customers: int = 0
    lost: int = 0


def customers_lost(customers: Iterable[WasCustomer], since: date, on: date) -> list[Group]:
    """The groups of who was a customer on the first day, by what sets them apart."""
    groups: dict[tuple[str, str], Group] = {}
    for each in customers:
        before = relations_on(each.events, since)
        if not is_customer(before):
            continue
        lost = not is_customer(relations_on(each.events, on))
        for key in _groups(each, before):
            group = groups.setdefault(key, Group(*key))
            group.customers += 1
            group.lost += lost
    return [groups[key] for key in sorted(groups)]


def _groups(each: WasCustomer, relations: Sequence[Relation]) -> Iterator[tuple[str, str]]:
    method, punctuality = methods(relations), _punctuality(each)
    yield "all", "customers"
    yield "payment method", method
    yield "punctuality", punctuality
    yield "payment method and punctuality", f"{method}, {punctuality}"


def _punctuality(each: WasCustomer) -> str:
    if not each.invoices:
        return NOT_KNOWN
    if not each.late:
        return "never late"
    return "mostly late" if each.late > MOSTLY * each.invoices else "late at times"
