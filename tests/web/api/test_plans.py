"""Promises and instalment plans over the API: offered and agreed within the policy, refused clearly otherwise."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from facts.agreements import plans
from tests.begin import TODAY
from tests.web.door import Door, day, paid

ASKED = {"by": "anne", "reason_code": "asked"}
OFFERS = "/v1/invoices/1001/plan-offers"
PLAN = "/v1/invoices/1001/plan"


async def promise(door: Door, number: str = "1001", **given: Any) -> httpx.Response:
    """Record a promise over the API."""
    return await door.client.post(f"/v1/invoices/{number}/promises", json=ASKED | {"pay_by": day(7)} | given)


async def agree(door: Door, **given: Any) -> httpx.Response:
    """Agree on a plan over the API."""
    return await door.client.post(PLAN, json=ASKED | (given or {"months": 3}))


async def worth_splitting(door: Door) -> None:
    """Send an invoice that is worth splitting."""
    lines = [{"text": "Nettleie", "amount": "6000.00"}]
    assert (await door.send_invoice(amount="6000.00", lines=lines)).status_code == 201


async def test_a_promise_is_stored_and_told(door: Door) -> None:
    await door.send_invoice()
    answer = await promise(door)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["number"], made["amount"], made["currency"]) == ("1001", "802.00", "NOK")
    assert date.fromisoformat(made["pay_by"]) >= TODAY + timedelta(days=7)  # moved to a banking day
    assert await door.news() == ["invoice_changed", "promise_recorded"]


async def test_a_promise_sent_twice_with_one_key_is_made_once(door: Door) -> None:
    await door.send_invoice()
    door.client.headers["Idempotency-Key"] = "once"
    first, second = await promise(door), await promise(door)
    assert first.json() == second.json()
    assert await door.news() == ["invoice_changed", "promise_recorded"]


async def test_a_promise_out_of_bounds_is_refused_in_words(door: Door) -> None:
    await door.send_invoice()
    late = await promise(door, pay_by=day(300))
    assert (late.status_code, late.json()["type"]) == (409, "urn:purr:problem:conflict")
    assert "too far ahead: the policy allows promises through" in late.json()["detail"]
    assert (await promise(door, number="1002")).status_code == 404


async def test_a_promise_can_be_withdrawn(door: Door) -> None:
    await door.send_invoice()
    made = (await promise(door)).json()["id"]
    address = "/v1/invoices/1001/promises/withdraw"
    assert (await door.client.post(address, json=ASKED)).json() == {"number": "1001", "invoice": "1001", "id": made}
    assert (await door.client.post(address, json=ASKED)).status_code == 409


async def test_offers_are_the_usual_lengths_or_those_a_budget_can_bear(door: Door) -> None:
    await worth_splitting(door)
    usual = (await door.client.get(OFFERS)).json()
    assert [(each["months"], each["monthly"]) for each in usual["offers"]] == [
        (2, "3000.00"),
        (3, "2000.00"),
        (6, "1000.00"),
        (12, "500.00"),
    ]
    assert (usual["currency"], usual["none_because"], usual["advice"]) == ("NOK", None, None)
    fitting = (await door.client.get(OFFERS, params={"income": "20000", "spending": "17000"})).json()
    assert [each["months"] for each in fitting["offers"]] == [2, 3, 4]


async def test_where_nothing_is_left_there_is_advice_and_no_offer(door: Door) -> None:
    await worth_splitting(door)
    answer = (await door.client.get(OFFERS, params={"income": "20000", "spending": "20000"})).json()
    assert (answer["offers"], answer["none_because"]) == ([], "nothing left")
    assert "free debt advice" in answer["advice"]


@pytest.mark.parametrize("query", ["income=1", "spending=1", "income=-1&spending=1", "first_due=soon", "income=NaN"])
async def test_half_a_budget_or_an_odd_one_is_invalid(door: Door, query: str) -> None:
    await worth_splitting(door)
    answer = await door.client.get(f"{OFFERS}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:invalid")


async def test_an_agreed_plan_is_what_was_offered_and_can_be_looked_at(door: Door) -> None:
    await worth_splitting(door)
    assert (await door.client.get(PLAN)).status_code == 404
    offered = (await door.client.get(OFFERS)).json()["offers"][1]
    agreed = await agree(door)
    assert agreed.status_code == 201
    plan = agreed.json()
    assert plan["instalments"] == offered["instalments"]
    assert (plan["state"], plan["total"], plan["interest"], plan["paid"]) == ("active", "6000.00", "0.00", "0.00")
    assert (await door.client.get(PLAN)).json() == plan
    assert await door.news() == ["invoice_changed", "plan_recorded"]


async def test_what_is_paid_with_the_plans_reference_or_the_invoices_is_paid_on_the_plan(door: Door) -> None:
    await worth_splitting(door)
    plan = (await agree(door)).json()
    for payment in (
        paid("p-1", amount="1500.00", reference=plan["reference"]),
        paid("p-2", amount="500.00"),
    ):
        (booked,) = (await door.client.post("/v1/payments", json=payment)).json()["payments"]
        assert booked["status"] == "booked"
    assert (await door.client.get(PLAN)).json()["paid"] == "2000.00"


async def test_an_agents_schedule_is_taken_within_the_policys_bounds(door: Door) -> None:
    await worth_splitting(door)
    parts = [{"due_on": day(14), "amount": "1000.00"}, {"due_on": day(60), "amount": "5000.00"}]
    small = [{"due_on": day(14), "amount": "1.00"}, {"due_on": day(60), "amount": "5999.00"}]
    refused = await agree(door, schedule=small)
    assert refused.status_code == 409
    assert "under the smallest" in refused.json()["detail"]
    agreed = (await agree(door, schedule=parts)).json()
    assert [each["amount"] for each in agreed["instalments"]] == ["1000.00", "5000.00"]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"months": 5}, 409, "a plan of 5 months is not offered: there are 2, 3, 6, 12"),
        ({"by": "anne"}, 422, "give months, or a schedule"),
        ({"months": 2, "schedule": [{"due_on": "2030-01-02", "amount": "1"}] * 2}, 422, "give months, or a schedule"),
        ({"months": 2, "income": "1"}, 422, "give both income and spending, or neither"),
        ({"schedule": [{"due_on": "2030-01-02", "amount": "1"}] * 2, "income": "1"}, 422, "belong to months"),
        ({"months": 1}, 422, "greater than or equal to 2"),
    ],
)
async def test_terms_that_are_not_offered_or_not_plain_are_refused(
    door: Door, given: dict[str, Any], status: int, said: str
) -> None:
    await worth_splitting(door)
    answer = await agree(door, **given)
    assert answer.status_code == status
    assert said in answer.text
    assert await door.news() == ["invoice_changed"]


async def test_a_second_plan_is_refused_until_the_first_is_ended(door: Door) -> None:
    await worth_splitting(door)
    await agree(door)
    assert "active instalment plan" in (await agree(door)).json()["detail"]
    ended = await door.client.post(f"{PLAN}/end", json=ASKED)
    assert (ended.status_code, ended.json()["state"], ended.json()["paid"]) == (200, "ended", None)
    assert (await door.client.post(f"{PLAN}/end", json=ASKED)).status_code == 409
    assert (await agree(door, months=2)).status_code == 201


async def test_another_creditor_sees_and_ends_nothing(door: Door) -> None:
    await worth_splitting(door)
    await agree(door)
    door.client.headers["Authorization"] = f"Bearer {await door.register(f'{door.creditor}-other')}"
    assert (await door.client.get(PLAN)).status_code == 404
    assert (await door.client.get(OFFERS)).status_code == 404
    assert (await door.client.post(f"{PLAN}/end", json=ASKED)).status_code == 404
    assert (await promise(door)).status_code == 404


async def test_the_budget_is_not_stored(door: Door) -> None:
    await worth_splitting(door)
    await agree(door, months=2, income="23456.78", spending="12345.67")
    case = await door.one("select c.id from dunning_case c where c.creditor_id = :c", c=door.creditor)
    async with door.database.transaction() as connection:
        plan = await plans.plan_of(connection, case)
    assert plan is not None
    assert plan.total == Decimal(6000)
    for (detail,) in await door.rows("select cast(detail as text) from case_event where case_id = :case", case=case):
        assert "23456" not in detail
        assert "12345" not in detail
