"""When a claim is in time, what speaks against it, until when it can be stopped, and when a draw has failed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreements.direct_debit import (
    against,
    against_drawing,
    bank_tells_in_time,
    draw_on,
    earliest_due,
    faults_of_agreement,
    grace_ends,
    has_failed,
    is_in_time,
    latest_due,
    may_be_stopped,
    monthly_limit,
    stoppable_until,
    worked_on,
)
from domain.countries.calendar import Calendar
from domain.countries.country import DirectDebitRules
from domain.countries.no import kid_with_check_digit
from domain.countries.registry import country_of
from domain.countries.rows import Row, Rows
from tests.domain.builders import NORWAY

OSLO = NORWAY.calendar
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1460)).map(START.__add__)
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


def oslo(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=OSLO.zone).astimezone(UTC)


MONDAY, TUESDAY, THURSDAY, FRIDAY = (date(2026, 3, day) for day in (2, 3, 5, 6))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (oslo(MONDAY, 13, 59), MONDAY),
        (oslo(MONDAY, 14), TUESDAY),
        (oslo(FRIDAY, 14), date(2026, 3, 9)),
        (oslo(date(2026, 3, 7), 9), date(2026, 3, 9)),
        (oslo(date(2026, 4, 1), 15), date(2026, 4, 7)),  # the day before Maundy Thursday
    ],
)
def test_a_file_is_worked_on_the_same_banking_day_until_the_cut_off(now: datetime, day: date) -> None:
    assert worked_on(OSLO, now) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (oslo(MONDAY, 13), FRIDAY),
        (oslo(MONDAY, 14), date(2026, 3, 9)),  # four days from Tuesday is a Saturday
        (oslo(TUESDAY, 13), date(2026, 3, 9)),
        (oslo(date(2026, 3, 31), 13), date(2026, 4, 8)),  # Easter does not count
        (oslo(date(2026, 4, 28), 13), date(2026, 5, 4)),  # nor does the first of May
    ],
)
def test_a_claim_needs_four_days_notice_and_is_drawn_on_a_banking_day(now: datetime, day: date) -> None:
    assert earliest_due(OSLO, now) == day


@pytest.mark.parametrize(
    ("sent", "due", "tells"),
    [
        (oslo(date(2026, 6, 30), 13), date(2026, 7, 15), True),
        (oslo(date(2026, 6, 30), 14), date(2026, 7, 15), False),  # worked on in July: the June statement is out
        (oslo(date(2026, 7, 1), 11), date(2026, 7, 15), False),
        (oslo(date(2026, 7, 1), 11), date(2026, 8, 7), True),
        (oslo(date(2026, 6, 30), 13), date(2026, 7, 7), True),  # seven days after the statement
        (oslo(date(2026, 6, 30), 13), date(2026, 7, 6), False),
        (oslo(date(2026, 5, 29), 13), date(2026, 7, 6), True),  # told of at the end of May
        (oslo(date(2026, 5, 29), 14), date(2026, 7, 6), False),  # the next banking day is in June
        (oslo(date(2026, 12, 31), 13), date(2027, 1, 15), True),
        (oslo(date(2026, 12, 1), 9), date(2027, 1, 4), False),
    ],
)
def test_the_bank_tells_only_where_its_statement_comes_a_week_before_the_draw(
    sent: datetime, due: date, tells: bool
) -> None:
    assert bank_tells_in_time(OSLO, sent, due) is tells


def test_a_mandate_in_time_covers_this_invoice_and_later_the_next() -> None:
    due = date(2026, 3, 6)
    assert is_in_time(OSLO, oslo(MONDAY, 13, 59), due)
    assert not is_in_time(OSLO, oslo(MONDAY, 14), due)


def test_money_due_on_a_day_without_banking_is_drawn_on_the_next_banking_day() -> None:
    assert draw_on(OSLO, oslo(MONDAY, 10), date(2026, 5, 1)) == date(2026, 5, 4)


def test_a_claim_is_sent_at_most_twelve_months_ahead() -> None:
    now = oslo(MONDAY, 10)
    assert latest_due(OSLO, now) == date(2027, 3, 2)
    assert draw_on(OSLO, now, date(2027, 3, 2)) == date(2027, 3, 2)
    assert draw_on(OSLO, now, date(2027, 3, 3)) is None


def test_a_claim_too_late_is_not_sent() -> None:
    assert draw_on(OSLO, oslo(MONDAY, 15), FRIDAY) is None


def test_a_draw_can_be_stopped_until_the_cut_off_on_the_banking_day_before() -> None:
    monday = date(2026, 3, 9)
    assert stoppable_until(OSLO, monday) == oslo(FRIDAY, 14)
    assert may_be_stopped(OSLO, monday, oslo(FRIDAY, 13, 59))
    assert not may_be_stopped(OSLO, monday, oslo(FRIDAY, 14))


def test_a_draw_has_failed_after_five_banking_days_once_the_bank_data_is_here() -> None:
    due, last = FRIDAY, date(2026, 3, 13)
    after = oslo(date(2026, 3, 14), 11)
    assert grace_ends(OSLO, due) == last
    assert has_failed(OSLO, due, after, last)
    assert not has_failed(OSLO, due, oslo(last, 23), last)
    assert not has_failed(OSLO, due, after, last - timedelta(days=1))
    assert not has_failed(OSLO, due, after, None)


@given(MOMENTS, DAYS)
def test_what_is_drawn_is_drawn_on_a_banking_day_with_notice_and_within_a_year(now: datetime, due: date) -> None:
    day = draw_on(OSLO, now, due)
    if day is not None:
        assert OSLO.is_banking_day(day)
        assert day >= due
        assert day - OSLO.local_date(now) >= timedelta(days=4)
        assert day <= latest_due(OSLO, now)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_later_file_never_draws_earlier(now: datetime, later: timedelta) -> None:
    assert earliest_due(OSLO, now) <= earliest_due(OSLO, now + later)


@given(MOMENTS, DAYS)
def test_what_is_claimed_can_still_be_stopped_at_that_moment(now: datetime, due: date) -> None:
    day = draw_on(OSLO, now, due)
    assert day is None or may_be_stopped(OSLO, day, now)


OWED = Decimal("802.00")


def test_nothing_speaks_against_a_claim_in_a_plain_case() -> None:
    assert against(OWED, None) is None
    assert against_drawing(OWED, None, OWED, still_meant=True) is None


@pytest.mark.parametrize(
    ("owed", "in_the_way", "stands", "words"),
    [
        (OWED, "the case is on hold", False, "the mandate has ended"),
        (Decimal(0), "the case is on hold", True, "nothing is owed"),
        (Decimal("-1.00"), None, True, "nothing is owed"),
        (OWED, "the case is on hold", True, "the case is on hold"),
    ],
)
def test_what_speaks_against_a_claim_also_stops_one_with_the_bank(
    owed: Decimal, in_the_way: str | None, stands: bool, words: str
) -> None:
    assert against(owed, in_the_way, mandate_stands=stands) == words
    assert against_drawing(owed, in_the_way, OWED, still_meant=True, mandate_stands=stands) == words


def test_a_claim_for_more_than_is_owed_now_is_stopped_and_one_for_less_is_not() -> None:
    assert against_drawing(OWED, None, Decimal("802.01"), still_meant=True) == "only 802.00 is owed now"
    assert against_drawing(OWED, None, Decimal("700.00"), still_meant=True) is None


def test_a_claim_of_what_is_due_later_now_is_stopped() -> None:
    assert against_drawing(OWED, None, OWED, still_meant=True, too_early=True) == "it is due on a later day now"


def test_a_claim_that_a_plan_has_replaced_is_stopped() -> None:
    assert against_drawing(OWED, None, OWED, still_meant=False) == "another agreement is in force"


# --- the creditor's agreement ------------------------------------------------------------------------------------

GOOD = {"customer_unit": "00131936", "account": "12345678911"}


@pytest.mark.parametrize(
    "agreement",
    [
        {},
        GOOD,
        GOOD | {"data_sender": "00131944"},
        GOOD | {"first_number": "4712"},
        GOOD | {"first_number": "0004712"},
        GOOD | {"first_number": "9999999"},
    ],
)
@pytest.mark.parametrize("accounts", [["12345678911"], ["1234.56.78911"], ["15030000010", "NO40 1234 5678 911"]])
def test_an_agreement_as_nets_gives_it_is_taken(agreement: dict[str, str], accounts: list[str]) -> None:
    assert faults_of_agreement("NO", agreement, accounts) == []


@pytest.mark.parametrize(
    ("agreement", "said"),
    [
        ({"account": "12345678911"}, "customer_unit is missing: 8 digits"),
        ({"customer_unit": "00131936"}, "account cannot be ''"),
        (GOOD | {"customer_unit": "131936"}, "customer_unit cannot be '131936': 8 digits"),
        (GOOD | {"customer_unit": "00008080"}, "00008080 is Nets itself"),
        (GOOD | {"customer_unit": "0013193\uff16"}, "customer_unit cannot be"),  # a digit of another script
        (GOOD | {"data_sender": ""}, "data_sender cannot be ''"),
        (GOOD | {"account": "1234.56.78911"}, "in digits alone"),
        (GOOD | {"account": "12345678912"}, "whose check digit holds"),
        (GOOD | {"account": "15030000010"}, "is not among the creditor's accounts"),
        (GOOD | {"first_number": "0"}, "1 to 9999999"),
        (GOOD | {"first_number": "0000000"}, "1 to 9999999"),
        (GOOD | {"first_number": "10000000"}, "1 to 9999999"),
        (GOOD | {"first_number": "-5"}, "1 to 9999999"),
    ],
)
def test_an_agreement_that_cannot_be_right_is_refused_with_what_to_write(agreement: dict[str, str], said: str) -> None:
    (fault,) = faults_of_agreement("NO", agreement, ["12345678911"])
    assert said in fault


@pytest.mark.parametrize(
    ("structures", "holds"),
    [
        ("12:1-7", True),
        ("12:1-7 16:4-10 25:1-24", True),
        ("12:11-11", True),
        ("12:1-7 12:2-8", False),  # one length, two rules
        ("12:1-7 13:1-7 14:1-7 15:1-7", False),
        ("12:7-1", False),
        ("12:0-7", False),
        ("12:1-12", False),  # the check digit belongs to no customer
        ("26:1-7", False),
        ("12:1-7, 16:4-10", False),
        ("12:1-7 ", False),
        ("\u0661\u0662:1-7", False),
    ],
)
def test_kid_structures_are_checked_when_the_agreement_is_registered(structures: str, holds: bool) -> None:
    faults = faults_of_agreement("NO", GOOD | {"kid_structures": structures}, ["12345678911"])
    assert faults == [] if holds else "at most three lengths" in faults[0]


@pytest.mark.parametrize(
    ("structures", "kid", "number", "right"),
    [
        ("12:1-7", kid_with_check_digit("12345670001"), 1, kid_with_check_digit("12345679998")),
        ("12:3-7", kid_with_check_digit("00345670001"), 1, kid_with_check_digit("99345679998")),
        ("16:4-10 12:1-7", kid_with_check_digit("12345670001"), 10_000, kid_with_check_digit("12345679999")),
        ("12:1-8", kid_with_check_digit("12345678001"), 1, None),  # no room for numbers of its own
        ("13:1-7", kid_with_check_digit("12345670001"), 1, None),
        ("12:1-7", "123456700014", 1, None),  # does not hold by mod10
        ("", kid_with_check_digit("12345670001"), 1, None),
        ("12:1-7", "", 1, None),
    ],
)
def test_a_plan_keeps_the_customers_part_of_the_invoices_kid(
    structures: str, kid: str, number: int, right: str | None
) -> None:
    assert country_of("NO").reference_of_customer(structures, kid, number) == right


def test_an_agreement_in_a_country_where_nobody_draws_is_refused() -> None:
    assert faults_of_agreement("FI", GOOD, ["12345678911"]) == ["no direct debit is known in FI: leave it out"]


# --- rules that change on a day ----------------------------------------------------------------------------------

CHANGES = Calendar(
    "NO",
    "Europe/Oslo",
    Rows(
        "no.yaml",
        "direct_debit",
        "cut_off: …",
        (
            Row(date(2026, 1, 1), "any", (), DirectDebitRules(time(14), 4, 7, 12, 5)),
            Row(date(2026, 4, 13), "any", (), DirectDebitRules(time(10), 8, 14, 6, 2)),
        ),
    ),
)


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        (lambda: worked_on(CHANGES, oslo(FRIDAY, 13)), FRIDAY),
        (lambda: worked_on(CHANGES, oslo(date(2026, 4, 13), 11)), date(2026, 4, 14)),
        (lambda: earliest_due(CHANGES, oslo(date(2026, 4, 10), 13)), date(2026, 4, 14)),
        (lambda: earliest_due(CHANGES, oslo(date(2026, 4, 10), 15)), date(2026, 4, 21)),  # worked on by the new rules
        (lambda: latest_due(CHANGES, oslo(date(2026, 4, 12), 9)), date(2027, 4, 12)),
        (lambda: latest_due(CHANGES, oslo(date(2026, 4, 13), 9)), date(2026, 10, 13)),
        (lambda: stoppable_until(CHANGES, date(2026, 4, 13)), oslo(date(2026, 4, 10), 14)),
        (lambda: stoppable_until(CHANGES, date(2026, 4, 14)), oslo(date(2026, 4, 13), 10)),
        (lambda: grace_ends(CHANGES, date(2026, 4, 10)), date(2026, 4, 17)),
        (lambda: grace_ends(CHANGES, date(2026, 4, 13)), date(2026, 4, 15)),
        (lambda: grace_ends(CHANGES, date(2025, 12, 1)), date(2025, 12, 8)),  # a draw before our first row
    ],
)
def test_each_day_has_the_rules_of_its_row(asked: Callable[[], object], right: object) -> None:
    assert asked() == right


def test_before_the_first_row_nobody_draws() -> None:
    with pytest.raises(LookupError, match="no direct debit is known in NO on 2025-12-31"):
        earliest_due(CHANGES, oslo(date(2025, 12, 31), 9))


@pytest.mark.parametrize(
    ("largest", "limit"),
    [("0", 100), ("0.01", 100), ("80", 100), ("81", 200), ("802", 1100), ("999.99", 1300), ("1000", 1500),
     ("2400", 3000), ("9999", 12500), ("10000", 13000), ("12345.67", 16000)],
)  # fmt: skip
def test_a_months_limit_is_round_and_a_quarter_above_the_dearest_month(largest: str, limit: int) -> None:
    found = monthly_limit(Decimal(largest))
    assert found == limit
    assert found >= Decimal(largest) * Decimal("1.25") or limit == 100
