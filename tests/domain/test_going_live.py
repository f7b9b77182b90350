"""Before a creditor goes live each thing that does not work has its line, with what to do."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from config.files import read_policies
from domain.going_live import Account, Registered, channels_of, judged
from domain.parties.sms_senders import OwnSender, SmsSenders
from domain.vocabulary import Channel
from tests.domain.builders import LAW
from tests.domain.builders import LAWS as SHIPPED_LAWS

TODAY = date(2026, 7, 1)
LAWS = SHIPPED_LAWS | {"NO": LAW}
POLICIES = {name: policy for name, (policy, _) in read_policies(LAWS, TODAY).items()}
READY = Registered(
    id="acme",
    name="Acme Kraft AS",
    organisation_number="923609016",
    policies={"consumer": "no-gentle", "business": "no-business"},
    message_costs={"email": "0.05", "sms": "0.60", "letter": "9.60"},
    contact=["+47 22 33 44 55"],
    address=["Storgata 1", "0155 Oslo"],
    collection_partner="Inkasso AS",
    partner_url=None,
    accounts=[Account("15030000010", TODAY - timedelta(days=1))],
    keys=1,
    endpoints=1,
    in_test_mode=False,
    stopped=[],
)


def found(creditor: Registered, state: str) -> list[str]:
    return [each.about for each in judged(creditor, POLICIES, LAWS, TODAY) if each.state == state]


def test_of_who_is_ready_nothing_is_missing() -> None:
    assert found(READY, "missing") == []
    assert {"mode", "API keys", "policy for a consumer", "price of email", "collection partner"} <= {
        *found(READY, "fine")
    }


@pytest.mark.parametrize(
    ("change", "state", "about"),
    [
        ({"in_test_mode": True}, "missing", "mode"),
        ({"stopped": ["channel sms"]}, "look", "stop switch"),
        ({"keys": 0}, "look", "API keys"),
        ({"endpoints": 0}, "look", "webhooks"),
        ({"policies": {"consumer": "no-such"}}, "missing", "policy for a consumer"),
        ({"policies": {"consumer": "no-gentle"}}, "look", "policy for a business"),
        ({"accounts": [Account("15030000010", None)]}, "missing", "account 15030000010"),
        ({"accounts": [Account("15030000010", TODAY - timedelta(days=9))]}, "look", "account 15030000010"),
        ({"accounts": [Account("12345678901", TODAY)]}, "missing", "account 12345678901"),
        ({"message_costs": {"email": "0.05", "letter": "9.60"}}, "missing", "price of sms"),
        ({"message_costs": READY.message_costs | {"letter": "0.00"}}, "missing", "price of letter"),
        ({"contact": []}, "missing", "contact"),
        ({"address": []}, "missing", "address"),
        ({"collection_partner": None}, "missing", "collection partner"),
    ],
)
def test_what_does_not_work_is_named_and_alone(change: dict[str, Any], state: str, about: str) -> None:
    creditor = replace(READY, **change)
    assert about in found(creditor, state)
    assert {*found(creditor, "missing")} - {about} == set()


def test_a_shadow_and_the_day_without_its_row_of_the_law_are_told() -> None:
    shadow = {name: replace(policy, shadow=True) for name, policy in POLICIES.items()}
    assert "policy for a consumer" in [
        each.about for each in judged(READY, shadow, LAWS, TODAY) if each.state == "look"
    ]
    late = judged(READY, POLICIES, LAWS, date(2056, 7, 1))
    assert "law of NO" in [each.about for each in late if each.state == "missing"]


SENDER_NAMES = {country: law.sender_names for country, law in LAWS.items()}
FI_SENDERS = {
    "registered": (
        OwnSender(name="ACME", status="registered"),
        "",
        "fine",
        "it comes from ACME, to which nobody can answer",
    ),
    "pending": (
        OwnSender(name="ACME", status="pending"),
        "+4759440000",
        "look",
        "from +4759440000, for ACME is not registered",
    ),
    "allowed": (OwnSender(name="ACME", status="allowed"), "+4759440000", "look", "for FI takes registered names alone"),
    "forbidden": (OwnSender(name="ACME", status="forbidden"), "+4759440000", "look", "for ACME is forbidden there"),
    "neither": (
        OwnSender(name="ACME", status="pending"),
        "",
        "missing",
        "no sender for FI: register the name ACME or give a number",
    ),
    "own number": (
        OwnSender(number="+358401234567"),
        "",
        "look",
        "+358401234567 is a number of FI, which are registered as names are",
    ),
    "house": (OwnSender(status="forbidden"), "+4759440000", "fine", "it comes from +4759440000"),
}


@pytest.mark.parametrize("known", FI_SENDERS)
def test_what_sms_come_from_is_told_by_country(known: str) -> None:
    own, house, state, said = FI_SENDERS[known]
    creditor = replace(READY, sms_senders=SmsSenders({"FI": own}, house, SENDER_NAMES))
    told = [each for each in judged(creditor, POLICIES, LAWS, TODAY) if each.about == "SMS to FI"]
    assert [said in each.found for each in told if each.state == state] == [True]


def test_a_creditor_without_a_sender_of_its_own_is_told_of_its_policies_countries() -> None:
    for house, state in (("+4759440000", "fine"), ("", "missing")):
        creditor = replace(READY, sms_senders=SmsSenders({}, house, SENDER_NAMES))
        assert "SMS to NO" in found(creditor, state)


def test_whoever_has_the_same_name_and_a_country_without_a_file_are_for_a_person_to_judge() -> None:
    own = {"FI": OwnSender(name="ACME", status="registered"), "DK": OwnSender(name="ACME", status="registered")}
    creditor = replace(READY, sms_senders=SmsSenders(own, "", SENDER_NAMES), same_names={"FI": ["acme-oy"]})
    looks = [f"{each.about}: {each.found}" for each in judged(creditor, POLICIES, LAWS, TODAY) if each.state == "look"]
    assert "SMS to FI: acme-oy has the same name there, which may be one company's alone" in looks
    assert any(each.startswith("SMS to DK: no country file says which names DK takes") for each in looks)


def test_the_channels_are_those_of_every_step_and_copy() -> None:
    used = channels_of([POLICIES["no-gentle"], POLICIES["no-business"]])
    assert used[:2] == [Channel.EMAIL, Channel.SMS]
    assert Channel.DIRECT_MESSAGE not in used
