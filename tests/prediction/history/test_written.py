"""Days, moments and sums as other systems write them: read as the map says, or not at all."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.history.written import Clocks, DayForm, amount, begin_of, local_days

ROME = ZoneInfo("Europe/Rome")
CLOCKS = Clocks(ROME, ROME, date(2026, 11, 30))


def read(form: str, text: str, clocks: Clocks = CLOCKS) -> str | None:
    """What is read, as a moment in UTC."""
    moment = DayForm(form).read(text, clocks)
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("YYYY-MM-DD", "2026-03-05", "2026-03-04 23:00:00"),
        ("YYYY-MM-DD", "2007-05-11 00:00:00+02:00", "2007-05-10 22:00:00"),
        ("YYYY-MM-DD", "2007-05-11T08:30:15.250Z", "2007-05-11 08:30:15"),
        ("YYYY-MM-DD", "2026-12-31 24:00", "2026-12-31 23:00:00"),
        ("YYYY/MM/DD", "2026/07/01 12:00:00.000", "2026-07-01 10:00:00"),
        ("M/D/YYYY", "1/15/2013", "2013-01-14 23:00:00"),
        ("M/D/YYYY", "1/15/2013 2:05 PM", "2013-01-15 13:05:00"),
        ("D.M.YYYY", "5.3.2026", "2026-03-04 23:00:00"),
        ("DD-MMM-YY", "05-Mar-26", "2026-03-04 23:00:00"),
        ("D.M.YY", "5.3.99", "1999-03-04 23:00:00"),
        ("YYYYMMDD", "20260305.0", "2026-03-04 23:00:00"),
        ("excel", "46086", "2026-03-04 23:00:00"),
        ("excel", "46086.5", "2026-03-05 11:00:00"),
    ],
)
def test_a_moment_is_read_as_it_is_written(form: str, text: str, moment: str) -> None:
    assert read(form, text) == moment


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("D/M/YYYY", "1/15/2013"),
        ("YYYY-MM-DD", "2026-02-30"),
        ("YYYY-MM-DD", "2026-03-05 24:01"),
        ("YYYY-MM-DD", "2026-03-05 25:00"),
        ("YYYY-MM-DD", "05.03.2026"),
        ("YYYY-MM-DD", "0226-03-05"),
        ("D.M.YYYY", "5.3.26"),
        ("excel", "2026-03-05"),
        ("YYYY-MM-DD", "46086"),
        ("M/D/YYYY", "1/15/2013 14:05 PM"),
    ],
)
def test_what_is_written_otherwise_is_nothing(form: str, text: str) -> None:
    assert read(form, text) is None


def test_a_time_without_its_zone_is_of_the_clock_that_the_map_names_and_a_day_of_its_country() -> None:
    clocks = Clocks(days=ROME, times=ZoneInfo("UTC"), today=date(2026, 11, 30))
    assert read("YYYY-MM-DD", "2026-03-05 10:00", clocks) == "2026-03-05 10:00:00"
    assert read("YYYY-MM-DD", "2026-03-05", clocks) == "2026-03-04 23:00:00"


@pytest.mark.parametrize("form", ["DD.MM", "today", "YYYY-MM-DD HH:mm", "M/YYYY/D", ""])
def test_a_form_that_says_no_day_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="no form of a day"):
        DayForm(form)


@pytest.mark.parametrize(
    ("text", "decimal", "is_"),
    [
        ("35.0", ".", 35),
        ("1,234.50", ".", 1234.5),
        ("1.234,50", ",", 1234.5),
        ("1 234,50", ",", 1234.5),
        ("1\u00a0234,50", ",", 1234.5),
        ("€ 35.00", ".", 35),
        ("35,00 kr", ",", 35),
        ("NOK 35", ".", 35),
        ("(35.00)", ".", -35),
        ("35.00-", ".", -35),
        ("-.5", ".", -0.5),
    ],
)
def test_a_sum_is_read_as_it_is_written(text: str, decimal: str, is_: float) -> None:
    assert amount(text, "," if decimal == "," else ".") == is_


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("12,50", "."),
        ("12.50", ","),
        ("1,23,456.00", "."),
        ("abc", "."),
        ("1e9", "."),
        ("12.5.1", "."),
        ("9" * 13, "."),
    ],
)
def test_a_sum_that_can_be_read_two_ways_or_none_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(ValueError, match=r"is no sum|nobody owes"):
        amount(text, "," if decimal == "," else ".")


@given(
    st.dates(date(1980, 1, 1), date(2079, 12, 31)),
    st.sampled_from(["Europe/Rome", "America/New_York", "Asia/Kolkata", "UTC"]),
)
def test_the_begin_of_a_day_is_in_it_and_the_second_before_is_not(day: date, zone: str) -> None:
    days = np.array([day], dtype="datetime64[D]")
    begin = begin_of(days, ZoneInfo(zone))
    assert local_days(begin, ZoneInfo(zone))[0].astype(object) == day
    assert local_days(begin - 1, ZoneInfo(zone))[0] == days[0] - 1
