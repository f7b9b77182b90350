"""Which of two lists of mandates has the last word."""

from datetime import date

import pytest

from domain.agreements.mandate_order import ListNumber, oldest_first

JANUARY, JUNE, EVE = date(2027, 1, 4), date(2026, 6, 1), date(2026, 12, 31)


def number(transmission: int, assignment: int = 1, made_on: date | None = None) -> ListNumber:
    return ListNumber(made_on, transmission, assignment)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (number(5), number(6)),
        (number(5, 9), number(6, 1)),
        (number(5, 1), number(5, 2)),  # the second list of an account in one file
        (number(9_999_999), number(0)),  # seven digits go round
        (number(9_999_999), number(1)),
        (number(9_990_000), number(15)),
        (number(5, 9_999_999), number(5, 1)),
        (number(1_520_007, made_on=JUNE), number(3_650_003, made_on=EVE)),
        (
            number(3_650_003, made_on=EVE),
            number(40_001, made_on=JANUARY),
        ),  # the centre's numbers start again in January
        (number(1_520_007, made_on=JUNE), number(1_520_008, made_on=JUNE)),
        (number(7, made_on=JUNE), number(8)),  # one of them does not tell its day
    ],
)
def test_a_list_that_was_made_later_has_the_last_word(older: ListNumber, newer: ListNumber) -> None:
    assert older.is_older_than(newer)
    assert not newer.is_older_than(older)
    assert sorted([newer, older], key=oldest_first) == [older, newer]


@pytest.mark.parametrize("same", [number(5), number(0, made_on=JUNE)])
def test_no_list_is_older_than_itself(same: ListNumber) -> None:
    assert not same.is_older_than(same)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (number(0), number(5_000_000)),
        (number(3_650_003), number(40_001)),
    ],  # December and January, and no file tells its day
)
def test_of_numbers_that_lie_far_apart_nobody_can_say(one: ListNumber, another: ListNumber) -> None:
    assert not one.is_older_than(another)
    assert not another.is_older_than(one)
