"""A case that is open hears of changes and of who else looks, until its session is over; and it keeps nobody signed in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from config.settings import Settings
from domain.desk.roles import Role
from facts import clock
from facts.desk import presence
from facts.desk.users import disable_user
from simulator.emulators.providers import serving
from tests.browser.conftest import free_ports
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_case import another, handed_off
from tests.world import laws_for_years_to_come
from web.app import create_app

SOON = 10.0  # seconds, on a machine with much to do


@dataclass
class Open:
    """A case that is open in a tab: what it heard, by the kind of event."""

    answer: httpx.Response
    here: list[list[str]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    over: bool = False

    async def listen(self) -> None:
        """Hear until the stream ends."""
        event = ""
        async for line in self.answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "here":
                self.here.append(json.loads(value))
            elif name == "data":
                self.changed.append(value)
            elif not name:
                event = ""
        self.over = True


async def until(true: Any) -> None:
    """Wait until that is so."""
    for _ in range(int(SOON / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


@pytest.fixture
async def house(staff: Staff, web_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The app on a port, whose pages look around all the time."""
    monkeypatch.setattr(presence, "EVERY", timedelta(seconds=0.1))
    app, (port,) = create_app(web_settings, staff.door.database, laws_for_years_to_come()), free_ports(1)
    async with serving(app, port):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def opened(house: str, desk: Desk, last: str = "") -> AsyncIterator[Open]:
    """A case that somebody has open."""
    path = f"{house}/desk/watch/{desk.door.creditor}/1001"
    cookie = {"Cookie": f"__Host-desk={desk.client.cookies['__Host-desk']}"}
    async with (
        httpx.AsyncClient(timeout=SOON) as client,
        client.stream("GET", path, params={"last": last}, headers=cookie) as answer,
    ):
        tab = Open(answer)
        listening = asyncio.create_task(tab.listen())
        yield tab
        listening.cancel()
        await asyncio.wait([listening])


async def test_two_at_one_case_see_each_other_and_not_themselves(house: str, staff: Staff) -> None:
    await staff.door.send_invoice()
    anne, ola = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.SUPERVISOR)
    async with opened(house, anne) as hers, opened(house, anne):
        async with opened(house, ola) as his:
            await until(lambda: hers.here and hers.here[-1] == [ola.user.full_name])
            await until(lambda: his.here and his.here[-1] == [anne.user.full_name])
            assert ola.user.full_name in (await anne.get(f"/desk/case/{anne.door.creditor}/1001")).text
        await until(lambda: hers.here[-1] == [])
    for _ in range(100):
        if not await staff.door.rows("select 1 from desk_presence"):
            break
        await asyncio.sleep(0.02)
    assert await staff.door.rows("select 1 from desk_presence") == []


async def test_a_silent_page_is_nobody_any_more(staff: Staff) -> None:
    await staff.door.send_invoice()
    anne, ola = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.AGENT)
    case = await staff.door.one("select id from dunning_case where creditor_id = :id", id=staff.door.creditor)
    async with staff.door.database.transaction() as connection:
        await presence.looks(connection, case, "dead", ola.user.id)
        assert await presence.who_else(connection, case, anne.user.id) == [ola.user.full_name]
        await connection.execute(text("update desk_presence set seen_at = seen_at - interval '16 seconds'"))
        assert await presence.who_else(connection, case, anne.user.id) == []
        await connection.execute(text("update desk_presence set seen_at = seen_at - interval '1 minute'"))
        await presence.leaves(connection, case, "another")
    assert await staff.door.rows("select 1 from desk_presence") == []


async def test_what_happens_in_a_case_is_heard_at_once_and_nothing_of_another(house: str, staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    anne = await staff.sign_in(Role.AGENT)
    page = (await anne.get(f"/desk/case/{door.creditor}/1001")).text
    async with opened(house, anne, page.partition('data-seen="')[2].partition('"')[0]) as tab:
        await until(lambda: tab.here)
        await door.command("1002", command="hold")
        await asyncio.sleep(0.5)
        assert tab.changed == []
        await door.command(command="hold")
        await until(lambda: tab.changed)


async def test_who_works_here_no_more_hears_nothing_more(house: str, staff: Staff) -> None:
    await staff.door.send_invoice()
    anne = await staff.sign_in(Role.AGENT)
    async with opened(house, anne) as tab:
        await until(lambda: tab.here)
        async with staff.door.database.transaction() as connection:
            await disable_user(connection, anne.user.name, "tests", await clock.now(connection))
        await until(lambda: tab.over)


async def test_a_page_that_waits_keeps_nobody_signed_in(house: str, staff: Staff) -> None:
    await staff.door.send_invoice()
    anne = await staff.sign_in(Role.AGENT)
    await staff.door.rows(
        "update desk_session set used_at = used_at - interval '20 minutes' where user_id = :id returning 1",
        id=anne.user.id,
    )
    used = "select used_at from desk_session where user_id = :id"
    before = await staff.door.one(used, id=anne.user.id)
    async with opened(house, anne) as tab:
        await until(lambda: tab.here)
    assert await staff.door.one(used, id=anne.user.id) == before


async def test_a_stranger_hears_nothing_and_a_partner_is_nobody_to_others(house: str, staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    stranger = await staff.sign_in(Role.AGENT, creditors=(await another(door),))
    async with opened(house, stranger) as tab:
        assert tab.answer.status_code == 404
    await handed_off(door)
    anne, partner = await staff.sign_in(Role.AGENT), await staff.sign_in(Role.COLLECTION_PARTNER)
    async with opened(house, anne) as hers, opened(house, partner) as theirs:
        await until(lambda: hers.here and theirs.here)
        await asyncio.sleep(0.5)
        assert hers.here[-1] == theirs.here[-1] == []
        await door.rows("update hand_off set state = 'recalled' where creditor_id = :id returning 1", id=door.creditor)
        await until(lambda: theirs.over)
        assert not hers.over
