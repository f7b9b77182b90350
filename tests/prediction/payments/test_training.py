"""Learning on what came first and judging on what came last: what is better is used, and what is thin says so."""

from dataclasses import replace

import numpy as np
import pytest

from prediction.history.past import Events, Past
from prediction.payments.hazard import HORIZONS
from prediction.payments.measures import Figure
from prediction.payments.training import TooThin, Trial, cut, off, slices_of, try_out
from tests.prediction.payments.book import a_book, tried


@pytest.fixture(scope="module")
def trial() -> Trial:
    """What came of a book in which customers differ."""
    return tried()


def test_a_customers_own_past_tells_more_than_the_days_alone(trial: Trial) -> None:
    for days in HORIZONS:
        assert trial.measured["ratio"][days].auc.value > trial.measured["base rate"][days].auc.value


def test_the_verdict_says_which_is_used_and_by_how_much_it_is_better(trial: Trial) -> None:
    better = trial.better.log_loss.low > 0
    assert trial.verdict.startswith(
        ("boosted: better", "logistic: better") if better else "no better: the ratio is used"
    )
    assert (trial.used == "ratio") is not better
    assert "95 %" in trial.verdict
    assert trial.model.learner == trial.used


def test_what_is_used_holds(trial: Trial) -> None:
    assert off(trial.measured[trial.used]) == ""


def test_the_slices_follow_each_other_and_none_knows_the_next(trial: Trial) -> None:
    slices = trial.slices
    assert slices.learned_until < slices.calibrated_until < slices.through
    for seen, length in (
        (slices.calibrated, slices.calibrated_until - slices.learned_until),
        (slices.measured, slices.through - slices.calibrated_until),
    ):
        assert seen.seen.max() <= length / np.timedelta64(1, "D")
        came = np.isfinite(seen.waited)
        assert (seen.waited[came] <= seen.seen[came]).all()


def test_what_came_after_it_had_learned_changes_nothing_that_it_learned() -> None:
    past = a_book(invoices=900, customers=100)
    found = slices_of(past)
    events = past.events
    kept = (events.known_at <= found.learned_until) | (np.arange(len(events)) % 2 == 0)
    other = cut(replace(past, events=events.of(kept)), found.learned_until, found.calibrated_until)
    np.testing.assert_array_equal(found.learned.known, other.learned.known)
    np.testing.assert_array_equal(found.learned.waited, other.learned.waited)
    assert len(found.measured) != len(other.measured)


def test_what_is_dated_ahead_is_not_known() -> None:
    past = a_book(invoices=900, customers=100)
    early = replace(past, through=past.through - np.timedelta64(100, "D"))
    one, other = slices_of(early), slices_of(early.as_of(early.through))
    assert one.through == early.through
    for slice in ("learned", "calibrated", "measured"):
        np.testing.assert_array_equal(getattr(one, slice).known, getattr(other, slice).known)
        np.testing.assert_array_equal(getattr(one, slice).waited, getattr(other, slice).waited)


def nobody_paid(past: Past) -> Past:
    """The same without a payment."""
    return replace(past, events=past.events.of(np.isnan(past.events.amount)))


def all_paid_at_once(past: Past) -> Past:
    """Each invoice paid within hours of becoming known."""
    invoices = past.invoices
    at = invoices.known_at + np.timedelta64(60, "s")
    order = np.argsort(at, kind="stable")
    nothing = past.events.of(np.zeros(len(past.events), dtype=bool))
    codes = np.full(len(at), -1, dtype=np.int32)
    paid = Events(
        invoice=order.astype(np.int32),
        kind=np.ones(len(at), dtype=np.int8),
        at=at[order],
        known_at=at[order],
        amount=invoices.amount[order],
        channel=replace(nothing.channel, codes=codes),
        detail=replace(nothing.detail, codes=codes),
    )
    return replace(past, events=paid)


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (a_book(invoices=300, customers=30, days=120), "days of a past are too few: 150 are needed"),
        (a_book(invoices=900, customers=20), "20 customers are too few to learn from: 50 are needed"),
        (a_book(invoices=200, customers=90), "paid invoices are too few to learn from: 200 are needed"),
        (nobody_paid(a_book(invoices=900, customers=100)), "0 paid invoices are too few"),
        (all_paid_at_once(a_book(invoices=900, customers=100)), "no invoice was seen open"),
        (a_book(invoices=900, customers=100).as_of(np.datetime64("2020-01-01", "s")), "no invoice was seen open"),
    ],
    ids=["a short past", "few customers", "few invoices", "nobody paid", "all paid", "nothing"],
)
def test_a_thin_past_says_what_is_missing(past: Past, words: str) -> None:
    with pytest.raises(TooThin, match=words):
        try_out(past)


def test_chances_that_are_surely_off_are_said_in_words(trial: Trial) -> None:
    measured = trial.measured["ratio"]
    for changed, words in (
        ({"too_high": Figure(0.1, 0.06, 0.15)}, "chances within 14 days are too high by 0.100"),
        ({"too_high": Figure(-0.1, -0.15, -0.06)}, "chances within 14 days are too low by 0.100"),
        ({"calibration_error": Figure(0.1, 0.09, 0.15)}, "equal chances within 14 days are off by 0.100"),
    ):
        assert off(measured | {14: replace(measured[14], **changed)}).startswith(words)


def test_a_past_of_which_most_lies_early_is_as_long_as_it_is() -> None:
    early = a_book(invoices=900, customers=90, days=60)
    past = replace(early, through=early.through + np.timedelta64(110, "D"))
    with pytest.raises(TooThin, match="moments are ones after which was paid within 14 days"):
        slices_of(past)
