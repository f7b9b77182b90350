"""Vipps MobilePay's webhooks: approved is captured, captured is booked once, and what is given back is owed again."""

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from config.settings import Settings
from facts.database import Database
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop

_numbers = count(1)


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor."""
    async with a_shop(web_settings, web_database, f"vipps{next(_numbers)}") as opened:
        yield opened


def event(reference: str, name: str, value: int = 80200, **changes: Any) -> dict[str, Any]:
    return {
        "msn": "123456",
        "reference": reference,
        "pspReference": uuid4().hex,
        "name": name,
        "amount": {"currency": "NOK", "value": value},
        "timestamp": "2026-11-16T09:30:00.123Z",
        "idempotencyKey": None,
        "success": True,
    } | changes


async def state(shop: Shop) -> str:
    (attempt,) = await shop.attempts()
    found: str = attempt.state
    return found


async def test_an_approved_payment_is_captured_and_booked_once(shop: Shop) -> None:
    shop.vipps.faults.duplicate_callbacks = True
    attempt = await shop.started(await shop.link())
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    assert set(shop.vipps.callbacks.answers) == {204}
    assert (await shop.owed(), await state(shop)) == (0, "paid")
    assert [told["name"] for told in shop.vipps.payments[attempt.provider_id].events] == [
        "CREATED",
        "AUTHORIZED",
        "CAPTURED",
    ]
    assert (await shop.door.news())[-1] == "payment_received"


async def test_an_approval_of_what_was_paid_meanwhile_is_let_go(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    assert (await shop.door.pay()).status_code == 200
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    payment = shop.vipps.payments[attempt.provider_id]
    assert (payment.captured, payment.cancelled, await state(shop)) == (0, 80200, "abandoned")
    assert await shop.owed() == 0


async def test_captures_by_hand_are_each_booked_and_one_of_nothing_is_not(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    for value in (50000, 0, 30200):
        assert (await shop.vipps_tells(event(attempt.provider_id, "CAPTURED", value))).status_code == 204
    assert (await shop.owed(), await state(shop)) == (0, "paid")


async def test_captured_alone_is_enough_and_approved_after_it_changes_nothing(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    reference = attempt.provider_id
    for name in ("CAPTURED", "AUTHORIZED", "CREATED", "ABORTED"):
        assert (await shop.vipps_tells(event(reference, name))).status_code == 204
    assert (await shop.owed(), await state(shop)) == (0, "paid")


async def test_a_capture_that_gets_no_answer_is_tried_again_when_the_approval_is_told_again(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    shop.vipps.faults.next.extend(["503", "503"])
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    assert 503 in shop.vipps.callbacks.answers
    assert (await shop.owed(), await state(shop)) == (0, "paid")
    assert shop.vipps.payments[attempt.provider_id].captured == 80200


async def test_a_capture_that_is_refused_is_a_failed_payment(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())  # nobody approved it at the provider
    assert (await shop.vipps_tells(event(attempt.provider_id, "AUTHORIZED"))).status_code == 204
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "failed")


@pytest.mark.parametrize("name", ["ABORTED", "EXPIRED", "CANCELLED"])
async def test_what_was_not_finished_is_given_up(shop: Shop, name: str) -> None:
    attempt = await shop.started(await shop.link())
    await shop.vipps_tells(event(attempt.provider_id, name))
    assert await state(shop) == "abandoned"
    assert (await shop.door.news())[-1] == "payment_attempted"


async def test_a_payment_that_we_ended_ourselves_is_no_news(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    await shop.vipps_tells(event(attempt.provider_id, "TERMINATED"))
    assert await state(shop) == "abandoned"
    assert "payment_attempted" not in await shop.door.news()


async def test_an_operation_without_success_fails_the_payment(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    await shop.vipps_tells(event(attempt.provider_id, "REFUNDED", success=False))
    assert await state(shop) == "started"
    await shop.vipps_tells(event(attempt.provider_id, "CAPTURED", success=False))
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "failed")


async def test_refunds_are_each_owed_again_once(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    shop.vipps.faults.duplicate_callbacks = True
    shop.vipps.refund(attempt.provider_id, 10000)
    shop.vipps.refund(attempt.provider_id, 5000)
    await shop.vipps.drain()
    assert await shop.owed() == Decimal("150.00")


async def test_a_refund_that_falls_back_is_not_owed(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    await shop.vipps_tells(event(attempt.provider_id, "CAPTURED"))
    refund = event(attempt.provider_id, "REFUNDED", 10000)
    await shop.vipps_tells(refund)
    assert await shop.owed() == Decimal("100.00")
    await shop.vipps_tells(refund | {"success": False})
    await shop.vipps_tells(refund)
    assert await shop.owed() == 0


async def test_a_refund_told_before_its_payment_is_to_be_told_again(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    refund = event(attempt.provider_id, "REFUNDED", 10000)
    assert (await shop.vipps_tells(refund)).status_code == 503
    await shop.vipps_tells(event(attempt.provider_id, "CAPTURED"))
    assert (await shop.vipps_tells(refund)).status_code == 204
    assert await shop.owed() == Decimal("100.00")


async def test_money_for_an_attempt_we_have_lost_waits_for_a_person(shop: Shop) -> None:
    await shop.link()
    merchant = f"{10_000 + next(_numbers)}"
    await shop.offer(f'{{"vipps": {{"merchant_serial_number": "{merchant}"}}}}')
    lost = f"purr-{uuid4().hex}"
    assert (await shop.vipps_tells(event(lost, "AUTHORIZED", msn=merchant))).status_code == 204
    assert lost not in shop.vipps.payments  # what we cannot explain is not drawn
    assert (await shop.vipps_tells(event(lost, "CAPTURED", msn=merchant))).status_code == 204
    query = "select source_id, amount, state from incoming_payment where creditor_id = :creditor"
    (row,) = await shop.door.rows(query, creditor=shop.door.creditor)
    assert (row.source_id, row.amount, row.state) == (lost, Decimal("802.00"), "review")


@pytest.mark.parametrize(
    "name", ["AUTHORIZED", "CAPTURED", "REFUNDED", "ABORTED", "EXPIRED", "CANCELLED", "TERMINATED"]
)
async def test_another_sales_unit_cannot_tell_of_our_payments(shop: Shop, name: str) -> None:
    attempt = await shop.started(await shop.link())
    for msn in ("666666", "999999"):
        for success in (True, False):
            told = event(attempt.provider_id, name, msn=msn, success=success)
            assert (await shop.vipps_tells(told)).status_code == 204
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "started")


async def test_a_payment_of_another_shop_on_the_same_sales_unit_is_none_of_ours(shop: Shop) -> None:
    await shop.link()
    for name in ("AUTHORIZED", "CAPTURED", "REFUNDED"):
        assert (await shop.vipps_tells(event("acme-shop-123", name))).status_code == 204
    assert await shop.door.rows("select 1 from incoming_payment where creditor_id = :c", c=shop.door.creditor) == []


@pytest.mark.parametrize("changes", [{"amount": {"currency": "NOK"}}, {"timestamp": "yesterday"}, {"reference": None}])
async def test_a_signed_event_that_cannot_be_read_is_told_to_vipps(shop: Shop, changes: dict[str, Any]) -> None:
    answer = await shop.vipps_tells(event(f"purr-{uuid4().hex}", "CAPTURED") | changes)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:invalid")


async def test_forged_and_unsigned_events_change_nothing(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    told = event(attempt.provider_id, "CAPTURED")
    for headers in (
        {"Authorization": ""},
        {"x-ms-date": "Thu, 30 Mar 2023 08:38:32 GMT"},
        {"x-ms-content-sha256": "x"},
    ):
        answer = await shop.vipps_tells(told, **headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:purr:problem:bad-signature")
    shop.vipps.webhook_secret = "another"
    assert (await shop.vipps_tells(told)).status_code == 401
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "started")
