"""A notice to many over the API: written, counted, looked at, sent once and stopped; another creditor's is not there."""

from datetime import timedelta
from typing import Any

import pytest

from activities.jobs.announcements import Announcements
from planning.service import Planning
from tests.begin import TODAY
from tests.store import LAWS
from tests.web.door import Door

WORDS = {
    "nb": {"title": "Lengre ventetid", "text": "Det tar tid å svare.", "sms": "Det tar tid."},
    "en": {"title": "Longer waiting time", "text": "It takes time to answer.", "sms": "It takes time."},
}
KIM = {"by": "kim"}


def notice(**changes: Any) -> dict[str, Any]:
    return {"kind": "waiting time", "words": WORDS, "until": str(TODAY + timedelta(days=2)), **KIM, **changes}


async def worked(door: Door) -> None:
    works = Announcements(door.database, Planning(LAWS))
    while await works.work():
        pass


async def test_a_notice_is_written_once_counted_looked_at_sent_and_stopped(door: Door) -> None:
    await door.send_invoice("2001")
    await door.send_invoice("2002", reference=None)
    again = {"Idempotency-Key": "notice-1"}
    first, second = [await door.client.post("/v1/notices", json=notice(), headers=again) for _ in range(2)]
    assert (first.status_code, first.json()["state"]) == (201, "counting")
    assert first.json() == second.json()
    path = f"/v1/notices/{first.json()['id']}"
    early = await door.client.post(f"{path}/send", json=KIM)
    assert (early.status_code, "still looked for" in early.text) == (409, True)
    await worked(door)
    looked = (await door.client.get(path)).json()
    assert (looked["state"], looked["gets"], looked["by_channel"], looked["left_out"]) == (
        "counted",
        1,
        {"email": 1},
        {},
    )
    (read,) = looked["sample"]
    assert (read["invoice"], read["channel"], "Det tar tid å svare." in read["text"]) == ("2001", "email", True)
    assert looked["told"] == 0
    for _ in range(2):
        assert (await door.client.post(f"{path}/send", json=KIM)).json()["state"] in ("sending", "told")
        await worked(door)
    assert (await door.client.get(path)).json()["told"] == 1
    assert (await door.client.post(f"{path}/stop", json=KIM)).json()["state"] == "stopped"
    listed = (await door.client.get("/v1/notices")).json()["notices"]
    assert [(each["id"], each["state"]) for each in listed] == [(first.json()["id"], "stopped")]


async def test_two_notices_to_the_same_people_reach_them_once_within_a_week(door: Door) -> None:
    await door.send_invoice("2001")
    ids = [(await door.client.post("/v1/notices", json=notice())).json()["id"] for _ in range(2)]
    await worked(door)
    for id in ids:
        await door.client.post(f"/v1/notices/{id}/send", json=KIM)
        await worked(door)
    told = [(await door.client.get(f"/v1/notices/{id}")).json() for id in ids]
    assert [(each["told"], each["gets"]) for each in told] == [(1, 1), (0, 0)]
    assert told[1]["left_out"] == {"told lately": 1}


@pytest.mark.parametrize(("changes", "field"), [
    ({"kind": "offer"}, "kind"),
    ({"until": str(TODAY - timedelta(days=1))}, None),
    ({"until": str(TODAY + timedelta(days=30))}, None),
    ({"where": "no=thing"}, "where"),
    ({"where": "segment=nobody"}, "where"),
    ({"where": "creditor=another"}, "where"),
    ({"words": {"nb": WORDS["nb"] | {"text": "Dette er et inkassovarsel."}}}, "words.nb.text"),
    ({"words": {"nb": WORDS["nb"] | {"sms": "x" * 111}}}, "words.nb.sms"),
    ({"by": "purr"}, "by"),
])  # fmt: skip
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    door: Door, changes: dict[str, Any], field: str | None
) -> None:
    answer = await door.client.post("/v1/notices", json=notice(**changes))
    assert answer.status_code in (409, 422), answer.text
    if field:
        assert field in [each["field"] for each in answer.json()["errors"]]
    assert (await door.client.get("/v1/notices")).json() == {"notices": []}


async def test_another_creditors_notice_is_not_there(door: Door) -> None:
    id = (await door.client.post("/v1/notices", json=notice())).json()["id"]
    key = await door.register(f"{door.creditor}-next")
    theirs = {"Authorization": f"Bearer {key}"}
    path = f"/v1/notices/{id}"
    assert (await door.client.get(path, headers=theirs)).status_code == 404
    for act in ("send", "stop"):
        assert (await door.client.post(f"{path}/{act}", json=KIM, headers=theirs)).status_code == 404
    assert (await door.client.get("/v1/notices", headers=theirs)).json() == {"notices": []}
