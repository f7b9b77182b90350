"""What is done to a case at the desk: its effect first, once, by who may, and never over what changed meanwhile."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

from domain.desk.roles import Role
from tests.begin import TODAY
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import invoice
from web.desk.acts import DEEDS

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def hidden(page: httpx.Response) -> dict[str, str]:
    """What a form carries that nobody types."""
    return dict(HIDDEN.findall(page.text))


def address(desk: Desk, act: str, number: str = "1001") -> str:
    """Where the form of an act is."""
    return f"/desk/act/{act}/{desk.door.creditor}/{number}"


async def form(desk: Desk, act: str, number: str = "1001", **typed: str) -> dict[str, str]:
    """A form as it is opened, with what is typed into it."""
    shown = await desk.get(address(desk, act, number))
    assert shown.status_code == 200, shown.text
    return hidden(shown) | {"reason": DEEDS[act].reasons[0]} | typed


async def does(desk: Desk, act: str, number: str = "1001", **typed: str) -> httpx.Response:
    """Somebody opens the form, sees what follows from what they type, and confirms."""
    given = await form(desk, act, number, **typed)
    answer = await desk.send(address(desk, act, number), **given)
    if answer.status_code == 200:  # what was typed has its own effect, which is shown first
        answer = await desk.send(address(desk, act, number), **given | hidden(answer))
    return answer


async def test_a_hold_says_what_follows_and_can_be_undone_from_the_page_after(desk: Desk) -> None:
    await desk.door.send_invoice()
    opened = await desk.get(address(desk, "hold"))
    now, then = opened.text.split('id="then"')
    assert "(today)</span> Invoice by email" in now
    assert "(in 15 days)</span> Invoice by email" in then  # two weeks to its end, unless somebody says otherwise
    assert await desk.door.one("select count(*) from hold h join dunning_case c on c.id = h.case_id"
                               " where c.creditor_id = :creditor", creditor=desk.door.creditor) == 0  # fmt: skip
    answer = await does(desk, "hold", until=str(TODAY + timedelta(days=14)), note="lost her job")
    case = f"/desk/case/{desk.door.creditor}/1001"
    assert (answer.status_code, answer.headers["location"]) == (303, f"{case}?done=hold")
    (held,) = await desk.door.rows(
        "select h.by, h.reason_code, h.note from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :creditor",
        creditor=desk.door.creditor,
    )
    assert tuple(held) == (desk.user.name, "asked", "lost her job")
    assert (await does(desk, "release")).headers["location"] == f"{case}?done=release"
    assert await desk.door.news() == ["invoice_changed", "hold_recorded", "release_recorded"]


async def done(desk: Desk) -> list[str]:
    """What the case's diary has of commands."""
    query = """select e.kind from case_event e join dunning_case c on c.id = e.case_id
        where c.creditor_id = :creditor and e.by = :by order by e.id"""
    return [row.kind for row in await desk.door.rows(query, creditor=desk.door.creditor, by=desk.user.name)]


async def test_who_clicks_twice_or_goes_back_does_it_once(desk: Desk) -> None:
    await desk.door.send_invoice()
    given = await form(desk, "hold", until="")
    given |= hidden(await desk.send(address(desk, "hold"), **given))
    answers = await asyncio.gather(*(desk.send(address(desk, "hold"), **given) for _ in range(3)))
    again = await desk.send(address(desk, "hold"), **given)
    assert [each.status_code for each in (*answers, again)] == [303] * 4
    assert await done(desk) == ["hold"]


async def test_what_follows_from_what_was_typed_is_seen_before_it_is_done(desk: Desk) -> None:
    await desk.door.send_invoice()
    given = await form(desk, "hold", until=str(TODAY + timedelta(days=3)))
    answer = await desk.send(address(desk, "hold"), **given)
    assert (answer.status_code, "See what follows, and confirm" in answer.text) == (200, True)
    assert "(in 4 days)</span> Invoice by email" in answer.text
    assert await done(desk) == []
    assert (await desk.send(address(desk, "hold"), **given | hidden(answer))).status_code == 303


async def test_a_payment_between_the_look_and_the_confirmation_is_shown_and_nothing_is_done(desk: Desk) -> None:
    await desk.door.send_invoice()
    given = await form(desk, "hold", until="", note="rings again on Friday")
    given |= hidden(await desk.send(address(desk, "hold"), **given))
    await desk.door.pay()
    answer = await desk.send(address(desk, "hold"), **given)
    assert answer.status_code == 409
    assert "changed while you looked" in answer.text
    assert "802.00 NOK" in answer.text
    assert "rings again on Friday</textarea>" in answer.text
    assert await done(desk) == []


async def test_two_people_at_one_case_do_not_do_over_each_other(desk: Desk, staff: Staff) -> None:
    await desk.door.send_invoice()
    other = await staff.sign_in(Role.AGENT)
    async with other.client:
        mine, theirs = await form(desk, "hold"), await form(other, "hold")
        until = {"until": str(TODAY + timedelta(days=14))}
        answers = await asyncio.gather(
            desk.send(address(desk, "hold"), **mine | until), other.send(address(other, "hold"), **theirs | until)
        )
    assert sorted(each.status_code for each in answers) == [303, 409]
    assert len(await done(desk) + await done(other)) == 1


@pytest.mark.parametrize(("field", "typed", "told"), [
    ("until", "2020-01-01", "That day is past"),
    ("until", "1e3", "Write the date"),
    ("until", "9999-99-99", "Write the date"),
    ("reason", "because", "Choose something from the list"),
    ("note", "x" * 1001, "too long"),
    ("note", "a\u202eb\x07", "cannot be stored"),
])  # fmt: skip
async def test_what_cannot_be_read_is_refused_whole_and_kept(desk: Desk, field: str, typed: str, told: str) -> None:
    await desk.door.send_invoice()
    given = await form(desk, "hold", until=str(TODAY + timedelta(days=14)), note="<script>alert(1)</script>")
    answer = await desk.send(address(desk, "hold"), **given | {field: typed})
    assert (answer.status_code, told in answer.text) == (422, True)
    assert f'<a href="#{field}">' in answer.text
    assert "<script>alert" not in answer.text
    assert field == "note" or "&lt;script&gt;alert(1)" in answer.text
    assert await done(desk) == []


async def test_fields_that_no_form_has_do_nothing(desk: Desk) -> None:
    await desk.door.send_invoice()
    more = {
        "by": "somebody",
        "case": "1",
        "reason_code": "theirs",
        "state": "closed",
        "held_for": "x",
        "step": "invoice",
    }
    assert (await does(desk, "hold", until=str(TODAY + timedelta(days=14)), **more)).status_code == 303
    query = (
        "select h.by, h.reason_code from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :creditor"
    )
    assert [tuple(row) for row in await desk.door.rows(query, creditor=desk.door.creditor)] == [
        (desk.user.name, "asked")
    ]


async def test_what_a_command_refuses_is_said_in_its_words(desk: Desk) -> None:
    await desk.door.send_invoice()
    shown = await desk.get(address(desk, "release"))
    assert "the case is not on hold" in shown.text
    answer = await desk.send(address(desk, "release"), **hidden(shown) | {"reason": "asked"})
    assert (answer.status_code, "the case is not on hold" in answer.text) == (409, True)


async def test_a_case_of_another_creditor_is_not_there_nor_is_one_that_nobody_has(desk: Desk) -> None:
    await desk.door.send_invoice()
    given = await form(desk, "hold")
    other = f"{desk.door.creditor}-other"
    key = {"Authorization": f"Bearer {await desk.door.register(other)}"}
    assert (await desk.door.client.post("/v1/invoices", json=invoice(), headers=key)).status_code == 201
    for path in (f"{other}/1001", f"{desk.door.creditor}/9999", "nobody/1001"):
        assert (await desk.get(f"/desk/act/hold/{path}")).status_code == 404
        assert (await desk.send(f"/desk/act/hold/{path}", **given)).status_code == 404
    assert (await desk.get("/desk/act/explode/x/1001")).status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CALL_AGENCY, Role.COLLECTION_PARTNER])
async def test_who_only_looks_finds_no_form_of_anything(staff: Staff, role: Role) -> None:
    await staff.door.send_invoice()
    outside = await staff.sign_in(role, agency="ringeren" if role is Role.CALL_AGENCY else None)
    async with outside.client:
        for act in DEEDS:
            assert (await outside.get(address(outside, act))).status_code == 404
            assert (await outside.send(address(outside, act), once="0" * 32)).status_code == 404
