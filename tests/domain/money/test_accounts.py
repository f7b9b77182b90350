"""Whose an account is, however it is written, and which one a debtor is shown."""

import pytest

from domain.money.accounts import account_shown, is_one_of, not_own

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
