"""A refresh: when it is time to learn, what may take the place of what is in use, and the scores of cases."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from facts.prediction.versions import Version
from prediction.payments import refresh
from prediction.payments.refresh import (
    code_hash,
    data_hash,
    is_due,
    is_readable,
    learned,
    scorer,
    why_lost,
)
from prediction.payments.scoring import open_now
from tests.prediction.payments.book import a_book, tried

NOW = datetime(2026, 12, 2, 4, tzinfo=UTC)


def a_version(age: timedelta, code: str) -> Version:
    """A version that was learned so long ago."""
    return Version(1, "payment", "hash", code, {}, True, "", NOW - age)


def test_it_is_time_when_nothing_was_learned_a_week_has_passed_or_other_code_learned() -> None:
    assert is_due(None, NOW)
    assert is_due(a_version(timedelta(days=7), code_hash()), NOW)
    assert is_due(a_version(timedelta(days=1), "other code"), NOW)
    assert not is_due(a_version(timedelta(days=6), code_hash()), NOW)


def test_another_fact_is_another_hash() -> None:
    past = a_book(invoices=50, customers=10)
    assert data_hash(past) == data_hash(a_book(invoices=50, customers=10))
    amounts = past.invoices.amount.copy()
    amounts[3] += 1
    assert data_hash(past) != data_hash(replace(past, invoices=replace(past.invoices, amount=amounts)))


def test_what_is_too_thin_is_said_and_nothing_is_learned() -> None:
    said = learned(a_book(invoices=300, customers=20), None)
    assert isinstance(said, str)
    assert "too few" in said


def test_what_is_worse_than_what_is_in_use_does_not_take_its_place() -> None:
    trial = tried()
    better = trial.models["ratio" if trial.used != "ratio" else "boosted"]
    useless = replace(trial, used="base rate")
    assert refresh._worse(useless, better.to_bytes()).startswith("the one in use is better on the same moments: by 0.0")
    assert refresh._worse(trial, trial.model.to_bytes()) == ""
    assert refresh._worse(useless, None) == ""


def test_what_other_code_learned_is_not_read_and_is_in_nobodys_way() -> None:
    assert is_readable(tried().model.to_bytes())
    assert not is_readable(b"of another form")
    assert refresh._worse(tried(), b"of another form") == ""


def test_every_open_case_is_scored_by_its_own_id_in_whatever_order() -> None:
    past = a_book()
    ids = np.random.default_rng(0).permutation(len(past.invoices)) + 5_000
    past = replace(past, invoices=replace(past.invoices, id=ids))
    ready = scorer(past, tried().model.to_bytes())
    cases = ready.cases
    assert cases == sorted(past.invoices.id[open_now(past)].tolist())
    found = ready.scores(cases, {cases[1]: NOW + timedelta(days=3)})
    assert [case for case, chance in zip(cases, found.chance_next_step, strict=True) if chance is not None] == cases[
        1:2
    ]
    assert ready.scores(cases[2:3], {}) == found.of(slice(2, 3))
    assert all(sentence for why in found.why for *_, sentence in json.loads(why))
    chances = list(zip(found.chance_7, found.chance_14, found.chance_30, strict=True))
    assert all(week <= fortnight <= month for week, fortnight, month in chances)
    days = zip(found.expected_on, found.chance_30, strict=True)
    assert all((day is None) <= (chance < 0.5) for day, chance in days)


def test_nobody_is_scored_by_an_imported_invoice() -> None:
    past = a_book(invoices=60, customers=10)
    ids = np.where(np.arange(60) % 2 == 0, past.invoices.id, -1 - past.invoices.id)
    weights = tried().model.to_bytes()
    imported_too = scorer(replace(past, invoices=replace(past.invoices, id=ids)), weights).cases
    assert imported_too == [case for case in scorer(past, weights).cases if case % 2 == 0]


def test_what_came_since_it_was_learned_tells_whether_it_may_be_used() -> None:
    model, born = tried().model, datetime(2025, 12, 1, tzinfo=UTC)
    assert why_lost(a_book(), model.to_bytes(), born) == ""
    assert "too high" in why_lost(a_book(), replace(model, base=model.base + 2).to_bytes(), born)
