"""Payments over the API and from payment providers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web.door import BEGIN, WEBHOOK_SECRETS, Door, account_of, day, invoice, paid, payment_event, standard_webhook


async def balance(door: Door) -> str:
    return str((await door.client.get("/v1/invoices/1001")).json()["balance"])


async def test_a_payment_is_booked_once_on_the_invoice_its_reference_names(door: Door) -> None:
    await door.send_invoice()
    assert (await door.pay()).json()["payments"] == [{"id": "p-1", "status": "booked", "why": None, "balance": "0.00"}]
    assert (await door.pay()).json()["payments"][0]["status"] == "known"
    assert await balance(door) == "0.00"
    assert await door.news() == ["invoice_changed", "payment_received"]


async def test_a_list_is_answered_in_its_order_and_odd_ones_wait_with_a_reason(door: Door) -> None:
    await door.send_invoice()
    several = [paid("b", reference="42"), paid("a", amount="2.00", reference=None, invoice_number="1001")]
    answered = (await door.client.post("/v1/payments", json=several)).json()["payments"]
    assert [(p["id"], p["status"]) for p in answered] == [("b", "unmatched"), ("a", "booked")]
    assert answered[0]["why"] == "no invoice has this payment reference"


CLAIM = """
with m as (insert into mandate (creditor_id, debtor_id, reference, state, notify, source, confirmed_at, happened_at)
  select creditor_id, debtor_id, '006402710013', 'active', false, 'file', :now, :now from dunning_case c
  where c.id = :case returning id)
insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, happened_at)
select c.creditor_id, c.id, m.id, '006402710013', 802, 'NOK', cast(:due as date), 'sent', :now
from dunning_case c, m where c.id = :case returning id"""


@pytest.mark.parametrize("drawn", [True, False])
async def test_of_two_invoices_with_one_reference_a_draw_is_for_the_one_that_was_claimed(
    door: Door, drawn: bool
) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    query = "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :c and number = '1002'"
    ((case,),) = await door.rows(query, c=door.creditor)
    await door.rows(CLAIM, case=case, now=BEGIN, due=BEGIN.date())
    (told,) = (await door.client.post("/v1/payments", json=[paid("p-1") | {"drawn": drawn}])).json()["payments"]
    assert told["status"] == ("booked" if drawn else "unmatched")
    assert (await door.client.get("/v1/invoices/1002")).json()["balance"] == ("0.00" if drawn else "802.00")
    assert await balance(door) == "802.00"


@pytest.mark.parametrize("amount", ["0", "NaN", "1e400", "1.001", "10000000000", None, [], 1e999])
async def test_a_bad_amount_refuses_the_whole_list(door: Door, amount: object) -> None:
    await door.send_invoice()
    body = [paid("a"), paid("b") | {"amount": str(amount) if isinstance(amount, float) else amount}]
    assert (await door.client.post("/v1/payments", json=body)).status_code == 422
    assert await balance(door) == "802.00"


async def test_an_account_is_imported_through_today_at_most(door: Door) -> None:
    path = f"/v1/bank-accounts/{account_of(door.creditor)}/imported-through"
    assert (await door.client.post(path, json={"through": day(0)})).status_code == 200
    (row,) = await door.rows("select imported_through from bank_account where creditor_id = :c", c=door.creditor)
    assert str(row.imported_through) == day(0)
    assert (await door.client.post(path, json={"through": day(2)})).status_code == 422
    other = await door.client.post("/v1/bank-accounts/11111111111/imported-through", json={"through": day(0)})
    assert other.status_code == 404


@pytest.mark.parametrize("secret", WEBHOOK_SECRETS)
async def test_a_payment_told_by_webhook_is_booked_with_either_secret(door: Door, secret: str) -> None:
    await door.send_invoice()
    answer = await door.payment_webhook(payment_event(door.creditor), secret=secret)
    assert (answer.status_code, answer.json()["status"]) == (200, "booked")
    assert await balance(door) == "0.00"


async def test_a_webhook_repeated_at_the_same_time_books_once(door: Door) -> None:
    await door.send_invoice()
    event = payment_event(door.creditor, amount="100.00")
    answers = await asyncio.gather(*(door.payment_webhook(event, id=f"evt-{n}") for n in range(6)))
    assert sorted(answer.json()["status"] for answer in answers) == ["booked"] + 5 * ["known"]
    assert await balance(door) == "702.00"


@pytest.mark.parametrize("order", [("received", "reversed"), ("reversed", "received")])
async def test_a_reversal_gives_the_debt_back_in_any_order(door: Door, order: tuple[str, str]) -> None:
    await door.send_invoice()
    for kind in order:
        await door.payment_webhook(payment_event(door.creditor, f"payment.{kind}"))
    assert await balance(door) == "802.00"


async def test_forged_stale_and_unsigned_webhooks_change_nothing(door: Door) -> None:
    await door.send_invoice()
    event = payment_event(door.creditor)
    body, headers = standard_webhook(event)
    _, stale = standard_webhook(event, at=datetime.now(UTC) - timedelta(minutes=6))
    _, early = standard_webhook(event, at=datetime.now(UTC) + timedelta(minutes=6))
    _, forged = standard_webhook(event, secret="whsec_Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2Vk")
    tampered = body.replace(b"802.00", b"802.01")
    for content, signed in ((body, stale), (body, early), (body, forged), (body, {}), (tampered, headers)):
        answer = await door.client.post("/webhooks/payments", content=content, headers=signed)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:purr:problem:bad-signature")
    assert await balance(door) == "802.00"


async def test_a_replayed_webhook_is_harmless(door: Door) -> None:
    await door.send_invoice()
    body, headers = standard_webhook(payment_event(door.creditor))
    for status in ("booked", "known"):
        answer = await door.client.post("/webhooks/payments", content=body, headers=headers)
        assert answer.json()["status"] == status


async def test_a_source_tells_of_payments_to_its_own_creditor_alone(door: Door) -> None:
    await door.send_invoice()
    neighbour = f"{door.creditor}-next"
    await door.register(neighbour)
    for other in (neighbour, "nobody"):
        answer = await door.payment_webhook(payment_event(other))
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:purr:problem:bad-signature")
    assert await door.rows("select 1 from incoming_payment where creditor_id = :c", c=neighbour) == []


async def test_a_webhook_without_sense_is_refused(door: Door) -> None:
    nonsense: list[Any] = [[], {}, 1, {"type": "payment.received"}, payment_event(door.creditor, amount="1\0")]
    for event in nonsense:
        assert (await door.payment_webhook(event)).status_code == 422
    other = await door.payment_webhook({"type": "payout.sent", "data": {}})
    assert (other.status_code, other.json()) == (200, {"status": "ignored"})


async def test_two_lists_that_meet_do_not_lock_each_other_out(door: Door) -> None:
    for number in ("1", "2", "3"):
        await door.client.post("/v1/invoices", json=invoice(number, reference=None))
    there = [paid(f"there-{n}", amount="1.00", reference=None, invoice_number=n) for n in ("1", "2", "3")]
    back = [paid(f"back-{n}", amount="1.00", reference=None, invoice_number=n) for n in ("3", "2", "1")]
    answers = await asyncio.gather(*(door.client.post("/v1/payments", json=each) for each in (there, back)))
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_payment_names_its_invoice_as_everything_else_does(door: Door) -> None:
    await door.send_invoice()
    booked = await door.pay(reference=None, invoice="1001", amount="2.00")
    assert booked.json()["payments"][0]["status"] == "booked"
    as_before = await door.pay("p-2", reference=None, invoice_number="1001", amount="800.00")
    assert as_before.json()["payments"][0]["balance"] == "0.00"
    both = await door.pay("p-3", invoice="1001", invoice_number="1001")
    assert (both.status_code, both.json()["type"]) == (422, "urn:purr:problem:invalid")


async def test_what_waited_is_booked_by_the_words_of_its_list(door: Door) -> None:
    await door.send_invoice()
    await door.pay(reference="12345674")
    (waiting,) = (await door.client.get("/v1/payments/unmatched")).json()["payments"]
    match = f"/v1/payments/unmatched/{waiting['number']}/match"
    for shares in ([{}], [{"invoice": "1001", "number": "1001"}], [{"invoice": "1001"}, {"number": "1001"}]):
        assert (await door.client.post(match, json={"invoices": shares, "by": "anne"})).status_code == 422
    matched = (await door.client.post(match, json={"invoices": [{"invoice": "1001"}], "by": "anne"})).json()
    assert (matched["number"], matched["payment"]) == (waiting["number"], waiting["number"])
    assert [each["invoice"] for each in matched["invoices"]] == ["1001"]
