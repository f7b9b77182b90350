"""What a creditor sees of what waits: its own, with a word for each thing that is well."""

from tests.web.door import Door


async def test_a_creditor_sees_what_waits_of_its_own(door: Door) -> None:
    await door.send_invoice()
    answer = (await door.client.get("/v1/control")).json()
    found = {each["name"]: each for each in answer["checks"]}
    assert answer["well"] is False
    assert found["bank data"]["count"] == 1
    assert found["bank data"]["found"][0]["what"].startswith(f"{door.creditor} account ")
    assert (found["replies"]["count"], found["replies"]["none"]) == (0, "every word is read")
    assert "not at work" not in found
