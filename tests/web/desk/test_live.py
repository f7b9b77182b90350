"""An open page of the desk hears at once that its agent is called, in every tab, and nobody else's does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest_asyncio
from sqlalchemy import text

from domain.desk.roles import Role
from facts.desk import sessions
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_incoming import calls
from tests.web.invoice_page.test_live import QUIET, SOON, listening, until
from web.desk import lines


@dataclass
class Tab:
    """An open page: each state that it was told."""

    answer: httpx.Response
    told: list[list[str]] = field(default_factory=list)
    over: bool = False

    async def listen(self) -> None:
        """Hear until the stream ends."""
        try:
            async for line in self.answer.aiter_lines():
                if line.startswith("data: "):
                    self.told.append(json.loads(line.removeprefix("data: ")))
        except httpx.HTTPError:
            pass
        self.over = True


@dataclass
class Office:
    """The web app on a port, with tabs of those who work there."""

    url: str
    stack: AsyncExitStack

    async def opens(self, desk: Desk) -> Tab:
        """A tab of somebody, which has heard what rings now."""
        client = await self.stack.enter_async_context(
            httpx.AsyncClient(base_url=self.url, timeout=SOON, cookies=dict(desk.client.cookies))
        )
        tab = Tab(await self.stack.enter_async_context(client.stream("GET", "/desk/live")))
        if tab.answer.status_code == 200:
            listening = asyncio.create_task(tab.listen())
            self.stack.push_async_callback(asyncio.wait, [listening])
            self.stack.callback(listening.cancel)
            await until(lambda: bool(tab.told))
        return tab


@pytest_asyncio.fixture
async def office(desk: Desk) -> AsyncIterator[Office]:
    async with listening(desk.door.app) as url, AsyncExitStack() as stack:
        yield Office(url, stack)
    await desk.door.app.state.services.desk_lines.close()


async def test_each_tab_of_the_agent_hears_at_once_and_nobody_elses(desk: Desk, staff: Staff, office: Office) -> None:
    mine, other = [await office.opens(desk) for _ in range(2)], await office.opens(await staff.sign_in(Role.AGENT))
    assert mine[0].answer.headers["content-type"].startswith("text/event-stream")
    id = (await calls(desk))["address"].rpartition("/")[2]
    for tab in mine:
        await until(lambda tab=tab: tab.told[-1] == [id])  # type: ignore[misc]
    await calls(desk, call="c-2")
    await calls(desk, call="c-2")
    await until(lambda: len(mine[0].told[-1]) == 2)
    late = await office.opens(desk)
    assert late.told[0] == mine[0].told[-1]
    await asyncio.sleep(QUIET)
    assert (other.told, [len(each) for each in mine[0].told]) == ([[]], [0, 1, 2])


async def test_who_signs_out_turns_it_off_or_has_many_tabs_hears_no_more(
    desk: Desk, staff: Staff, office: Office
) -> None:
    tabs = [await office.opens(desk) for _ in range(lines.MOST_OF_SESSION + 1)]
    assert [tab.answer.status_code for tab in tabs] == [200] * lines.MOST_OF_SESSION + [503]
    other = await staff.sign_in(Role.AGENT)
    off = await office.opens(other)
    await desk.send("/desk/sign-out")
    await other.send("/desk/incoming", hear="no")
    await calls(await staff.sign_in(Role.AGENT))  # which wakes all
    await until(lambda: all(tab.over for tab in tabs[:-1]) and off.over)
    assert (await office.opens(desk)).answer.status_code == 303
    assert (await office.opens(other)).answer.status_code == 204
    await until(lambda: len(desk.door.app.state.services.desk_lines) == 0)


async def test_a_page_that_waits_keeps_nobody_signed_in(desk: Desk) -> None:
    token = sessions.hashed(desk.client.cookies["__Host-desk"])
    query = "select used_at < clock_timestamp() - interval '20 minutes' from desk_session where token_hash = :t"
    async with desk.door.database.transaction() as connection:
        old = text("update desk_session set used_at = clock_timestamp() - interval '25 minutes' where token_hash = :t")
        await connection.execute(old, {"t": token})
    assert (await desk.get("/desk/live/calls")).json() == []
    assert await desk.door.one(query, t=token)
    await desk.get("/desk/")
    assert not await desk.door.one(query, t=token)
