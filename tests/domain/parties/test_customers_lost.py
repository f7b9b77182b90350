"""Customers lost: who was a customer on a day and is none later, in the group of how they paid."""

from datetime import date

from domain.parties.customers_lost import Group, WasCustomer, customers_lost
from domain.parties.relations import RelationEvent, RelationKind

SINCE, ON = date(2026, 1, 1), date(2026, 6, 30)
STARTED = RelationEvent("1", RelationKind.STARTED, date(2020, 1, 1), payment_method="AvtaleGiro")


def ended(on: date) -> RelationEvent:
    """The end of the relation."""
    return RelationEvent("2", RelationKind.ENDED, on)


def by(found: list[Group], name: str) -> dict[str, tuple[int, int]]:
    """The groups of one kind."""
    return {each.group: (each.customers, each.lost) for each in found if each.by == name}


def test_who_left_in_the_time_is_lost_and_who_had_left_before_was_none() -> None:
    found = customers_lost(
        [
            WasCustomer([STARTED], 4, 0),
            WasCustomer([STARTED, ended(date(2026, 3, 1))], 4, 3),
            WasCustomer([STARTED, ended(ON)], 4, 2),
            WasCustomer([STARTED, ended(date(2026, 7, 1))], 0, 0),
            WasCustomer([STARTED, ended(date(2025, 12, 31))], 4, 4),
            WasCustomer([STARTED._replace(on=date(2026, 2, 1))], 0, 0),
        ],
        SINCE,
        ON,
    )
    assert by(found, "all") == {"customers": (4, 2)}
    assert by(found, "payment method") == {"avtalegiro": (4, 2)}
    assert by(found, "punctuality") == {
        "never late": (1, 0),
        "mostly late": (1, 1),
        "late at times": (1, 1),
        "not known": (1, 0),
    }
    assert by(found, "payment method and punctuality")["avtalegiro, mostly late"] == (1, 1)


def test_the_order_in_which_events_came_changes_nothing() -> None:
    one = customers_lost([WasCustomer([STARTED, ended(ON)], 1, 1)], SINCE, ON)
    assert one == customers_lost([WasCustomer([ended(ON), STARTED], 1, 1)], SINCE, ON)
    assert customers_lost([], SINCE, ON) == []
