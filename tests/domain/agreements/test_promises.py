"""Promises to pay: bounded, resting while they are open, and broken only when the bank data proves it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreements.promises import Promise, PromiseRules, may_promise, promise_standing
from tests.domain.builders import NORWAY

CALENDAR = NORWAY.calendar
TODAY = date(2026, 11, 23)  # a Monday
RULES = PromiseRules()
DAYS = st.integers(0, 60).map(lambda ahead: TODAY + timedelta(days=ahead))


def promise(pay_by: str = "2026-12-01", *, made: str = "2026-11-23", paid: str = "0", id: int = 1) -> Promise:
    return Promise(id, date.fromisoformat(pay_by), Decimal(802), date.fromisoformat(made), Decimal(paid))


@pytest.mark.parametrize(
    ("earlier", "pay_by", "why"),
    [
        (0, "2026-11-23", None),
        (1, "2026-12-07", None),
        (2, "2026-12-01", "allows 2 promises to pay in one case, and there were 2"),
        (0, "2026-11-22", "is past: promise a day from 2026-11-23 on"),
        (0, "2026-12-08", "too far ahead: the policy allows promises through 2026-12-07"),
    ],
)
def test_a_promise_keeps_to_the_policys_number_and_days(earlier: int, pay_by: str, why: str | None) -> None:
    said = may_promise(RULES, earlier, date.fromisoformat(pay_by), TODAY, CALENDAR)
    assert said is None if why is None else why in str(said)


def test_a_policy_may_take_no_promises() -> None:
    assert "takes no promises" in str(may_promise(PromiseRules(most=0), 0, TODAY, TODAY, CALENDAR))


def test_the_last_day_to_promise_is_moved_to_a_banking_day() -> None:
    friday = date(2026, 12, 11)  # fourteen days on is Christmas Day, a Friday; Monday is the next banking day
    assert may_promise(RULES, 0, date(2026, 12, 28), friday, CALENDAR) is None
    assert may_promise(RULES, 0, date(2026, 12, 29), friday, CALENDAR) is not None


def test_a_case_rests_through_the_promised_day_and_goes_on_the_day_after() -> None:
    on_the_day = promise_standing([promise()], date(2026, 12, 1), None)
    assert on_the_day.open_until == date(2026, 12, 1)
    assert promise_standing([promise()], date(2026, 12, 2), date(2026, 12, 1)).open_until is None


def test_a_promise_kept_early_still_rests_the_case_for_what_it_did_not_cover() -> None:
    assert promise_standing([promise(paid="802")], TODAY, TODAY).open_until == date(2026, 12, 1)


def test_a_promise_is_broken_only_when_bank_data_is_imported_through_its_day() -> None:
    after = date(2026, 12, 2)
    for through in (None, date(2026, 11, 30)):
        waiting = promise_standing([promise(paid="801.99")], after, through)
        assert (waiting.waits_for_bank_data, waiting.broken) == (True, None)
    broken = promise_standing([promise(paid="801.99")], after, date(2026, 12, 1))
    assert (broken.waits_for_bank_data, broken.broken) == (False, promise(paid="801.99"))


def test_a_promise_that_is_short_by_less_than_is_tolerated_is_kept() -> None:
    after = date(2026, 12, 2)
    assert promise_standing([promise(paid="801.99")], after, after, Decimal(50)).broken is None
    assert promise_standing([promise(paid="752.01")], after, after, Decimal(50)).broken is None
    assert promise_standing([promise(paid="752.00")], after, after, Decimal(50)).broken is not None
    assert promise_standing([promise(paid="801.99")], after, after, Decimal(0)).broken is not None


def test_a_kept_promise_asks_nothing_whatever_the_bank_data() -> None:
    asked = promise_standing([promise(paid="802")], date(2026, 12, 2), None)
    assert (asked.open_until, asked.broken, asked.waits_for_bank_data) == (None, None, False)


def test_the_last_promise_made_takes_the_place_of_those_before() -> None:
    first = promise("2026-11-25", made="2026-11-20", id=1)
    second = promise("2026-12-01", made="2026-11-26", id=2)
    assert promise_standing([second, first], date(2026, 11, 30), date(2026, 11, 30)).open_until == date(2026, 12, 1)
    assert promise_standing([first, second], date(2026, 12, 2), date(2026, 12, 1)).broken == second


def test_a_case_without_promises_is_asked_nothing() -> None:
    assert promise_standing([], TODAY, None) == promise_standing([promise(paid="802")], date(2026, 12, 2), None)


@given(today=DAYS, through=st.none() | DAYS, paid=st.sampled_from(["0", "801", "802", "900"]))
def test_a_promise_is_in_one_state_at_a_time(today: date, through: date | None, paid: str) -> None:
    now = promise_standing([promise(paid=paid)], today, through)
    assert (now.open_until is not None) + (now.broken is not None) + now.waits_for_bank_data <= 1
    assert (now.open_until is not None) == (today <= date(2026, 12, 1))
    if now.broken is not None:
        assert through is not None
        assert date(2026, 12, 1) <= through
        assert now.broken.paid_since < now.broken.amount
