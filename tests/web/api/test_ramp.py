"""The ramp over the API: a creditor lets its own debtors in, and is told who waits."""

from tests.web.door import Door, invoice


async def test_a_creditor_begins_with_a_few_and_its_cases_say_what_they_wait_for(door: Door) -> None:
    for number in range(12):
        await door.client.post("/v1/invoices", json=invoice(f"N-{number}", debtor={"name": "Ola"}, reference=None))
    before = (await door.client.get("/v1/ramp")).json()
    assert (before["percent"], before["debtors_waiting"], before["history"]) == (100, 0, [])
    asked = {"percent": 1, "by": "anne", "reason_code": "go-live"}
    first = await door.client.post("/v1/ramp", json=asked, headers={"Idempotency-Key": "ramp-1"})
    again = await door.client.post("/v1/ramp", json=asked, headers={"Idempotency-Key": "ramp-1"})
    assert (first.status_code, again.json()) == (200, first.json())
    assert first.json()["percent"] == 1
    assert first.json()["cases_waiting"] >= 9
    assert [each["by"] for each in first.json()["history"]] == ["anne"]
    twice = await door.client.post("/v1/ramp", json=asked)
    assert (twice.status_code, "already" in twice.json()["detail"]) == (409, True)


async def test_only_the_three_shares_are_taken(door: Door) -> None:
    for percent in (0, 50, "10%", None):
        asked = {"percent": percent, "by": "anne", "reason_code": "go-live"}
        assert (await door.client.post("/v1/ramp", json=asked)).status_code == 422
