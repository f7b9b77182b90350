"""Open invoices are scored: chances in order, money of what is left, a day where there is one, and reasons that add up."""

import json
from dataclasses import replace

import numpy as np
import pytest

from prediction.history.allowed import NAMES
from prediction.history.past import Happened
from prediction.payments.scoring import Foreseen, known_now, open_now, score
from tests.pasts import AnEvent, AnInvoice, past_of
from tests.prediction.payments.book import a_book, tried

SOON = np.timedelta64(5, "D")
NO_STEP = np.datetime64("NaT", "s")


@pytest.fixture(scope="module")
def scores() -> Foreseen:
    """A book's open invoices scored at its end; every other one has a next step in five days."""
    past = a_book()
    rows = open_now(past)
    steps = np.where(np.arange(len(rows)) % 2 == 0, past.through + SOON, NO_STEP)
    return score(tried().models["boosted"], known_now(past, rows), steps)


def test_only_what_is_open_is_scored() -> None:
    paid = AnEvent(0, Happened.PAYMENT, "2026-01-20T12:00:00", amount=100)
    closed = AnEvent(1, Happened.CLOSED, "2026-01-20T12:00:00")
    past = past_of([AnInvoice(), AnInvoice(), AnInvoice()], [paid, closed])
    assert open_now(past).tolist() == [2]
    assert open_now(past.as_of(np.datetime64("2020-01-01", "s"))).tolist() == []


def test_more_days_never_bring_a_payment_less_surely(scores: Foreseen) -> None:
    week, fortnight, month = (scores.chance[days] for days in (7, 14, 30))
    assert ((week >= 0) & (week <= fortnight) & (fortnight <= month) & (month <= 1)).all()


def test_the_chance_by_the_next_step_is_told_where_there_is_one(scores: Foreseen) -> None:
    told = np.isfinite(scores.chance_next_step)
    assert (told == (np.arange(len(scores)) % 2 == 0)).all()
    assert (scores.chance_next_step[told] <= scores.chance[7][told]).all()


def test_money_is_what_is_left_as_far_as_it_is_likely_within_a_month(scores: Foreseen) -> None:
    past = a_book()
    amounts = past.invoices.amount[open_now(past)]
    np.testing.assert_allclose(scores.expected_money, amounts * scores.chance[30], atol=0.01)


def test_a_part_that_was_paid_is_not_expected_again() -> None:
    part = AnEvent(0, Happened.PAYMENT, "2026-01-20T12:00:00", amount=40)
    past = past_of([AnInvoice(amount=100)], [part], through="2026-02-01T00:00:00")
    found = score(tried().model, known_now(past, open_now(past)), np.array([NO_STEP]))
    assert found.expected_money[0] == pytest.approx(60 * found.chance[30][0])


def test_who_is_less_likely_than_not_to_pay_has_no_day(scores: Foreseen) -> None:
    no_day = np.isnan(scores.expected_in)
    assert (scores.chance[30][no_day] < 0.5).all()


def test_the_weightiest_reasons_come_first_with_their_direction(scores: Foreseen) -> None:
    names = tried().models["boosted"].names
    reasons = json.loads(scores.why()[0])
    assert [each[2] for each in reasons] == sorted((each[2] for each in reasons), reverse=True)
    assert {each[1] for each in reasons} <= {"sooner", "later"}
    assert {each[0] for each in reasons} <= set(names)


def test_each_reason_keeps_in_a_sentence_what_was_seen_of_its_own_invoice() -> None:
    invoices = [
        AnInvoice(due="2026-01-15"),
        AnInvoice(due="2026-01-15"),
        AnInvoice(due="2026-02-15"),
        AnInvoice(debtor=9),
    ]
    paid = [AnEvent(row, Happened.PAYMENT, day, amount=100) for row, day in ((0, "2026-01-14"), (1, "2026-01-20"))]
    past = past_of(invoices, paid, through="2026-02-20T00:00:00")
    found = score(tried().model, known_now(past, np.array([2, 3])), np.full(2, NO_STEP))
    place = NAMES.index("late_share")
    found = replace(
        found, feature=np.array([[place, -1], [place, -1]]), weight=np.array([[-1, 0], [1, 0]], dtype=np.float32)
    )
    of_a_known_debtor, of_a_new_debtor = map(json.loads, found.why())
    assert of_a_known_debtor == [["late_share", "later", 1, "paid late 1 of 2 times before"]]
    assert of_a_new_debtor[0][3].endswith("for the debtor paid none before")
    place = NAMES.index("amount")
    said = json.loads(replace(found, feature=np.array([[place, -1], [place, -1]])).why()[0])
    assert said[0][3] == "its amount is about 100 NOK"


def test_a_debtor_without_a_past_is_cold_and_scored_all_the_same() -> None:
    past = past_of([AnInvoice(debtor=3)], through="2026-01-20T00:00:00")
    found = score(tried().model, known_now(past, open_now(past)), np.array([NO_STEP]))
    assert found.cold.tolist() == [True]
    assert 0 < found.chance[14][0] < 1


def test_a_step_beyond_what_is_foreseen_has_no_chance() -> None:
    past = past_of([AnInvoice()], through="2026-01-20T00:00:00")
    far = np.array([past.through + np.timedelta64(400, "D")])
    assert np.isnan(score(tried().model, known_now(past, open_now(past)), far).chance_next_step[0])


def test_a_step_that_is_past_is_now(scores: Foreseen) -> None:
    past = past_of([AnInvoice()], through="2026-01-20T00:00:00")
    late = np.array([past.through - np.timedelta64(4, "D")])
    assert score(tried().model, known_now(past, open_now(past)), late).chance_next_step[0] == 0


def test_an_invoice_that_is_twice_in_a_past_is_scored_as_each_by_itself() -> None:
    one = past_of([AnInvoice(debtor=1), AnInvoice(debtor=2)], through="2026-01-20T00:00:00")
    found = score(tried().model, known_now(one, open_now(one)), np.full(2, NO_STEP))
    twice = replace(one, invoices=replace(one.invoices, id=np.zeros(2, dtype=np.int64)))
    again = score(tried().model, known_now(twice, open_now(twice)), np.full(2, NO_STEP))
    np.testing.assert_array_equal(found.chance[7], again.chance[7])
