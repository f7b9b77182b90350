"""Cases that are released together: few messages in any hour, one turn for a debtor, and nobody behind somebody's many."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.planner.action import Action, ActionKind
from domain.planner.turns import Released, takes_turn, turns
from tests.domain.builders import LAW, LAWS, local

HOURS, CALENDAR = LAW.contact_hours, LAW.calendar
WEDNESDAY = local("2026-03-18 10:00")


def released(case: int, creditor: str = "acme", debtor: int | None = None, *messages: str) -> Released:
    return Released(case, case if debtor is None else debtor, creditor, frozenset(messages or ("reminder email",)))


many = st.lists(
    st.builds(
        released,
        st.integers(1, 500),
        st.sampled_from(["acme", "nordlys", "vann"]),
        st.none() | st.integers(1, 20),
    ),
    max_size=80,
    unique_by=lambda each: each.case,
)
moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(many, moments, st.integers(1, 40))
def test_in_no_hour_leave_more_than_were_allowed_and_nobody_is_woken_at_night(
    some: list[Released], begin: datetime, per_hour: int
) -> None:
    turn = turns(some, begin, per_hour, [CALENDAR], HOURS)
    assert turn.keys() == {each.case for each in some}
    of_debtors = sorted({(turn[each.case], each.creditor, each.debtor) for each in some})
    assert len(of_debtors) == len({(each.creditor, each.debtor) for each in some}), "one turn for a debtor"
    for place, (first, *_) in enumerate(of_debtors):
        assert sum(at < first + timedelta(hours=1) for at, *_ in of_debtors[place:]) <= per_hour
        assert first >= begin
        assert CALENDAR.next_contact_time(first, HOURS) == first


def test_copies_that_tell_of_a_letter_are_counted_as_the_messages_they_are() -> None:
    notices = [released(case, "acme", None, "notice letter", "alert sms", "alert email") for case in range(1, 31)]
    turn = turns(notices, WEDNESDAY, 10, [CALENDAR], HOURS)
    first = sorted(turn.values())
    assert all(3 * sum(at <= each < at + timedelta(hours=1) for each in first) <= 10 for at in first)


def test_who_has_few_cases_waits_for_nobodys_many() -> None:
    some = [released(case) for case in range(1, 101)] + [released(200, "small"), released(201, "small")]
    turn = turns(some, WEDNESDAY, 10, [CALENDAR], HOURS)
    assert sorted(turn, key=turn.__getitem__)[:4] == [1, 200, 2, 201]


def test_of_creditors_with_as_many_cases_who_came_first_goes_first_whatever_they_are_called() -> None:
    some = [released(1, "creditor-99"), released(2, "creditor-100"), released(3, "creditor-101")]
    turn = turns(some, WEDNESDAY, 1, [CALENDAR], HOURS)
    assert sorted(turn, key=turn.__getitem__) == [1, 2, 3]


def test_the_night_a_sunday_and_a_changed_clock_lie_between_two_turns() -> None:
    saturday = local("2026-03-28 14:59")  # summer time begins on Sunday
    turn = turns([released(1), released(2)], saturday, 1, [CALENDAR], HOURS)
    assert turn == {1: saturday, 2: CALENDAR.next_contact_time(local("2026-03-30 00:00"), HOURS)}


def test_where_some_live_in_a_region_that_has_a_holiday_nobodys_turn_is_on_it() -> None:
    finland = LAWS["FI"]
    calendars = [finland.felt_in("FI", finland, place).calendar for place in ("00100 HELSINKI", "22100 MARIEHAMN")]
    self_government = finland.calendar.at(date(2026, 6, 9), time(12))
    turn = turns([released(1), released(2)], self_government, 60, calendars, HOURS)
    assert turn[1] == finland.calendar.at(date(2026, 6, 10), time(8))
    assert turns([released(1)], self_government, 60, calendars[:1], HOURS) == {1: self_government}


def test_what_is_due_or_waits_takes_a_turn_and_what_has_its_own_day_or_ends_takes_none() -> None:
    def takes(kind: ActionKind, at: datetime | None) -> bool:
        return takes_turn(Action(kind, "why", at=at), WEDNESDAY, timedelta(hours=2), CALENDAR, HOURS)

    assert takes(ActionKind.DELIVER, WEDNESDAY)
    assert takes(ActionKind.WAIT, None), "news may come to all at once"
    assert not takes(ActionKind.DELIVER, WEDNESDAY + timedelta(days=3))
    assert not takes(ActionKind.CLOSE, None)
