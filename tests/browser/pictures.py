"""Take the pictures of the invoice page anew: `python -m tests.browser.pictures`, in a world of its own."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from config.settings import Settings
from facts.database import Database
from tests.browser.states import dress, page_in
from tests.conftest import own_postgres
from tests.web.door import LINK_SECRET
from tests.web.paying import Shop, shop
from tests.world import fresh_database
from tools.chromium import ChromiumMissingError, chromium
from tools.setup import ROOT

IMAGES = ROOT / "docs" / "images" / "invoice-page"
PHONE, DESKTOP = (390, 844), (1024, 900)
TAKEN = (
    ("on_time", PHONE, "light"),
    ("on_time", DESKTOP, "light"),
    ("overdue", PHONE, "dark"),
    ("in_plan", PHONE, "light"),
    ("disputed", PHONE, "light"),
    ("paid", PHONE, "light"),
    ("paid", DESKTOP, "light"),
    ("handed_off", PHONE, "light"),
    ("stopped", PHONE, "light"),
    ("bad_link", PHONE, "light"),
)
"""Which state is pictured on what screen and ground."""


async def main(folder: Path = IMAGES, *, whole: bool = False) -> None:
    """Take them all; whole pages where somebody wants to look at everything."""
    with tempfile.TemporaryDirectory(prefix="purr-pictures-") as state, own_postgres() as postgres:
        url = fresh_database(postgres, "pictures")
        settings = Settings(
            database_url=url, temporal_address="127.0.0.1:1", link_secrets=(LINK_SECRET,), state_folder=Path(state)
        )
        database = Database(url)
        async with shop(settings, database, "acme") as opened, chromium() as browser:
            await dress(opened)
            for nth, (name, size, ground) in enumerate(TAKEN):
                await picture(opened, browser, folder, str(1001 + nth), name, size, ground, whole=whole)
        await database.close()


async def picture(
    opened: Shop,
    browser: Browser,
    folder: Path,
    number: str,
    state: str,
    size: tuple[int, int],
    ground: str,
    *,
    whole: bool,
) -> None:
    """One state on one screen: what is seen first, or the whole page."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if ground == "dark" else "light",
        java_script_enabled=False,
        locale="nb-NO",
    )
    page = await context.new_page()
    address = await page_in(opened, state, number)
    await page.goto(address)
    if state != "bad_link":
        await page.wait_for_url(lambda url: len(url) < len(address))  # on to its clean address
        await page.wait_for_load_state()
    screen = "phone" if size == PHONE else "desktop"
    name = "-".join([state.replace("_", "-"), screen, *(["dark"] if ground == "dark" else [])])
    await page.screenshot(path=folder / f"{name}.png", full_page=whole)
    await context.close()


if __name__ == "__main__":
    try:
        IMAGES.mkdir(parents=True, exist_ok=True)
        asyncio.run(main(*map(Path, sys.argv[1:2]), whole=len(sys.argv) > 1))
    except ChromiumMissingError as error:
        sys.exit(str(error))
