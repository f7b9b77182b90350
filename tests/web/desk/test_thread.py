"""A thread at the desk: answered once, whoever else is at it; put off, bound and merged only where that is right."""

import re
from datetime import timedelta
from typing import Any

import pytest

from domain.desk.roles import Role
from tests.begin import TODAY
from tests.connectors.test_attachments import PDF
from tests.web.api.test_replies import texted
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_inbox import writes
from tests.web.door import Door
from tests.web.webhooks.test_twilio import number


async def seen(desk: Desk, reply: int) -> str:
    """What a page that is open now has seen."""
    found = re.search(r'name="seen" value="([^"]*)"', (await desk.get(f"/desk/inbox/{reply}")).text)
    assert found is not None
    return found[1]


async def answers_of(door: Door) -> list[Any]:
    return await door.rows("select text, by, channel from answer where creditor_id = :c order by id", c=door.creditor)


async def test_a_thread_is_answered_and_the_next_one_opens(desk: Desk) -> None:
    first = await writes(desk.door, "Hvorfor <script>gebyr</script>?")
    second = await writes(desk.door, "Hallo", number_="1002", name="Ola Hansen", customer="K-2")
    page = (await desk.get(f"/desk/inbox/{first}")).text
    assert "Hvorfor &lt;script&gt;gebyr&lt;/script&gt;?" in page
    assert f"/desk/case/{desk.door.creditor}/1001" in page
    shown = await seen(desk, first)
    answer = await desk.send(f"/desk/inbox/{first}/answer", text="Fordi den er forfalt.", seen=shown, where="shown=all")
    assert answer.headers["location"] == f"/desk/inbox/{second}?shown=all&done=inbox_answered"
    assert "The answer is sent." in (await desk.get(answer.headers["location"])).text
    assert [tuple(row) for row in await answers_of(desk.door)] == [("Fordi den er forfalt.", desk.user.name, "sms")]
    assert await desk.door.one("select done_by from reply where id = :r", r=first) == desk.user.name
    again = await desk.send(f"/desk/inbox/{first}/answer", text="Fordi den er forfalt.", seen=shown)
    assert again.status_code == 303
    assert len(await answers_of(desk.door)) == 1
    shown = await seen(desk, second)
    done = await desk.send(f"/desk/inbox/{second}/done", seen=shown)
    assert done.headers["location"] == "/desk/inbox?shown=all&done=inbox_done"
    assert "Nobody waits for an answer." in (await desk.get("/desk/inbox")).text
    kept = await desk.door.rows("select what from desk_audit where by = :by order by id", by=desk.user.name)
    assert [row.what for row in kept if row.what != "looked"] == ["answer", "thread_done"]


async def test_two_who_answer_are_one_answer_and_the_other_is_told(desk: Desk, staff: Staff) -> None:
    reply = await writes(desk.door, "Hvorfor?")
    other = await staff.sign_in(Role.AGENT)
    shown = await seen(desk, reply)
    async with other.client:
        await other.send(f"/desk/inbox/{reply}/answer", text="Det er renter.", seen=shown)
    late = await desk.send(f"/desk/inbox/{reply}/answer", text="Mitt lange svar", seen=shown)
    assert late.status_code == 409
    assert "Something happened meanwhile. Nothing was sent." in late.text
    assert "Det er renter." in late.text
    assert "Mitt lange svar</textarea>" in late.text
    assert [row.text for row in await answers_of(desk.door)] == ["Det er renter."]


@pytest.mark.parametrize("act", ["answer", "done", "snooze"])
async def test_what_comes_while_somebody_types_is_shown_first(desk: Desk, act: str) -> None:
    phone = number()
    reply = await writes(desk.door, "Hvorfor?", phone=phone)
    shown = await seen(desk, reply)
    await texted(desk.door, "Glem det, mor døde i går", phone)
    form = {"text": "Svar", "until": f"{TODAY + timedelta(days=2)}T08:00", "seen": shown}
    answer = await desk.send(f"/desk/inbox/{reply}/{act}", **form)
    assert answer.status_code == 409
    assert "mor døde i går" in answer.text.split("</div>")[0] + answer.text
    assert await answers_of(desk.door) == []
    assert (
        await desk.door.one(
            "select count(*) from reply where creditor_id = :c and done_at is null", c=desk.door.creditor
        )
        == 2
    )
    assert (
        await desk.send(f"/desk/inbox/{reply}/{act}", **form | {"seen": await seen(desk, reply)})
    ).status_code == 303


@pytest.mark.parametrize(("text", "says"), [
    (" \n", "Write an answer."),
    ("x" * 1001, "up to 1000 characters"),
    ("nul\0l", "It was not accepted"),
])  # fmt: skip
async def test_an_answer_that_cannot_be_sent_is_told_of_and_kept(desk: Desk, text: str, says: str) -> None:
    reply = await writes(desk.door, "Hvorfor?")
    answer = await desk.send(f"/desk/inbox/{reply}/answer", text=text, seen=await seen(desk, reply))
    assert answer.status_code == 422
    assert says in answer.text
    assert 'href="#text"' in answer.text
    assert await answers_of(desk.door) == []


async def test_a_thread_rests_until_its_moment_and_thanks_do_not_wake_it(desk: Desk) -> None:
    phone = number()
    reply = await writes(desk.door, "Trenger dere noe mer?", phone=phone)
    until = f"{TODAY + timedelta(days=2)}T09:30"
    answer = await desk.send(f"/desk/inbox/{reply}/snooze", until=until, seen=await seen(desk, reply))
    assert answer.status_code == 303
    await texted(desk.door, "Tusen takk for hjelpen!", phone)
    assert "data-row=" not in (await desk.get("/desk/inbox")).text
    assert "09:30" in (await desk.get("/desk/inbox?shown=snoozed")).text
    await texted(desk.door, "Takk, men hva med gebyret?", phone)
    assert f'data-row="{reply}"' in (await desk.get("/desk/inbox")).text
    assert "data-row=" not in (await desk.get("/desk/inbox?shown=snoozed")).text


@pytest.mark.parametrize(("until", "says"), [
    ("2020-01-01T08:00", "Choose a moment that is not past."),
    ("9999-01-01T08:00", "Choose a moment within a year."),
    ("", "Choose a day and a time."),
])  # fmt: skip
async def test_nothing_rests_until_what_is_no_moment_ahead(desk: Desk, until: str, says: str) -> None:
    reply = await writes(desk.door, "Hallo")
    answer = await desk.send(f"/desk/inbox/{reply}/snooze", until=until, seen=await seen(desk, reply))
    assert (answer.status_code, says in answer.text) == (422, True)
    assert f'data-row="{reply}"' in (await desk.get("/desk/inbox")).text


async def test_a_thread_is_given_to_who_may_answer_there_and_never_taken_unseen(desk: Desk, staff: Staff) -> None:
    reply = await writes(desk.door, "Hallo")
    other, auditor = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.AUDITOR)
    assert (await desk.send(f"/desk/inbox/{reply}/assign", to=other.user.name)).status_code == 303
    late = await desk.send(f"/desk/inbox/{reply}/assign", to=desk.user.name, had="")
    assert (late.status_code, "Somebody else has got it meanwhile." in late.text) == (422, True)
    assert (
        await desk.send(f"/desk/inbox/{reply}/assign", to=auditor.user.name, had=other.user.name)
    ).status_code == 404
    assert (await desk.send(f"/desk/inbox/{reply}/assign", to="", had=other.user.name)).status_code == 303
    assert f'data-row="{reply}"' in (await desk.get("/desk/inbox?shown=unassigned")).text


async def test_one_person_with_two_numbers_is_one_thread_and_two_people_are_not(desk: Desk) -> None:
    door, phone = desk.door, number()
    first = await writes(door, "Om den første", phone=phone)
    other = await writes(door, "Noe annet", number_="1002", customer="K-2", phone=number(), email="kari2@example.no")
    stranger = await writes(door, "Hei", number_="1003", name="Ola Hansen", customer="K-3")
    ids = {
        row.id: row.debtor_id
        for row in await door.rows("select id, debtor_id from reply where creditor_id = :c", c=door.creditor)
    }
    for wrong in (ids[other], ids[stranger], ids[first], 999_999, 0):
        refused = await desk.send(f"/desk/inbox/{first}/merge", other=str(wrong))
        assert (refused.status_code, "not certain that this is the same person" in refused.text) == (422, True), wrong
    await door.rows(
        "update debtor set birth_date = '1980-02-03' where creditor_id = :c and name = 'Kari Nordmann' returning 1",
        c=door.creditor,
    )
    assert (await desk.send(f"/desk/inbox/{first}/merge", other=str(ids[other]))).status_code == 303
    assert (await desk.get("/desk/inbox")).text.count("data-row=") == 2
    page = (await desk.get(f"/desk/inbox/{other}")).text
    assert "Om den første" in page
    assert "Noe annet" in page
    await desk.send(f"/desk/inbox/{first}/done", seen=await seen(desk, first))
    assert (await desk.get("/desk/inbox")).text.count("data-row=") == 1
    await desk.send(f"/desk/inbox/{first}/merge")
    assert "Om den første" not in (await desk.get(f"/desk/inbox/{other}")).text


async def test_what_nobody_known_wrote_is_bound_to_a_debtor_within_reach_alone(staff: Staff, door: Door) -> None:
    await door.send_invoice()
    phone = number()
    await texted(door, "Jeg er uenig i fakturaen", phone)
    reply = int(await door.one("select max(id) from reply where sender = :s", s=phone))
    agent = await staff.sign_in(Role.AGENT)
    async with agent.client:
        assert (await agent.get(f"/desk/inbox/{reply}")).status_code == 404  # nobody knows whose it is
    everywhere = await staff.sign_in_everywhere(Role.AGENT)
    async with everywhere.client:
        assert phone in (await everywhere.get("/desk/inbox")).text
        for form in ({"creditor": "nobody", "number": "1001"}, {"creditor": door.creditor, "number": "9"}, {}):
            refused = await everywhere.send(f"/desk/inbox/{reply}/bind", **form)
            assert (refused.status_code, "no customer of this number" in refused.text) == (422, True)
        bound = await everywhere.send(f"/desk/inbox/{reply}/bind", creditor=door.creditor, number="1001")
        assert bound.status_code == 303
        assert "uenig i fakturaen" in (await everywhere.get(bound.headers["location"])).text
        assert (
            await everywhere.send(f"/desk/inbox/{reply}/bind", creditor=door.creditor, number="1001")
        ).status_code == 404
    assert (await door.client.get("/v1/invoices/1001")).json()["disputed"]


async def test_a_file_is_saved_by_who_may_read_the_thread(desk: Desk) -> None:
    await desk.door.send_invoice()
    await desk.door.client.post(
        f"{await desk.door.link()}/messages",
        data={"words": "Se her", "once": "a" * 32},
        files=[("files", ("kvittering.pdf", PDF, "application/pdf"))],
    )
    reply = int(await desk.door.one("select max(id) from reply where creditor_id = :c", c=desk.door.creditor))
    assert "kvittering.pdf" in (await desk.get(f"/desk/inbox/{reply}")).text
    saved = await desk.get(f"/desk/inbox/{reply}/files/1")
    assert saved.content == PDF
    assert saved.headers["content-disposition"].startswith("attachment")
    assert (await desk.get(f"/desk/inbox/{reply}/files/2")).status_code == 404
