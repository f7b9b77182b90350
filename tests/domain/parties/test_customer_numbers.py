"""A customer number is shown in searches unless it may be more than a number."""

import pytest

from domain.parties.customer_numbers import is_plain


@pytest.mark.parametrize(
    "number", ["K-1", "10042", "4711/2", "A.77-b", "12345678903", "0000000000", "2026-100042", "99999999"]
)
def test_a_plain_number_is_shown(number: str) -> None:
    assert is_plain(number)


@pytest.mark.parametrize(
    "number",
    [
        "kari@example.no",
        "Kari Nordmann",
        "Kari",  # a number has a digit
        "+4791234567",
        "17054026641",  # fødselsnummer
        "57054026641",  # D-nummer
        "17454026641",  # of the test population
        "19640823-3234",  # personnummer
        "640823-3234",
        "6408233234",
        "700183-9990",  # the day first or last: both are read
        "211062-5629",  # CPR
        "131052-308T",  # henkilötunnus
        "131052A308T",
        "",
        "x" * 41 + "1",
    ],
)
def test_what_may_say_who_it_is_stays_out(number: str) -> None:
    assert not is_plain(number)
