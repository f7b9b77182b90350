"""Who left after a choice: within its window, once, whatever is told late, twice or of whom nothing is known."""

import numpy as np
import pytest

from prediction.effects.choices import choices_of
from prediction.effects.left import Left, left_after
from prediction.history.lost import LOST, MARGIN
from prediction.history.past import Happened
from tests.pasts import NO_DAY, AFact, AnEvent, AnInvoice, past_of

SUNDAY = "2026-02-01"  # the 90 days end on 2 May


def lost(debtor: int = 0, since: str = "2026-03-10", cost: float = 500.0, **told: str) -> AFact:
    word = told.pop("word", "NOK")
    return AFact(
        debtor, LOST, cost, since=since, known_at=told.pop("known_at", "2026-03-10T09:00:00"), word=word, **told
    )  # type: ignore[arg-type]


def left(*facts: AFact, debtors: tuple[int, ...] = (0,), at: str = f"{SUNDAY}T09:00:00", currency: str = "NOK") -> Left:
    """A choice of each of some invoices, by who owes them."""
    invoices = [AnInvoice(debtor=debtor, currency=currency) for debtor in debtors]
    events = [AnEvent(row, Happened.CHOICE, at, detail="reminder: sms", amount=0.5) for row in range(len(debtors))]
    past = past_of(invoices, events, facts)
    return left_after(past, choices_of(past), 90)


def test_who_left_within_the_window_counts_with_what_that_cost() -> None:
    found = left(lost(), debtors=(0, 1))
    assert (found.customers.tolist(), found.margin.tolist()) == ([1, 0], [500, 0])
    assert (found.asked, found.left, found.without_margin) == (2, 1, 0)


@pytest.mark.parametrize(
    ("since", "counts"), [("2026-02-01", 0), ("2026-02-02", 1), ("2026-05-02", 1), ("2026-05-03", 0)]
)
def test_the_window_is_of_the_90_days_after_the_day_of_the_choice(since: str, counts: int) -> None:
    assert left(lost(since=since)).customers.tolist() == [counts]


def test_who_had_said_before_that_they_leave_did_not_leave_because_of_it() -> None:
    assert left(lost(known_at="2026-01-20T09:00:00")).customers.tolist() == [0]


def test_what_is_told_late_twice_or_in_another_order_is_one_customer() -> None:
    late, again = lost(known_at="2026-06-01T09:00:00"), lost(cost=700.0, known_at="2026-07-01T09:00:00")
    assert left(late).customers.tolist() == [1]
    for facts in ((late, again), (again, late)):  # what was told last counts
        found = left(*facts)
        assert (found.customers.tolist(), found.margin.tolist()) == ([1], [700])
    next_day = lost(since="2026-03-11")
    assert left(lost(), next_day).margin.tolist() == [500]  # who is gone does not go again


def test_who_came_back_in_time_did_not_leave_and_who_came_back_later_did() -> None:
    assert left(lost(until="2026-04-01")).customers.tolist() == [0]
    assert left(lost(until="2026-05-03")).customers.tolist() == [1]
    assert left(lost(until="2026-04-01"), lost(since="2026-04-20", cost=80.0)).margin.tolist() == [80]
    assert left(lost(until="2026-03-10")).customers.tolist() == [0]


def test_a_customer_with_several_invoices_is_lost_once() -> None:
    found = left(lost(), debtors=(0, 0, 1, 0))
    assert found.customers.sum() == pytest.approx(1)
    assert found.margin == pytest.approx([500 / 3, 500 / 3, 0, 500 / 3])


def test_what_is_not_told_counts_nothing_and_is_said() -> None:
    assert list(left(debtors=(0, 1)).said()) == [
        "which customers left is not told (customers import): what losing them costs is left out"
    ]
    some = left(AFact(0, MARGIN, 100.0), debtors=(0, 1))
    assert list(some.said()) == ["of 1 of 2 customers no relation is told: they count as if they had stayed"]
    for unpriced in (left(lost(cost=np.nan)), left(lost(word="EUR")), left(lost(), currency="EUR")):
        assert (unpriced.customers.tolist(), unpriced.margin.tolist()) == ([1], [0])
        (sentence,) = unpriced.said()
        assert sentence.startswith("of 1 of 1 customers who left the margin is not told")
    assert list(left(lost()).said()) == []


def test_nobody_and_no_day_leave_nothing() -> None:
    assert left(lost(since=NO_DAY)).customers.tolist() == [0]
    nobody = left(lost(), debtors=())
    assert (len(nobody.customers), nobody.asked, list(nobody.said())) == (0, 0, [])
