"""What a customer is worth: by what their creditor told, and nothing where nothing was."""

from datetime import date
from decimal import Decimal

from domain.money.amount import Money
from domain.parties.relations import RelationEvent, RelationKind
from domain.parties.valuable import in_words, value_of

TODAY = date(2026, 6, 15)


def event(kind: RelationKind, on: date, product: str = "", margin: int | None = 100) -> RelationEvent:
    told = Decimal(margin) if margin is not None else None
    return RelationEvent(f"{kind}{on}{product}", kind, on, product, told, "NOK" if told is not None else None)


def test_of_whom_nothing_was_told_nothing_is_said() -> None:
    assert value_of([], TODAY) is None


def test_who_left_is_worth_nothing_any_more_and_who_starts_tomorrow_not_yet() -> None:
    started = event(RelationKind.STARTED, date(2024, 1, 1))
    assert value_of([started, event(RelationKind.ENDED, date(2026, 6, 15), margin=None)], TODAY) is None
    assert value_of([event(RelationKind.STARTED, date(2026, 6, 16))], TODAY) is None


def test_a_customer_of_two_years_who_bought_again_is_worth_the_margin_of_the_months_expected() -> None:
    value = value_of(
        [event(RelationKind.STARTED, date(2024, 6, 1)), event(RelationKind.RENEWED, date(2025, 6, 1), margin=150)],
        TODAY,
    )
    assert value is not None
    assert (value.months, value.bought_again, value.expected) == (24, 1, 24)
    assert value.lost == [Money(Decimal("3600.00"), "NOK")]
    assert list(in_words(value)) == [
        "a customer for 24 months",
        "bought or renewed again 1 time",
        "about 3600.00 NOK are lost if this customer leaves, by the margin of 24 months to come",
    ]


def test_a_second_product_is_bought_again() -> None:
    value = value_of(
        [
            event(RelationKind.STARTED, date(2026, 5, 1), "power"),
            event(RelationKind.STARTED, date(2026, 6, 1), "fibre"),
        ],
        TODAY,
    )
    assert value is not None
    assert value.bought_again == 1


def test_who_was_first_heard_of_as_renewed_is_a_customer_since_nobody_knows_when() -> None:
    value = value_of([event(RelationKind.RENEWED, date(2026, 1, 1), margin=None)], TODAY)
    assert value is not None
    assert value.months is None
    assert list(in_words(value)) == ["bought or renewed again 1 time"]
