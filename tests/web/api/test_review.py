"""Money that waits for a person, and refunds, over the API: each creditor's own, each decided once."""

from typing import Any

import pytest

from tests.web.door import Door, invoice, paid

UNKNOWN = "12345674"


async def waiting(door: Door, **changes: Any) -> int:
    """A payment that no invoice explains; gives its number."""
    await door.pay(
        "w-1", **{"reference": UNKNOWN, "payer_name": "Ola Hansen", "debit_account": "99990512341"} | changes
    )
    (listed,) = (await door.client.get("/v1/payments/unmatched")).json()["payments"]
    return str(listed["number"])


async def test_what_waits_is_listed_with_its_likeliest_invoices_and_the_reasons(door: Door) -> None:
    await door.send_invoice()
    await door.pay("w-1", reference=None, payer_name="Kari Nordmann", text="for the power")
    (listed,) = (await door.client.get("/v1/payments/unmatched")).json()["payments"]
    assert (listed["id"], listed["payer_name"], listed["text"]) == ("w-1", "Kari Nordmann", "for the power")
    assert listed["why"] == "no payment reference; only the payer's name and the amount point to an invoice"
    (candidate,) = listed["candidates"]
    assert (candidate["invoice"], candidate["balance"]) == ("1001", "802.00")
    assert candidate["reasons"] == ["the amount is all that is owed", "the payer's name is the debtor's"]


async def test_a_person_books_it_once_and_the_payers_account_is_remembered(door: Door) -> None:
    await door.send_invoice()
    path = f"/v1/payments/unmatched/{await waiting(door)}/match"
    body = {"invoices": [{"number": "1001", "amount": "802.00"}], "by": "anne"}
    answered = await door.client.post(path, json=body)
    assert (answered.status_code, answered.json()["invoices"]) == (
        200,
        [{"number": "1001", "invoice": "1001", "balance": "0.00"}],
    )
    again = await door.client.post(path, json=body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:purr:problem:conflict")
    assert (await door.client.get("/v1/payments/unmatched")).json() == {"payments": []}
    await door.client.post("/v1/invoices", json=invoice("1002", reference="2345676"))
    known = await door.pay("w-2", reference=None, debit_account="99990512341")
    assert known.json()["payments"][0]["status"] == "booked"


async def test_the_same_key_gives_the_same_answer(door: Door) -> None:
    await door.send_invoice()
    path, key = f"/v1/payments/unmatched/{await waiting(door)}/match", {"Idempotency-Key": "once"}
    body = {"invoices": [{"number": "1001"}], "by": "anne"}
    first, second = [await door.client.post(path, json=body, headers=key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("invoices", "problem"),
    [
        ([{"number": "1001", "amount": "800.00"}], "the amounts make 800.00, the payment is 802.00: they must agree"),
        ([{"number": "4711"}], "has no invoice 4711"),
        ([], "at least 1 item"),
        ([{"number": "1001"}, {"number": "1001"}], "named twice"),
        ([{"number": "1001", "amount": "1.001"}], "decimals"),
    ],
)
async def test_what_cannot_be_booked_is_refused_with_the_reason(door: Door, invoices: list[Any], problem: str) -> None:
    await door.send_invoice()
    path = f"/v1/payments/unmatched/{await waiting(door)}/match"
    answered = await door.client.post(path, json={"invoices": invoices, "by": "anne"})
    assert answered.status_code == 422
    assert problem in answered.text
    assert len((await door.client.get("/v1/payments/unmatched")).json()["payments"]) == 1


async def test_it_is_sent_back_and_told_to_be_paid_once(door: Door) -> None:
    number = await waiting(door)
    sent = await door.client.post(
        f"/v1/payments/unmatched/{number}/send-back", json={"by": "anne", "to_account": "99990512342"}
    )
    assert sent.status_code == 200
    (refund,) = (await door.client.get("/v1/refunds")).json()["refunds"]
    assert (refund["number"], refund["amount"], refund["state"]) == (sent.json()["refund"], "802.00", "due")
    assert (refund["to_account"], refund["by"], refund["invoice"]) == ("99990512342", "anne", None)
    path = f"/v1/refunds/{refund['number']}/paid"
    assert (await door.client.post(path)).json() == {"number": refund["number"], "state": "paid"}
    assert (await door.client.post(path)).status_code == 409
    again = await door.client.post(
        f"/v1/payments/unmatched/{number}/match", json={"invoices": [{"number": "1"}], "by": "a"}
    )
    assert again.status_code == 409


async def test_nobody_sees_or_decides_about_another_creditors_money(door: Door) -> None:
    number = await waiting(door)
    refund = (await door.client.post(f"/v1/payments/unmatched/{number}/send-back", json={"by": "anne"})).json()[
        "refund"
    ]
    await door.client.post("/v1/payments", json=paid("w-3", reference=UNKNOWN))
    (other,) = (await door.client.get("/v1/payments/unmatched")).json()["payments"]
    stranger = {"Authorization": f"Bearer {await door.register(f'{door.creditor}-other')}"}
    assert (await door.client.get("/v1/payments/unmatched", headers=stranger)).json() == {"payments": []}
    assert (await door.client.get("/v1/refunds", headers=stranger)).json()["refunds"] == []
    for path, body in (
        (f"payments/unmatched/{other['number']}/match", {"invoices": [{"number": "1001"}], "by": "eve"}),
        (f"payments/unmatched/{other['number']}/send-back", {"by": "eve"}),
        (f"refunds/{refund}/paid", None),
    ):
        answered = await door.client.post(f"/v1/{path}", json=body, headers=stranger)
        assert (answered.status_code, answered.json()["type"]) == (404, "urn:purr:problem:not-found")
