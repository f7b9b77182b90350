"""A refresh: when it is time to learn, what may take the place of what is in use, and the scores of cases."""

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
    open_cases,
    scorer,
    why_lost,
)
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
    cases = open_cases(past)
    assert cases == sorted(cases)
    soon = {cases[1]: NOW + timedelta(days=3)}
    scores_of = scorer(past, tried().model.to_bytes())
    found = scores_of(cases, soon)
    assert [each.case for each in found] == cases
    assert [each.case for each in found if each.chance_next_step is not None] == [cases[1]]
    alone = scores_of(cases[2:3], {})
    assert alone == found[2:3]
    assert all(sentence for each in found for *_, sentence in each.why)
    assert all(each.chance_7 <= each.chance_14 <= each.chance_30 for each in found)
    assert all((each.expected_on is None) <= (each.chance_30 < 0.5) for each in found)


def test_nobody_is_scored_by_an_imported_invoice() -> None:
    past = a_book(invoices=60, customers=10)
    ids = np.where(np.arange(60) % 2 == 0, past.invoices.id, -1 - past.invoices.id)
    imported_too = open_cases(replace(past, invoices=replace(past.invoices, id=ids)))
    assert imported_too == [case for case in open_cases(past) if case % 2 == 0]


def test_what_came_since_it_was_learned_tells_whether_it_may_be_used() -> None:
    model, born = tried().model, datetime(2025, 12, 1, tzinfo=UTC)
    assert why_lost(a_book(), model.to_bytes(), born) == ""
    assert "too high" in why_lost(a_book(), replace(model, base=model.base + 2).to_bytes(), born)
