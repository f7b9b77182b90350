"""What a contact adds: a planted effect lies inside the interval, none is found where there is none, and few say nothing."""

from math import exp
from random import Random

import pytest

from domain.contacts_add import QUIET, Contact, Watched, added
from domain.intervals import Seen

SMS = Contact("reminder", "sms")


def watched(draw: Random, contact: Contact, age: int, debtors: int, weekly: float) -> Watched:
    """Debtors with one to three invoices each, who pay all at once with a chance in a week, or not at all."""
    came = time = squared = both = of_time = 0.0
    for _ in range(debtors):
        invoices = draw.randint(1, 3)
        pays = draw.expovariate(weekly)
        own = invoices * min(1.0, pays)
        paid = invoices if pays < 1 else 0
        came, time = came + paid, time + own
        squared, both, of_time = squared + paid * paid, both + paid * own, of_time + own * own
    return Watched(contact, age, debtors, debtors, Seen(debtors, came, time, squared, both, of_time))


@pytest.mark.parametrize(("rate", "least_inside"), [(0.2, 90), (0.6, 90)])
def test_what_was_planted_lies_inside_the_interval_also_where_ages_differ(rate: float, least_inside: int) -> None:
    """Older invoices are paid less, and more of those that got nothing are old."""
    inside = 0
    for seed in range(100):
        draw = Random(seed)
        cells = [watched(draw, QUIET, age, 100 * age, 0.3 / age) for age in (1, 2, 3)]
        cells += [watched(draw, SMS, age, 120 // age, (0.3 / age) * rate / 0.2) for age in (1, 2, 3)]
        (found,) = added(cells)
        assert found.adds is not None
        weeks = [cell.seen.time for cell in cells[3:]]
        rates = [sum(w * 0.3 / a for w, a in zip(weeks, (1, 2, 3), strict=True)) / sum(weeks)]
        true = exp(-rates[0]) - exp(-rates[0] * rate / 0.2)
        inside += found.adds.low <= true <= found.adds.high
    assert inside >= least_inside


def test_where_too_few_were_left_alone_nothing_is_beside_it() -> None:
    draw = Random(1)
    contacted = [watched(draw, SMS, 1, 50, 0.4)]
    for quiet in ([], [watched(draw, QUIET, 1, 9, 0.1)], [watched(draw, QUIET, 2, 500, 0.1)]):
        (found,) = added(contacted + quiet)
        assert (found.debtors, found.adds, found.without) == (50, None, None)


def test_a_contact_that_nobody_was_watched_after_is_left_out() -> None:
    assert added([Watched(SMS, 1, 5, 5, Seen(5, 0, 0, 0, 0, 0))]) == []
