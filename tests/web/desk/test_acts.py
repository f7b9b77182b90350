"""What is done to a case at the desk: its effect first, once, by who may, and never over what changed meanwhile."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from domain.desk.roles import Role
from simulator.beginning import OSLO
from tests.begin import BEGIN, DEFAULT, TODAY
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import invoice
from web.desk.acts import DEEDS
from web.pages import words

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


def comes_in(page: str, what: str, days: int) -> bool:
    """Whether it comes first in so many days: exactly from a plain Monday on, later where that is no day or hour to write at."""
    (ahead, *_) = re.findall(rf"\((today|tomorrow|in \d+ days)\)</span> {what}", page)
    found = {"today": 0, "tomorrow": 1}.get(ahead) if ahead in ("today", "tomorrow") else int(ahead.split()[1])
    plain = f"{BEGIN.astimezone(OSLO):%Y-%m-%dT%H:%M}" == DEFAULT
    return found == days if plain else found in range(days, days + 5)


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
    assert comes_in(now, "Invoice by email", 0)
    assert comes_in(then, "Invoice by email", 15)  # two weeks to its end, unless somebody says otherwise
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
    assert comes_in(answer.text.split('id="then"')[1], "Invoice by email", 4)
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
    assert "NOK 802.00" in answer.text.split("changed while you looked")[1].split("</ul>")[0]
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


async def test_everything_that_can_be_done_has_words_a_key_of_its_own_and_a_form_that_opens(staff: Staff) -> None:
    await staff.door.send_invoice()
    manager = await staff.sign_in(Role.CREDIT_MANAGER, language="nb")
    assert len({deed.key for deed in DEEDS.values()}) == len(DEEDS)
    assert not {deed.key for deed in DEEDS.values()} & set("/?jke")
    async with manager.client:
        for act, deed in DEEDS.items():
            page = await manager.get(address(manager, act))
            assert page.status_code == 200, act
            for language in ("nb", "en"):
                t = words(language, "desk/words")
                assert {f"act_{act}", f"done_{act}", *(each.label for each in deed.all_fields)} <= t.keys()


async def test_who_has_money_paid_back_does_not_approve_it_too(staff: Staff) -> None:
    await staff.door.send_invoice()
    await staff.door.pay(amount="1002.00")
    one, other = await staff.sign_in(Role.SUPERVISOR), await staff.sign_in(Role.SUPERVISOR)
    async with one.client, other.client:
        assert (await does(one, "pay-back")).headers["location"].endswith("?done=pay-back")
        refund = str(
            await one.door.one("select id from refund where creditor_id = :creditor", creditor=one.door.creditor)
        )
        refused = await does(one, "approve-refund", refund=refund)
        assert (refused.status_code, one.user.name in refused.text) == (422, True)
        assert (await does(other, "approve-refund", refund=refund)).status_code == 303
        verdicts = await one.door.rows("select by from refund_verdict where refund_id = :refund", refund=int(refund))
        assert [row.by for row in verdicts] == [other.user.name]


async def test_who_had_a_hand_off_come_at_once_does_not_approve_it_too(staff: Staff) -> None:
    await staff.door.send_invoice()
    one, other = await staff.sign_in(Role.CREDIT_MANAGER), await staff.sign_in(Role.CREDIT_MANAGER)
    for waits in (
        "insert into task (creditor_id, case_id, kind, step, round, why, happened_at) "
        "select creditor_id, id, 'approval', 'hand-off', round, 'asked', now() from dunning_case "
        "where creditor_id = :creditor returning id",
        "insert into send_request (case_id, by, reason_code, round, step, happened_at) "
        f"select id, '{one.user.name.upper()}', 'asked', round, 'hand-off', now() from dunning_case "
        "where creditor_id = :creditor returning id",
    ):
        await staff.door.rows(waits, creditor=staff.door.creditor)
    async with one.client, other.client:
        refused = await does(one, "approve-hand-off")
        assert (refused.status_code, "somebody else approves it" in refused.text) == (409, True)
        assert (await does(other, "approve-hand-off")).status_code == 303


async def test_who_asks_for_a_write_off_above_the_amount_does_not_do_it_too(staff: Staff) -> None:
    await staff.door.send_invoice()
    one, other = await staff.sign_in(Role.CREDIT_MANAGER), await staff.sign_in(Role.CREDIT_MANAGER)
    for ready in (
        """update creditor set losses = '[{"from": "2020-01-01", "currency": "NOK", "approved_above": "500"}]'
          where id = :creditor returning id""",
        """update dunning_case set state = 'closed', outcome = 'ladder finished' where creditor_id = :creditor returning id""",
    ):
        await staff.door.rows(ready, creditor=staff.door.creditor)
    async with one.client, other.client:
        alone = await does(one, "write-off")
        assert (alone.status_code, "two people write off" in alone.text) == (409, True)
        assert (await does(one, "ask-write-off")).headers["location"].endswith("?done=ask-write-off")
        refused = await does(one, "write-off")
        assert (refused.status_code, f"{one.user.name} asked for it" in refused.text) == (409, True)
        assert await done(one) == ["ask_write_off"]
        given = await form(other, "write-off")
        given |= hidden(await other.send(address(other, "write-off"), **given | {"weighed": ""}))
        answers = await asyncio.gather(*(other.send(address(other, "write-off"), **given) for _ in range(2)))
        assert [each.status_code for each in answers] == [303] * 2
        assert await done(other) == ["write_off"]


async def test_before_money_leaves_one_shows_anew_who_one_is_and_nothing_typed_is_lost(staff: Staff) -> None:
    await staff.door.send_invoice()
    await staff.door.pay(amount="1002.00")
    supervisor = await staff.sign_in(Role.SUPERVISOR)
    async with supervisor.client:
        given = await form(supervisor, "pay-back", note="agreed on the phone")
        async with staff.door.database.transaction() as connection:
            left = text(
                "update desk_session set shown_at = clock_timestamp() - interval '6 minutes' where user_id = :user"
            )
            await connection.execute(left, {"user": supervisor.user.id})
        answer = await supervisor.send(address(supervisor, "pay-back"), **given)
        assert (answer.status_code, "agreed on the phone</textarea>" in answer.text) == (403, True)
        assert "/desk/sign-in?anew=1" in answer.text
        assert await done(supervisor) == []
        shown = await supervisor.get(address(supervisor, "pay-back"))
        assert shown.headers["location"].startswith("/desk/sign-in?anew=1&back=%2Fdesk%2Fact%2Fpay-back")
        held = await supervisor.get(address(supervisor, "hold"))
        assert held.status_code == 200


async def test_a_step_that_has_left_is_not_undone(desk: Desk) -> None:
    await desk.door.send_invoice()
    assert (await does(desk, "send-now", step="invoice")).status_code == 303
    delivery = await desk.door.claimed()
    left = "update delivery_case set step = 'invoice' where delivery_id = :id returning step"
    await desk.door.rows(left, id=delivery)
    refused = await does(desk, "undo-send", step="invoice")
    assert (refused.status_code, "invoice is behind" in refused.text) == (409, True)


async def test_who_reads_bokmaal_reads_reasons_refusals_and_filters_in_it_and_no_english(staff: Staff) -> None:
    await staff.door.send_invoice()
    desk = await staff.sign_in(Role.CREDIT_MANAGER, language="nb")
    pages = {
        "kommer etter planen": await desk.get(address(desk, "hold")),
        "saken er ikke på vent": await desk.get(address(desk, "release")),
        "flagg stuk finnes ikke": await desk.get("/desk/list", where="flag=stuk"),
        "kan ikke nevne en kunde eller en faktura": await desk.get("/desk/many", where="number=1001"),
    }
    given = await form(desk, "hold", until="")
    pages["på vent: Kunden ba om det"] = await desk.send(address(desk, "hold"), **given)
    await desk.door.pay()
    pages["betalt 802,00 kr"] = await desk.send(address(desk, "hold"), **given)
    for said, page in pages.items():
        assert (said in page.text, 'lang="en"' in page.text) == (True, False), said


async def test_a_reason_that_was_stored_in_words_of_long_ago_is_shown_as_it_is_and_as_english(staff: Staff) -> None:
    await staff.door.send_invoice()
    desk = await staff.sign_in(Role.AGENT, language="nb")
    old = "the letter was <b>not</b> sent: printers on strike"
    await desk.door.rows(
        """insert into case_event (case_id, kind, by, detail, happened_at) select c.id, 'message_left_out', 'purr',
        jsonb_build_object('step', 'reminder', 'why', cast(:why as text)), :now from dunning_case c
        where c.creditor_id = :creditor returning id""",
        creditor=desk.door.creditor,
        why=old,
        now=BEGIN,
    )
    page = (await desk.get(f"/desk/case/{desk.door.creditor}/1001")).text
    assert '<span lang="en">the letter was &lt;b&gt;not&lt;/b&gt; sent: printers on strike</span>' in page
