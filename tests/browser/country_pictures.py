"""Take the pictures of a letter and a page in each language of each country: `python -m tests.browser.country_pictures`.

They are of cases that live until their notice, each with a creditor, an account and a reference of its country.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import typst
from PIL import Image
from playwright.async_api import Browser

from domain.languages import Language
from domain.vocabulary import DebtorKind
from facts.parties.creditors import CreditorDetails
from messages.languages import Locale, locale_of
from simulator.casts.home import Home
from simulator.casts.registry import HOMES
from tests.conftest import own_postgres
from tests.goldens.stage import Life, stage
from tools.chromium import ChromiumMissingError, chromium
from tools.setup import ROOT

IMAGES = ROOT / "docs" / "images" / "countries"
TAKEN: tuple[tuple[str, Language, DebtorKind], ...] = (
    ("NO", "nb", "consumer"),
    ("NO", "nn", "consumer"),
    ("NO", "en", "consumer"),
    ("SE", "sv", "consumer"),
    ("SE", "en", "consumer"),
    ("FI", "fi", "business"),
    ("FI", "fi", "consumer"),
    ("FI", "sv", "consumer"),
)
"""In which country, in which language, and to whom."""
UNTIL = "2026-07-31"  # by then each has had its notice by letter
PHONE = (390, 844)
LETTER_PPI = 72
COLOURS = 32  # enough for a page or a letter: a picture is a few dozen kilobytes
NOTICE = """
select pdf from delivery where creditor_id = :creditor and message = 'collection-notice' and pdf is not null
order by serial desc limit 1
"""
ON_PAPER = """
#set page(width: 210mm, height: 297mm, margin: 0pt)
#image("letter.pdf", width: 210mm)
"""


async def main(folder: Path = IMAGES) -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory(prefix="purr-pictures-") as state, own_postgres() as postgres:
        async with stage(postgres, Path(state), ()) as on, chromium() as browser:
            creditors = {country: cycle(home.creditors) for country, home in HOMES.items()}
            for country, language, kind in TAKEN:
                home, locale = HOMES[country], locale_of(language, country, kind)
                creditor = next(creditors[country])  # an account is one creditor's
                life = await on.life(
                    invoice_of(home, creditor),
                    policy=policy_of(creditor, kind),
                    person=person_of(home, language, kind),
                    of_creditor=creditor.model_dump(exclude={"id", "direct_debit", "mode"}),
                )
                await life.until(UNTIL)
                await picture(browser, life, folder, country, locale)
                ((pdf,),) = await on.rows(NOTICE, creditor=life.creditor)
                save(drawn(pdf), folder / f"letter-{country}-{locale}.png")


def policy_of(creditor: CreditorDetails, kind: DebtorKind) -> str:
    """What the creditor reminds by."""
    return creditor.business_policy or "" if kind == "business" else creditor.consumer_policy


def invoice_of(home: Home, creditor: CreditorDetails) -> Mapping[str, Any]:
    """An invoice as it is written in the country."""
    amount = str(home.amount(1890))
    return {
        "amount": amount,
        "currency": home.currency,
        "reference": home.references.made_of("70010002"),
        "account": creditor.accounts[0],
        "lines": [{"text": home.sells[creditor.id], "amount": amount}],
    }


def person_of(home: Home, language: Language, kind: DebtorKind) -> dict[str, Any]:
    """Who gets it: somebody with a place there, or a business."""
    postcode, city = home.places[1]
    person = {
        "name": f"{home.first_names[0]} {home.last_names[0]}",
        "language": language,
        "country": home.country,
        "address_lines": (home.street.format(12),),
        "postcode": postcode,
        "city": city,
        "phone": home.phone(1),
    }
    return person | ({"name": "Kahvila Onni Oy", "organisation_number": "9000005-4"} if kind == "business" else {})


async def picture(browser: Browser, life: Life, folder: Path, country: str, locale: Locale) -> None:
    """The invoice page as it is then, on a phone."""
    width, height = PHONE
    context = await browser.new_context(
        viewport={"width": width, "height": height}, offline=True, java_script_enabled=False
    )
    page = await context.new_page()
    await page.set_content(await life.page_shown())
    shown = await page.screenshot(full_page=folder != IMAGES)
    save(shown, folder / f"page-{country}-{locale}.png")
    await context.close()


def save(picture: bytes, file: Path) -> None:
    """Keep a picture, with as few colours as it takes."""
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS).save(file, optimize=True)


def drawn(pdf: bytes) -> bytes:
    """The first page of a letter as a picture."""
    with tempfile.TemporaryDirectory(prefix="purr-letter-") as place:
        (Path(place) / "letter.pdf").write_bytes(pdf)
        (Path(place) / "paper.typ").write_text(ON_PAPER, "utf-8")
        compiled = typst.compile(Path(place) / "paper.typ", root=place, format="png", ppi=LETTER_PPI)
    if not isinstance(compiled, bytes):
        raise TypeError("a page of a letter became several pictures")
    return compiled


if __name__ == "__main__":
    try:
        IMAGES.mkdir(parents=True, exist_ok=True)
        asyncio.run(main(*map(Path, sys.argv[1:2])))
    except ChromiumMissingError as error:
        sys.exit(str(error))
