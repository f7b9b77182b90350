"""A day as people write it: names of days and months in every language, and no day where it is not plain which."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.days_in_words import FARTHEST, day_named
from messages.figures import long_date

TODAY = date(2026, 11, 30)  # a Monday
DEC = {number: date(2026, 12, number) for number in range(1, 32)}


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Jeg betaler på fredag", DEC[4]),
        ("Betaler 15. desember", DEC[15]),
        ("betaler den 15.", DEC[15]),
        ("den 31.", DEC[31]),
        ("Jeg betaler i morgen", DEC[1]),
        ("i dag", TODAY),
        ("på mandag", DEC[7]),
        ("Betaler 4.12.", DEC[4]),
        ("Betaler 04.12.2026 kl 12", DEC[4]),
        ("Jeg betaler fredag 4. desember", DEC[4]),
        ("faktura 1001 på 802,00 kr betales 2026-12-10", DEC[10]),
        ("om to uker", DEC[14]),
        ("eg betalar på laurdag", DEC[5]),
        ("Jag betalar den 15 december", DEC[15]),
        ("betalar 25/12", DEC[25]),
        ("om två veckor", DEC[14]),
        ("Jeg betaler på torsdag", DEC[3]),
        ("Maksan perjantaina", DEC[4]),
        ("Maksan 15. joulukuuta", DEC[15]),
        ("maksan viikon päästä", DEC[7]),
        ("kahden viikon kuluttua", DEC[14]),
        ("I'll pay by the 15th", DEC[15]),
        ("on December 15", DEC[15]),
        ("the 3rd of January 2027", date(2027, 1, 3)),
        ("in 3 days", DEC[3]),
    ],
)
def test_a_day_is_read_in_each_language(words: str, day: date) -> None:
    assert day_named(words, TODAY) == day


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Jeg har betalt",
        "Jeg betaler når jeg får lønn",
        "betaler fredag eller mandag",
        "1001 ble betalt 15. november",
        "I may pay",
        "KID 006402710013",
        "kl 10.30",
        "renten er 1.2 prosent",
        "betaler 15. desember 2031",
        "31.2.",
        "99/99",
        "9" * 10_000,
    ],
)
def test_where_it_is_not_plain_no_day_is_read(words: str) -> None:
    assert day_named(words, TODAY) is None


@given(
    st.dates(date(2026, 1, 1), date(2031, 12, 31)),
    st.integers(0, FARTHEST.days),
    st.sampled_from(["nb", "nn", "sv", "fi", "en"]),
)
def test_every_day_ahead_is_read_as_our_own_letters_write_it(today: date, ahead: int, language: str) -> None:
    day = today + timedelta(days=ahead)
    assert day_named(long_date(day, language), today) == day


@given(st.text())
def test_whatever_is_written_gives_a_day_ahead_or_none(words: str) -> None:
    found = day_named(words, TODAY)
    assert found is None or TODAY <= found <= TODAY + FARTHEST
