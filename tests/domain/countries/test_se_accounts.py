"""Swedish bank accounts, by numbers that banks and libraries publish as examples, and damaged ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.se_accounts import is_bank_account, is_iban_of

PUBLISHED = {
    "50001111116": "SEB, as byrokrat/banking shows it",
    "54910000003": "SEB, of SE35 5000 0000 0549 1000 0003, the example of the IBAN registry",
    "58398257466": "SEB, of SE45 5000 0000 0583 9825 7466",
    "12170145230": "Danske Bank, of SE64 1200 0000 0121 7014 5230",
    "94204172385": "Forex Bank, as the libraries of kontonummer show it",
    "810340009783242": "Swedbank with its fifth digit, of SE72 8000 0810 3400 0978 3242",
    "81030009783242": "and without",
}
IBANS = (
    "SE3550000000054910000003",
    "SE4550000000058398257466",
    "SE6412000000012170145230",
    "SE7280000810340009783242",
)


@pytest.mark.parametrize("number", PUBLISHED)
def test_a_published_number_holds(number: str) -> None:
    assert is_bank_account(number)


@given(st.sampled_from([number for number in PUBLISHED if len(number) == 11]), st.integers(4, 10), st.integers(1, 9))
def test_one_wrong_digit_of_an_account_is_seen(number: str, place: int, more: int) -> None:
    damaged = f"{number[:place]}{(int(number[place]) + more) % 10}{number[place + 1 :]}"
    assert not is_bank_account(damaged)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "5000",
        "5000111111",  # a digit too few
        "500011111160",
        "810350009783242",  # the fifth digit of the clearing number is wrong
        "00001111116",
        "99991111116",  # no bank has it
        "5000111111x",
        "5000111111\u0666",
    ],
)
def test_what_is_none_is_refused(number: str) -> None:
    assert not is_bank_account(number)


@pytest.mark.parametrize("iban", IBANS)
def test_the_account_in_an_iban_holds(iban: str) -> None:
    assert is_iban_of(iban[4:])


def test_an_iban_that_cannot_be_is_seen_and_a_bank_that_nobody_knows_is_not_judged() -> None:
    assert not is_iban_of("50000000058398257467"), "the check digit of the account"
    assert not is_iban_of("50000100058398257466"), "more than an account"
    assert not is_iban_of("5000000005839825746"), "too short"
    assert is_iban_of("99900000000000000000"), "a bank that is newer than the list"
