"""What to expect of days ahead, counted by hand: by weekday, by as many messages before, and never sure of what varies."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.staffing import Day, staffing

MONDAY = date(2026, 11, 30)
NEW_YEAR = date(2027, 1, 1)


def weeks(count: int, replies: int = 4) -> list[Day]:
    """Whole weeks before the Monday: twenty messages on Mondays, and replies on Tuesdays."""
    days = [MONDAY - timedelta(days=back) for back in range(7 * count, 0, -1)]
    return [Day(day, 20 * (day.weekday() == 0), replies * (day.weekday() == 1), day.weekday() == 2) for day in days]


def test_as_many_replies_come_for_each_message_as_before() -> None:
    ahead = staffing(weeks(8), {MONDAY: 40}, {}, MONDAY, 14, frozenset())
    monday, tuesday, wednesday = ahead[:3]
    assert (monday.messages, round(monday.replies.value, 6)) == (40, 0)
    assert (round(tuesday.replies.value, 6), round(wednesday.calls.value, 6)) == (8, 2)
    assert tuesday.replies.low < 8 < tuesday.replies.high
    assert (ahead[7].messages, round(ahead[8].replies.value, 6)) == (20, 4)  # as usual where nothing is due yet


def test_calls_wait_for_the_next_day_on_which_people_work() -> None:
    friday = MONDAY + timedelta(days=4)
    to_call = {friday + timedelta(days=1): 3, MONDAY - timedelta(days=9): 2}
    ahead = {
        each.on: each for each in staffing(weeks(8), {}, to_call, MONDAY, 14, frozenset({MONDAY + timedelta(days=7)}))
    }
    assert (ahead[MONDAY].calls_to_make, ahead[friday + timedelta(days=1)].calls_to_make) == (2, 0)
    assert ahead[MONDAY + timedelta(days=7)].calls_to_make == 0  # a holiday
    assert ahead[MONDAY + timedelta(days=8)].calls_to_make == 3


def test_a_holiday_is_as_quiet_as_a_sunday() -> None:
    tuesday = MONDAY + timedelta(days=1)
    ahead = staffing(weeks(8), {}, {}, MONDAY, 7, frozenset({tuesday}))
    assert (ahead[1].works, ahead[1].messages, ahead[1].replies.value) == (False, 0, 0)


def test_where_nothing_ever_came_nothing_is_expected() -> None:
    quiet = [Day(MONDAY - timedelta(days=back), 0, 0, 0) for back in range(56, 0, -1)]
    assert {each.replies for each in staffing(quiet, {}, {}, MONDAY, 28, frozenset())} == {(0, 0, 0)}
    assert staffing([], {MONDAY: 9}, {}, MONDAY, 1, frozenset())[0].replies == (0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30)), min_size=14, max_size=56))
def test_what_is_expected_lies_in_its_range(counts: list[tuple[int, int]]) -> None:
    past = [Day(MONDAY - timedelta(days=len(counts) - place), *of, 0) for place, of in enumerate(counts)]
    for each in staffing(past, {}, {}, MONDAY, 28, frozenset()):
        assert 0 <= each.replies.low <= each.replies.value <= each.replies.high
