"""What a contact adds: how many pay in the days after it, beside who had none and whose invoice was as old."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain.intervals import FEWEST, Interval, Rate, Seen, chance, chances_apart, rate

COVERED: Final = 0.5
"""The share of the time after a contact that must have its like without one, else nothing is beside it."""


class Contact(NamedTuple):
    """A way of making contact: a step of a policy by a channel. `None` for both: none was made in the days before."""

    step: str | None
    channel: str | None


QUIET: Final = Contact(None, None)


@dataclass(frozen=True, slots=True)
class Added:
    """What was seen after contacts of one kind, in chances to be paid within a week of which nothing else is sent.

    `adds` is None where too little is beside it.
    """

    contact: Contact
    debtors: int
    cases: int
    paid: int
    after: float
    without: float | None
    adds: Interval | None


class Watched(NamedTuple):
    """The time that cases were watched, in weeks, of invoices so many weeks past their due date (below zero: before it)."""

    contact: Contact
    age: int
    cases: int
    debtors: int  # that are not in another age of the same contact
    seen: Seen


def added(watched: Iterable[Watched]) -> list[Added]:
    """What each kind of contact adds, the most cases first. The quiet time counts as much at each age as the contacts' does."""
    quiet: dict[int, Seen] = {}
    by_contact: Mapping[Contact, list[Watched]] = defaultdict(list)
    for each in watched:
        if each.contact == QUIET:
            quiet[each.age] = each.seen
        else:
            by_contact[each.contact].append(each)
    found = [_added(contact, of, quiet) for contact, of in by_contact.items()]
    return sorted((each for each in found if each), key=lambda each: (-each.cases, each.contact))


def _added(contact: Contact, of: list[Watched], quiet: Mapping[int, Seen]) -> Added | None:
    after = rate(each.seen for each in of)
    if after is None:
        return None
    beside = [each for each in of if each.age in quiet and _enough(quiet[each.age])]
    without = _as_old(beside, quiet)
    covered = sum(each.seen.time for each in beside) >= COVERED * sum(each.seen.time for each in of)
    compared = rate(each.seen for each in beside)
    known = covered and without is not None and compared is not None
    return Added(
        contact,
        sum(each.debtors for each in of),
        sum(each.cases for each in of),
        round(sum(each.seen.came for each in of)),
        chance(after),
        chance(without) if known and without else None,
        chances_apart(compared, without) if known and compared and without else None,
    )


def _enough(quiet: Seen) -> bool:
    """Whether so many went without a contact at an age, and for so long, that others can be set beside them."""
    return quiet.debtors >= FEWEST and quiet.time >= FEWEST


def _as_old(beside: list[Watched], quiet: Mapping[int, Seen]) -> Rate | None:
    """The rate without a contact, as if those without one were as old as those with."""
    time = sum(each.seen.time for each in beside)
    value = variance = 0.0
    for each in beside:
        of_age = rate([quiet[each.age]])
        if of_age is None:
            return None
        share = each.seen.time / time
        value, variance = value + share * of_age.value, variance + share * share * of_age.variance
    return Rate(value, variance) if beside else None
