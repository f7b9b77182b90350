"""An open page of the desk hears at once who calls, who else is there, and what is new; and nothing of what is not theirs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.desk.roles import Role
from facts import clock
from facts.desk import presence, sessions
from facts.desk.presence import Somebody, Tab
from facts.desk.users import disable_user
from tests.web.api.test_replies import texted
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_case import another, handed_off
from tests.web.desk.test_inbox import writes
from tests.web.desk.test_incoming import calls
from tests.web.desk.test_timeline import case_of
from tests.web.door import Door, invoice
from tests.web.invoice_page.test_live import QUIET, listening
from tests.web.webhooks.test_twilio import number
from web.desk.live import MOST_OF_SESSION
from web.desk.shown import Shown

SOON = 20.0  # seconds, on a machine with much to do
THERE = "Det er noen her nå."


async def until(true: Callable[[], bool]) -> None:
    """Wait until that is so."""
    for _ in range(int(SOON / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


@dataclass
class Page:
    """An open page: what it heard, by the kind of event."""

    answer: httpx.Response
    calls: list[list[str]] = field(default_factory=list)
    here: list[list[str]] = field(default_factory=list)
    stands: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    over: bool = False
    hearing: asyncio.Task[None] | None = None

    async def closes(self) -> None:
        """Whoever looked at it is gone."""
        await self.answer.aclose()
        if self.hearing is not None:
            self.hearing.cancel()
            await asyncio.wait([self.hearing])

    async def listen(self) -> None:
        """Hear until the stream ends."""
        heard: dict[str, list[Any]] = {"calls": self.calls, "here": self.here, "stands": self.stands}
        event = ""
        try:
            async for line in self.answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event:
                    heard[event].append(json.loads(value))
                elif name == "data":
                    self.changed += value.split()
                elif not name:
                    event = ""
        except httpx.HTTPError:
            pass
        self.over = True


@dataclass
class Office:
    """The web app on a port, with pages of those who work there."""

    url: str
    stack: AsyncExitStack

    async def opens(self, desk: Desk, at: str = "", last: str = "") -> Page:
        """A page of somebody, which has heard how things stand."""
        client = await self.stack.enter_async_context(
            httpx.AsyncClient(base_url=self.url, timeout=SOON, cookies=dict(desk.client.cookies))
        )
        asked = {"at": at, "last": last}
        page = Page(await self.stack.enter_async_context(client.stream("GET", "/desk/live", params=asked)))
        if page.answer.status_code == 200:
            page.hearing = asyncio.create_task(page.listen())
            self.stack.push_async_callback(page.closes)
            await until(lambda: bool(page.calls))
        return page


@pytest_asyncio.fixture
async def office(door: Door, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """It looks around all the time."""
    monkeypatch.setattr(presence, "EVERY", timedelta(seconds=0.1))
    async with listening(door.app) as url, AsyncExitStack() as stack:
        yield Office(url, stack)
    await door.app.state.services.open_pages.close()


async def is_at(page: Page, *desks: Desk) -> None:
    """Wait until those and nobody else are where a page is."""
    names = sorted(desk.user.full_name for desk in desks)
    await until(lambda: bool(page.here) and page.here[-1] == names)


async def told_by(door: Door) -> set[bool]:
    """What the debtor's page and the page of the messages say of whether somebody is there; asked one after the other."""
    link = await door.link()
    return {THERE in (await door.client.get(page)).text for page in (link, f"{link}/messages")}


async def shows(door: Door) -> bool:
    """Whether the debtor's page says that somebody is there, and so does the page of the messages."""
    (told,) = await told_by(door)
    return told


async def test_each_page_of_the_agent_hears_at_once_who_calls_and_nobody_elses(
    desk: Desk, staff: Staff, office: Office
) -> None:
    mine, other = [await office.opens(desk) for _ in range(2)], await office.opens(await staff.sign_in(Role.AGENT))
    assert mine[0].answer.headers["content-type"].startswith("text/event-stream")
    id = (await calls(desk))["address"].rpartition("/")[2]
    for page in mine:
        await until(lambda page=page: page.calls[-1] == [id])  # type: ignore[misc]
    await calls(desk, call="c-2")
    await calls(desk, call="c-2")
    await until(lambda: len(mine[0].calls[-1]) == 2)
    late = await office.opens(desk)
    assert late.calls[0] == mine[0].calls[-1]
    await asyncio.sleep(QUIET)
    assert (other.calls, [len(each) for each in mine[0].calls]) == ([[]], [0, 1, 2])


async def test_who_signs_out_turns_it_off_or_has_many_pages_hears_no_more(
    desk: Desk, staff: Staff, office: Office
) -> None:
    pages = [await office.opens(desk) for _ in range(MOST_OF_SESSION + 1)]
    assert [page.answer.status_code for page in pages] == [200] * MOST_OF_SESSION + [503]
    other = await staff.sign_in(Role.AGENT)
    off = await office.opens(other)
    await desk.send("/desk/sign-out")
    await other.send("/desk/incoming", hear="no")
    await until(lambda: all(page.over for page in pages[:-1]) and off.over)
    assert (await office.opens(desk)).answer.status_code == 303
    assert (await office.opens(other)).answer.status_code == 204
    await until(lambda: len(desk.door.app.state.services.open_pages) == 0)


@pytest.mark.parametrize(
    "at", ["case-1 ", "case", "case-0", "case--1", "case-99999999999", "cases-1", "inbox-1", "x", "Case-1"]
)
def test_what_is_no_page_shows_nothing(at: str) -> None:
    assert Shown.of(at) is None


async def test_who_waits_keeps_nobody_signed_in(desk: Desk, office: Office) -> None:
    await desk.door.send_invoice()
    at = f"case-{await case_of(desk.door, '1001')}"
    token = sessions.hashed(desk.client.cookies["__Host-desk"])
    query = "select used_at < clock_timestamp() - interval '20 minutes' from desk_session where token_hash = :t"
    async with desk.door.database.transaction() as connection:
        old = text("update desk_session set used_at = clock_timestamp() - interval '25 minutes' where token_hash = :t")
        await connection.execute(old, {"t": token})
    assert (await desk.get("/desk/live/calls")).json() == []
    await office.opens(desk, at)
    assert await desk.door.one(query, t=token)
    await desk.get("/desk/")
    assert not await desk.door.one(query, t=token)


async def test_those_at_one_place_see_each_other_and_not_themselves(staff: Staff, office: Office) -> None:
    reply = await writes(staff.door, "Hei")
    case = await case_of(staff.door, "1001")
    debtor = await staff.door.one("select debtor_id from dunning_case where id = :case", case=case)
    anne, ola = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.SUPERVISOR)
    for at, address in (
        (f"case-{case}", f"/desk/case/{staff.door.creditor}/1001"),
        (f"debtor-{debtor}", f"/desk/debtor/{debtor}"),
        (f"thread-{reply}", f"/desk/inbox/{reply}"),
    ):
        hers, his = await office.opens(anne, at), await office.opens(ola, at)
        second = await office.opens(ola, at)
        await is_at(hers, ola)
        await is_at(his, anne)
        assert f"Also here: <span>{ola.user.full_name}</span>" in (await anne.get(address)).text
        await second.closes()
        await asyncio.sleep(QUIET)
        assert hers.here[-1] == [ola.user.full_name]  # who has it open twice is still there
        await his.closes()
        await is_at(hers)
        await hers.closes()


async def test_fifty_at_one_case_see_all_others_and_each_once(staff: Staff, office: Office) -> None:
    await staff.door.send_invoice()
    at = f"case-{await case_of(staff.door, '1001')}"
    everybody = [await staff.sign_in(Role.AGENT) for _ in range(50)]
    pages = [await office.opens(desk, at) for desk in everybody]
    names = {desk.user.full_name for desk in everybody}
    for desk, page in zip(everybody, pages, strict=True):
        await until(lambda page=page: bool(page.here) and len(page.here[-1]) == 49)  # type: ignore[misc]
        assert set(page.here[-1]) == names - {desk.user.full_name}


async def test_a_silent_page_is_nobody_any_more_and_is_forgotten(staff: Staff) -> None:
    ola = await staff.sign_in(Role.AGENT)
    async with staff.door.database.transaction() as connection:

        async def there() -> Sequence[Somebody]:
            return (await presence.who_is_at(connection, ["debtor/7"]))["debtor/7"]

        await presence.are_there(connection, [Tab(f"dead {ola.user.id}", ola.user.id, "debtor/7")])
        assert await there() == [Somebody(ola.user.id, ola.user.full_name)]
        late = text("update desk_presence set seen_at = seen_at - cast(:by as interval) where user_id = :user")
        await connection.execute(late, {"by": timedelta(seconds=16), "user": ola.user.id})
        assert await there() == []
        await connection.execute(late, {"by": timedelta(minutes=1), "user": ola.user.id})
        await presence.leave(connection, ["another"])
        left = text("select count(*) from desk_presence where user_id = :user")
        assert (await connection.execute(left, {"user": ola.user.id})).scalar_one() == 0


async def test_what_happens_in_a_case_is_heard_at_once_and_nothing_of_another(desk: Desk, office: Office) -> None:
    door = desk.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None, debtor=invoice()["debtor"] | {"name": "Ola Hansen"})
    case = await case_of(door, "1001")
    debtor = await door.one("select debtor_id from dunning_case where id = :case", case=case)
    pages = []
    for at, address in (
        (f"case-{case}", f"/desk/case/{door.creditor}/1001"),
        (f"debtor-{debtor}", f"/desk/debtor/{debtor}"),
    ):
        shown = (await desk.get(address)).text
        assert f'data-at="{at}"' in shown
        pages.append(await office.opens(desk, at, shown.partition('data-seen="')[2].partition('"')[0]))
    await door.command("1002", command="hold")
    await asyncio.sleep(QUIET)
    assert [page.changed for page in pages] == [[], []]
    await door.command(command="hold")
    for page in pages:
        await until(lambda page=page: bool(page.changed))  # type: ignore[misc]


async def test_what_happened_between_the_page_and_its_stream_is_heard(desk: Desk, office: Office) -> None:
    await desk.door.send_invoice()
    shown = (await desk.get(f"/desk/case/{desk.door.creditor}/1001")).text
    await desk.door.command(command="hold")
    at = f"case-{await case_of(desk.door, '1001')}"
    page = await office.opens(desk, at, shown.partition('data-seen="')[2].partition('"')[0])
    await until(lambda: bool(page.changed))
    older = await office.opens(desk, at, "1-1:1:")
    await until(lambda: older.changed == ["all"])


async def test_who_works_here_no_more_hears_nothing_more(staff: Staff, office: Office) -> None:
    reply = await writes(staff.door, "Hei")
    anne = await staff.sign_in(Role.AGENT)
    pages = [
        await office.opens(anne, at) for at in (f"case-{await case_of(staff.door, '1001')}", f"thread-{reply}", "inbox")
    ]
    assert await shows(staff.door)
    async with staff.door.database.transaction() as connection:
        await disable_user(connection, anne.user.name, "tests", await clock.now(connection))
    await until(lambda: all(page.over for page in pages))
    assert not await shows(staff.door)


async def test_nobody_hears_of_what_is_not_theirs(staff: Staff, office: Office) -> None:
    reply = await writes(staff.door, "Hei")
    case = await case_of(staff.door, "1001")
    debtor = await staff.door.one("select debtor_id from dunning_case where id = :case", case=case)
    elsewhere = await staff.sign_in(Role.AGENT, creditors=(await another(staff.door),))
    auditor, partner = await staff.sign_in(Role.AUDITOR), await staff.sign_in(Role.COLLECTION_PARTNER)
    refused = [
        *((elsewhere, at) for at in (f"case-{case}", f"debtor-{debtor}", f"thread-{reply}", "nothing")),
        *((auditor, at) for at in (f"thread-{reply}", "inbox")),
        *((partner, at) for at in (f"case-{case}", f"debtor-{debtor}", f"thread-{reply}", "inbox")),
    ]
    for desk, at in refused:
        assert (await office.opens(desk, at)).answer.status_code == 404, at
    assert len(staff.door.app.state.services.open_pages) == len(staff.door.app.state.services.streams) == 0


async def test_a_partner_is_nobody_to_others_and_hears_no_more_of_a_case_that_is_taken_back(
    staff: Staff, office: Office
) -> None:
    await staff.door.send_invoice()
    await handed_off(staff.door)
    at = f"case-{await case_of(staff.door, '1001')}"
    anne, partner = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.COLLECTION_PARTNER)
    hers, theirs = await office.opens(anne, at), await office.opens(partner, at)
    await asyncio.sleep(QUIET)
    assert hers.here[-1] == theirs.here[-1] == []
    recalled = "update hand_off set state = 'recalled' where creditor_id = :id returning 1"
    await staff.door.rows(recalled, id=staff.door.creditor)
    await until(lambda: theirs.over)
    assert not hers.over


async def test_a_thread_hears_at_once_and_its_debtor_sees_that_somebody_is_there(
    desk: Desk, door: Door, office: Office
) -> None:
    phone = number()
    reply = await writes(door, "Hei", phone=phone)
    assert not await shows(door)
    page = await office.opens(desk, f"thread-{reply}")
    case = await office.opens(desk, f"case-{await case_of(door, '1001')}")
    await until(lambda: bool(page.stands))
    assert await shows(door)
    of_page = """select count(*) from page_change p join dunning_case c on c.id = p.case_id
      where c.creditor_id = :c and p.kind = 'desk'"""
    assert await door.one(of_page, c=door.creditor)  # so that a page which is open reads itself anew
    await asyncio.sleep(QUIET)
    assert page.changed == case.changed == []  # and no page of the desk does
    await texted(door, "Er det noen der?", phone)
    await until(lambda: len(page.stands) > 1)
    await page.closes()
    for _ in range(100):
        if await told_by(door) == {False}:
            break
        await asyncio.sleep(0.05)
    assert not await shows(door)


async def test_who_answers_other_debtors_is_not_there_and_whose_browser_is_gone_is_not_for_long(
    staff: Staff, door: Door, office: Office
) -> None:
    await door.send_invoice()
    await office.opens(await staff.sign_in(Role.AGENT, creditors=(await another(door),)), "inbox")
    await office.opens(await staff.sign_in(Role.AGENT), f"case-{await case_of(door, '1001')}")
    assert not await shows(door)
    agent = await staff.sign_in(Role.AGENT)
    async with door.database.transaction() as connection:
        await presence.are_there(connection, [Tab(f"dead {agent.user.id}", agent.user.id, presence.INBOX)])
    assert await shows(door)
    late = "update desk_presence set seen_at = seen_at - interval '16 seconds' where user_id = :user returning 1"
    await door.rows(late, user=agent.user.id)
    assert not await shows(door)


async def test_those_meet_in_a_thread_who_came_by_other_words_of_it(staff: Staff, door: Door, office: Office) -> None:
    phone = number()
    first = await writes(door, "Hei", phone=phone)
    await texted(door, "Er det noen der?", phone)
    second = await door.one("select max(id) from reply where creditor_id = :c", c=door.creditor)
    anne, ola = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.AGENT)
    hers, his = await office.opens(anne, f"thread-{first}"), await office.opens(ola, f"thread-{second}")
    await is_at(hers, ola)
    await is_at(his, anne)
