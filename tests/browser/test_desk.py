"""The desk in a real browser: signed in by the directory, every page sound, and work done by keyboard alone."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from activities.jobs.announcements import Announcements
from config.settings import Settings
from domain.desk.roles import Role
from facts import clock
from facts.database import Database
from facts.desk import presence
from facts.desk.users import Registration, keep_user
from planning.service import Planning
from simulator import staff
from simulator.emulators import identity
from simulator.emulators.providers import serving
from tests.begin import BEGIN, TODAY, by_day, turn
from tests.browser import states
from tests.browser.conftest import free_ports
from tests.web.api.test_calls import to_call
from tests.web.door import LINK_SECRET, Door, paid
from tests.web.paying import Shop
from tests.world import fresh_database, laws_for_years_to_come
from web.app import create_app

pytestmark = pytest.mark.timeout(240)

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
PAGES = (
    "/desk/",
    "/desk/find?q=Nordmann",
    "/desk/find?q=nobody",
    "/desk/list?where=state%3Dopen",
    "/desk/inbox",
    "/desk/saved-replies",
    "/desk/letters",
    "/desk/calls",
    "/desk/queues",
    "/desk/queues/money",
    "/desk/notices",
    "/desk/reports",
    "/desk/reports/ageing",
    "/desk/policies",
    "/desk/policies/no-gentle",
    "/desk/system",
    "/desk/stops",
    "/desk/users",
    "/desk/keys",
    "/desk/webhooks",
    "/desk/audit",
    "/desk/case/kraft/1001",
    "/desk/act/hold/kraft/1001",
    "/desk/act/contact/kraft/1001",
    "/desk/many?where=state%3Dopen",
)
"""Every page that opens by its address alone."""
_numbers = itertools.count(1)

HELD = "select count(*) from hold h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id"
PAUSED = (
    "select count(*) from life_event e join dunning_case c on c.debtor_id = e.debtor_id "
    "join invoice i on i.id = c.invoice_id and e.kind = 'pause'"
)
DISPUTED = (
    "select count(*) from dispute d join dunning_case c on c.id = d.case_id join invoice i on i.id = c.invoice_id"
)
STOPPED = (
    "select count(*) from debtor d join dunning_case c on c.debtor_id = d.id join invoice i on i.id = c.invoice_id "
    "and d.stop_reason = 'deceased'"
)
QUESTIONS = (
    ("I paid yesterday", "h", HELD),
    ("my father died", "y", STOPPED),
    ("two more weeks", "u", PAUSED),
    ("not my invoice", "i", DISPUTED),
)
"""What a customer says on the phone, the key of what answers it, and what is found in the facts then."""


@dataclass(frozen=True)
class Place:
    """A web app at a plain http address, whose desk a directory leads to."""

    door: Door
    url: str

    async def sign_in(self, context: BrowserContext, role: Role) -> Page:
        """Somebody of the directory, signed in as people do it."""
        page = await context.new_page()
        await page.goto(f"{self.url}/desk/")
        await page.get_by_role("link", name="Logg inn med jobbkontoen").click()
        await page.get_by_role("button", name=staff.PEOPLE[role][1]).click()
        await page.wait_for_url(f"{self.url}/desk/")
        return page


@pytest_asyncio.fixture(scope="module")
async def place(chrome: Browser, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """It, with one creditor, an invoice and money that nobody knows."""
    (port,) = free_ports(1)
    url, folder = f"http://127.0.0.1:{port}", Path(tmp_path_factory.mktemp("desk"))
    database = Database(fresh_database(postgres_url, "browser_desk"))
    await turn(database)
    directory = staff.directory()
    async with serving(identity.create_app(directory)) as directory.url:
        told = Settings(
            database_url="postgresql+psycopg://nobody@nowhere/nothing",
            public_url=url,
            link_secrets=(LINK_SECRET,),
            state_folder=folder,
            temporal_ui_url="https://temporal.example",
        ).model_copy(update=staff.settings(directory))
        app = create_app(told, database, laws_for_years_to_come())
        async with serving(app, port), httpx.AsyncClient(base_url=url, timeout=60) as client:
            door = Door(app, client, database, "kraft")
            client.headers["Authorization"] = f"Bearer {await door.register('kraft')}"
            async with database.transaction() as connection:
                now = await clock.now(connection)
                await staff.register(connection, now, ("kraft",))
                anne = Registration("anne", "anne@desk.example", "Anne Agerup", (Role.AGENT,), language="nb")
                await keep_user(connection, anne, "tests", now)
            await door.send_invoice("1001")
            yield Place(door, url)
        await app.state.services.desk_identity.aclose()
    await database.close()


@pytest_asyncio.fixture
async def laptop(chrome: Browser) -> AsyncIterator[BrowserContext]:
    """A browser on a laptop."""
    context = await chrome.new_context(viewport={"width": 1440, "height": 900})
    yield context
    await context.close()


async def test_every_page_is_sound_in_light_and_dark_and_asks_nobody_else(place: Place, laptop: BrowserContext) -> None:
    page = await place.sign_in(laptop, Role.CREDIT_MANAGER)
    asked, said = set[str](), list[str]()
    page.on("request", lambda request: asked.add(httpx.URL(request.url).host))
    page.on("console", lambda message: said.append(message.text))
    for path in PAGES:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            answer = await page.goto(f"{place.url}{path}")
            assert answer is not None
            assert answer.status == 200, path
            found = await Axe().run(page, options=RULES)
            assert found.violations_count == 0, (path, scheme, found.generate_report())
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        keys = await page.eval_on_selector_all("[data-key]", "all => all.map(each => each.dataset.key)")
        assert len(set(keys)) == len(keys), (path, sorted(keys))
        assert not {"j", "k", "?"} & set(keys), path
    assert asked == {"127.0.0.1"}
    assert said == []
    await page.goto(f"{place.url}/desk/case/kraft/1001")
    history = await page.get_by_role("link", name="Sakens historikk i Temporal").get_attribute("href")
    assert history == "https://temporal.example/namespaces/default/workflows/dunning%2Fkraft%2F1001"


async def test_a_notice_to_many_is_written_and_sound_in_light_and_dark(place: Place, laptop: BrowserContext) -> None:
    page = await place.sign_in(laptop, Role.SUPERVISOR)
    await page.goto(f"{place.url}/desk/notices")
    for language in ("nb", "en"):
        for part, said in (("title", "Stille"), ("text", "Det er stille."), ("sms", "Det er stille.")):
            await page.fill(f"#{part}_{language}", said)
    await page.get_by_role("button", name="Tell opp og vis").click()
    await page.wait_for_url("**/desk/notices/*")
    works = Announcements(place.door.database, Planning(laws_for_years_to_come()))
    while await works.work():
        pass
    await page.keyboard.press("r")
    await page.get_by_role("button", name="Send til").wait_for()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = await Axe().run(page, options=RULES)
        assert found.violations_count == 0, (scheme, found.generate_report())
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_who_calls_is_somebody_else_and_their_number_is_bound_and_unbound_by_keyboard(
    place: Place, laptop: BrowserContext
) -> None:
    await place.door.send_invoice("2101", reference=None, debtor=_called("Per Dahl", "+4790010001"))
    await place.door.send_invoice("2102", reference=None, debtor=_called("Siri Dahl", "+4790010002"))
    page = await place.sign_in(laptop, Role.AGENT)
    told = {"call": f"c-{next(_numbers)}", "agent": "anne", "number": "+4790010001"}
    assert (await place.door.client.post("/v1/calls/incoming", json=told)).json()["told"]
    await page.locator("#calls a").wait_for()
    await page.keyboard.press(".")
    await page.wait_for_url("**/desk/case/kraft/2101?done=incoming")
    await page.get_by_role("link", name="Det er en annen som ringer").click()
    await page.fill("#said", "Siri Dahl")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Knytt nummeret til Siri Dahl").click()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = await Axe().run(page, options=RULES)
        assert found.violations_count == 0, (scheme, found.generate_report())
    await page.get_by_label("Jeg har spurt hvem det er").check()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**done=number_bound")
    await page.goto(f"{place.url}/desk/incoming")
    await page.get_by_role("link", name="Ikke kundens nummer lenger Siri Dahl").click()
    await page.wait_for_url("**/unbind/**")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**done=number_unbound")
    theirs = """select p.state from contact_point p join debtor d on d.id = p.debtor_id
        where d.name = :name and p.address = '+4790010001' and p.channel = 'sms'"""
    assert await place.door.one(theirs, name="Siri Dahl") == "left"
    assert await place.door.one(theirs, name="Per Dahl") == "valid"
    await place.door.rows("delete from incoming_call returning id")  # some minutes later it is offered no more


def _called(name: str, phone: str) -> dict[str, str]:
    return {"name": name, "customer_number": f"K-{name}", "phone": phone}


FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.id === 'main') return 'nowhere';
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const there = box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
  return ring && there ? (at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent).trim()
    : `unseen: ${at.outerHTML.slice(0, 200)} ${style.outlineStyle} ${JSON.stringify(box)}`;
}"""


@dataclass
class Keys:
    """Somebody with a keyboard and no mouse: wherever the focus is, it is seen."""

    page: Page

    async def press(self, *keys: str) -> str:
        """Press one key after the other; gives what has the focus then."""
        for key in keys:
            await self.page.keyboard.press(key)
        at: str = await self.page.evaluate(FOCUS)
        assert not at.startswith("unseen"), (keys, at)
        return at

    async def on(self, *keys: str, to: str) -> None:
        """Press keys of which the last opens another page."""
        async with self.page.expect_navigation(url=to, wait_until="load"):
            for key in keys:
                await self.page.keyboard.press(key)

    async def tab_to(self, name: str, most: int = 60) -> None:
        """Go from one to the next until the focus is on what has this name."""
        for _ in range(most):
            if (await self.press("Tab")).startswith(name):
                return
        raise AssertionError(f"no {name} within {most} tabs")


async def test_a_whole_day_is_worked_by_keyboard_alone_and_the_focus_is_always_seen(
    place: Place, chrome: Browser
) -> None:
    door = place.door
    await turn(door.database, by_day())
    await door.send_invoice("day-1", debtor={"name": "Ola Nordmann", "email": "ola@example.no"}, reference=None)
    await to_call(door, "day-2", name="Siri Lie", phone="+4790010003")
    unknown = [paid(f"day-{number}", reference=None, amount="10.00", text="?") for number in (1, 2)]
    assert (await door.client.post("/v1/payments", json=unknown)).status_code == 200
    for name in ("ada", "bo"):
        debtor = {"name": f"{name.title()} Hansen", "customer_number": name, "email": f"{name}@example.no"}
        await door.send_invoice(f"inbox-{name}", debtor=debtor, reference=None)
        link = await door.link(await door.claimed(number=f"inbox-{name}"), f"inbox-{name}")
        said = {"words": f"Hei, kan jeg betale på fredag? <b>{name}</b>"}
        assert (await door.client.post(f"{link}/messages", data=said)).status_code == 303
    context, elsewhere = [await chrome.new_context(viewport={"width": 1440, "height": 900}) for _ in range(2)]
    page = await context.new_page()
    keys = Keys(page)

    # In, by the company's directory.
    await page.goto(f"{place.url}/desk/")
    await keys.tab_to("Logg inn med jobbkontoen")
    await keys.on("Enter", to="**/authorize*")
    name = staff.PEOPLE[Role.SUPERVISOR][1]
    while name not in await page.evaluate("document.activeElement.closest('button')?.textContent ?? ''"):
        await page.keyboard.press("Tab")
    await keys.on("Enter", to=f"{place.url}/desk/")
    await page.keyboard.press("?")
    assert "/" in await page.inner_text("#keys")
    await page.keyboard.press("Escape")

    # Somebody calls: found, their case opened and held, while a colleague has its form open; and taken back.
    assert await keys.press("/") == "Finn kunde eller faktura"
    await page.keyboard.type("day-1")
    await keys.on("Enter", to="**/desk/case/kraft/day-1")
    other = await place.sign_in(elsewhere, Role.AGENT)
    await other.goto(f"{place.url}/desk/act/hold/kraft/day-1")
    await other.fill("#note", "ringer tilbake")
    await keys.on("h", to="**/desk/act/hold/kraft/day-1")
    assert await page.locator("#then").count() == 1
    await keys.on("Enter", to="**/desk/case/kraft/day-1?done=hold")
    held = f"{HELD} where i.number = 'day-1' and h.released_at is null"
    assert await door.one(held) == 1
    await other.get_by_role("button", name="Sett på vent").click()
    await other.get_by_role("heading", name="Saken er endret mens du så på den").wait_for()
    assert await other.input_value("#note") == "ringer tilbake"
    assert await door.one(held) == 1
    await keys.tab_to("Angre")
    await keys.on("Enter", to="**/desk/act/release/kraft/day-1")
    await keys.on("Enter", to="**/desk/case/kraft/day-1?done=release")
    assert await door.one(held) == 0

    # The inbox: one is answered, the next opens by itself and is done.
    await keys.tab_to("Innboks")
    await keys.on("Enter", to="**/desk/inbox")
    await keys.press("j", "j", "k")
    before = await page.evaluate("document.querySelector('[data-row].at').dataset.row")
    await keys.on("Enter", to=f"**/desk/inbox/{before}*")
    assert "<b>ada</b>" in await page.inner_text("#talk")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = await Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
    await keys.press("a")
    await page.keyboard.type("Ja, det går fint.")
    await keys.press("Tab")
    await keys.on("Enter", to="**done=inbox_*")
    assert "Ada" not in await page.inner_text("h1")
    answered = "select count(*) from answer a join debtor d on d.id = a.debtor_id where d.customer_number = 'ada'"
    assert await door.one(answered) == 1
    await keys.on("e", to="**/desk/inbox?*done=inbox_done*")
    assert "Hansen" not in await page.inner_text("main")

    # A call, and what came of it by one key.
    await keys.tab_to("Ringe")
    await keys.on("Enter", to="**/desk/calls")
    assert await keys.press("j") == "Siri Lie"
    await keys.on("Enter", to="**/desk/calls/*")
    await keys.on("t", to="**done=call_taken")
    await keys.on("6", to="**/desk/calls?done=call_outcome")
    assert await door.one("select count(*) from call_try where outcome = 'no answer'") == 1

    # A queue until it is empty; who goes back is where they were.
    await keys.tab_to("Køer")
    await keys.on("Enter", to="**/desk/queues")
    await page.goto(f"{place.url}/desk/queues/money")
    await keys.press("j", "j")
    kept = await page.evaluate("document.querySelector('[data-row].at').dataset.row")
    await keys.on("Enter", to=f"**/desk/queues/money/{kept}")
    await page.go_back()
    assert await page.evaluate("document.querySelector('[data-row].at')?.dataset.row") == kept
    await keys.press("j")
    await keys.on("Enter", to="**/desk/queues/money/*")
    while "done=" not in page.url or await page.locator("[data-key=b]").count():
        await keys.on("b", to="**done=payment_sent_back*")
    assert "Køen er tom" in await page.inner_text("main")

    # The same to many, begun and stopped.
    await keys.tab_to("Mange saker")
    await keys.on("Enter", to="**/desk/many")
    await keys.tab_to("Hvilke saker")
    await page.keyboard.type("state=open")
    await keys.on("Enter", to="**/desk/many?where=*")
    await keys.tab_to("Gjør det for")
    await keys.on("Enter", to="**/desk/many/*")
    await keys.on("s", to="**/desk/many/*")
    assert f"Stoppet av {staff.PEOPLE[Role.SUPERVISOR][0]}" in await page.inner_text("main")

    # Home.
    await keys.tab_to("Logg ut")
    await keys.on("Enter", to="**/desk/sign-in")
    await page.goto(f"{place.url}/desk/")
    assert "/desk/sign-in" in page.url
    await turn(door.database)
    for each in (context, elsewhere):
        await each.close()


async def test_what_needs_no_script_works_without_one(place: Place, chrome: Browser) -> None:
    await place.door.rows(
        """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        select c.creditor_id, c.id, c.round, 'reminder', 'address', 'no address works', :now
        from dunning_case c join invoice i on i.id = c.invoice_id
        where c.creditor_id = 'kraft' and i.number = '1001' on conflict do nothing returning id""",
        now=BEGIN,
    )
    context = await chrome.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=False)
    page = await place.sign_in(context, Role.AGENT)
    await page.goto(f"{place.url}/desk/queues/addresses")
    await page.get_by_label("Hva ble gjort 1001").fill("fant en ny")
    await page.get_by_role("button", name="Ferdig").click()
    assert "Oppgaven er ferdig." in await page.inner_text(".told")
    assert "Køen er tom" in await page.inner_text("main")
    await page.get_by_role("button", name="Logg ut").click()
    await page.goto(f"{place.url}/desk/queues")
    assert "/desk/sign-in" in page.url
    await context.close()


async def test_two_browsers_on_one_case_see_each_other_and_what_happens(
    place: Place, chrome: Browser, laptop: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "EVERY", timedelta(seconds=0.2))
    shop, number = Shop(place.door, None, None), f"2{next(_numbers):03}"  # type: ignore[arg-type]  # nothing is paid there
    await states.send(shop, number, **states.LATE)
    await states.sent(place.door, number, "invoice", "email", states.ago(44), read=True)
    await states.sent(place.door, number, "reminder", "email", states.ago(16), fee="35.00", deadline=TODAY)
    link = await place.door.link(number=number)
    await place.door.client.post(f"{link}/messages", data={"words": "Kan jeg få to uker til?"})
    elsewhere = await chrome.new_context(viewport={"width": 1440, "height": 900})
    hers, his = await place.sign_in(laptop, Role.AGENT), await place.sign_in(elsewhere, Role.SUPERVISOR)
    for page in (hers, his):
        await page.goto(f"{place.url}/desk/case/kraft/{number}")
    await expect(hers.locator("[data-here]")).to_contain_text(staff.PEOPLE[Role.SUPERVISOR][1])
    await expect(his.locator("[data-here]")).to_contain_text(staff.PEOPLE[Role.AGENT][1])
    assert await hers.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for scheme in ("light", "dark"):
        await hers.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = await Axe().run(hers, options=RULES)
        assert found.violations_count == 0, found.generate_report()
    before = await hers.evaluate("document.querySelector('.timeline').getBoundingClientRect().top")
    await place.door.command(number, command="hold", reason_code="hardship")
    await expect(hers.locator("[data-changed]")).to_be_visible()
    assert await hers.evaluate("document.querySelector('.timeline').getBoundingClientRect().top") == before
    await hers.keyboard.press("R")
    await expect(hers.locator(".happened")).to_contain_text("satt på vent")
    await elsewhere.close()
    await expect(hers.locator("[data-here]")).to_be_hidden()


async def test_what_is_older_comes_into_the_same_scroll_each_line_once(place: Place, laptop: BrowserContext) -> None:
    number = f"2{next(_numbers):03}"
    await place.door.send_invoice(number, debtor={"name": "Gamle Nordmann", "email": "gamle@example.no"})
    story = """insert into case_event (case_id, kind, by, happened_at)
      select c.id, 'hold', 'anne', cast(:at as timestamptz) + n / 3 * interval '1 minute'
      from generate_series(1, 150) n, dunning_case c join invoice i on i.id = c.invoice_id where i.number = :number returning 1"""
    await place.door.rows(story, at=BEGIN, number=number)
    page = await place.sign_in(laptop, Role.AGENT)
    await page.goto(f"{place.url}/desk/case/kraft/{number}")
    rows, address = page.locator(".happened > li"), page.url
    await expect(rows).to_have_count(60)
    await page.keyboard.press("O")
    await expect(rows).to_have_count(120)
    await page.locator("[data-older]").click()
    await expect(page.locator("[data-older]")).to_have_count(0)
    places = await rows.evaluate_all("all => all.map((each) => each.dataset.row)")
    assert len(places) == len(set(places)) > 150
    assert page.url == address
    found = await Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


async def test_a_call_is_heard_in_every_tab_without_a_jump_and_opens_by_one_key(
    place: Place, laptop: BrowserContext
) -> None:
    one = await place.sign_in(laptop, Role.AGENT)
    other = await laptop.new_page()
    await other.goto(f"{place.url}/desk/calls")
    agent = staff.PEOPLE[Role.AGENT][0]
    called = {"call": f"c-{next(_numbers)}", "agent": agent, "number": "91234567"}
    await one.focus("#find")
    before = await one.evaluate("document.querySelector('main').getBoundingClientRect().top")
    await one.keyboard.type("kari")
    assert (await place.door.client.post("/v1/calls/incoming", json=called)).json()["told"]
    for page in (one, other):
        await page.locator("#calls a").wait_for()
    await one.keyboard.type(" nord.")
    assert await one.input_value("#find") == "kari nord."
    assert await one.evaluate("document.activeElement.id") == "find"
    assert await one.evaluate("document.querySelector('main').getBoundingClientRect().top") == before
    found = await Axe().run(one, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    await other.keyboard.press(".")
    await other.wait_for_url("**/desk/case/kraft/1001?done=incoming")
    assert "Et nummer beviser ingen" in await other.inner_text("main > .told")
    await one.locator("#calls a").wait_for(state="detached")
    unknown = called | {"call": f"c-{next(_numbers)}", "number": "41234567"}
    card = (await place.door.client.post("/v1/calls/incoming", json=unknown)).json()["address"]
    await one.goto(f"{card}?q=kari")
    bind = one.get_by_role("link", name="Knytt nummeret til Kari Nordmann").first
    for sound in (bind, one.get_by_role("button", name="Knytt nummeret til kunden")):
        await sound.wait_for()
        found = await Axe().run(one, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        if sound is bind:
            await bind.click()


@pytest.mark.parametrize(("said", "key", "found"), QUESTIONS, ids=[said for said, _, _ in QUESTIONS])
async def test_what_a_customer_says_is_solved_in_three_actions(
    place: Place, laptop: BrowserContext, said: str, key: str, found: str
) -> None:
    number = f"said-{next(_numbers)}"
    debtor = {"name": f"Kari {number}", "customer_number": number, "phone": "+4791234567"}
    assert (await place.door.send_invoice(number, debtor=debtor, reference=None)).status_code == 201
    page = await place.sign_in(laptop, Role.AGENT)
    await page.get_by_role("searchbox").fill(number)
    await page.keyboard.press("Enter")  # the first action: find them
    await page.wait_for_url(f"**/desk/case/kraft/{number}")
    await page.keyboard.press(key)  # the second: what they need
    await page.wait_for_url("**/desk/act/**")
    assert await page.get_by_role("heading", level=2).count() > 1  # how it is, and what follows
    await page.get_by_role("button", name=await page.inner_text("h1"), exact=True).click()  # the third: yes
    await page.wait_for_url("**done=*")
    assert await place.door.one(f"{found} where i.number = :number", number=number) == 1, said


async def test_why_somebody_got_a_message_is_two_actions_away(place: Place, laptop: BrowserContext) -> None:
    await place.door.send_invoice("why-1", reference=None)
    await states.sent(place.door, "why-1", "reminder", "email", BEGIN)
    page = await place.sign_in(laptop, Role.AGENT)
    await page.get_by_role("searchbox").fill("why-1")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/case/kraft/why-1")
    await page.locator("a[href*='/desk/sent/']").first.click()
    assert "Hvorfor" in await page.inner_text("main")
