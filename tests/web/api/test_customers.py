"""Customer relations over the API: told once each, and what losing a customer would cost."""

from tests.web.door import Door, day, invoice

STARTED = {
    "id": "crm-1",
    "customer_number": "K-77",
    "kind": "started",
    "on": "2020-01-01",
    "monthly_margin": "100.00",
    "currency": "NOK",
}
RELATIONS = "/v1/customer-relations"


async def test_an_event_is_told_once_and_shown_to_its_creditor(door: Door) -> None:
    key = {"Idempotency-Key": "told-1"}
    assert (await door.client.post(RELATIONS, json=STARTED, headers=key)).status_code == 201
    again = await door.client.post(RELATIONS, json=STARTED, headers=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    known = await door.client.post(RELATIONS, json=STARTED)
    assert (known.status_code, known.json()) == (200, {"status": "known", "id": "crm-1"})
    other = await door.client.post(RELATIONS, json=STARTED | {"on": "2021-01-01"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:purr:problem:conflict")
    shown = (await door.client.get("/v1/debtors/K-77/relations")).json()
    assert (shown["customer"], shown["lost_customer_cost"]) == (True, [{"amount": "3600.00", "currency": "NOK"}])
    assert (await door.client.get("/v1/debtors/K-78/relations")).status_code == 404
    debtor = invoice()["debtor"] | {"customer_number": "K-77"}
    await door.send_invoice(debtor=debtor, issue_date=day(-40), due_date=day(-20))
    groups = (await door.client.get(f"/v1/customers-kept?since={day(-60)}")).json()["groups"]
    assert [(each["group"], each["customers"]) for each in groups] == [("not reminded", 1)]
    assert (await door.client.get("/v1/invoices/1001")).json()["lost_customer_cost"] == shown["lost_customer_cost"]


async def test_what_cannot_be_is_refused_with_its_field(door: Door) -> None:
    wrong = await door.client.post(RELATIONS, json=STARTED | {"currency": None, "kind": "left"})
    assert wrong.status_code == 422
    assert "kind" in wrong.text
    unpaired = await door.client.post(RELATIONS, json=STARTED | {"currency": None})
    assert (unpaired.status_code, "monthly_margin and currency go together" in unpaired.text) == (422, True)
