"""Test mode over the API: whose clock, whose messages, and nothing for who is live."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from facts import clock
from facts.parties.creditors import issue_api_key, register
from tests.web.door import Door, invoice
from tests.world import creditor

ADVANCE = "/v1/test/clock/advance"


async def tried(door: Door, name: str) -> dict[str, str]:
    """Register a creditor in test mode; gives the headers that its key makes."""
    async with door.database.transaction() as connection:
        now = await clock.now(connection)
        await register(connection, creditor(id=name, organisation_number=None, mode="test"), now)
        return {"Authorization": f"Bearer {await issue_api_key(connection, name, 'tests', now)}"}


async def test_a_key_moves_its_own_creditors_clock_alone(door: Door) -> None:
    own, other = await tried(door, f"{door.creditor}-own"), await tried(door, f"{door.creditor}-other")
    before = (await door.client.get("/v1/test/clock", headers=other)).json()
    answer = await door.client.post(ADVANCE, json={"days": 31}, headers=own)
    assert answer.status_code == 202
    on_its_way = answer.json()
    span = datetime.fromisoformat(on_its_way["advancing_to"]) - datetime.fromisoformat(on_its_way["now"])
    assert timedelta(days=30) < span <= timedelta(days=31)
    after = (await door.client.get("/v1/test/clock", headers=other)).json()
    assert after["advancing_to"] is None
    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert timedelta(0) <= moved < timedelta(hours=1)


async def test_of_two_advances_the_second_is_told_to_wait(door: Door) -> None:
    own = await tried(door, f"{door.creditor}-own")
    to = {
        "to": (
            datetime.fromisoformat((await door.client.get("/v1/test/clock", headers=own)).json()["now"])
            + timedelta(days=9)
        ).isoformat()
    }
    for _ in range(2):
        assert (await door.client.post(ADVANCE, json=to, headers=own)).status_code == 202
    answer = await door.client.post(ADVANCE, json={"days": 31}, headers=own)
    assert answer.status_code == 409
    assert "wait until it is there" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "give either `to` or `days`"),
        ({"days": 1, "to": "2099-01-01T00:00:00Z"}, "give either `to` or `days`"),
        ({"days": 0}, "greater than or equal to 1"),
        ({"days": 367}, "less than or equal to 366"),
        ({"to": "2099-01-01T00:00:00"}, "timezone"),
        ({"to": "2020-01-01T00:00:00Z"}, "the clock never goes back"),
        ({"to": "9999-12-31T23:59:59Z"}, "more than 366 days ahead"),
    ],
)
async def test_a_journey_that_cannot_be_is_refused_in_words(door: Door, body: Any, words: str) -> None:
    own = await tried(door, f"{door.creditor}-own")
    answer = await door.client.post(ADVANCE, json=body, headers=own)
    assert answer.status_code == 422
    assert words in answer.text


async def test_a_live_creditor_is_refused_at_every_door_of_test_mode(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    asked = [
        await door.client.get("/v1/test/clock"),
        await door.client.post(ADVANCE, json={"days": 1}),
        await door.client.post(f"/v1/test/deliveries/{delivery}/events", json={"kind": "read"}),
    ]
    assert [answer.status_code for answer in asked] == [409, 409, 409]
    assert {answer.json()["detail"] for answer in asked} == {
        f"creditor {door.creditor} is live: this is for creditors in test mode alone"
    }
    assert await door.one("select read_at is null from delivery where id = :id", id=delivery)


async def test_the_page_of_an_invoice_in_test_mode_says_that_nobody_owes_it(door: Door) -> None:
    own = await tried(door, f"{door.creditor}-own")
    sent = await door.client.post("/v1/invoices", json=invoice(), headers=own)
    assert sent.status_code == 201
    page = await door.client.get(await replace(door, creditor=f"{door.creditor}-own").link())
    assert "Dette er en prøve" in page.text
    await door.send_invoice()
    assert "Dette er en prøve" not in (await door.client.get(await door.link())).text


async def test_nobody_tells_of_another_creditors_messages(door: Door) -> None:
    own = await tried(door, f"{door.creditor}-own")
    await door.send_invoice()
    for foreign in (await door.claimed(), uuid4()):
        answer = await door.client.post(f"/v1/test/deliveries/{foreign}/events", json={"kind": "failed"}, headers=own)
        assert answer.status_code == 404


async def test_an_invoice_file_is_stored_at_the_creditors_own_moment(door: Door) -> None:
    own = await tried(door, name := f"{door.creditor}-own")
    ahead = "update creditor_clock set ahead = interval '40 days' where creditor_id = :c returning 1"
    await door.rows(ahead, c=name)
    sent = await door.client.post("/v1/invoice-files", json=[invoice("1", reference=None)], headers=own)
    assert sent.json()["accepted"] == 1
    now = datetime.fromisoformat((await door.client.get("/v1/test/clock", headers=own)).json()["now"])
    stored = await door.one("select happened_at from invoice where creditor_id = :c", c=name)
    assert abs(now - stored) < timedelta(hours=1)


STATE = """select p.state from contact_point p join debtor d on d.id = p.debtor_id
where d.creditor_id = :c and p.channel = :channel"""


async def test_stop_holds_in_test_mode_for_its_creditor_alone(door: Door) -> None:
    names = [f"{door.creditor}-own", f"{door.creditor}-other"]
    own, other = [await tried(door, name) for name in names]
    for headers in (own, other):
        await door.client.post("/v1/invoices", json=invoice(reference=None), headers=headers)
    await door.send_invoice()
    delivery = await replace(door, creditor=names[0]).claimed("sms")
    for kind, state in (("opted_out", "opted out"), ("opted_out", "opted out"), ("opted_in", "valid")):
        said = await door.client.post(f"/v1/test/deliveries/{delivery}/events", json={"kind": kind}, headers=own)
        assert said.json() == {"delivery": str(delivery), "kind": kind}
        assert await door.one(STATE, c=names[0], channel="sms") == state
        assert await door.one(STATE, c=names[0], channel="email") == "valid"
        for untouched in (names[1], door.creditor):
            assert await door.one(STATE, c=untouched, channel="sms") == "valid"
    assert "debtor_changed" in await replace(door, creditor=names[0]).news()


async def test_stop_of_a_person_and_stop_in_test_mode_never_meet(door: Door) -> None:
    """What a real person wishes leaves test mode alone, also where both have the same number."""
    own = await tried(door, name := f"{door.creditor}-own")
    await door.client.post("/v1/invoices", json=invoice(reference=None), headers=own)
    await door.send_invoice()
    await door.twilio("/webhooks/twilio/inbound", From="+4791234567", MessageSid=f"SM{uuid4().hex}", Body="STOP")
    assert await door.one(STATE, c=door.creditor, channel="sms") == "opted out"
    assert await door.one(STATE, c=name, channel="sms") == "valid"
    delivery = await replace(door, creditor=name).claimed("sms")
    await door.client.post(f"/v1/test/deliveries/{delivery}/events", json={"kind": "opted_in"}, headers=own)
    assert await door.one(STATE, c=door.creditor, channel="sms") == "opted out"


async def test_nobody_opts_out_of_letters(door: Door) -> None:
    own = await tried(door, name := f"{door.creditor}-own")
    await door.client.post("/v1/invoices", json=invoice(reference=None), headers=own)
    delivery = await replace(door, creditor=name).claimed("letter")
    answer = await door.client.post(f"/v1/test/deliveries/{delivery}/events", json={"kind": "opted_out"}, headers=own)
    assert answer.status_code == 422
    assert "nobody opts out of letters" in answer.json()["detail"]
