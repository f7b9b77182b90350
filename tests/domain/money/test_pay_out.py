"""What stands against paying back: the second person, the account, the currency, and limits that have their days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.pay_out import (
    ApprovedAbove,
    OtherAccount,
    PayOut,
    Proposed,
    Verdict,
    faults_of_pay_out,
    may_not_approve,
    stands_against,
)

OWN, PAYER, OTHER = "12345678911", "99990512341", "86011117947"
DAY = date(2026, 12, 1)
ABOVE = (
    ApprovedAbove(from_=date(2026, 11, 1), amount=Decimal(500), currency="NOK"),
    ApprovedAbove(from_=date(2026, 12, 2), amount=Decimal(100), currency="NOK"),
)
PAY_OUT = PayOut(account=OWN, bic="DNBANOKK", approved_above=ABOVE)
REFUND = Proposed(Decimal("198.00"), "NOK", PAYER, ("kim",), None, covered=True)


def against(refund: Proposed, pay_out: PayOut = PAY_OUT, on: date = DAY) -> str | None:
    return stands_against(refund, pay_out, "NO", [OWN], on)


def test_up_to_the_limit_of_the_day_nobody_needs_to_approve() -> None:
    assert against(REFUND) is None
    assert against(REFUND, on=date(2026, 12, 2)) == "above 100.00 NOK: somebody other than kim approves it"
    assert against(replace(REFUND, amount=Decimal("500.01"))) == "above 500.00 NOK: somebody other than kim approves it"


def test_where_nothing_is_said_a_second_person_approves_each() -> None:
    said_nothing = PayOut(account=OWN, bic="DNBANOKK")
    assert "above 0.00 NOK" in str(against(replace(REFUND, amount=Decimal("0.01")), said_nothing))
    assert "above 0.00 NOK" in str(against(REFUND, on=date(2026, 10, 31)))


def test_what_was_approved_is_a_payment_to_that_account() -> None:
    large = replace(REFUND, amount=Decimal(800), verdict=Verdict("anne", True, PAYER))
    assert against(large) is None
    assert "somebody other" in str(against(replace(large, to_account=OTHER)))


@pytest.mark.parametrize(
    ("refund", "why"),
    [
        (replace(REFUND, verdict=Verdict("anne", False, PAYER)), "anne rejected it"),
        (replace(REFUND, currency="EUR"), "it is in EUR"),
        (replace(REFUND, to_account=None), "nobody knows to which account"),
        (replace(REFUND, to_account="99990512340"), "is no account number of NO"),
        (replace(REFUND, to_account="DE02120300000000202051"), "is no account number of NO"),
        (replace(REFUND, to_account="1234.56.78911"), "is the creditor's own account"),
        (replace(REFUND, covered=False), "more would go back than was paid"),
    ],
)
def test_what_is_not_sent_says_why(refund: Proposed, why: str) -> None:
    assert why in str(against(refund))


def test_an_iban_of_the_country_is_its_account() -> None:
    assert against(replace(REFUND, to_account="NO93 8601 1117 947")) is None


@given(st.sampled_from(["kim", "anne"]), st.sampled_from(["kim", " KIM ", "Kim", "anne", "ANNE"]))
def test_nobody_approves_what_they_asked_for(asked: str, by: str) -> None:
    refused = may_not_approve(by, replace(REFUND, asked_by=("purr", asked)))
    assert (refused is not None) == (by.strip().casefold() == asked)


def test_the_account_that_pays_is_one_of_the_creditors_own() -> None:
    assert faults_of_pay_out("NO", PAY_OUT, [OWN]) == []
    assert "none of the creditor's own" in faults_of_pay_out("NO", PAY_OUT, [PAYER])[0]
    assert "no account number" in faults_of_pay_out("NO", PayOut(account="12345678910", bic="DNBANOKK"), [OWN])[0]


@pytest.mark.parametrize(
    ("country", "currency", "account", "taken"),
    [
        ("SE", "SEK", "5050-1055", True),
        ("SE", "SEK", "5000, 111111-6", True),
        ("SE", "SEK", "SE45 5000 0000 0583 9825 7466", True),
        ("SE", "SEK", "5000, 111111-5", False),
        ("SE", "SEK", "FI2112345600000785", False),
        ("SE", "SEK", "99990512341", False),
        ("FI", "EUR", "FI21 1234 5600 0007 85", True),
        ("FI", "EUR", "FI21 1234 5600 0007 86", False),
        ("FI", "EUR", "123456-785", False),
    ],
)
def test_it_goes_to_an_account_of_the_creditors_country_however_that_names_them(
    country: str, currency: str, account: str, taken: bool
) -> None:
    pay_out = PayOut(
        account="9912346",
        bic="NDEASESS",
        approved_above=(ApprovedAbove(from_=DAY, amount=Decimal(500), currency=currency),),
    )
    refund = replace(REFUND, currency=currency, to_account=account)
    against = stands_against(refund, pay_out, country, ["9912346"], DAY)
    assert (against is None) is taken
    assert taken or "is no account number of" in str(against) or "is no IBAN that euro go to" in str(against)


EURO = OtherAccount(currency="EUR", account="NO93 8601 1117 947", bic="DNBANOKK")
KRONOR = OtherAccount(currency="SEK", account="5050-1055", bic="NDEASESS", country="SE")
OWNS = [OWN, "86011117947", "5050-1055"]
IN_ALL = PayOut(
    account=OWN,
    bic="DNBANOKK",
    approved_above=tuple(
        ApprovedAbove(from_=DAY, amount=Decimal(500), currency=c) for c in ("NOK", "EUR", "SEK", "DKK")
    ),
    other_currencies=(EURO, KRONOR),
)


@pytest.mark.parametrize(
    ("currency", "to", "why"),
    [
        ("NOK", PAYER, None),
        ("EUR", "FI21 1234 5600 0007 85", None),
        ("EUR", "DE02120300000000202051", None),
        ("EUR", PAYER, f"{PAYER} is no IBAN that euro go to"),
        ("EUR", "TR330006100519786457841326", "is no IBAN that euro go to"),
        ("SEK", "28 65 43-4", None),
        ("SEK", "FI21 1234 5600 0007 85", "is no account number of SE"),
        ("DKK", PAYER, "it is in DKK, and from which account is not told: give one under other_currencies, or pay it"),
    ],
)
def test_a_refund_leaves_from_the_account_of_its_currency_and_nothing_is_converted(
    currency: str, to: str, why: str | None
) -> None:
    told = stands_against(replace(REFUND, currency=currency, to_account=to), IN_ALL, "NO", OWNS, DAY)
    assert told is None if why is None else why in str(told)


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ((EURO, KRONOR), None),
        ((EURO, EURO), "EUR stands there twice"),
        ((EURO.model_copy(update={"account": "86011117947"}),), "86011117947 is no IBAN"),
        ((KRONOR.model_copy(update={"country": None}),), "give the country of an account there"),
        ((KRONOR.model_copy(update={"account": "5050-1056"}),), "5050-1056 is no account number of SE"),
        ((KRONOR.model_copy(update={"account": "991-2346"}),), "991-2346 is none of the creditor's own"),
        ((OtherAccount(currency="NOK", account=OWN, bic="DNBANOKK"),), "NOK is the currency of NO"),
        ((OtherAccount(currency="USD", account=OWN, bic="DNBANOKK", country="US"),), "pay refunds in USD in the bank"),
    ],
)
def test_accounts_in_other_currencies_are_the_creditors_own_and_where_files_can_be_written(
    others: tuple[OtherAccount, ...], why: str | None
) -> None:
    faults = faults_of_pay_out("NO", IN_ALL.model_copy(update={"other_currencies": others}), OWNS)
    assert faults == [] if why is None else why in faults[0]
