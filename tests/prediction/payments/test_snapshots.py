"""The moments at which one would have guessed: of open invoices alone, by what was known then."""

import numpy as np

from prediction.history.imported import KNOWN_NO_LONGER
from prediction.history.past import Happened, Past
from prediction.payments.snapshots import Snapshots, came_after, snapshots_of, some_of
from tests.pasts import AnEvent, AnInvoice, past_of
from tests.prediction.payments.book import a_book


def nights(past: Past, row: int = 0) -> list[str]:
    """The days in whose night an invoice is looked at."""
    found = snapshots_of(past)
    return [str(moment)[:10] for moment in found.moments[found.rows == row]]


def after(past: Past, night: str, row: int = 0) -> tuple[float, float]:
    """What came after a night: days waited and days watched."""
    waited, seen = came_after(past, Snapshots(np.array([row]), np.array([f"{night}T04:00:00"], dtype="datetime64[s]")))
    return float(waited[0]), float(seen[0])


def test_an_invoice_is_looked_at_from_when_it_was_known_until_it_was_paid() -> None:
    past = past_of([AnInvoice()], [AnEvent(0, Happened.PAYMENT, "2026-01-20T12:00:00", amount=100)])
    assert nights(past) == ["2026-01-02", "2026-01-08", "2026-01-12", "2026-01-15", "2026-01-18"]


def test_once_it_was_handed_off_nobody_looks_at_it_and_a_payment_after_that_is_one_that_came() -> None:
    events = [
        AnEvent(0, Happened.HAND_OFF, "2026-01-13T12:00:00"),
        AnEvent(0, Happened.PAYMENT, "2026-01-20T12:00:00", amount=100),
    ]
    past = past_of([AnInvoice()], events)
    assert nights(past) == ["2026-01-02", "2026-01-08", "2026-01-12"]
    assert after(past, "2026-01-12")[0] == 8 + 8 / 24


def test_around_another_due_date_it_is_looked_at_from_when_that_was_known() -> None:
    moved_to = float(np.datetime64("2026-01-23", "D").astype(np.int64))
    moved = AnEvent(0, Happened.DUE_DATE_MOVED, "2026-01-20T12:00:00", amount=moved_to)
    around = {"2026-01-23", "2026-01-26"}  # and not the 20th in the night, when nobody knew of it
    known = {"through": "2026-01-28T00:00:00"}
    without = nights(past_of([AnInvoice(due="2026-01-10")], [], **known))
    assert set(nights(past_of([AnInvoice(due="2026-01-10")], [moved], **known))) == {*without, *around}


def test_a_payment_that_became_known_late_ends_it_late() -> None:
    paid = AnEvent(0, Happened.PAYMENT, "2026-01-10T12:00:00", known_at="2026-01-20T12:00:00", amount=100)
    past = past_of([AnInvoice()], [paid])
    assert nights(past)[-1] == "2026-01-18"
    assert after(past, "2026-01-18")[0] == 2 + 8 / 24


def test_the_night_after_a_contact_is_one_more_and_none_is_there_twice() -> None:
    calls = [AnEvent(0, Happened.CALL, f"2026-01-{day}T{hour}:00:00") for day, hour in ((16, 10), (16, 15), (17, 10))]
    past = past_of([AnInvoice()], calls, through="2026-01-20T00:00:00")
    assert nights(past) == ["2026-01-02", "2026-01-08", "2026-01-12", "2026-01-15", "2026-01-17", "2026-01-18"]


def test_what_was_taken_back_is_known_not_to_be_paid() -> None:
    past = past_of([AnInvoice()], [AnEvent(0, Happened.CLOSED, "2026-01-14T12:00:00")])
    assert nights(past) == ["2026-01-02", "2026-01-08", "2026-01-12"]
    waited, seen = after(past, "2026-01-12")
    assert waited == np.inf
    assert seen > 300


def test_of_what_is_known_no_longer_nobody_says_that_it_was_not_paid() -> None:
    lost = AnEvent(0, Happened.CLOSED, "2026-01-14T04:00:00", detail=KNOWN_NO_LONGER)
    assert after(past_of([AnInvoice()], [lost]), "2026-01-12") == (np.inf, 2.0)


def test_a_payment_that_is_taken_back_opens_the_invoice_again() -> None:
    events = [
        AnEvent(0, Happened.PAYMENT, "2026-01-16T12:00:00", amount=100),
        AnEvent(0, Happened.PAYMENT, "2026-01-20T12:00:00", amount=-100),
    ]
    past = past_of([AnInvoice()], events, through="2026-02-01T00:00:00")
    assert nights(past) == ["2026-01-02", "2026-01-08", "2026-01-12", "2026-01-15", "2026-01-22", "2026-01-29"]
    assert after(past, "2026-01-15")[0] == 1 + 8 / 24
    assert after(past, "2026-01-22")[0] == np.inf


def test_a_part_that_was_paid_leaves_it_open() -> None:
    past = past_of([AnInvoice()], [AnEvent(0, Happened.PAYMENT, "2026-01-16T12:00:00", amount=40)])
    assert "2026-01-18" in nights(past)


def test_an_invoice_without_a_due_date_is_looked_at_when_it_is_known_and_after_contacts_alone() -> None:
    past = past_of([AnInvoice(due="NaT")], [AnEvent(0, Happened.MESSAGE, "2026-01-16T12:00:00")])
    assert nights(past) == ["2026-01-02", "2026-01-17"]


def test_an_earlier_look_at_the_same_past_has_the_same_moments() -> None:
    past = a_book(invoices=200, customers=20)
    cut = np.datetime64("2026-01-01T00:00:00", "s")
    whole, then = snapshots_of(past), snapshots_of(past.as_of(cut))
    earlier = whole.moments < cut
    ids = past.as_of(cut).invoices.id[then.rows]
    assert sorted(zip(past.invoices.id[whole.rows[earlier]], whole.moments[earlier], strict=True)) == sorted(
        zip(ids, then.moments, strict=True)
    )


def test_too_many_are_chosen_from_by_chance_and_the_same_again() -> None:
    found = snapshots_of(a_book(invoices=200, customers=20))
    some = some_of(found, 50)
    assert len(some) == 50
    np.testing.assert_array_equal(some.rows, some_of(found, 50).rows)
    assert some_of(found, 10_000) is found


def test_of_nothing_there_is_no_moment() -> None:
    assert len(snapshots_of(past_of([]))) == 0
