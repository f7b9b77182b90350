"""What SMS come from is told over the API as it is sent by."""

import json
from typing import Any

import pytest

from tests.web.door import Door

FI: dict[str, Any] = {"FI": {"name": "ACME", "status": "registered"}}


async def told(hall: Door, senders: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the API says, by country."""
    await hall.rows(
        "update creditor set sms_senders = cast(:senders as jsonb) where id = :c returning 1",
        senders=json.dumps(senders),
        c=hall.creditor,
    )
    answer = await hall.client.get("/v1/sms-senders")
    assert answer.status_code == 200
    return {each.pop("country"): each for each in answer.json()["sms_senders"]}


async def test_a_creditor_of_nothing_of_its_own_is_told_of_the_number_of_the_house(hall: Door) -> None:
    ((country, said),) = (await told(hall, {})).items()
    assert (country, said["comes_from"], said["can_be_answered"]) == ("NO", "+4759440000", True)


@pytest.mark.parametrize(
    ("status", "comes_from", "not_the_name"),
    [("registered", "ACME", ""), ("pending", "+4759440000", "ACME is not registered there yet")],
)
async def test_a_name_is_told_with_its_status_and_why_it_is_not_used(
    hall: Door, status: str, comes_from: str, not_the_name: str
) -> None:
    said = (await told(hall, {"FI": {"name": "ACME", "status": status}}))["FI"]
    assert said == {
        "name": "ACME",
        "status": status,
        "comes_from": comes_from,
        "can_be_answered": comes_from != "ACME",
        "not_the_name": not_the_name,
        "lacks": "",
    }


async def test_another_creditors_names_are_not_told(hall: Door, door: Door) -> None:
    assert set(await told(hall, FI)) == {"NO", "FI"}
    assert "ACME" not in (await door.client.get("/v1/sms-senders")).text
