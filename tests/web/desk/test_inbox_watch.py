"""An open inbox hears what is written, and the debtors of its creditors see that somebody is there: no longer than that is so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from config.settings import Settings
from domain.desk.roles import Role
from facts import clock
from facts.desk import presence
from facts.desk.users import disable_user
from simulator.emulators.providers import serving
from tests.browser.conftest import free_ports
from tests.web.api.test_replies import texted
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_inbox import writes
from tests.web.desk.test_watch import SOON, until
from tests.web.door import Door
from tests.web.webhooks.test_twilio import number
from tests.world import laws_for_years_to_come
from web.app import create_app

THERE = "Det er noen her nå."


@pytest.fixture
async def house(door: Door, web_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The app on a port, whose pages look around all the time."""
    monkeypatch.setattr(presence, "EVERY", timedelta(seconds=0.1))
    app, (port,) = create_app(web_settings, door.database, laws_for_years_to_come()), free_ports(1)
    async with serving(app, port):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def opened(house: str, desk: Desk, path: str) -> AsyncIterator[list[str]]:
    """A page of the inbox that somebody has open: how things stand there, as it hears it; "over" at the end."""
    heard: list[str] = []

    async def listen(answer: httpx.Response) -> None:
        async for line in answer.aiter_lines():
            if line.startswith('data: ["'):
                heard.append(json.loads(line.removeprefix("data: "))[0])
        heard.append("over")

    cookie = {"Cookie": f"__Host-desk={desk.client.cookies['__Host-desk']}"}
    async with (
        httpx.AsyncClient(timeout=SOON) as client,
        client.stream("GET", f"{house}/desk/inbox{path}/watch", headers=cookie) as answer,
    ):
        assert answer.status_code == 200
        listening = asyncio.create_task(listen(answer))
        yield heard
        listening.cancel()
        await asyncio.wait([listening])


async def shows(door: Door) -> bool:
    """Whether the debtor's page says that somebody is there, and so does the page of the messages."""
    link = await door.link()
    told = {THERE in (await door.client.get(page)).text for page in (link, f"{link}/messages")}
    assert len(told) == 1
    return told.pop()


async def test_a_thread_that_is_open_hears_at_once_and_its_debtor_sees_that_somebody_is_there(
    house: str, desk: Desk, door: Door
) -> None:
    phone = number()
    reply = await writes(door, "Hei", phone=phone)
    assert not await shows(door)
    async with opened(house, desk, f"/{reply}") as heard:
        await until(lambda: heard)
        assert await shows(door)
        of_page = "select count(*) from page_change p join dunning_case c on c.id = p.case_id where c.creditor_id = :c"
        assert await door.one(of_page, c=door.creditor)  # so that a page which is open reads itself anew
        await texted(door, "Er det noen der?", phone)
        await until(lambda: len(heard) > 1)
        await door.rows("update desk_at_inbox set seen_at = seen_at - interval '1 hour' returning 1")
    for _ in range(100):
        if not await shows(door):
            break
        await asyncio.sleep(0.05)
    assert not await shows(door)


async def test_who_is_silent_or_works_for_others_is_not_there(house: str, staff: Staff, door: Door) -> None:
    await door.send_invoice()
    await door.register("inbox-elsewhere")
    other = await staff.sign_in(Role.AGENT, creditors=("inbox-elsewhere",))
    async with opened(house, other, "") as heard:
        await until(lambda: heard)
        assert not await shows(door)
    agent = await staff.sign_in(Role.AGENT)
    async with opened(house, agent, "") as heard:
        await until(lambda: heard)
        assert await shows(door)
        async with door.database.transaction() as connection:
            await disable_user(connection, agent.user.name, "tests", await clock.now(connection))
        await until(lambda: heard[-1] == "over")
    assert not await shows(door)


async def test_nobody_watches_a_thread_that_is_not_theirs(staff: Staff, door: Door) -> None:
    reply = await writes(door, "Hei")
    await door.register("inbox-watch-elsewhere")
    for desk in (
        await staff.sign_in(Role.AGENT, creditors=("inbox-watch-elsewhere",)),
        await staff.sign_in(Role.AUDITOR),
    ):
        assert (await desk.get(f"/desk/inbox/{reply}/watch")).status_code == 404
