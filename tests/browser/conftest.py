"""A browser, and a world with everything that is looked at: the Temporal web UI and the web app."""

import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from simulator.emulators.providers import serving
from tests.world import World, fresh_database
from tests.world import world as a_world
from tools.chromium import ChromiumMissingError, chromium
from web.app import create_app

BEYOND = """(width) => [...document.querySelectorAll('body *')].filter((each) => {
  const box = each.getBoundingClientRect();
  return each.getClientRects().length && (box.left < 0 || box.right > width);
}).map((each) => each.outerHTML.slice(0, 120))"""


async def beyond(page: Page, width: float) -> list[str]:
    """The beginnings of whatever a page shows that is not between its left edge and so many pixels."""
    found: list[str] = await page.evaluate(BEYOND, width)
    return found


async def open_link(page: Page, address: str) -> None:
    """Open a link whose page goes on to its clean address, and wait until it is there."""
    await page.goto(address)
    await page.wait_for_url(lambda url: len(url.rsplit("/", 1)[1]) < len(address.rsplit("/", 1)[1]))
    await page.wait_for_load_state()


@dataclass(frozen=True)
class Sights:
    """A world whose web app runs, at the address that links in messages lead to."""

    world: World
    ui: str
    """Where the Temporal web UI is."""


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    """A headless Chromium; tests that need it are skipped where there is none."""
    try:
        async with chromium() as opened:
            yield opened
    except ChromiumMissingError as missing:
        pytest.skip(str(missing))


@pytest_asyncio.fixture(scope="session")
async def sights(chrome: Browser, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sights]:
    """A world with its web UI and its web app; without a browser it is not built."""
    database_url = fresh_database(postgres_url, "browser")
    ui_port, web_port = free_ports(2)
    public_url = f"http://127.0.0.1:{web_port}"
    async with (
        a_world(database_url, tmp_path_factory.mktemp("sights"), ui_port=ui_port, public_url=public_url) as world,
        serving(create_app(world.settings, world.database, world.laws), web_port),
    ):
        yield Sights(world, f"http://127.0.0.1:{ui_port}")


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
