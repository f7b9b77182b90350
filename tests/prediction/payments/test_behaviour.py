"""How debtors pay: what their own past shows, and nothing where it is thin."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.learned.behaviour import Behaviour, Pattern, as_json, from_json, in_words
from prediction.history.past import Happened
from prediction.payments.behaviour import behaviours, lowest_share, payday
from tests.prediction.building import Building, days_after, months


def days(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[D]")


def the_last_of(first: str, count: int) -> list[str]:
    """The last day of so many months."""
    following = months(first, count + 1)[1:]
    return [days_after(each, -1) for each in following]


def shown(built: Building, through: str = "2026-12-01") -> dict[Pattern, Behaviour]:
    """What debtor 1 shows."""
    return {each.pattern: each for each in behaviours(built.past(through)).get(1, [])}


def test_who_is_paid_on_the_25th_pays_around_it_also_where_that_is_a_weekend() -> None:
    paid = []
    for day in months("2026-01-25", 10):
        on = date.fromisoformat(day)
        paid.append(str(on - timedelta(days=max(0, on.weekday() - 4))))
    found = payday(days(*paid))
    assert found is not None
    assert found.number in (24, 25)
    assert found.times == 10


def test_a_payday_on_the_last_of_the_month_is_one_in_february_too() -> None:
    found = payday(days(*the_last_of("2026-01-01", 8)))
    assert found == Behaviour(Pattern.PAYDAY, 8, 8, number=31)
    assert list(in_words([found])) == ["pays around the end of the month (8 of 8)"]


def test_days_around_the_turn_of_the_month_are_neighbours() -> None:
    found = payday(days("2026-01-31", "2026-03-01", "2026-03-31", "2026-05-01", "2026-06-01", "2026-06-30"))
    assert found is not None
    assert found.number in (1, 31)


def test_days_all_over_the_month_are_no_payday_nor_are_few() -> None:
    assert payday(days("2026-01-02", "2026-02-09", "2026-03-16", "2026-04-23", "2026-05-28", "2026-06-12")) is None
    assert payday(days(*months("2026-01-25", 4))) is None


def test_many_invoices_paid_on_one_day_are_one_payday() -> None:
    assert payday(days(*["2026-01-25"] * 20)) is None


@given(st.integers(1, 28), st.integers(5, 20), st.integers(0, 11))
def test_the_same_day_of_every_month_is_found_to_the_day_or_two(day: int, count: int, begin: int) -> None:
    found = payday(days(*months(f"2026-{begin + 1:02}-{day:02}", count)))
    assert found is not None
    assert abs(found.number - day) <= 2 or found.number == 31


def test_a_debtor_with_one_invoice_shows_nothing() -> None:
    built = Building()
    built.paid(built.invoice(1, "2026-06-01"), "2026-06-01")
    assert behaviours(built.past("2026-12-01")) == {}


def test_who_pays_on_the_last_day_is_said_to_and_no_payday_is_made_of_it() -> None:
    built = Building()
    for due in months("2026-01-20", 8):
        built.paid(built.invoice(1, due), due)
    found = shown(built)
    assert found[Pattern.LAST_DAY].times == 8
    assert Pattern.PAYDAY not in found


def test_who_pays_after_an_sms_and_the_first_reminder_is_said_to() -> None:
    built = Building()
    for place, due in enumerate(months("2026-01-03", 6)):
        invoice = built.invoice(1, due)
        built.happened(invoice, Happened.MESSAGE, days_after(due, 10 + place), "sms", "reminder")
        built.paid(invoice, days_after(due, 12 + place), method="vipps")
    found = shown(built)
    assert found[Pattern.AFTER_CHANNEL] == Behaviour(Pattern.AFTER_CHANNEL, 6, 6, word="sms")
    assert found[Pattern.AFTER_FIRST_REMINDER].times == 6
    assert found[Pattern.METHOD].word == "vipps"
    assert "pays within days of an SMS (6 of 6)" in list(in_words(list(found.values())))


def test_who_was_never_reminded_does_not_pay_after_anything() -> None:
    built = Building()
    for due in months("2026-01-20", 6):
        built.paid(built.invoice(1, due), days_after(due, -2))
    assert set(shown(built)) == {Pattern.PAYDAY, Pattern.ON_TIME, Pattern.METHOD}


@pytest.mark.parametrize(("before", "now", "pattern"), [(1, 15, Pattern.SLOWER), (20, 2, Pattern.QUICKER)])
def test_who_begins_to_pay_otherwise_is_said_to(before: int, now: int, pattern: Pattern) -> None:
    built = Building()
    for place, due in enumerate(months("2026-01-05", 10)):
        built.paid(built.invoice(1, due), days_after(due, now if place >= 6 else before))
    assert shown(built)[pattern].number == abs(now - before)


def test_one_late_payment_is_no_change() -> None:
    built = Building()
    for place, due in enumerate(months("2026-01-05", 10)):
        built.paid(built.invoice(1, due), days_after(due, 40 if place == 9 else 1))
    assert Pattern.SLOWER not in shown(built)


def test_nothing_of_later_is_looked_at() -> None:
    built = Building()
    for due in months("2026-01-20", 6):
        built.paid(built.invoice(1, due), due)
    assert shown(built, through="2026-03-25") == {}


@given(st.integers(1, 50), st.data())
def test_the_lower_end_of_a_share_lies_below_it_and_rises_with_it(of: int, data: st.DataObject) -> None:
    times = data.draw(st.integers(0, of))
    assert -1e-9 <= lowest_share(times, of) <= times / of + 1e-9
    if times:
        assert lowest_share(times - 1, of) < lowest_share(times, of)


def test_what_is_kept_is_read_as_it_was() -> None:
    some = [Behaviour(Pattern.PAYDAY, 5, 6, number=25), Behaviour(Pattern.METHOD, 4, 4, word="vipps")]
    assert from_json(as_json(some)) == some
    assert [each.key for each in some] == ["payday:25", "method:vipps"]
