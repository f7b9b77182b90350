"""Before a creditor goes live each thing that does not work has its line, with what to do."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from config.files import read_policies
from domain.going_live import Account, Registered, channels_of, judged
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


def test_the_channels_are_those_of_every_step_and_copy() -> None:
    used = channels_of([POLICIES["no-gentle"], POLICIES["no-business"]])
    assert used[:2] == [Channel.EMAIL, Channel.SMS]
    assert Channel.DIRECT_MESSAGE not in used
