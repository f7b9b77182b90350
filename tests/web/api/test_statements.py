"""A statement of account over the API: all that a debtor owes, and one reference that pays it."""

from decimal import Decimal

from tests.web.door import Door, paid


async def test_one_reference_pays_all_that_a_debtor_owes(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", amount="333.33", reference=None)
    before = (await door.client.get("/v1/debtors/K-1/statement")).json()
    assert [(line["number"], line["asked"]) for line in before["lines"]] == [("1001", "802.00"), ("1002", "333.33")]
    assert before["sums"][0]["reference"] is None
    issued = await door.client.post("/v1/debtors/K-1/statement")
    assert issued.status_code == 201
    assert issued.json() == (await door.client.get("/v1/debtors/K-1/statement")).json()
    (of,) = issued.json()["sums"]
    assert (of["asked"], of["credit"]) == ("1135.33", "0.00")
    payment = paid("all", reference=of["reference"], amount=of["asked"])
    (told,) = (await door.client.post("/v1/payments", json=[payment])).json()["payments"]
    assert told["status"] == "booked"
    after = (await door.client.get("/v1/debtors/K-1/statement")).json()
    assert (after["lines"], after["sums"]) == ([], [])


async def test_nobody_is_found_by_a_number_that_is_nobody_s(door: Door) -> None:
    for method in ("GET", "POST"):
        assert (await door.client.request(method, "/v1/debtors/K-9/statement")).status_code == 404


async def test_too_much_is_credit_beside_what_is_owed(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", amount="333.33", reference=None)
    await door.client.post("/v1/payments", json=paid("much", amount="900.00"))
    (of,) = (await door.client.get("/v1/debtors/K-1/statement")).json()["sums"]
    assert (of["asked"], of["credit"]) == ("333.33", "98.00")
    assert Decimal(of["owed"]) == Decimal("333.33")
