"""Take the pictures of an email anew, on a phone and wide, light and dark: `python -m tests.browser.email_pictures`."""

import asyncio
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from domain.look import Look
from messages import render
from messages.specs import SPECS
from tests.messages.samples import content, item
from tools.chromium import ChromiumMissingError, chromium
from tools.setup import ROOT

IMAGES = ROOT / "docs" / "images" / "email"
PHONE, WIDE = 390, 640
TAKEN: tuple[tuple[str, int, Literal["light", "dark"]], ...] = (
    ("phone", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
    ("wide", WIDE, "light"),
)
REMINDER = content(
    SPECS["reminder"],
    items=(item(charges=(), amount_due=Decimal("764.00")),),
    total=Decimal("764.00"),
    new_charge=None,
    deadline=date(2026, 12, 7),
    look=Look("#0b5d3b"),
    unsubscribe="https://faktura.nordkraft.no/i/sealed/unsubscribe",
)


async def main(folder: Path = IMAGES) -> None:
    """Take them all, each of the whole email."""
    html = render.email(REMINDER).html
    async with chromium() as browser:
        for name, width, scheme in TAKEN:
            context = await browser.new_context(
                viewport={"width": width, "height": 400}, color_scheme=scheme, offline=True, java_script_enabled=False
            )
            page = await context.new_page()
            await page.set_content(html)
            await page.screenshot(path=folder / f"reminder-{name}.png", full_page=True)
            await context.close()


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(main(*map(Path, sys.argv[1:])))
    except ChromiumMissingError as error:
        sys.exit(str(error))
