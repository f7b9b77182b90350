"""By which policy an invoice goes: by its debtor's country and kind, and never by a guess."""

from dataclasses import replace

import pytest

from domain.policy.choosing import (
    Whom,
    account_told,
    doubts_of_account,
    doubts_of_law,
    faults_of_policy,
    key_of,
    of_countries,
    unsettled,
    usual_policy,
)
from tests.store import LAWS, POLICIES

ACME = {"consumer": "no-gentle", "business": "no-business", "FI consumer": "fi-gentle"}
NO, SE, FI, DE = "NO9386011117947", "SE4550000000058398257466", "FI2112345600000785", "DE89370400440532013000"
BBAN = "86011117947"


def doubts(name: str, *, named: bool = False, **of: str) -> dict[str, str]:
    """What is doubted of a policy for a Norwegian consumer's invoice in kroner, unless told otherwise."""
    wanted = {"country": "NO", "kind": "consumer", "currency": "NOK"} | of
    return dict(doubts_of_law(POLICIES[name][0], LAWS, named=named, **wanted))


def test_a_creditor_has_a_policy_of_its_own_for_a_country_and_kind_else_its_usual_one() -> None:
    assert [usual_policy(ACME, *of) for of in (("FI", "consumer"), ("FI", "business"), ("NO", "business"))] == [
        "fi-gentle",
        "no-business",
        "no-business",
    ]
    assert usual_policy({}, "NO", "consumer") is None
    assert (key_of("consumer"), key_of("consumer", "FI")) == ("consumer", "FI consumer")


def test_nothing_is_doubted_where_country_kind_and_currency_are_the_policys() -> None:
    assert doubts("no-gentle") == {}
    assert doubts("fi-gentle", country="FI", currency="EUR") == {}
    assert doubts("no-business", kind="business") == {}


def test_the_usual_policy_is_no_guess_for_another_country_or_kind() -> None:
    assert doubts("no-gentle", country="SE", currency="SEK") == {
        "country": "the creditor has no policy for a consumer in SE",
        "currency": "the invoice is in SEK, policy no-gentle is for NOK",
    }
    assert doubts("no-gentle", kind="business") == {"country": "the creditor has no policy for a business in NO"}


def test_a_policy_that_the_invoice_names_is_told_for_whom_it_is() -> None:
    named = doubts("no-gentle", named=True, country="SE")
    assert named == {"country": "policy no-gentle is for NO, the debtor is in SE"}
    named = doubts("no-gentle", named=True, kind="business")
    assert named == {"country": "policy no-gentle is for a consumer, the debtor is a business"}


@pytest.mark.parametrize("named", [True, False])
def test_a_country_without_a_law_is_doubted_whatever_the_invoice_names(named: bool) -> None:
    assert doubts("no-gentle", named=named, country="ES") == {"country": "no law of ES is known"}


def test_a_policy_for_any_debtor_is_for_each() -> None:
    policy = replace(POLICIES["no-gentle"][0], debtor="any")
    for kind in ("consumer", "business"):
        assert not list(doubts_of_law(policy, LAWS, country="NO", kind=kind, currency="NOK", named=False))


@pytest.mark.parametrize(
    ("account", "own", "currency", "debtor", "doubted"),
    [
        (None, [NO], "NOK", "NO", None),
        (None, [], "NOK", "NO", None),
        (BBAN, [NO], "NOK", "NO", None),
        (NO, [], "NOK", "NO", None),
        (DE, [NO], "NOK", "NO", f"account {DE} is of DE, where neither the creditor nor the debtor is"),
        (FI, [NO, FI], "EUR", "FI", None),
        (FI, [NO], "EUR", "FI", f"the invoice is in EUR, and account {NO} is of a country that pays with NOK"),
        (None, [NO], "EUR", "FI", f"the invoice is in EUR, and account {NO} is of a country that pays with NOK"),
        (None, [NO, FI], "EUR", "FI", None),
        (None, [NO, DE], "EUR", "FI", None),  # what a German account is kept in no file of ours says
        (NO, [NO], "EUR", "FI", None),  # the creditor's word
        (SE, [NO, SE], "SEK", "SE", None),
        ("no account", [NO], "NOK", "NO", None),
    ],
)
def test_money_goes_to_no_account_that_nobody_expects(
    account: str | None, own: list[str], currency: str, debtor: str, doubted: str | None
) -> None:
    found = dict(doubts_of_account(account, own, currency=currency, countries=("NO", debtor)))
    assert found == ({"account": doubted} if doubted else {})


def test_an_account_that_the_invoice_names_is_the_creditors_word_and_told_of() -> None:
    assert (
        account_told(NO, [NO], "EUR") == f"the invoice is in EUR, and account {NO} is of a country that pays with NOK"
    )
    assert [account_told(*of) for of in ((NO, [NO], "NOK"), (None, [NO], "EUR"), (FI, [NO], "EUR"))] == [None] * 3


def test_a_debtor_who_has_changed_is_asked_about_until_the_policy_is_chosen_for_what_they_are() -> None:
    finn, norwegian = Whom("FI", "consumer"), Whom("NO", "consumer")
    business, abroad = Whom("NO", "business"), Whom("FI", "business")
    assert unsettled(None, finn, None) is None
    assert unsettled(None, finn, norwegian) == "the debtor is in FI now, and the policy was chosen for NO"
    assert (
        unsettled(None, business, norwegian) == "the debtor is a business now, and the policy was chosen for a consumer"
    )
    assert unsettled(None, abroad, norwegian) == (
        "the debtor is in FI now and a business, and the policy was chosen for a consumer in NO"
    )
    assert unsettled(None, norwegian, norwegian) is None
    assert unsettled("no law of ES is known", Whom("ES", "consumer"), None) == "no law of ES is known"


def test_policies_of_single_countries_are_told_from_the_usual_ones() -> None:
    kept = {
        "consumer": "no-gentle",
        "FI consumer": "fi-gentle",
        "SE consumer": "se-gentle",
        "SE business": "se-business",
    }
    assert of_countries(kept) == {
        "FI": {"consumer": "fi-gentle"},
        "SE": {"consumer": "se-gentle", "business": "se-business"},
    }
    assert of_countries({"consumer": "no-gentle", "business": "no-business"}) == {}


@pytest.mark.parametrize(
    ("name", "kind", "country", "why"),
    [
        ("fi-gentle", "consumer", "FI", None),
        ("fi-gentle", "consumer", None, None),  # the usual one may be of any country
        ("fi-gentle", "business", "FI", "policy fi-gentle is for a consumer"),
        ("fi-gentle", "consumer", "NO", "policy fi-gentle is for FI"),
        ("fi-gentle", "consumer", "ES", "no law of ES is known; there are FI, NO"),
        ("gone", "consumer", "FI", "no policy gone; there are fi-gentle"),
    ],
)
def test_a_creditor_cannot_have_a_policy_for_whom_it_is_not(
    name: str, kind: str, country: str | None, why: str | None
) -> None:
    policies = {"fi-gentle": POLICIES["fi-gentle"][0]}
    found = list(faults_of_policy(name, policies, ["NO", "FI"], kind=kind, country=country))
    assert found == ([why] if why else [])
