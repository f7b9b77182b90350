"""Saved replies: kept by supervisors, filled where they are seen, and never sent with a hole."""

import re

import pytest

from domain.desk.roles import Role
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_inbox import writes
from tests.web.desk.test_thread import answers_of, seen
from tests.web.door import Door

SAVED = "/desk/saved-replies"


@pytest.fixture
async def supervisor(staff: Staff) -> Desk:
    return await staff.sign_in(Role.SUPERVISOR)


async def test_a_saved_reply_is_filled_below_what_is_typed_and_sent_as_it_was_seen(
    supervisor: Desk, desk: Desk, door: Door
) -> None:
    reply = await writes(door, "Hvor mye?", name="Kari <Nordmann>")
    words = "Hei {name}. Du skylder {amount} til {creditor} innen {due_date} for {invoice}: {link}"
    form = {"creditor": door.creditor, "language": "nb", "title": "Beløp <b>", "text": words}
    assert (await supervisor.send(SAVED, **form)).status_code == 303
    assert "Beløp &lt;b&gt;" in (await supervisor.get(SAVED)).text
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    saved = re.search(r'<option value="(\d+)">Beløp', page)
    assert saved is not None
    shown = await desk.send(
        f"/desk/inbox/{reply}/answer", text="Takk!", use=saved[1], go="1", seen=await seen(desk, reply)
    )
    assert shown.status_code == 200
    filled = re.search(r"<textarea[^>]*>([^<]*)</textarea>", shown.text)
    assert filled is not None
    assert filled[1].startswith("Takk!\n\nHei Kari &lt;Nordmann&gt;. Du skylder 802,00 kr til ")
    link = re.search(r"https://purr.example(/i/\S+)", filled[1])
    assert link is not None
    assert "802,00 kr" in (await door.client.get(link[1])).text
    assert await answers_of(door) == []


async def test_an_answer_with_a_field_that_is_not_filled_is_not_sent(desk: Desk) -> None:
    reply = await writes(desk.door, "Hvor mye?")
    answer = await desk.send(f"/desk/inbox/{reply}/answer", text="Du skylder {amount}", seen=await seen(desk, reply))
    assert (answer.status_code, "A field is not filled." in answer.text) == (422, True)
    assert await answers_of(desk.door) == []


@pytest.mark.parametrize(("field", "value", "says"), [
    ("creditor", "nobody", "Choose a creditor whom you may see."),
    ("language", "xx", "Choose one of the languages."),
    ("title", " ", "Give it a name"),
    ("title", "x" * 61, "Give it a name"),
    ("text", "x" * 1001, "up to 1000 characters"),
    ("text", "Hei {navn}", "a field that there is not"),
])  # fmt: skip
async def test_what_cannot_be_kept_is_told_and_nothing_typed_is_lost(
    supervisor: Desk, field: str, value: str, says: str
) -> None:
    form = {"creditor": supervisor.door.creditor, "language": "nb", "title": "Hei", "text": "Hei igjen"} | {
        field: value
    }
    answer = await supervisor.send(SAVED, **form)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert form["text"] in answer.text
    assert (
        await supervisor.door.rows("select 1 from desk_saved_reply where creditor_id = :c", c=supervisor.door.creditor)
        == []
    )


async def test_the_same_title_takes_the_place_and_another_creditors_is_not_there(
    supervisor: Desk, staff: Staff, door: Door, desk: Desk
) -> None:
    for words in ("Første", "Andre"):
        await supervisor.send(SAVED, creditor=door.creditor, language="nb", title="Hei", text=words)
    (kept,) = await door.rows("select id, text from desk_saved_reply where creditor_id = :c", c=door.creditor)
    assert kept.text == "Andre"
    assert (await desk.get(SAVED)).status_code == 404
    await door.register("elsewhere-saved")
    elsewhere = await staff.sign_in(Role.SUPERVISOR, creditors=("elsewhere-saved",))
    async with elsewhere.client:
        assert "Andre" not in (await elsewhere.get(SAVED)).text
        assert (await elsewhere.send(f"{SAVED}/{kept.id}/remove")).status_code == 404
    assert (await supervisor.send(f"{SAVED}/{kept.id}/remove")).status_code == 303
    assert "No reply is saved." in (await supervisor.get(SAVED)).text
