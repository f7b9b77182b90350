"""SendGrid's event batches: signed, each event once, in any order, odd ones never in the way."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from simulator.emulators.sendgrid import WebhookKey
from tests.web.door import SENDGRID_KEY, Door, invoice


def event(name: str, delivery: UUID | str, **details: Any) -> dict[str, Any]:
    return {
        "event": name,
        "delivery_id": str(delivery),
        "sg_event_id": uuid4().hex,
        "sg_message_id": "m1.recvd-0",
        "timestamp": int(time.time()),
        "email": "kari@example.no",
    } | details


async def mailed(door: Door) -> UUID:
    """A delivery to an address that nobody else has."""
    await door.send_invoice(debtor=invoice()["debtor"] | {"email": f"{uuid4().hex}@example.no"})
    return await door.claimed()


@pytest.mark.parametrize(
    ("told", "state", "read", "contact"),
    [
        ([("processed", {})], "accepted", None, "valid"),
        ([("deferred", {})], "accepted", None, "valid"),
        ([("delivered", {})], "accepted", None, "valid"),
        ([("open", {"sg_machine_open": True})], "accepted", None, "valid"),
        ([("open", {"sg_machine_open": False})], "accepted", "open", "valid"),
        ([("click", {})], "accepted", "click", "valid"),
        ([("bounce", {"type": "bounce"})], "failed", None, "bounced"),
        ([("bounce", {"type": "blocked"})], "failed", None, "valid"),
        ([("dropped", {"reason": "Bounced Address"})], "failed", None, "bounced"),
        ([("dropped", {"reason": "Invalid"})], "failed", None, "bounced"),
        ([("dropped", {"reason": "Unsubscribed Address"})], "failed", None, "opted out"),
        ([("dropped", {"reason": "Spam Reporting Address"})], "failed", None, "opted out"),
        ([("dropped", {"reason": "Spam Content"})], "failed", None, "valid"),
        ([("dropped", {"reason": "Invalid SMTPAPI header"})], "failed", None, "valid"),
        ([("dropped", {"reason": "Recipient List over Package Quota"})], "failed", None, "valid"),
        ([("bounce", {"type": "expired"})], "failed", None, "valid"),
        ([("bounce", {"type": "bounce", "status": "4.2.2"})], "failed", None, "valid"),
        ([("bounce", {"type": "bounce", "status": "5.2.2"})], "failed", None, "valid"),
        ([("bounce", {"type": "bounce", "status": "5.1.1"})], "failed", None, "bounced"),
        ([("bounce", {"type": "bounce", "status": "5.5.0"})], "failed", None, "bounced"),
        ([("bounce", {"type": "bounce", "bounce_classification": "Invalid Address"})], "failed", None, "bounced"),
        ([("bounce", {"type": "bounce", "bounce_classification": "Reputation"})], "failed", None, "valid"),
        ([("bounce", {"type": "bounce", "bounce_classification": "Technical Failure"})], "failed", None, "valid"),
        ([("bounce", {"type": "bounce", "bounce_classification": "Content"})], "failed", None, "valid"),
        ([("spamreport", {})], "failed", None, "opted out"),
        ([("group_unsubscribe", {})], "failed", None, "opted out"),
        ([("click", {}), ("delivered", {}), ("processed", {})], "accepted", "click", "valid"),
        ([("click", {}), ("bounce", {"type": "bounce"})], "accepted", "click", "valid"),
        ([("click", {}), ("unsubscribe", {})], "accepted", "click", "opted out"),
    ],
)
async def test_events_say_what_became_of_an_email(
    door: Door, told: list[tuple[str, dict[str, Any]]], state: str, read: str | None, contact: str
) -> None:
    delivery = await mailed(door)
    for name, details in told:
        assert (await door.sendgrid(event(name, delivery, **details))).status_code == 204
    row = await door.delivery(delivery)
    assert (row.state, row.read_by, row.contact) == (state, read, contact)


@pytest.mark.parametrize(
    ("told", "contact"),
    [
        (["group_unsubscribe", "group_resubscribe"], "valid"),
        (["group_resubscribe", "group_unsubscribe"], "opted out"),
        (["group_unsubscribe", "group_resubscribe", "unsubscribe"], "opted out"),
    ],
)
@pytest.mark.parametrize("late_first", [False, True])
async def test_the_persons_latest_wish_counts_in_whatever_order_it_is_told(
    door: Door, told: list[str], contact: str, late_first: bool
) -> None:
    delivery = await mailed(door)
    await door.sendgrid(event("click", delivery))
    events = [event(name, delivery, timestamp=int(time.time()) + place) for place, name in enumerate(told)]
    for each in reversed(events) if late_first else events:
        await door.sendgrid(each)
    assert (await door.delivery(delivery)).contact == contact


async def test_a_wish_of_one_mailbox_holds_for_every_debtor_who_has_it(door: Door) -> None:
    shared = f"{uuid4().hex}@example.no"
    debtor = invoice()["debtor"] | {"email": shared}
    await door.send_invoice(debtor=debtor)
    await door.send_invoice("1002", debtor=debtor | {"name": "Ola Nordmann", "customer_number": "K-2"})
    await door.sendgrid(event("spamreport", await door.claimed()))
    rows = await door.rows("select state from contact_point where address = :a", a=shared)
    assert [row.state for row in rows] == ["opted out", "opted out"]
    assert await door.news("1002") == ["invoice_changed", "debtor_changed"]


async def test_the_moment_is_the_providers_own(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    await door.sendgrid(event("open", delivery, timestamp=1_760_000_000))
    assert (await door.delivery(delivery)).read_at == datetime.fromtimestamp(1_760_000_000, UTC)


async def test_an_event_told_twice_is_one_piece_of_news_and_one_fee(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed(fee="35.00")
    told = event("delivered", delivery)
    await door.sendgrid(told, told)
    await door.sendgrid(told)
    assert await door.news() == ["invoice_changed", "refresh_decision"]
    assert (await door.client.get("/v1/invoices/1001")).json()["balance"] == "837.00"


async def test_odd_events_never_hide_the_others(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    odd: list[Any] = [
        None,
        [],
        17,
        {},
        event("delivered", "not-ours"),
        event("delivered", delivery, timestamp="yesterday"),
        event("delivered", delivery, timestamp=10**30),
        event("delivered", delivery, timestamp=True),
        event("delivered", delivery, sg_event_id=None),
        event("delivered", uuid4()),
        event("group_resubscribe", delivery),
        event("bounce\0\ud800" * 40, delivery, reason="\0\ud800"),
        event("deferred", delivery, reason={"a": ["b"]}),
    ]
    assert (await door.sendgrid(*odd, event("click", delivery), *odd)).status_code == 204
    assert (await door.delivery(delivery)).read_by == "click"


async def test_an_event_with_a_reason_holds_no_address_in_its_detail(door: Door) -> None:
    delivery = await mailed(door)
    await door.sendgrid(event("bounce", delivery, type="bounce", reason="550 <kari@example.no> unknown"))
    assert "kari" not in (await door.delivery(delivery)).failure


async def test_forged_stale_damaged_and_unsigned_batches_change_nothing(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    body, headers = SENDGRID_KEY.signed([event("click", delivery)])
    _, forged = WebhookKey().signed([event("click", delivery)])
    old = headers | {"X-Twilio-Email-Event-Webhook-Timestamp": str(int(time.time()) - 700)}
    for content, signed in ((body, forged), (body, old), (body, {}), (body + b" ", headers), (b"\xff", headers)):
        answer = await door.client.post("/webhooks/sendgrid", content=content, headers=signed)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:purr:problem:bad-signature")
    assert (await door.delivery(delivery)).state == "claimed"


async def test_a_batch_may_be_large_but_not_endless(door: Door) -> None:
    padding = {"event": "delivered", "text": "x" * (2 * 1024 * 1024)}
    assert (await door.sendgrid(padding)).status_code == 204
    assert (await door.sendgrid(padding, padding, padding)).status_code == 413


async def test_a_signed_body_that_is_no_batch_is_refused(door: Door) -> None:
    for body in (b"{}", b"1", b"not json", b"[" * 100_000):
        answer = await door.sendgrid_body(body)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:purr:problem:not-json")
