"""Take the pictures of the desk anew: `python -m tests.browser.desk_pictures`, in a world of its own."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from config.settings import Settings
from domain.desk.roles import Role
from facts import clock
from facts.database import Database
from facts.desk import sessions
from facts.desk.users import Registration, keep_user
from tests.begin import BEGIN
from tests.browser.states import dress, page_in
from tests.conftest import own_postgres
from tests.web.door import LINK_SECRET
from tests.web.door import paid as a_payment
from tests.web.paying import Shop, shop
from tests.world import fresh_database
from tools.chromium import ChromiumMissingError, chromium
from tools.setup import ROOT

IMAGES = ROOT / "docs" / "images" / "desk"
LAPTOP = {"width": 1440, "height": 900}
STATES = ("on_time", "overdue", "held", "in_plan", "disputed", "paid", "handed_off")
TAKEN = (
    ("start", "/desk/", "light"),
    ("case", "/desk/case/acme/1002", "light"),
    ("case", "/desk/case/acme/1002", "dark"),
    ("why", "/desk/sent/acme/{sent}", "light"),
    ("paid", "/desk/act/hold/acme/1002", "light"),
    ("died", "/desk/act/stop/acme/1002", "light"),
    ("weeks", "/desk/act/pause/acme/1002", "light"),
    ("not-mine", "/desk/act/dispute/acme/1002", "light"),
    ("not-mine", "/desk/act/dispute/acme/1002", "dark"),
    ("queues", "/desk/queues", "light"),
    ("payment", "/desk/queues/money/{payment}", "light"),
    ("call", "/desk/calls/{call}", "light"),
    ("policy", "/desk/policies/no-gentle", "light"),
    ("report", "/desk/reports/ageing", "light"),
    ("creditor", "/desk/creditors/acme", "light"),
)
"""Which page is pictured on what ground."""


async def main(folder: Path = IMAGES) -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory(prefix="purr-pictures-") as state, own_postgres() as postgres:
        url = fresh_database(postgres, "desk_pictures")
        settings = Settings(
            database_url=url, temporal_address="127.0.0.1:1", link_secrets=(LINK_SECRET,), state_folder=Path(state)
        )
        database = Database(url)
        async with shop(settings, database, "acme") as opened, chromium() as browser:
            await dress(opened)
            for nth, name in enumerate(STATES):
                await page_in(opened, name, str(1001 + nth))
            things = {"payment": await _money(opened), "call": await _call(opened), "sent": await _sent(opened)}
            token = await _signed_in(opened)
            for name, path, ground in TAKEN:
                await _picture(opened, browser, folder, token, name, path.format(**things), ground)
        await database.close()


async def _signed_in(opened: Shop) -> str:
    given = Registration("kim", "kim@desk.example", "Kim Kredal", (Role.CREDIT_MANAGER,))
    async with opened.door.database.transaction() as connection:
        user = await keep_user(connection, given, "pictures", await clock.now(connection))
        return await sessions.begin(connection, user, None)


async def _money(opened: Shop) -> int:
    unknown = a_payment("picture-1", reference=None, amount="1930.00", text="strøm", payer_name="Kari Nordmann")
    assert (await opened.door.client.post("/v1/payments", json=[unknown])).status_code == 200
    return int(await opened.door.one("select max(id) from incoming_payment"))


async def _sent(opened: Shop) -> str:
    """The reminder of the invoice that is overdue."""
    return str(
        await opened.door.one(
            """select d.id from delivery d join delivery_case s on s.delivery_id = d.id
            join dunning_case c on c.id = s.case_id join invoice i on i.id = c.invoice_id
            where i.number = '1002' order by d.claimed_at desc limit 1"""
        )
    )


async def _call(opened: Shop) -> int:
    return int(
        await opened.door.one(
            """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
            select c.creditor_id, c.id, c.round, 'call', 'call', 'call is planned', :now from dunning_case c
            join invoice i on i.id = c.invoice_id where i.number = '1002' returning id""",
            now=BEGIN,
        )
    )


async def _picture(opened: Shop, browser: Browser, folder: Path, token: str, name: str, path: str, ground: str) -> None:
    """One page as it is seen first, on a laptop."""
    dark = ground == "dark"
    context = await browser.new_context(viewport=LAPTOP, color_scheme="dark" if dark else "light", locale="nb-NO")
    root = str(opened.door.client.base_url).rstrip("/")
    await context.add_cookies([{"name": "desk", "value": token, "url": root}])
    page = await context.new_page()
    await page.goto(f"{root}{path}")
    await page.screenshot(path=folder / f"{name}{'-dark' if dark else ''}.png")
    await context.close()


if __name__ == "__main__":
    try:
        IMAGES.mkdir(parents=True, exist_ok=True)
        asyncio.run(main(*map(Path, sys.argv[1:2])))
    except ChromiumMissingError as error:
        sys.exit(str(error))
