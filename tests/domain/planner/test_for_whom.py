"""For whom an optional step is: everything that is written must be known, and what is guessed fresh and allowed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.learned.guess import FoundIn, Guess, UseOfGuess
from domain.parties.relations import RelationEvent, RelationKind
from domain.parties.standing import standing_of
from domain.planner.for_whom import lacks, use_of_guess
from domain.policy.policy import When
from tests.domain.builders import GENTLE, LAW, facts, known, local

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
        (When(segment="valued"), {"found_in": FoundIn("dear", NOW, once_called=("old", "Valued"))}),
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


BELOW = {"chance_below": Decimal("0.4")}
LIKELY, UNLIKELY = Guess(Decimal("0.9"), NOW, "3"), Guess(Decimal("0.1"), NOW, "3")
VALUED, OTHERS = FoundIn("valued", NOW, "s1"), FoundIn("others", NOW, "s1")


def used(when: When, *, taken: bool, **known_of_it: Any) -> UseOfGuess | None:
    case, step = facts(**known_of_it), replace(GENTLE.steps[1], when=when)
    return use_of_guess(step, case, standing_of(case.life, TODAY, LAW), LAW.calendar.here(NOW), taken=taken)


@pytest.mark.parametrize(
    ("when", "taken", "known_of_it", "asked", "version"),
    [
        (When(**BELOW), True, {"guess": UNLIKELY}, "chance_below", "3"),
        (When(**BELOW), False, {"guess": LIKELY}, "chance_below", "3"),
        (When(segment="valued"), True, {"found_in": VALUED}, "segment", "s1"),
        (When(segment="valued"), False, {"found_in": OTHERS}, "segment", "s1"),
        (When(segment="valued", **BELOW), True, {"found_in": VALUED, "guess": UNLIKELY}, "chance_below and segment", "3 and s1"),
        (When(segment="valued", **BELOW), False, {"found_in": OTHERS, "guess": LIKELY}, "segment", "s1"),
        (When(segment="valued", **BELOW), False, {"found_in": VALUED, "guess": LIKELY}, "chance_below", "3"),
        (When(segment="valued", **BELOW), False, {"segment": "valued", "guess": LIKELY}, "chance_below", "3"),
    ],
)  # fmt: skip
def test_a_use_of_a_guess_is_told_with_the_guess_as_it_was(
    when: When, taken: bool, known_of_it: dict[str, Any], asked: str, version: str
) -> None:
    found = used(when, taken=taken, **known_of_it)
    assert found is not None
    assert (found.asked, found.version, found.taken, found.guessed_at) == (asked, version, taken, NOW)
    assert (found.chance is not None) == ("chance_below" in asked)


@pytest.mark.parametrize(
    ("when", "taken", "known_of_it"),
    [
        (When(), True, {"guess": UNLIKELY}),
        (When(**BELOW), False, {}),
        (When(**BELOW), False, {"guess": Guess(Decimal("0.9"), local("2026-06-28 09:00"))}),
        (When(**BELOW), True, {"guess": UNLIKELY, "life": (known("no profiling"),)}),
        (When(payment_method="invoice", **BELOW), False, {"guess": LIKELY}),
        (When(segment="valued"), True, {"segment": "valued", "found_in": OTHERS}),
        (When(segment="valued", **BELOW), False, {"found_in": VALUED}),
        (When(customer_for_months=24), True, {"relations": (told(),), "guess": UNLIKELY}),
    ],
)
def test_where_no_guess_made_it_so_none_is_told(when: When, taken: bool, known_of_it: dict[str, Any]) -> None:
    assert used(when, taken=taken, **known_of_it) is None
