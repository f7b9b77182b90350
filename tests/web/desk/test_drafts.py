"""Whoever is signed out as they send a form finds it as they typed it: they alone, once, to be confirmed anew."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import httpx
import pytest
from sqlalchemy import text

from domain.desk.roles import Role
from facts import clock
from facts.desk import drafts, sessions
from facts.desk.users import User, disable_user
from tests.begin import TODAY, by_day, turn
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_acts import address, done, form, hidden
from tests.web.desk.test_calls import call_of
from tests.web.desk.test_inbox import writes
from tests.web.desk.test_queues import money, task

NOTE: Final = "lost his job <b>in May</b>"
SHOWN: Final = "lost his job &lt;b&gt;in May&lt;/b&gt;"
TWO_WEEKS: Final = str(TODAY + timedelta(days=14))
TOLD: Final = "You had been signed out"


async def over(desk: Desk, column: str = "used_at", ago: str = "31 minutes") -> None:
    """Their session is over."""
    async with desk.door.database.transaction() as connection:
        statement = text(
            f"update desk_session set {column} = clock_timestamp() - cast(:ago as interval) where user_id = :u"
        )
        await connection.execute(statement, {"ago": ago, "u": desk.user.id})


async def sign_in(desk: Desk, user: User | None = None) -> None:
    """Somebody signs in at the same browser: they, unless another is named."""
    async with desk.door.database.transaction() as connection:
        token = await sessions.begin(connection, user or desk.user, desk.client.cookies["__Host-desk"])
    has(desk, token)


def has(desk: Desk, token: str) -> None:
    """Their browser has this cookie."""
    desk.client.cookies.clear()
    desk.client.cookies.set("__Host-desk", token)


async def sent_too_late(desk: Desk, where: str, typed: Mapping[str, str | list[str]]) -> str:
    """They send a form, and are led to signing in; gives where they come back to."""
    answer = await desk.send(where, **typed)
    assert answer.status_code == 303
    led = httpx.URL(answer.headers["location"])
    assert led.path == "/desk/sign-in"
    return led.params["back"]


@pytest.mark.parametrize(("column", "ago"), [("used_at", "31 minutes"), ("began_at", "10 hours 1 minute")])
async def test_the_form_stands_as_it_was_typed_once_and_is_confirmed_anew(desk: Desk, column: str, ago: str) -> None:
    await desk.door.send_invoice()
    typed = await form(desk, "hold", until=TWO_WEEKS, note=NOTE)
    await over(desk, column, ago)
    back = await sent_too_late(desk, address(desk, "hold"), typed)
    assert "job" not in back
    await sign_in(desk)
    shown = await desk.get(back)
    for told in (TOLD, "Nothing is done yet", f"{SHOWN}</textarea>", f'value="{TWO_WEEKS}"', 'id="then"'):
        assert told in shown.text, told
    assert hidden(shown)["once"] != typed["once"]
    assert await done(desk) == []
    again = (await desk.get(back)).text
    assert (SHOWN in again, TOLD in again) == (False, False)
    assert (await desk.send(address(desk, "hold"), **typed | hidden(shown))).status_code == 303
    assert await done(desk) == ["hold"]


async def test_nobody_else_sees_what_was_typed_nor_does_another_form(desk: Desk, staff: Staff) -> None:
    await desk.door.send_invoice()
    await desk.door.send_invoice("1002", reference=None)
    other = await staff.sign_in(Role.AGENT)
    typed = await form(desk, "hold", note=NOTE)
    await over(desk)
    back = await sent_too_late(desk, address(desk, "hold"), typed)
    kept = httpx.URL(back).params["kept"]
    await sign_in(desk, other.user)
    for path in (back, f"{address(desk, 'hold', '1002')}?kept={kept}", f"{address(desk, 'note')}?kept={kept}"):
        page = (await desk.get(path)).text
        assert (SHOWN in page, TOLD in page) == (False, False)
    await sign_in(desk)
    for path in (
        f"{address(desk, 'note')}?kept={kept}",
        f"{address(desk, 'hold')}?kept=",
        f"{address(desk, 'hold')}?kept=x",
    ):
        assert SHOWN not in (await desk.get(path)).text
    assert SHOWN in (await desk.get(back)).text
    stored = await desk.door.rows("select sealed from desk_draft")
    assert NOTE not in str(stored)


async def test_what_was_typed_an_hour_ago_is_gone_and_of_whoever_left_nothing_is_kept(desk: Desk) -> None:
    await desk.door.send_invoice()
    typed = await form(desk, "hold", note=NOTE)
    await over(desk)
    back = await sent_too_late(desk, address(desk, "hold"), typed)
    await desk.door.rows("update desk_draft set kept_at = kept_at - interval '61 minutes' returning 1")
    await sign_in(desk)
    assert SHOWN not in (await desk.get(back)).text
    async with desk.door.database.transaction() as connection:
        await disable_user(connection, desk.user.name, "tests", await clock.now(connection))
    assert await sent_too_late(desk, address(desk, "hold"), typed) == address(desk, "hold")
    has(desk, "nobody's")
    assert await sent_too_late(desk, address(desk, "hold"), typed) == address(desk, "hold")
    async with desk.door.database.transaction() as connection:
        await drafts.keep(connection, desk.user.id, "/desk/", "sealed")
        assert (
            await connection.execute(text("select count(*) from desk_draft where sealed <> 'sealed'"))
        ).scalar_one() == 0


async def test_another_site_keeps_nothing_and_neither_does_more_than_anybody_types(desk: Desk) -> None:
    await desk.door.send_invoice()
    await over(desk)
    refused = await desk.client.post(
        address(desk, "hold"), data={"note": NOTE}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert refused.status_code == 403
    assert await sent_too_late(desk, address(desk, "hold"), {"note": "x" * 60_000}) == address(desk, "hold")


async def test_an_answer_a_call_a_notice_and_a_saved_reply_are_not_lost_either(staff: Staff) -> None:
    await turn(staff.door.database, by_day())
    reply = await writes(staff.door, "Hvorfor?")
    call, _ = await call_of(staff.door, "1009")
    supervisor = await staff.sign_in(Role.SUPERVISOR)
    for where, typed, page in (
        (f"/desk/inbox/{reply}/answer", {"text": NOTE, "seen": "1"}, f"/desk/inbox/{reply}"),
        (f"/desk/calls/{call}/outcome", {"outcome": "promised", "note": NOTE}, f"/desk/calls/{call}"),
        ("/desk/notices", {"kind": "outage", "text_nb": NOTE}, "/desk/notices"),
        ("/desk/saved-replies", {"language": "nb", "text": NOTE}, "/desk/saved-replies"),
        ("/desk/many", {"where": "amount>1 and hold=no", "act": "release"}, "/desk/many"),
    ):
        await over(supervisor)
        back = await sent_too_late(supervisor, where, typed)
        assert httpx.URL(back).path == page
        await sign_in(supervisor)
        shown = await supervisor.get(back)
        assert (shown.status_code, TOLD in shown.text) == (200, True), where
        assert SHOWN in shown.text or 'value="amount&gt;1 and hold=no"' in shown.text, where


async def test_nor_is_what_was_typed_in_a_queue_a_user_a_key_or_a_stop(staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    payment, asked = await money(door, "p-draft"), await task(door, "address")
    manager = await staff.sign_in(Role.CREDIT_MANAGER)
    stop = {"scope": "channel", "key": "sms", "creditor": door.creditor, "reason": NOTE}
    user = {"name": "ola", "full_name": NOTE, "roles": ["agent", "supervisor"], "language": "en"}
    for where, typed, page in (
        (f"/desk/queues/money/{payment}/book", {"invoices": NOTE}, f"/desk/queues/money/{payment}"),
        (f"/desk/queues/money/{payment}/send-back", {"to_account": NOTE}, f"/desk/queues/money/{payment}"),
        (f"/desk/queues/addresses/{asked}/done", {"result": NOTE, "task": str(asked)}, "/desk/queues/addresses"),
        ("/desk/keys", {"creditor": door.creditor, "label": NOTE}, "/desk/keys"),
        ("/desk/users", user, "/desk/users"),
        ("/desk/stops", stop, "/desk/stops"),
    ):
        await over(manager)
        back = await sent_too_late(manager, where, typed)
        assert httpx.URL(back).path == page
        await sign_in(manager)
        shown = (await manager.get(back)).text
        assert (TOLD in shown, SHOWN in shown) == (True, True), where
        if where == "/desk/users":
            assert shown.count(" checked>") == 2
    assert await door.rows("select from stop_switch where creditor_id = :c", c=door.creditor) == []


async def test_who_must_show_anew_who_they_are_finds_the_stop_as_they_typed_it(staff: Staff) -> None:
    manager = await staff.sign_in(Role.CREDIT_MANAGER)
    typed = {"scope": "creditor", "key": staff.door.creditor, "creditor": staff.door.creditor, "reason": NOTE}
    await over(manager, "shown_at", "6 minutes")
    back = await sent_too_late(manager, "/desk/stops", typed)
    assert await staff.door.rows("select from stop_switch where creditor_id = :c", c=staff.door.creditor) == []
    await sign_in(manager)
    shown = (await manager.get(back)).text
    assert (TOLD in shown, SHOWN in shown) == (True, True)


async def test_whoever_sends_a_file_too_late_comes_back_to_where_it_is_chosen(staff: Staff) -> None:
    bente = await staff.sign_in(Role.SUPERVISOR)
    await over(bente)
    where = "/desk/queues/files/1"
    answer = await bente.client.post(f"{where}/accept", files={"file": ("bank.txt", b"NY000010")})
    assert (answer.status_code, httpx.URL(answer.headers["location"]).params["back"]) == (303, where)
