"""The inbox: who waits the longest comes first, by filters, within reach, and late where the creditor says so."""

from datetime import timedelta
from uuid import uuid4

import pytest

from commands.debtor.sorted_reply import take_sorted
from domain.desk.roles import Role
from domain.parties.message_classes import MessageClass, Sorted
from facts import clock
from tests.web.api.test_replies import texted
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door, invoice
from tests.web.webhooks.test_twilio import number
from views.inbox import late_threads
from web.desk.inbox import calendars


async def writes(
    door: Door, words: str, *, number_: str = "1001", name: str = "Kari Nordmann", customer: str = "K-1", **debtor: str
) -> int:
    """Somebody who has an invoice, sent now if it was not, writes an SMS; gives the reply."""
    phone = debtor.pop("phone", None) or number()
    who = invoice()["debtor"] | {"name": name, "customer_number": customer, "phone": phone, "email": None} | debtor
    if not await door.rows("select 1 from invoice where creditor_id = :c and number = :n", c=door.creditor, n=number_):
        answer = await door.send_invoice(number_, reference=None, debtor=who)
        assert answer.status_code in (200, 201), answer.text
    await texted(door, words, phone)
    return int(await door.one("select max(id) from reply where creditor_id = :c", c=door.creditor))


async def aged(door: Door, reply: int, age: timedelta) -> None:
    """A reply came earlier."""
    await door.rows("update reply set happened_at = happened_at - :age where id = :r returning 1", age=age, r=reply)


async def sorted_as(door: Door, reply: int, found: Sorted) -> None:
    """The room of learning has sorted a reply."""
    async with door.database.transaction() as connection:
        now = await clock.now(connection, door.creditor)
        await take_sorted(connection, door.app.state.services.planning, reply, found, "v1", now)


async def in_danger(door: Door, reply: int, chance: float) -> None:
    await sorted_as(door, reply, Sorted(((MessageClass.DANGER, chance),), stop=True))


async def seen(desk: Desk, reply: int) -> str:
    """What the page of a thread shows, as its forms say it."""
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    return page.split('name="seen" value="')[1].split('"')[0]


async def test_who_waits_longest_comes_first_once_and_what_they_write_is_no_code(desk: Desk) -> None:
    door = desk.door
    second = await writes(door, "<script>alert(1)</script>", number_="1002", name="Ola <b>Nordmann</b>", customer="K-2")
    phone = number()
    first = await writes(door, "Hvorfor gebyr?", phone=phone)
    await writes(door, "Hallo?", phone=phone)
    await aged(door, first, timedelta(hours=3))
    page = (await desk.get("/desk/inbox")).text
    assert page.index(f'data-row="{first}"') < page.index(f'data-row="{second}"')
    assert page.count("data-row=") == 2
    assert "Hallo?" in page
    assert "2 unread" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>Nordmann</b>" not in page


async def test_lists_are_filtered_by_who_has_it_by_language_and_by_topic(desk: Desk) -> None:
    door = desk.door
    nb = await writes(door, "Hva er kontonummer og KID?")
    en = await writes(door, "What is this?", number_="1002", name="Ola Hansen", customer="K-2", language="en")
    await desk.send(f"/desk/inbox/{en}/assign", to=desk.user.name)
    for asked, shows in (
        ("shown=mine", {en}),
        ("shown=unassigned", {nb}),
        ("language=en", {en}),
        ("topic=how to pay", {nb}),
        ("shown=snoozed", set()),
        ("shown=nonsense&language=xx&topic=%27", {nb, en}),
    ):
        page = (await desk.get(f"/desk/inbox?{asked}")).text
        assert {reply for reply in (nb, en) if f'data-row="{reply}"' in page} == shows, asked
    assert "Mine (1)" in page
    assert "Nothing is put off." in (await desk.get("/desk/inbox?shown=snoozed")).text


async def test_a_list_goes_on_where_its_page_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.desk.inbox.PAGE", 1)
    monkeypatch.setattr("views.inbox.PAGE", 1)
    first = await writes(desk.door, "En")
    second = await writes(desk.door, "To", number_="1002", name="Ola Hansen", customer="K-2")
    page = (await desk.get("/desk/inbox")).text
    assert f'data-row="{first}"' in page
    following = page.split('href="/desk/inbox?shown=all&amp;after=')[1].split('"')[0]
    assert f'data-row="{second}"' in (await desk.get(f"/desk/inbox?shown=all&after={following}")).text
    assert (await desk.get("/desk/inbox?after=x~y")).status_code == 200


async def test_danger_comes_before_all_that_waits_longer_and_is_said_where_work_begins(desk: Desk) -> None:
    door = desk.door
    calm = await writes(door, "Hvorfor gebyr?")
    urgent = await writes(door, "Jeg klarer ikke mer", number_="1002", name="Ola Hansen", customer="K-2")
    said = await writes(door, "Respiratoren trenger strøm", number_="1003", name="Eli Lie", customer="K-3")
    assert "Danger to life" in (await desk.get("/desk/")).text
    await aged(door, calm, timedelta(days=2))
    await aged(door, urgent, timedelta(hours=2))
    await in_danger(door, urgent, 0.4)
    page = (await desk.get("/desk/inbox")).text
    assert page.index(f'data-row="{urgent}"') < page.index(f'data-row="{said}"') < page.index(f'data-row="{calm}"')
    for reply in (urgent, said):
        await desk.send(f"/desk/inbox/{reply}/done", seen=await seen(desk, reply))
    assert "Danger to life" not in (await desk.get("/desk/")).text


async def test_a_list_that_begins_with_danger_goes_on_with_what_is_calm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.desk.inbox.PAGE", 1)
    monkeypatch.setattr("views.inbox.PAGE", 1)
    calm = await writes(desk.door, "En")
    urgent = await writes(desk.door, "To", number_="1002", name="Ola Hansen", customer="K-2")
    await in_danger(desk.door, urgent, 0.9)
    page = (await desk.get("/desk/inbox")).text
    assert f'data-row="{urgent}"' in page
    following = page.split('href="/desk/inbox?shown=all&amp;after=')[1].split('"')[0]
    assert f'data-row="{calm}"' in (await desk.get(f"/desk/inbox?shown=all&after={following}")).text


async def test_nobody_sees_what_is_not_theirs(staff: Staff, door: Door) -> None:
    reply = await writes(door, "Hemmelig")
    await door.register(other := f"x{uuid4().hex[:12]}")
    elsewhere = await staff.sign_in(Role.AGENT, creditors=(other,))
    async with elsewhere.client:
        assert "Hemmelig" not in (await elsewhere.get("/desk/inbox?shown=all")).text
        assert (await elsewhere.get(f"/desk/inbox/{reply}")).status_code == 404
        for act in ("answer", "done", "assign", "snooze", "bind", "merge"):
            assert (await elsewhere.send(f"/desk/inbox/{reply}/{act}", text="x", seen="1.1.1")).status_code == 404
    for role, agency in ((Role.AUDITOR, None), (Role.COLLECTION_PARTNER, None), (Role.CALL_AGENCY, "ring")):
        outside = await staff.sign_in(role, agency=agency)
        async with outside.client:
            assert (await outside.get("/desk/inbox")).status_code == 404
            assert (await outside.get(f"/desk/inbox/{reply}")).status_code == 404
            assert "/desk/inbox" not in (await outside.get("/desk/")).text


async def test_who_waits_longer_than_the_creditor_wants_is_late_and_the_supervisor_told(
    staff: Staff, door: Door
) -> None:
    reply = await writes(door, "Hallo?")
    supervisor = await staff.sign_in(Role.SUPERVISOR)
    async with door.database.transaction() as connection:
        now = await clock.now(connection)
        known = calendars(door.app.state.services)
        assert await late_threads(connection, supervisor.user.reach, known, now) == []
        later = now + timedelta(days=7)
        (late,) = await late_threads(connection, supervisor.user.reach, known, later)
        assert (late.creditor, late.threads) == (door.creditor, 1)
    async with supervisor.client:
        assert "Late" not in (await supervisor.get("/desk/inbox")).text
        await aged(door, reply, timedelta(days=7))
        assert ">Late<" in (await supervisor.get("/desk/inbox")).text
        assert f"Answers that are late at</a> {door.creditor}: 1." in (await supervisor.get("/desk/")).text
    agent = await staff.sign_in(Role.AGENT)
    async with agent.client:
        assert "Answers that are late" not in (await agent.get("/desk/")).text


async def test_late_answers_are_a_metric_by_creditor(door: Door) -> None:
    reply = await writes(door, "Hallo?")
    told = f'purr_answers_late{{creditor="{door.creditor}"}} 1.0'
    assert told not in (await door.client.get("/metrics")).text
    await aged(door, reply, timedelta(days=7))
    assert told in (await door.client.get("/metrics")).text
