"""An open page hears at once of what changes on it, of nothing else, and again of exactly what it missed."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
import uvicorn

from config.settings import Settings
from connectors.ids import Kind
from facts.database import Database
from simulator.emulators.providers import listening_on, served
from tests.web.door import Door
from tests.world import laws_for_years_to_come
from web.app import create_app
from web.invoice_page import streams
from web.pages import SCRIPT
from web.patience import Patient

SOON = 5.0  # seconds, on a machine with much to do
QUIET = 0.4  # seconds in which nothing must come
HANG_UP = b"""
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'
"""


async def until(true: Callable[[], bool]) -> None:
    """Wait until that is so."""
    for _ in range(int(SOON / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


@dataclass
class Tab:
    """A page that is open: what it was told, each with the position that came with it."""

    answer: httpx.Response
    told: list[str] = field(default_factory=list)
    at: str = ""
    over: bool = False
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Hear until the stream ends."""
        try:
            async for line in self.answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    self.at = value
                elif name == "data":
                    self.told += value.split()
                    self._heard.set()
        except httpx.HTTPError:
            pass
        self.over = True
        self._heard.set()

    async def hears(self) -> list[str]:
        """What it is told next, and what was told before that nobody asked for."""
        async with asyncio.timeout(SOON):
            await self._heard.wait()
        await asyncio.sleep(2 * streams.TOGETHER_WITHIN)
        self._heard.clear()
        told, self.told = self.told, []
        return sorted(set(told))

    async def ends(self) -> None:
        """Wait until the stream is over."""
        await until(lambda: self.over)


class Tabs:
    """A browser with pages open on a web app that listens."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._stack = AsyncExitStack()

    async def open(self, page: str, last: str | None = None, **headers: str) -> Tab:
        """Open a page's stream; without `last` the page has seen all until now."""
        last = (await self.now(page)) if last is None else last
        opened = self.client.stream("GET", f"{page}/events", params={"last": last}, headers=headers)
        answer = await self._stack.enter_async_context(opened)
        tab = Tab(answer, at=last)
        if answer.status_code == 200:
            listening = asyncio.create_task(tab.listen())
            self._stack.push_async_callback(asyncio.wait, [listening])
            self._stack.callback(listening.cancel)
        return tab

    async def now(self, page: str) -> str:
        """The position now."""
        at: str = (await self.client.get(f"{page}/changes")).json()["at"]
        return at

    async def close(self) -> None:
        """Close all pages."""
        await self._stack.aclose()


@dataclass
class House:
    """A web app that listens on a port, and the same app as the creditor meets it."""

    door: Door
    url: str

    async def pages(self, count: int) -> list[str]:
        """Send so many invoices, numbered from 1; gives their pages."""
        for number in range(1, count + 1):
            await self.door.send_invoice(str(number), reference=None)
        return [await self.door.link(number=str(number)) for number in range(1, count + 1)]

    async def pay(self, number: int, amount: str = "1.00") -> None:
        """A payment of one krone comes."""
        self.paid = getattr(self, "paid", 0) + 1
        answer = await self.door.pay(f"p-{self.paid}", reference=None, invoice_number=str(number), amount=amount)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The app, served as in production."""
    with listening_on(0) as listener:
        config = uvicorn.Config(app, http=Patient, lifespan="off", log_config=None, access_log=False)
        async with served(config, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest_asyncio.fixture
async def house(door: Door) -> AsyncIterator[House]:
    async with listening(door.app) as url:
        yield House(door, url)
    await door.app.state.services.streams.close()


@pytest_asyncio.fixture
async def tabs(house: House) -> AsyncIterator[Tabs]:
    async with httpx.AsyncClient(base_url=house.url, timeout=SOON) as client:
        opened = Tabs(client)
        yield opened
        await opened.close()


async def test_a_payment_is_heard_on_its_page_and_on_no_other(house: House, tabs: Tabs) -> None:
    pages = await house.pages(30)
    opened = [await tabs.open(page) for page in pages]
    assert opened[0].answer.headers["content-type"].startswith("text/event-stream")
    await house.pay(7)
    assert "money" in await opened[6].hears()
    await asyncio.sleep(QUIET)
    assert [number for number, tab in enumerate(opened, 1) if tab.told] == []


async def test_what_goes_over_the_wire_is_a_position_and_the_kind_alone(house: House, tabs: Tabs) -> None:
    (page,) = await house.pages(1)
    tab = await tabs.open(page)
    await house.pay(1)
    await tab.hears()
    assert re.fullmatch(r"\d+-\d+:\d+:[\d,]*", tab.at)
    said = (await tabs.client.get(f"{page}/changes", params={"last": tab.at})).json()
    assert set(said) == {"at", "changed"}
    assert said["changed"] == []


async def test_who_was_away_is_told_exactly_what_was_missed(house: House, tabs: Tabs) -> None:
    page, other = await house.pages(2)
    tab = await tabs.open(page)
    await house.pay(1)
    heard, seen = await tab.hears(), tab.at
    assert "money" in heard
    again = await tabs.open(page, "", **{"Last-Event-ID": seen})
    await asyncio.sleep(QUIET)
    assert again.told == []
    await house.pay(2)
    await house.door.command("1", command="hold")
    assert await again.hears() == ["case"]
    late = await tabs.open(page, seen)
    assert await late.hears() == ["case"]
    assert [tab.told for tab in (again, await tabs.open(other))] == [[], []]


@pytest.mark.parametrize("last", ["", "nonsense", "1-1:1:", "9999999999-99999999999:99999999999:"])
async def test_who_cannot_say_what_it_has_seen_is_told_to_read_all(house: House, tabs: Tabs, last: str) -> None:
    (page,) = await house.pages(1)
    assert await (await tabs.open(page, last)).hears() == ["all"]
    assert (await tabs.client.get(f"{page}/changes", params={"last": last})).json()["changed"] == ["all"]


async def test_who_cannot_have_a_stream_asks_instead(house: House, tabs: Tabs) -> None:
    page, other = await house.pages(2)
    seen = await tabs.now(page)
    await house.pay(1)
    told = (await tabs.client.get(f"{page}/changes", params={"last": seen})).json()
    assert "money" in told["changed"]
    assert (await tabs.client.get(f"{page}/changes", params={"last": told["at"]})).json()["changed"] == []
    assert (await tabs.client.get(f"{other}/changes", params={"last": seen})).json()["changed"] == []


async def test_the_account_of_a_debtor_hears_of_all_its_invoices(house: House, tabs: Tabs) -> None:
    for number in ("1", "2"):
        await house.door.send_invoice(number, reference=None)
    page = f"{await house.door.link(await house.door.claimed(number='1'), '1')}/account"
    tab = await tabs.open(page)
    seen = tab.at
    await house.pay(2)
    assert "money" in await tab.hears()
    assert "money" in (await tabs.client.get(f"{page}/changes", params={"last": seen})).json()["changed"]


async def answered(door: Door, number: str, words: str) -> None:
    """Somebody at the creditor's answers the latest words about an invoice."""
    query = """select max(r.id) from reply r join dunning_case c on c.id = r.case_id join invoice i on i.id = c.invoice_id
      where i.creditor_id = :c and i.number = :n"""
    reply = await door.one(query, c=door.creditor, n=number)
    answer = await door.client.post(
        f"/v1/replies/{await door.id_of(Kind.REPLY, reply)}/answer", json={"text": words, "by": "anne"}
    )
    assert answer.status_code in (200, 201), answer.text


async def test_an_answer_is_heard_where_the_conversation_stands_and_read_there(house: House, tabs: Tabs) -> None:
    one, other = await house.pages(2)
    for page in (one, other):
        await tabs.client.post(f"{page}/messages", data={"words": "Er det noen der?"})
    shown = (await tabs.client.get(f"{one}/messages")).text
    last = shown.partition('data-seen="')[2].partition('"')[0]
    hears, deaf = await tabs.open(f"{one}/messages", last), await tabs.open(f"{other}/messages")
    await answered(house.door, "1", "Ja, hva gjelder det?")
    assert "message" in await hears.hears()
    assert "Ja, hva gjelder det?" in (await tabs.client.get(f"{one}/messages")).text
    await asyncio.sleep(QUIET)
    assert "message" not in deaf.told  # what was said of another invoice


async def test_who_sees_what_was_said_of_all_invoices_hears_of_all(house: House, tabs: Tabs) -> None:
    await house.pages(2)
    own = await house.door.link(await house.door.claimed(number="1"), "1")
    await tabs.client.post(f"{await house.door.link(number='2')}/messages", data={"words": "Hei"})
    tab = await tabs.open(f"{own}/messages")
    seen = tab.at
    await answered(house.door, "2", "Hei igjen")
    assert "message" in await tab.hears()
    assert "Hei igjen" in (await tabs.client.get(f"{own}/messages")).text
    assert "message" in (await tabs.client.get(f"{own}/messages/changes", params={"last": seen})).json()["changed"]


async def test_a_link_that_opens_nothing_opens_no_stream(house: House, tabs: Tabs) -> None:
    (page,) = await house.pages(1)
    wrong = f"{page[:-1]}{'A' if page[-1] != 'A' else 'B'}"
    for path in ("events", "changes", "account/events", "account/changes", "messages/events", "messages/changes"):
        assert (await tabs.client.get(f"{wrong}/{path}")).status_code == 404, path
    assert (await tabs.client.get(f"{page}/account/events")).status_code == 404
    assert len(house.door.app.state.services.streams) == 0


async def test_a_stream_ends_when_its_link_opens_nothing_any_more(house: House, tabs: Tabs) -> None:
    await house.door.send_invoice("1", reference=None)
    page = await house.door.link(await house.door.claimed(number="1"), "1")
    tab = await tabs.open(page)
    await tabs.client.post(f"{page}/not-me")
    await tab.ends()
    assert (await tabs.open(page, tab.at)).answer.status_code == 404


async def test_a_stream_lasts_for_its_time_and_the_next_goes_on_where_it_ended(
    house: House, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LASTS", 0.2)
    (page,) = await house.pages(1)
    tab = await tabs.open(page)
    await tab.ends()
    await house.pay(1)
    assert "money" in await (await tabs.open(page, tab.at)).hears()


async def test_a_quiet_stream_is_pinged_with_a_position_that_goes_on(
    house: House, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PINGS_EVERY", 0.1)
    page, _ = await house.pages(2)
    tab = await tabs.open(page)
    seen = tab.at
    await house.pay(2)
    await until(lambda: tab.at != seen)
    assert tab.told == []


async def test_a_greedy_link_and_a_greedy_network_leave_room_for_others(
    house: House, tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_OF_LINK", 2)
    monkeypatch.setattr(streams, "MOST_OF_NETWORK", 3)
    page, other, third = await house.pages(3)
    kept = [(await tabs.open(each)).answer for each in (page, page, page, other, third)]
    assert [answer.status_code for answer in kept] == [200, 200, 503, 200, 503]
    assert kept[2].headers["retry-after"] == "30"
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.77")
    async with httpx.AsyncClient(base_url=house.url, transport=transport, timeout=SOON) as neighbour:
        from_elsewhere = Tabs(neighbour)
        assert (await from_elsewhere.open(third)).answer.status_code == 200
        await from_elsewhere.close()


async def test_an_idle_stream_keeps_no_connection_and_who_leaves_is_forgotten(house: House, tabs: Tabs) -> None:
    pages = await house.pages(3)
    for page in pages:
        await tabs.open(page)
    known = house.door.app.state.services.streams
    assert len(known) == 3
    pool: Any = house.door.database.engine.pool
    await until(lambda: pool.checkedout() == 0)  # but for a look, now and then
    await tabs.close()
    await until(lambda: len(known) == 0 and known.rests)


async def test_a_lost_connection_to_the_database_loses_no_change(house: House, tabs: Tabs) -> None:
    (page,) = await house.pages(1)
    tab = await tabs.open(page)
    await house.pay(1)
    await tab.hears()
    url = house.door.database.url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(HANG_UP)
    await house.pay(1)
    assert "money" in await tab.hears()


async def test_a_restarted_server_ends_its_streams_at_once_and_the_next_one_goes_on(
    door: Door, web_settings: Settings, web_database: Database
) -> None:
    house = House(door, "")
    (page,) = await house.pages(1)
    seen = ""
    for turn in range(2):
        app = create_app(web_settings, web_database, laws_for_years_to_come())
        async with asyncio.timeout(4 * SOON):
            async with listening(app) as url, httpx.AsyncClient(base_url=url, timeout=SOON) as client:
                tabs = Tabs(client)
                tab = await tabs.open(page, seen or None)
                if turn:
                    assert "money" in await tab.hears()
                await house.pay(1)
                assert "money" in await tab.hears()
                seen = tab.at
            await tab.ends()
            await tabs.close()
            await house.pay(1)
        await app.state.services.streams.close()


async def test_two_at_once_on_one_page_hear_the_same(house: House, tabs: Tabs) -> None:
    (page,) = await house.pages(1)
    first, second = await tabs.open(page), await tabs.open(page)
    await asyncio.gather(*(house.pay(1) for _ in range(5)))
    assert "money" in await first.hears()
    assert "money" in await second.hears()
    assert first.at == second.at


async def test_asking_changes_nothing(house: House, tabs: Tabs) -> None:
    (page,) = await house.pages(1)
    before = await house.door.one("select count(*) from page_change")
    await tabs.open(page)
    await tabs.now(page)
    assert (await tabs.client.head(f"{page}/events")).status_code == 405
    assert await house.door.one("select count(*) from page_change") == before


def test_the_script_is_small_and_says_nothing_to_who_does_not_run_it() -> None:
    assert len(SCRIPT.encode()) <= 3 * 1024
    assert "//" not in SCRIPT
