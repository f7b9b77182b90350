"""For whom an optional step is: everything that is written must be known, and what is guessed fresh and allowed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.learned.guess import FoundIn, Guess
from domain.parties.relations import RelationEvent, RelationKind
from domain.parties.standing import standing_of
from domain.planner.for_whom import lacks
from domain.policy.policy import When
from tests.domain.builders import LAW, facts, known, local

NOW = local("2026-07-06 09:00")
TODAY = date(2026, 7, 6)
SINCE = date(2024, 7, 6)


def told(product: str = "", **values: Any) -> RelationEvent:
    return RelationEvent(f"e-{product}", RelationKind.STARTED, values.pop("on", SINCE), product, **values)


def why(when: When, **known_of_it: Any) -> str | None:
    case = facts(**known_of_it)
    return lacks(when, case, standing_of(case.life, TODAY, LAW), LAW.calendar.here(NOW))


def margin(amount: str, currency: str = "NOK", product: str = "") -> RelationEvent:
    return told(product, monthly_margin=Decimal(amount), currency=currency)


ENDED = RelationEvent("e-end", RelationKind.ENDED, date(2026, 7, 1))


@pytest.mark.parametrize(
    ("when", "known_of_it"),
    [
        (When(), {}),
        (When(segment="valued  late payers"), {"segment": "Valued late payers"}),
        (When(segment="valued"), {"segment": "small", "found_in": FoundIn("valued", NOW)}),
        (When(segment="valued"), {"segment": "valued", "life": (known("no profiling"),)}),
        (When(payment_method="invoice"), {"relations": (told(payment_method="Invoice"),)}),
        (When(customer_for_months=24), {"relations": (told(),)}),
        (When(chance_below=Decimal("0.4")), {"guess": Guess(Decimal("0.3999"), NOW)}),
        (When(margin_at_least=Decimal(200)), {"relations": (margin("150", product="a"), margin("50", product="b"))}),
    ],
)
def test_what_is_known_holds(when: When, known_of_it: dict[str, Any]) -> None:
    assert why(when, **known_of_it) is None


@pytest.mark.parametrize(
    ("when", "known_of_it", "said"),
    [
        (When(segment="valued"), {}, "the debtor is not known to be in the segment valued"),
        (
            When(segment="valued"),
            {"found_in": FoundIn("valued", NOW), "life": (known("no profiling"),)},
            "the debtor is not known to be in the segment valued",
        ),
        (
            When(segment="valued"),
            {"found_in": FoundIn("valued", local("2026-06-28 09:00"))},
            "the debtor is not known to be in the segment valued",
        ),
        (When(payment_method="invoice"), {}, "the debtor is not known to pay by invoice"),
        (
            When(payment_method="invoice"),
            {"relations": (told(payment_method="invoice"), ENDED)},
            "the debtor is not known to pay by invoice",
        ),
        (
            When(customer_for_months=24),
            {"relations": (told(on=date(2024, 7, 7)),)},
            "the debtor is not known to have been a customer for 24 months",
        ),
        (When(margin_at_least=Decimal(200)), {}, "no margin of 200 NOK a month is known"),
        (
            When(margin_at_least=Decimal(200)),  # no rate is guessed
            {"relations": (margin("150", product="a"), margin("500", "SEK", product="b"))},
            "no margin of 200 NOK a month is known",
        ),
        (When(chance_below=Decimal("0.4")), {}, "no guess of when it is paid is fresh enough"),
        (
            When(chance_below=Decimal("0.4")),
            {"guess": Guess(Decimal("0.4"), NOW)},
            "it is likely enough to be paid within 14 days",
        ),
        (
            When(segment="valued", chance_below=Decimal("0.4")),
            {"segment": "valued"},
            "no guess of when it is paid is fresh enough",
        ),
    ],
)
def test_what_is_not_known_does_not(when: When, known_of_it: dict[str, Any], said: str) -> None:
    assert why(when, **known_of_it) == said
