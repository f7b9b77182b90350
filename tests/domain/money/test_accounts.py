"""Whose an account is, however it is written, and which one a debtor is shown."""

import pytest

from domain.money.accounts import account_shown, as_bank_files_have_it, is_account, is_one_of, not_own
from messages import figures

OWN, IBAN = "86011117947", "NO9386011117947"
OTHERS, OTHERS_IBAN = "12345678903", "NO7112345678903"
GERMAN, FINNISH = "DE89370400440532013000", "FI2112345600000785"


@pytest.mark.parametrize(
    ("named", "own", "same"),
    [
        (OWN, OWN, True),
        ("8601 11 17947", OWN, True),
        (OWN, "8601.11.17947", True),
        (IBAN, OWN, True),
        (OWN, "NO93 8601 1117 947", True),
        ("no9386011117947", IBAN, True),
        (OTHERS, OWN, False),
        ("NO9486011117947", OWN, False),  # no IBAN: its check digits do not hold
        ("SE9386011117947", OWN, False),
        ("186011117947", OWN, False),
        ("8601111794", OWN, False),
        ("\uff186011117947", OWN, False),  # a digit that a bank does not read
        ("8601\u200b1117947", OWN, False),
        ("123-4567", "1234567", True),  # a bankgiro number
        ("1234-5678", "12345678", True),
        ("123456-7", "1234567", False),  # a plusgiro number of the same digits
        ("123456-7", "123-4567", False),
        ("12 34 56-7", "123456-7", True),
        (FINNISH, "FI21 1234 5600 0007 85", True),
        (GERMAN, "370400440532013000", False),  # nobody knows it by its digits alone
        ("ours", "OURS", True),
    ],
)
def test_accounts_are_the_same_however_they_are_written(named: str, own: str, same: bool) -> None:
    assert is_one_of(named, [own]) == is_one_of(own, [named]) == same


@pytest.mark.parametrize(
    ("named", "own", "currency", "shown", "warned"),
    [
        (OWN, [OWN], "NOK", OWN, False),
        (IBAN, [OWN], "NOK", IBAN, False),  # as the invoice writes it
        (OWN, [OTHERS, OWN], "NOK", OWN, False),
        (OTHERS, [OWN], "NOK", OWN, True),
        (OTHERS_IBAN, [OWN], "NOK", OWN, True),
        (OTHERS, [FINNISH, OWN], "NOK", OWN, True),
        (OTHERS, [OWN, FINNISH], "EUR", FINNISH, True),
        (OTHERS, [OWN, "123-4567"], "SEK", "123-4567", True),  # that number does not tell where it is
        (GERMAN, [OWN], "EUR", OWN, True),  # all that the creditor has
        ("garbage", [OWN], "NOK", OWN, True),
        (OTHERS, [OWN, IBAN], "NOK", OWN, True),
        (OTHERS, [], "NOK", None, True),
        (None, [OWN], "NOK", OWN, False),
        (None, [FINNISH, OWN], "NOK", OWN, False),
        (None, [], "NOK", None, False),
    ],
)
def test_a_debtor_is_never_shown_an_account_that_is_not_the_creditors(
    named: str | None, own: list[str], currency: str, shown: str | None, warned: bool
) -> None:
    assert account_shown(named, own, currency) == shown
    assert (not_own(named, own, currency) is not None) == warned


def test_the_warning_names_the_account_and_what_is_shown_instead() -> None:
    told = "is not registered as the creditor's: debtors are shown"
    assert not_own(OTHERS, [OWN], "NOK") == f"account {OTHERS} {told} {OWN} instead"
    assert not_own(OTHERS, [], "NOK") == f"account {OTHERS} {told} none instead"


@pytest.mark.parametrize(
    ("written", "stored", "printed"),
    [
        ("991-2346", "9912346", "991-2346"),
        ("5050 1055", "50501055", "5050-1055"),
        ("12 34 56-6", "123456-6", "12 34 56-6"),
        ("1-8", "1-8", "1-8"),
        ("8601.11.17947", "86011117947", "8601 11 17947"),
        (IBAN, IBAN, "NO93 8601 1117 947"),
        ("fi21 1234 5600 0007 85", "FI2112345600000785", "FI21 1234 5600 0007 85"),
        ("SE4550000000058398257466", "SE4550000000058398257466", "SE45 5000 0000 0583 9825 7466"),
        ("123-4567", "123-4567", "123-4567"),  # no bankgiro number: its check digit does not hold
    ],
)
def test_an_account_is_stored_as_bank_files_have_it_and_printed_as_people_write_it(
    written: str, stored: str, printed: str
) -> None:
    assert as_bank_files_have_it(written) == stored
    assert figures.account(stored) == printed


@pytest.mark.parametrize(
    ("account", "known"),
    [
        ("991-2346", True),
        ("5050-1055", True),
        ("123-4567", False),
        ("12 34 56-6", True),
        ("12 34 56-7", False),
        ("12345678-9", False),  # nine digits
        ("991-23460", False),
        (FINNISH, True),
        ("FI21 1234 5600 0007 85", True),
        ("FI9112345600000786", False),  # an IBAN by its own check digits, but the bank's hold not
        ("SE4550000000058398257466", True),
        ("SE4650000000058398257466", False),
        ("86011117947", True),
        ("86011117948", False),
        ("", False),
    ],
)
def test_an_account_is_known_where_every_check_digit_holds(account: str, known: bool) -> None:
    assert is_account(account) is known


def test_a_debtor_is_shown_the_account_of_the_currency_in_every_country() -> None:
    own = [OWN, "9912346", FINNISH]
    assert [account_shown(None, own, currency) for currency in ("NOK", "SEK", "EUR", "DKK")] == [
        OWN,
        "9912346",
        FINNISH,
        OWN,
    ]
