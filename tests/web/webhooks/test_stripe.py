"""Stripe's webhooks: signed, late, twice and out of order; each booked once, and nothing that is not ours."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from config.settings import Settings
from facts.database import Database
from simulator.emulators.stripe import Paid, StripeWebhooks
from tests.begin import BEGIN, TODAY
from tests.web.paying import STRIPE_SECRETS, Shop, paid
from tests.web.paying import shop as a_shop

_numbers = count(1)


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor."""
    async with a_shop(web_settings, web_database, f"stripe{next(_numbers)}") as opened:
        yield opened


async def begun(shop: Shop, amount: str = "802.00", **metadata: str) -> Paid:
    """An invoice whose payment was begun at Stripe; gives the session."""
    await shop.link()
    return paid(await shop.begun("stripe", f"cs_{uuid4().hex}"), amount, **metadata)


async def state(shop: Shop) -> str:
    (attempt,) = await shop.attempts()
    found: str = attempt.state
    return found


async def test_a_paid_session_is_booked_once(shop: Shop) -> None:
    session = await begun(shop)
    event = shop.stripe.session("completed", session)
    for _ in range(2):
        assert (await shop.stripe_tells(event)).status_code == 204
    assert (await shop.owed(), await state(shop)) == (0, "paid")
    (row,) = await shop.door.rows(
        "select source, source_id, amount from incoming_payment where creditor_id = :c", c=shop.door.creditor
    )
    assert (row.source, row.source_id, row.amount) == ("stripe", session.payment, Decimal("802.00"))


async def test_the_client_reference_is_enough_to_find_the_attempt(shop: Shop) -> None:
    session = await begun(shop)
    event = shop.stripe.session("completed", session)
    event["data"]["object"]["metadata"] = {}
    assert (await shop.stripe_tells(event)).status_code == 204
    assert await shop.owed() == 0


async def test_money_told_late_counts_from_the_day_it_came(shop: Shop) -> None:
    session = await begun(shop)
    shop.stripe.clock = lambda: BEGIN - timedelta(days=3)
    await shop.stripe_tells(shop.stripe.session("completed", session))
    booked = await shop.door.one("select booked_on from incoming_payment where creditor_id = :c", c=shop.door.creditor)
    assert booked <= TODAY - timedelta(days=2)


async def test_a_payment_that_takes_days_is_on_its_way_until_it_comes_or_fails(shop: Shop) -> None:
    session = await begun(shop)
    await shop.stripe_tells(shop.stripe.session("completed", session, payment="unpaid"))
    assert (await state(shop), await shop.owed()) == ("processing", Decimal("802.00"))
    assert "Vi venter på beskjed om betalingen" in await shop.page(await shop.door.link())
    await shop.stripe_tells(shop.stripe.session("async_payment_failed", session, payment="unpaid"))
    assert await state(shop) == "failed"
    await shop.stripe_tells(shop.stripe.session("async_payment_succeeded", session))
    assert (await state(shop), await shop.owed()) == ("paid", 0)


async def test_an_expired_session_is_given_up_and_the_case_hears_of_it(shop: Shop) -> None:
    session = await begun(shop)
    await shop.stripe_tells(shop.stripe.session("expired", session, status="expired", payment="unpaid"))
    assert await state(shop) == "abandoned"
    assert (await shop.door.news())[-1] == "payment_attempted"


async def test_refunds_and_chargebacks_are_told_by_the_payment(shop: Shop) -> None:
    session = await begun(shop)
    rest = Decimal("652.00")
    for event, owed in (
        (shop.stripe.session("completed", session), "0"),
        (shop.stripe.refund(session, Decimal("100.00")), "100.00"),
        (shop.stripe.refund(session, Decimal("150.00")), "150.00"),
        (shop.stripe.dispute("created", session, "warning_needs_response", rest), "150.00"),
        (shop.stripe.dispute("created", session, "needs_response", rest), "802.00"),
        (shop.stripe.dispute("funds_withdrawn", session, "needs_response", rest), "802.00"),
        (shop.stripe.dispute("closed", session, "won", rest), "150.00"),
        (shop.stripe.dispute("funds_reinstated", session, "won", rest), "150.00"),
    ):
        for _ in range(2):
            assert (await shop.stripe_tells(event)).status_code == 204
        assert await shop.owed() == Decimal(owed), event["type"]


@pytest.mark.parametrize("kind", ["refund.failed", "refund.updated", "charge.refund.updated"])
@pytest.mark.parametrize(("status", "owed"), [("failed", "0.00"), ("canceled", "0.00"), ("succeeded", "802.00")])
async def test_a_refund_that_did_not_reach_the_payer_is_not_owed(shop: Shop, kind: str, status: str, owed: str) -> None:
    session = await begun(shop)
    await shop.stripe_tells(shop.stripe.session("completed", session))
    await shop.stripe_tells(shop.stripe.refund(session, Decimal("802.00")))
    for _ in range(2):
        event = shop.stripe.event(kind, shop.stripe.one_refund(session, status))
        assert (await shop.stripe_tells(event)).status_code == 204
    assert await shop.owed() == Decimal(owed)


async def test_a_lost_dispute_takes_the_money_once(shop: Shop) -> None:
    session = await begun(shop)
    for event in (
        shop.stripe.session("completed", session),
        shop.stripe.dispute("created", session, "needs_response"),
        shop.stripe.dispute("closed", session, "lost"),
    ):
        await shop.stripe_tells(event)
    assert await shop.owed() == Decimal("802.00")


async def test_told_out_of_order_and_twice_everything_is_booked_in_the_end(shop: Shop) -> None:
    session = await begun(shop)
    callbacks = shop.stripe.callbacks
    callbacks.held, callbacks.faults.duplicate_callbacks = True, True
    callbacks.queue(shop.stripe.refund(session, Decimal("100.00")))
    callbacks.queue(shop.stripe.session("completed", session))
    first, second = callbacks.waiting
    callbacks.waiting = [first]
    callbacks.release()  # the refund comes first, and again and again
    await asyncio.sleep(0.2)
    callbacks.waiting = [second]
    callbacks.release()
    await callbacks.drain()
    assert set(callbacks.answers) == {503, 204}
    assert await shop.owed() == Decimal("100.00")


async def test_a_session_of_an_unknown_attempt_is_booked_by_what_it_carries(shop: Shop) -> None:
    await shop.link()
    strange = paid(uuid4(), purr_creditor=shop.door.creditor, purr_invoice="1001", purr_reference="006402710013")
    assert (await shop.stripe_tells(shop.stripe.session("completed", strange))).status_code == 204
    assert await shop.owed() == 0


async def test_a_payment_of_another_shop_on_the_same_account_is_none_of_ours(shop: Shop) -> None:
    await shop.link()
    strange = Paid(uuid4(), Decimal("99.00"), metadata={"order": "17"})
    event = shop.stripe.session("completed", strange)
    event["data"]["object"]["client_reference_id"] = "order 17"
    for told in (event, shop.stripe.refund(strange, Decimal("99.00")), shop.stripe.dispute("created", strange, "lost")):
        assert (await shop.stripe_tells(told)).status_code == 204
    assert await shop.door.rows("select 1 from incoming_payment where creditor_id = :c", c=shop.door.creditor) == []


async def test_another_account_cannot_tell_of_our_payments(shop: Shop) -> None:
    session = await begun(shop, purr_creditor=shop.door.creditor, purr_invoice="1001")
    for forged in (
        shop.stripe.session("completed", session),
        shop.stripe.session("completed", session, payment="unpaid"),
        shop.stripe.session("async_payment_failed", session, payment="unpaid"),
        shop.stripe.session("expired", session, status="expired", payment="unpaid"),
        shop.stripe.refund(session, Decimal("802.00")),
        shop.stripe.dispute("created", session, "needs_response"),
        shop.stripe.dispute("closed", session, "won"),
    ):
        answer = await shop.stripe_tells(forged | {"account": "acct_of_a_stranger"})
        assert answer.status_code == 204, forged["type"]
    lost = paid(uuid4(), purr_creditor=shop.door.creditor, purr_invoice="1001")
    await shop.stripe_tells(shop.stripe.session("completed", lost) | {"account": "acct_of_a_stranger"})
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "started")


async def test_a_connected_account_is_paid_and_believed_for_its_own_creditor(shop: Shop) -> None:
    await shop.link()
    await shop.offer('{"stripe": {"account": "acct_own"}}')
    session = paid(uuid4(), purr_creditor=shop.door.creditor, purr_invoice="1001")
    told = shop.stripe.session("completed", session)
    await shop.stripe_tells(told)  # not from the account
    assert await shop.owed() == Decimal("802.00")
    await shop.stripe_tells(told | {"account": "acct_own"})
    assert await shop.owed() == 0


@pytest.mark.parametrize(("key", "live"), [("sk_test_123", False), ("sk_live_123", True), ("rk_live_123", True)])
async def test_only_events_of_the_mode_of_our_key_count(
    web_settings: Settings, web_database: Database, key: str, live: bool
) -> None:
    async with a_shop(web_settings, web_database, f"mode{next(_numbers)}", stripe_key=key) as shop:
        session = await begun(shop)
        told = shop.stripe.session("completed", session)
        assert (await shop.stripe_tells(told | {"livemode": not live})).status_code == 204
        assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "started")
        await shop.stripe_tells(told | {"livemode": live})
        assert (await shop.owed(), await state(shop)) == (0, "paid")


async def test_an_attempt_at_another_provider_is_not_stripes_to_tell_of(shop: Shop) -> None:
    attempt = await shop.started(await shop.link())
    await shop.stripe_tells(shop.stripe.session("completed", paid(attempt.id)))
    await shop.stripe_tells(shop.stripe.session("expired", paid(attempt.id), payment="unpaid"))
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "started")


async def test_events_of_other_types_are_answered_and_change_nothing(shop: Shop) -> None:
    assert (await shop.stripe_tells(shop.stripe.event("customer.created", {"id": "cus_1"}))).status_code == 204


@pytest.mark.parametrize("created", [10**13, 2**63, 2**64, -(2**64), -1, "9" * 40, 10**60, None])
async def test_an_event_of_a_moment_that_no_calendar_has_is_refused(shop: Shop, created: Any) -> None:
    event = shop.stripe.session("completed", await begun(shop)) | {"created": created}
    assert (await shop.stripe_tells(event)).status_code == 422
    assert await shop.owed() == Decimal("802.00")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": 10**60},
        {"amount_total": 10**12},
        {"payment_intent": "\ud800"},
        {"id": "\udfff"},
        {"currency": "\ud800"},
        {"currency": "kr"},
    ],
)
async def test_an_event_that_no_column_holds_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    event = shop.stripe.session("completed", await begun(shop))
    event["data"]["object"] |= changes
    if "id" in changes:
        event["data"]["object"]["payment_intent"] = None
    assert (await shop.stripe_tells(event)).status_code == 422
    assert await shop.owed() == Decimal("802.00")


@pytest.mark.parametrize("told", [{}, {"id": "cs_1", "currency": "nok"}, None, {"amount_total": "much"}])
async def test_a_signed_event_that_cannot_be_read_is_told_to_stripe(shop: Shop, told: Any) -> None:
    answer = await shop.stripe_tells(shop.stripe.event("checkout.session.completed", told))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:invalid")


async def test_every_secret_verifies_while_one_rotates_and_no_other(shop: Shop) -> None:
    session = await begun(shop)
    event = shop.stripe.session("completed", session)
    for secret, status in ((STRIPE_SECRETS[1], 204), (STRIPE_SECRETS[0], 204), ("whsec_other", 401)):
        body, headers = StripeWebhooks(None, secret=secret).signed(event)
        answer = await shop.door.client.post("/webhooks/stripe", content=body, headers=headers)
        assert answer.status_code == status


async def test_forged_stale_and_unsigned_events_change_nothing(shop: Shop) -> None:
    session = await begun(shop)
    body, headers = shop.stripe.signed(shop.stripe.session("completed", session))
    signature = headers["Stripe-Signature"]
    old = signature.replace(f"t={int(time.time())}", f"t={int(time.time()) - 400}")
    for content, signed in ((body + b" ", signature), (body, old), (body, ""), (b"\xff", signature)):
        answer = await shop.door.client.post("/webhooks/stripe", content=content, headers={"Stripe-Signature": signed})
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:purr:problem:bad-signature")
    assert (await shop.owed(), await state(shop)) == (Decimal("802.00"), "started")
