"""A creditor tells what its process of today sent, whole or not at all, and sees it beside its shadow."""

from tests.begin import TODAY
from tests.web.door import Door

HEAD = "invoice,date,step,channel\n"
ADDRESS = f"/v1/comparison?day={TODAY}"


async def test_what_was_told_of_a_day_stands_beside_the_shadow_and_is_told_once(door: Door) -> None:
    body = f"{HEAD}N-9,{TODAY},reminder,letter\n"
    key = {"Idempotency-Key": "their-day"}
    first = await door.client.post(f"{ADDRESS}&by=billing", content=body, headers=key)
    assert (first.status_code, first.json()["messages"]) == (200, 1)
    assert (await door.client.post(f"{ADDRESS}&by=billing", content=body, headers=key)).json() == first.json()
    answer = (await door.client.get(ADDRESS)).json()
    assert (answer["is_told"], answer["count"]["only them"]) == (True, 1)
    (found,) = answer["found"]
    assert (found["kind"], found["purr"], found["them"]["channel"]) == ("only them", None, "letter")
    assert found["purr_says"] == "Purr does not have this invoice"


async def test_a_wrong_line_keeps_nothing(door: Door) -> None:
    answer = await door.client.post(f"{ADDRESS}&by=billing", content=f"{HEAD}N-9,{TODAY},reminder,fax\n")
    assert (answer.status_code, "line 2: channel" in answer.json()["detail"]) == (422, True)
    assert not (await door.client.get(ADDRESS)).json()["is_told"]
