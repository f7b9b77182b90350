"""A creditor registers where it wants to be told, sees how each message fared, and has it sent again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from config.settings import Settings
from connectors.webhooks.post import WebhookSecrets
from facts import clock
from facts.webhooks import outgoing
from tests.begin import BEGIN
from tests.web.door import Door
from tests.world import laws_for_years_to_come
from web.app import create_app

KEY = "a-master-key-of-32-characters-or-more"
OPEN_ADDRESS = "93.184.215.14"
PLACE = "/v1/webhook-endpoints"


@pytest.fixture
async def hooks(door: Door, web_settings: Settings) -> AsyncIterator[Door]:
    """The door of a web app that has a key to sign webhooks with."""
    settings = web_settings.model_copy(update={"webhook_signing_keys": (SecretStr(KEY),)})
    app = create_app(settings, door.database, laws_for_years_to_come())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://purr.example", headers=door.client.headers
    ) as client:
        yield Door(app, client, door.database, door.creditor)


async def registered(hooks: Door, **changes: Any) -> Any:
    given = {"url": f"https://{OPEN_ADDRESS}/purr", "events": ["*"]} | changes
    answer = await hooks.client.post(PLACE, json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def emit(hooks: Door) -> None:
    async with hooks.database.transaction() as connection:
        data = {"invoice": "1001", "outcome": "paid"}
        await outgoing.emit(connection, hooks.creditor, "case.closed", data, await clock.now(connection))


async def test_an_endpoint_is_registered_with_its_secret_which_nothing_else_shows(hooks: Door) -> None:
    added = await registered(hooks, events=["case.*", "payment.booked"])
    assert added["secret"].startswith("whsec_")
    assert (added["events"], added["secret_version"], added["disabled_at"]) == (["case.*", "payment.booked"], 1, None)
    shown = await hooks.client.get(f"{PLACE}/{added['id']}")
    listed = await hooks.client.get(PLACE)
    assert listed.json() == {"endpoints": [shown.json()]}
    assert shown.json() == {name: value for name, value in added.items() if name != "secret"}


async def test_the_same_request_again_is_answered_the_same_and_no_secret_is_stored(hooks: Door) -> None:
    headers = {"Idempotency-Key": f"hook-{hooks.creditor}"}
    given = {"url": f"https://{OPEN_ADDRESS}/", "events": ["*"]}
    first, again = [await hooks.client.post(PLACE, json=given, headers=headers) for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert len((await hooks.client.get(PLACE)).json()["endpoints"]) == 1
    kept = await hooks.one("select answer from idempotency_key where key = :key", key=headers["Idempotency-Key"])
    assert kept["id"] == first.json()["id"]
    assert "secret" not in kept
    assert first.json()["secret"] not in str(kept)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://[::1]/",
        "https://a@8.8.8.8/",
        "https://xn--/",
        "https://xn--a.example/",
    ],
)
async def test_an_address_that_webhooks_may_not_go_to_is_refused(hooks: Door, url: str) -> None:
    answer = await hooks.client.post(PLACE, json={"url": url, "events": ["*"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "url")
    assert (await hooks.client.get(PLACE)).json() == {"endpoints": []}


@pytest.mark.parametrize("events", [["case.exploded"], [], ["Case.closed"], ["*", "invoice.*"]])
async def test_events_that_there_are_none_of_are_refused(hooks: Door, events: list[str]) -> None:
    answer = await hooks.client.post(PLACE, json={"url": f"https://{OPEN_ADDRESS}/", "events": events})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:invalid")


async def test_where_nothing_can_be_signed_no_endpoint_is_registered(door: Door) -> None:
    answer = await door.client.post(PLACE, json={"url": f"https://{OPEN_ADDRESS}/", "events": ["*"]})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:webhooks-off")


async def test_a_rotation_answers_with_a_new_secret(hooks: Door) -> None:
    added = await registered(hooks)
    rotated = (await hooks.client.post(f"{PLACE}/{added['id']}/rotate")).json()
    assert (rotated["id"], rotated["secret_version"]) == (added["id"], 2)
    assert rotated["secret"] != added["secret"]
    assert rotated["secret"] == WebhookSecrets([KEY]).shown(rotated["id"], 2)
    assert rotated["rotated_at"]


async def test_a_rotation_too_many_for_one_day_is_refused_and_says_what_to_do(hooks: Door) -> None:
    place = f"{PLACE}/{(await registered(hooks))['id']}"
    for _ in range(4):
        assert (await hooks.client.post(f"{place}/rotate")).status_code == 200
    refused = await hooks.client.post(f"{place}/rotate")
    assert (refused.status_code, "register another" in refused.json()["detail"]) == (422, True)
    assert (await hooks.client.get(place)).json()["secret_version"] == 5


async def test_a_disabled_endpoint_says_why_and_what_was_dropped_is_replayed_once_it_is_enabled(hooks: Door) -> None:
    place = f"{PLACE}/{(await registered(hooks))['id']}"
    await emit(hooks)
    disabled = (await hooks.client.post(f"{place}/disable", json={"why": "moved"})).json()
    assert disabled["disabled_why"] == "moved"
    refused = await hooks.client.post(f"{place}/replay", json={})
    assert (refused.status_code, "enable it first" in refused.json()["detail"]) == (422, True)
    assert (await hooks.client.post(f"{place}/enable")).json()["disabled_at"] is None
    assert (await hooks.client.post(f"{place}/replay", json={})).json() == {"replayed": 1}
    (message,) = (await hooks.client.get(f"{place}/messages")).json()["messages"]
    assert message["state"] == "pending"


async def test_messages_show_every_attempt_and_one_is_replayed(hooks: Door) -> None:
    place = f"{PLACE}/{(await registered(hooks))['id']}"
    await emit(hooks)
    async with hooks.database.transaction() as connection:
        mine = [
            m
            for m in await outgoing.due(connection, 1000, each=1000, of_creditor=1000)
            if m.endpoint.hex in place.replace("-", "")
        ]
        await outgoing.answered(
            connection, mine[0].id, status=500, error="answered 500", seconds=0.2, pause=timedelta(1)
        )
        await outgoing.answered(connection, mine[0].id, status=204, error=None, seconds=0.1, pause=timedelta())
    (message,) = (await hooks.client.get(f"{place}/messages", params={"state": "delivered"})).json()["messages"]
    assert message["payload"]["data"] == {"invoice": "1001", "outcome": "paid"}
    assert [(a["status"], a["error"], a["seconds"]) for a in message["attempts"]] == [
        (500, "answered 500", 0.2),
        (204, None, 0.1),
    ]
    assert (await hooks.client.get(f"{place}/messages", params={"state": "failed"})).json() == {"messages": []}
    assert (await hooks.client.post(f"{place}/replay", json={})).json() == {"replayed": 0}
    again = await hooks.client.post(f"{place}/replay", json={"message": message["id"]})
    assert again.json() == {"replayed": 1}
    unknown = await hooks.client.post(f"{place}/replay", json={"message": "msg_0"})
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:purr:problem:refused")


async def test_a_replay_goes_back_no_further_than_asked(hooks: Door) -> None:
    place = f"{PLACE}/{(await registered(hooks))['id']}"
    await emit(hooks)
    await hooks.client.post(f"{place}/disable", json={})
    await hooks.client.post(f"{place}/enable")
    ahead = (BEGIN + timedelta(hours=1)).isoformat()
    assert (await hooks.client.post(f"{place}/replay", json={"since": ahead})).json() == {"replayed": 0}
    naive = await hooks.client.post(f"{place}/replay", json={"since": "2026-11-16T00:00:00"})
    assert naive.status_code == 422


async def test_an_endpoint_of_another_creditor_is_not_there(hooks: Door) -> None:
    added = await registered(hooks)
    stranger = {"Authorization": f"Bearer {await hooks.register(f'other-{hooks.creditor}')}"}
    for place in (added["id"], uuid4()):
        for method, path, body in [
            ("GET", "", None),
            ("GET", "/messages", None),
            ("POST", "/rotate", None),
            ("POST", "/disable", {}),
            ("POST", "/enable", None),
            ("POST", "/replay", {}),
        ]:
            answer = await hooks.client.request(method, f"{PLACE}/{place}{path}", json=body, headers=stranger)
            assert answer.status_code == 404, (method, path)
    assert (await hooks.client.get(PLACE, headers=stranger)).json() == {"endpoints": []}
    assert (await hooks.client.get(f"{PLACE}/{added['id']}")).json()["disabled_at"] is None
    assert (await hooks.client.get(PLACE, headers={"Authorization": "Bearer no"})).status_code == 401


async def test_the_metrics_count_what_is_on_its_way(hooks: Door) -> None:
    await registered(hooks)
    await emit(hooks)
    lines = (await hooks.client.get("/metrics")).text.splitlines()
    numbers = dict(line.rsplit(" ", 1) for line in lines if line[:1] != "#")
    assert float(numbers["purr_webhooks_pending"]) >= 1
    assert float(numbers["purr_webhooks_oldest_seconds"]) > 0
    assert float(numbers["purr_webhooks_failed"]) >= 0


async def test_a_deleted_endpoint_is_gone_for_good_and_what_was_on_its_way_says_why(hooks: Door) -> None:
    place = f"{PLACE}/{(await registered(hooks))['id']}"
    await emit(hooks)
    headers = {"Idempotency-Key": f"gone-{hooks.creditor}"}
    gone, again = [await hooks.client.delete(place, headers=headers) for _ in range(2)]
    assert (gone.status_code, gone.json()["dropped"]) == (200, 1)
    assert (again.json(), again.headers["idempotent-replayed"]) == (gone.json(), "true")
    assert (await hooks.client.delete(place)).status_code == 404
    for method, path in (("GET", ""), ("GET", "/messages"), ("POST", "/enable"), ("POST", "/rotate")):
        assert (await hooks.client.request(method, place + path)).status_code == 404
    assert (await hooks.client.post(f"{place}/replay", json={})).status_code == 404
    assert (await hooks.client.get(PLACE)).json() == {"endpoints": []}
    kept = await hooks.rows(
        "select m.state, m.error from webhook_message m join webhook_endpoint w on w.id = m.endpoint_id "
        "where w.creditor_id = :c",
        c=hooks.creditor,
    )
    assert [(row.state, row.error) for row in kept] == [("dropped", "the endpoint was deleted")]
    await emit(hooks)
    assert (
        await hooks.one(
            "select count(*) from webhook_message m join webhook_endpoint w on w.id = m.endpoint_id "
            "where w.creditor_id = :c and m.state = 'pending'",
            c=hooks.creditor,
        )
        == 0
    )


async def test_a_disabled_endpoint_can_be_deleted_and_keeps_its_own_reason(hooks: Door) -> None:
    place = f"{PLACE}/{(await registered(hooks))['id']}"
    await hooks.client.post(f"{place}/disable", json={"why": "moved"})
    assert (await hooks.client.delete(place)).json()["dropped"] == 0
    assert (
        await hooks.one("select disabled_why from webhook_endpoint where creditor_id = :c", c=hooks.creditor) == "moved"
    )
