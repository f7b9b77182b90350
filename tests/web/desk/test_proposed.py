"""What words were taken to ask for: proposed with its effect, done when a person confirms it, and counted when it was wrong."""

import re
from datetime import timedelta
from html import unescape

from domain.desk.roles import Role
from domain.moment import moment_in
from domain.parties.message_classes import MessageClass, Sorted
from facts import clock
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_inbox import sorted_as, writes
from tests.web.door import Door
from tests.web.webhooks.test_twilio import number

PROMISE, PLAN, MOVED = MessageClass.PROMISE, MessageClass.WANTS_PLAN, MessageClass.MOVED


def forms(page: str, act: str) -> list[dict[str, str]]:
    """The hidden fields of the forms of a thread that lead somewhere."""
    found = re.findall(rf'<form method="post" action="/desk/inbox/\d+/{act}">(.*?)</form>', page, re.DOTALL)
    return [
        {
            name: unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
        }
        for form in found
    ]


async def verdicts(door: Door) -> list[tuple[str, str]]:
    rows = await door.rows(
        """select v.kind, v.verdict from reply_verdict v join reply r on r.id = v.reply_id where r.creditor_id = :c
        order by v.id""",
        c=door.creditor,
    )
    return [(row.kind, row.verdict) for row in rows]


async def promised(door: Door) -> list[object]:
    rows = await door.rows(
        """select p.pay_by from promise p join dunning_case c on c.id = p.case_id where c.creditor_id = :c""",
        c=door.creditor,
    )
    return [row.pay_by for row in rows]


async def in_a_week(door: Door) -> str:
    async with door.database.transaction() as connection:
        day = moment_in("NO", await clock.now(connection, door.creditor)).day + timedelta(days=6)
    calendar = door.app.state.services.planning.law_of("NO").calendar  # a promise is moved to a banking day
    return f"{calendar.banking_day_on_or_after(day):%d.%m.%Y}"


async def test_a_promise_is_done_by_one_confirmation_and_its_words_are_read_by_that(desk: Desk) -> None:
    door = desk.door
    day = await in_a_week(door)
    words = f"Hei. Jeg betaler {day}."
    reply = await writes(door, words)
    await sorted_as(door, reply, Sorted(((PROMISE, 0.8),), False, {PROMISE: f"Jeg betaler {day}."}))
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    assert f'<blockquote class="words">Jeg betaler {day}.</blockquote>' in page
    assert "Once this is done" in page
    (form,) = forms(page, "proposal")
    assert await promised(door) == []
    for _ in range(2):  # the same form, sent twice
        assert (await desk.send(f"/desk/inbox/{reply}/proposal", **form)).status_code in (303, 409)
    (pay_by,) = await promised(door)
    assert f"{pay_by:%d.%m.%Y}" == day
    assert await verdicts(door) == [("promise", "confirmed")]
    assert await door.one("select done_by from reply where id = :r", r=reply) == desk.user.name
    assert forms((await desk.get(f"/desk/inbox/{reply}")).text, "proposal") == []


async def test_what_was_not_meant_is_rejected_once_and_does_nothing(desk: Desk) -> None:
    door = desk.door
    reply = await writes(door, f"Jeg betaler {await in_a_week(door)}, trodde jeg, men nei")
    await sorted_as(door, reply, Sorted(((PROMISE, 0.8),), False))
    (form,) = forms((await desk.get(f"/desk/inbox/{reply}")).text, "reject")
    for _ in range(2):
        await desk.send(f"/desk/inbox/{reply}/reject", **form)
    assert (await verdicts(door), await promised(door)) == ([("promise", "rejected")], [])
    assert forms((await desk.get(f"/desk/inbox/{reply}")).text, "reject") == []
    assert await door.one("select done_at from reply where id = :r", r=reply) is None


async def test_without_a_day_a_promise_is_filled_in_by_hand_and_counts_as_changed(desk: Desk) -> None:
    door = desk.door
    reply = await writes(door, "Jeg betaler når lønna kommer")
    await sorted_as(door, reply, Sorted(((PROMISE, 0.8),), False, {PROMISE: "Jeg betaler når lønna kommer"}))
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    assert forms(page, "proposal") == []
    (change,) = re.findall(r'href="(/desk/act/promise/[^"]*)"', page)
    form_page = (await desk.get(unescape(change))).text
    assert "Jeg betaler når lønna kommer</textarea>" in form_page
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form_page))
    day = re.findall(r'name="pay_by" value="([^"]*)"', form_page)[0]
    fields |= {"pay_by": day, "amount": "", "reason": "agreed", "note": "Jeg betaler når lønna kommer"}
    answer = await desk.send(unescape(change).partition("?")[0], **fields)
    assert answer.status_code == 303, answer.text
    assert len(await promised(door)) == 1
    assert await verdicts(door) == [("promise", "changed")]


async def test_of_two_proposals_the_words_are_read_with_the_second(desk: Desk) -> None:
    door = desk.door
    reply = await writes(door, f"Har flyttet til Storgata 12, 0184 Oslo. Betaler {await in_a_week(door)}")
    await sorted_as(door, reply, Sorted(((PROMISE, 0.8), (MOVED, 0.7)), False))
    first, second = forms((await desk.get(f"/desk/inbox/{reply}")).text, "proposal")
    assert (await desk.send(f"/desk/inbox/{reply}/proposal", **first)).status_code == 303
    assert await door.one("select done_at from reply where id = :r", r=reply) is None
    (second,) = forms((await desk.get(f"/desk/inbox/{reply}")).text, "proposal")
    answer = await desk.send(f"/desk/inbox/{reply}/proposal", **second)
    assert answer.status_code == 303, answer.text
    assert await door.one("select done_at from reply where id = :r", r=reply) is not None
    assert await verdicts(door) == [("promise", "confirmed"), ("moved", "confirmed")]
    assert "Storgata 12" in str(await door.rows("select address from debtor where creditor_id = :c", c=door.creditor))


async def test_where_more_was_written_meanwhile_nothing_is_done(desk: Desk) -> None:
    door = desk.door
    phone = number()
    reply = await writes(door, f"Betaler {await in_a_week(door)}", phone=phone)
    await sorted_as(door, reply, Sorted(((PROMISE, 0.8),), False))
    (form,) = forms((await desk.get(f"/desk/inbox/{reply}")).text, "proposal")
    await writes(door, "Nei, det går ikke", phone=phone)
    assert (await desk.send(f"/desk/inbox/{reply}/proposal", **form)).status_code == 409
    assert (await promised(door), await verdicts(door)) == ([], [])


async def saves(staff: Staff, door: Door, **reply: str) -> None:
    """A supervisor keeps a saved reply."""
    one = await staff.sign_in(Role.SUPERVISOR)
    async with one.client:
        kept = {"creditor": door.creditor, "language": "nb", "title": "T", "answers": "question"} | reply
        assert (await one.send("/desk/saved-replies", **kept)).status_code == 303


def drafted(page: str) -> str:
    """What stands in the form of the answer."""
    (found,) = re.findall(r'<textarea id="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return unescape(found)


async def test_an_answer_is_drafted_in_the_customers_language_and_sending_it_says_that_it_was_right(
    desk: Desk, staff: Staff
) -> None:
    door = desk.door
    await saves(staff, door, text="Hei {name}! Faktura {invoice} er på {amount}.")
    await saves(staff, door, language="en", text="Hi {name}!")
    await saves(staff, door, title="Other", answers="", text="Hei igjen")
    reply = await writes(door, "Hvor mye skylder jeg?")
    await sorted_as(door, reply, Sorted(((MessageClass.QUESTION, 0.8),), False))
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    assert drafted(page).startswith("Hei Kari Nordmann! Faktura 1001 er på 802")
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert (await desk.send(f"/desk/inbox/{reply}/answer", seen=seen, text=drafted(page))).status_code == 303
    assert await verdicts(door) == [("question", "confirmed")]
    assert drafted((await desk.get(f"/desk/inbox/{reply}")).text) == ""


async def test_another_answer_than_was_drafted_is_counted_as_changed(desk: Desk, staff: Staff) -> None:
    door = desk.door
    await saves(staff, door, text="Du skylder {amount}.")
    reply = await writes(door, "Når stenger dere?")
    await sorted_as(door, reply, Sorted(((MessageClass.QUESTION, 0.8),), False))
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    await desk.send(f"/desk/inbox/{reply}/answer", seen=seen, text="Klokka fire.")
    assert await verdicts(door) == [("question", "changed")]


async def test_nothing_is_drafted_for_words_that_are_likelier_something_else(desk: Desk, staff: Staff) -> None:
    door = desk.door
    await saves(staff, door, text="Du skylder {amount}.")
    reply = await writes(door, "Hva skjer?")
    await sorted_as(door, reply, Sorted(((MessageClass.OTHER, 0.6), (MessageClass.QUESTION, 0.5)), False))
    assert drafted((await desk.get(f"/desk/inbox/{reply}")).text) == ""


async def test_nothing_is_proposed_that_is_unlikely_or_that_the_act_refuses(desk: Desk) -> None:
    door = desk.door
    reply = await writes(door, "Jeg er uenig")  # which is a dispute already, by the door
    found = Sorted(((MessageClass.DISPUTE_WHOLE, 0.9), (PLAN, 0.2), (MessageClass.THANKS, 0.9)), True)
    await sorted_as(door, reply, found)
    page = (await desk.get(f"/desk/inbox/{reply}")).text
    assert (forms(page, "proposal"), forms(page, "reject")) == ([], [])
    for name in (f"{reply}.promise", "x", f"{reply}.nonsense", ""):
        answer = await desk.send(f"/desk/inbox/{reply}/proposal", proposal=name, creditor=door.creditor, number="1001")
        assert answer.status_code in (404, 409)
