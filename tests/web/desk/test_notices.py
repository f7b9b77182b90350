"""Notices at the desk: written and counted, shown as they are read, sent once and stopped; nobody reaches another's."""

from datetime import timedelta

from activities.jobs.announcements import Announcements
from domain.desk.roles import Role
from domain.moment import moment_in
from facts import clock
from planning.service import Planning
from tests.store import LAWS
from tests.web.desk.conftest import Desk, Staff

SAID = {
    "title_nb": "Strømmen er borte",
    "text_nb": "Vi jobber med saken.\n\n<script>alert(1)</script> {{ config }}",
    "sms_nb": "Strømmen er borte. Vi jobber med saken.",
    "title_en": "The power is out",
    "text_en": "We are working on it.",
    "sms_en": "The power is out. We are working on it.",
}


async def form(desk: Desk, **changes: str) -> dict[str, str]:
    """What is typed."""
    async with desk.door.database.transaction() as connection:
        today = moment_in("NO", await clock.now(connection)).day
    usual = {"creditor": desk.door.creditor, "kind": "outage", "where": "", "once": "a" * 32}
    return usual | {"until": str(today + timedelta(days=2))} | SAID | changes


async def worked(desk: Desk) -> None:
    works = Announcements(desk.door.database, Planning(LAWS))
    while await works.work():
        pass


async def test_a_notice_is_written_counted_sent_once_and_stopped(staff: Staff) -> None:
    kim = await staff.sign_in(Role.SUPERVISOR)
    await kim.door.send_invoice("2001")
    await kim.door.send_invoice("2002", reference=None)
    typed = await form(kim)
    first, again = [await kim.send("/desk/notices", **typed) for _ in range(2)]
    address = first.headers["location"]
    assert (first.status_code, again.headers["location"]) == (303, address)
    assert "Counting" in (await kim.get(address)).text
    early = await kim.send(f"{address}/send")
    assert (early.status_code, "still looked for" in early.text) == (409, True)
    await worked(kim)
    page = (await kim.get(address)).text
    assert "Send to 1" in page
    assert "Kari" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "{{ config }}" in page
    told = """select count(*) from case_event e join dunning_case c on c.id = e.case_id
        where e.kind = 'announced' and c.creditor_id = :c"""
    assert await kim.door.one(told, c=kim.door.creditor) == 0
    for _ in range(2):
        assert (await kim.send(f"{address}/send")).status_code == 303
    await worked(kim)
    assert (
        await kim.door.one(f"select count(*) from announced where announcement_id = {address.rpartition('/')[2]}") == 1
    )
    assert "Handed over" in (await kim.get(address)).text
    assert (await kim.send(f"{address}/stop")).status_code == 303
    assert "Stopped" in (await kim.get(address)).text
    did = str(await kim.door.rows("select what from desk_audit where by = :by", by=kim.user.name))
    assert all(each in did for each in ("announcement_written", "announcement_sent", "announcement_stopped", "looked"))


async def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_is_kept(staff: Staff) -> None:
    kim = await staff.sign_in(Role.CREDIT_MANAGER)
    for wrong, field in (
        ({"title_nb": ""}, "title_nb"),
        ({"sms_en": "x" * 111}, "sms_en"),
        ({"text_nb": "Dette er et inkassovarsel."}, "text_nb"),
        ({"text_en": "See https://evil.example"}, "text_en"),
        ({"text_nb": "a\u202eb"}, "text_nb"),
        ({"kind": "offer"}, "kind"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "soon"}, "until"),
        ({"where": "no=thing"}, "where"),
        ({"where": "segment=nobody"}, "where"),
        ({"where": "creditor=another"}, "where"),
        ({"creditor": ""}, "creditor"),
    ):
        answer = await kim.send("/desk/notices", **await form(kim, **wrong))
        assert (answer.status_code, f'<a href="#{field}"' in answer.text) == (422, True), (wrong, answer.text)
        assert 'value="The power is out. We' in answer.text or "sms_en" in wrong
    mine = await kim.door.one("select count(*) from announcement where creditor_id = :c", c=kim.door.creditor)
    assert mine == 0


async def test_nobody_sees_sends_or_stops_what_is_another_creditors(staff: Staff) -> None:
    kim = await staff.sign_in(Role.SUPERVISOR)
    address = (await kim.send("/desk/notices", **await form(kim))).headers["location"]
    await staff.door.register(f"{staff.door.creditor}-next")
    other = await staff.sign_in(Role.SUPERVISOR, creditors=(f"{staff.door.creditor}-next",))
    assert (await other.get(address)).status_code == 404
    assert [(await other.send(f"{address}/{act}")).status_code for act in ("send", "stop")] == [404, 404]
    assert (await other.send("/desk/notices", **await form(kim))).status_code == 422
    assert "The power is out" not in (await other.get("/desk/notices")).text
    assert (await kim.get("/desk/notices/99999999999999999999")).status_code in (404, 422)
    in_norwegian = await staff.sign_in(Role.SUPERVISOR, language="nb")
    assert "Strømmen er borte" in (await in_norwegian.get("/desk/notices")).text
    assert "Telles opp" in (await in_norwegian.get(address)).text
