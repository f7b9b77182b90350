"""A headless Chromium to look at pages with: Playwright's own where that was downloaded, else the system's.

The shell without windows is the same engine, and does a fifth of the whole browser's work for a page.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

SYSTEM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (  # it looks at local pages alone: nothing of its own goes over the network
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumMissingError(Exception):
    """No Chromium is installed; the message says how to install one."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser, closed when the block ends. Raises ChromiumMissingError where none is installed."""
    async with async_playwright() as playwright:
        program = _program(playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


def _program(downloaded: str) -> str:
    for name in (downloaded, *SYSTEM_NAMES):
        if program := shutil.which(name):
            return program
    raise ChromiumMissingError(
        "no Chromium is installed: run `apt-get install chromium`, or `.venv/bin/playwright install chromium`"
    )
