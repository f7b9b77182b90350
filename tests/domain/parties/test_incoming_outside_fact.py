"""A fact from outside is of somebody, of a kind that may be told, and for a purpose that this kind may have."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from domain.parties.incoming_outside_fact import IncomingOutsideFact
from domain.parties.outside_facts import KINDS

SCORE: dict[str, Any] = {
    "id": "bureau-1",
    "what": "credit score",
    "number": "612",
    "customer_number": "K-1",
    "since": "2026-01-01",
    "source": "Eksempel Kredittbyrå AS",
    "purpose": "prediction",
}
INCOME = {
    "id": "stats-1",
    "what": "income statistics",
    "number": "350000.50",
    "country": "NO",
    "postcode": "N-0155",
    "since": "2025-01-01",
    "source": "Statistisk sentralbyrå",
    "purpose": "fairness report",
}


@pytest.mark.parametrize("told", [SCORE, INCOME, SCORE | {"since": "2027-01-01"}, SCORE | {"until": "2026-01-02"}])
def test_what_is_whole_is_taken_also_where_its_day_is_ahead_or_over(told: dict[str, Any]) -> None:
    fact = IncomingOutsideFact.model_validate(told)
    assert fact.since == date.fromisoformat(told["since"])
    assert fact.postcode == ("0155" if "postcode" in told else None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"what": "health"}, "'health' is not taken: there are credit score"),
        ({"purpose": "fairness report"}, "purpose of credit score may be prediction, not fairness report"),
        ({"purpose": "marketing"}, "Input should be 'prediction' or 'fairness report'"),
        ({"source": None}, "source"),
        ({"customer_number": None}, "credit score is of one customer: tell customer_number"),
        ({"postcode": "0155", "country": "NO"}, "and neither country nor postcode"),
        ({"number": None, "word": "good"}, "credit score is told as a number: give `number` alone"),
        ({"number": "many"}, "is not a number"),
        ({"number": "NaN"}, "is not a number"),
        ({"until": "2026-01-01"}, "until 2026-01-01 is not after since 2026-01-01: it would never hold"),
        ({"since": "2026-02-30"}, "since"),
        ({"age": "44"}, "age"),
    ],
)
def test_what_is_not_is_refused_in_words(changes: dict[str, Any], why: str) -> None:
    told = {name: value for name, value in (SCORE | changes).items() if value is not None}
    with pytest.raises(ValidationError, match=why):
        IncomingOutsideFact.model_validate(told)


@pytest.mark.parametrize("changes", [{"postcode": "Oslo"}, {"country": "XX"}, {"customer_number": "K-1"}])
def test_a_place_is_a_country_and_a_postcode(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IncomingOutsideFact.model_validate(INCOME | changes)


def test_what_is_told_for_a_report_alone_is_for_nothing_else() -> None:
    for what in ("age group", "language"):
        assert KINDS[what].purposes == {"fairness report"}
        word = {name: value for name, value in SCORE.items() if name != "number"} | {"what": what, "word": "18-25"}
        with pytest.raises(ValidationError, match="may be fairness report, not prediction"):
            IncomingOutsideFact.model_validate(word)
