"""Wrong keys and links are counted and told of; whoever has a right one is let in whatever others try."""

from typing import Any

import pytest

from facts.parties.creditors import hashed
from tests.logs import logged_here
from tests.web.door import Door

WRONG_KEY = {"Authorization": "Bearer purr_of-nobody"}


async def test_many_wrong_keys_are_sent_away_and_a_right_one_is_let_in(door: Door) -> None:
    await door.send_invoice()
    statuses = [(await door.client.get("/v1/refunds", headers=WRONG_KEY)).status_code for _ in range(101)]
    assert statuses == [401] * 100 + [429]
    away = await door.client.get("/v1/refunds", headers=WRONG_KEY)
    assert (away.json()["type"], away.headers["retry-after"]) == ("urn:purr:problem:too-many-wrong", "3600")
    assert '"wrong-keys";r=0' in away.headers["ratelimit"]
    assert '"wrong-keys";q=100;w=3600' in away.headers["ratelimit-policy"]
    assert (await door.client.get("/v1/invoices/1001")).status_code == 200


async def test_many_wrong_links_are_sent_away_and_a_right_one_opens(door: Door) -> None:
    await door.send_invoice()
    statuses = [(await door.client.get("/i/wrong")).status_code for _ in range(101)]
    assert statuses == [404] * 100 + [429]
    assert (await door.client.get(await door.link())).status_code == 200


async def test_who_is_refused_is_told_by_key_creditor_and_network_and_by_nothing_of_a_person(door: Door) -> None:
    await door.send_invoice("other-1", creditor="someone-else")
    with logged_here() as logs:
        await door.client.get("/v1/refunds", headers=WRONG_KEY)
        await door.send_invoice("A-SECRET-NUMBER", creditor="someone-else")
        await door.client.post("/webhooks/payments", json={"payer": "Kari Nordmann"})
        await door.client.get("/v1/invoices/none")
        await door.client.get("/v1/refunds")
    own = door.client.headers["authorization"].removeprefix("Bearer ")
    told = [_fields(each) for each in logs if each["event"] == "request_refused"]
    assert [(each["reason"], each["key"], each["creditor"], each["route"]) for each in told] == [
        ("unauthorized", hashed("purr_of-nobody")[:12], None, "/v1/refunds"),
        ("other-creditor", hashed(own)[:12], door.creditor, "/v1/invoices"),
        ("bad-signature", hashed(own)[:12], None, "/webhooks/payments"),
    ]
    assert all(each["network"].endswith(".0/24") for each in told)
    assert [word for word in ("SECRET", "Kari", own, "purr_of") if word in str(told)] == []


def _fields(event: Any) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("event", "log_level")}


@pytest.mark.parametrize("key", ["", "Basic YTpi", "Bearer", "Bearer \u00e5", "Bearer a b"])
async def test_what_is_no_key_is_refused_like_a_wrong_one(door: Door, key: str) -> None:
    answer = await door.client.get("/v1/refunds", headers={b"Authorization": key.encode()})
    assert answer.status_code == 401
