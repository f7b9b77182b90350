"""HTML pages: one template folder, one style sheet, and headers that let a page do nothing but be read and answered."""

import base64
import re
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel import Locale as Cldr
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.countries.registry import country_of
from domain.languages import EVERYWHERE, LANGUAGES, Language
from domain.located_yaml import plain
from domain.look import Look
from messages import figures
from messages.languages import FOLDER as MESSAGES
from messages.languages import Locale, folders, is_to_business, language_of, tag_of
from messages.to_business import address_of
from views.invoice_view import InvoiceView

FOLDER = Path(__file__).parent / "templates"
STYLE = (FOLDER / "page.css").read_text("utf-8")


def _squeezed(script: str) -> str:
    """A script of ours without comments of whole lines and what nobody needs to read between its signs."""
    lines = (line for line in map(str.strip, script.splitlines()) if not line.startswith("//"))
    short = re.sub(r"\s*([=<>{}()[\],;:?&|+!-])\s*", r"\1", "\n".join(filter(None, lines)))
    return re.sub(r"\((\w+)\)=>", r"\1=>", short).replace(";}", "}")


SCRIPT = _squeezed((FOLDER / "page.js").read_text("utf-8"))
"""The only one: see `web.invoice_page.seen` and `web.invoice_page.live`."""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def _policy(*styles: str, images: str = "") -> str:
    """What a page may load: its own styles and script, and pictures where it has some."""
    allowed = " ".join(map(_hash, (STYLE, *styles)))
    return (
        f"default-src 'none'; style-src {allowed}; script-src {_hash(SCRIPT)}; {images}connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


MOST_ASKED = 200
"""Of the languages that a browser asks for so many characters are read."""

HEADERS = {
    "Content-Security-Policy": _policy(),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}

# Whoever wrote it, it is a file to keep, never a page of ours: it opens nowhere, runs nothing and reaches nothing.
OF_A_FILE = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Robots-Tag": "noindex, nofollow"}

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # else each page asks the disk for all its templates
)
_ENVIRONMENT.filters["tag"] = tag_of
_ENVIRONMENT.globals["style"] = STYLE
_ENVIRONMENT.globals["account_called"] = figures.account_called
_ENVIRONMENT.globals["script"] = SCRIPT
_ENVIRONMENT.globals["look_style"] = ""
_ENVIRONMENT.globals["seen"] = None  # up to where a page that stays true while it is open has seen
_ENVIRONMENT.globals["clean_address"] = None  # what the browser shows in the place of an address with a token in it


def page(template: str, *, status: int = 200, look: Look | None = None, **facts: Any) -> HTMLResponse:
    """A page from a template, with headers that allow its own style, forms that come to us, and nothing else.

    `look` is its creditor's: its colour, and a logo that comes with the page.
    """
    if look is None:
        return HTMLResponse(html(template, **facts), status, headers=HEADERS)
    style = (
        f"@media screen {{ :root {{ --accent: {look.colour}; }} }} "
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {look.colour_on_dark}; }} }}"
    )
    policy = _policy(style, images="img-src data:; " if look.logo else "")
    headers = HEADERS | {"Content-Security-Policy": policy}
    return HTMLResponse(html(template, look_style=style, **facts), status, headers=headers)


def html(template: str, **facts: Any) -> str:
    """A page as a text that needs nothing beside it."""
    return _ENVIRONMENT.get_template(template).render(facts)


@cache
def words(language: Locale, of: str = "words") -> dict[str, str]:
    """The words of the invoice page, or those of another folder of templates, in a language.

    They are those of every file of its folder, whose names are all different, and in their place what a country has of its own.
    To a business they are said as messages are.
    """
    found: dict[str, str] = {}
    for folder in reversed(folders(language, FOLDER / of)):
        found |= _words_of(folder)
    address = address_of(MESSAGES / language_of(language)) if is_to_business(language) else None
    return address.of_page(found) if address else found


def _words_of(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.yaml")):
        loaded = plain(file.read_text("utf-8"))
        if twice := found.keys() & loaded.keys():
            raise ValueError(f"{file.name}: {', '.join(sorted(twice))} stand in another file of its folder too")
        found |= loaded
    return found


def languages_for(country: str, own: str) -> dict[str, str]:
    """The languages that somebody may be written to in under the law of a country, and their own, each as its readers call it."""
    offered = country_of(country).languages or LANGUAGES
    return {each: language_name(each, each) for each in dict.fromkeys((*offered, own))}


@cache
def language_name(language: str, reader: str) -> str:
    """What a language is called by who reads another: "Norsk nynorsk", "Norwegian Nynorsk"."""
    name = Cldr.parse(language).get_language_name(reader) or language
    return f"{name[0].upper()}{name[1:]}"


def for_anybody(request: Request) -> list[tuple[Language, dict[str, str]]]:
    """The pages' words for somebody whose language we do not know: that of ours which their browser asks for, and English."""
    asked = request.headers.get("accept-language", "")[:MOST_ASKED]
    tags = [tag.partition(";")[0].strip().lower().partition("-")[0] for tag in asked.split(",")]
    spoken = next((each for tag in tags for each in LANGUAGES if each == tag and each != EVERYWHERE), LANGUAGES[0])
    return [(spoken, words(spoken)), (EVERYWHERE, words(EVERYWHERE))]


def about_invoice(invoice: InvoiceView, language: Locale) -> dict[str, Any]:
    """What each page about an invoice has: the invoice, its creditor's look and phone, the words, and how figures are written."""
    return {
        "invoice": invoice,
        "look": invoice.look,
        "language": language,
        "t": words(language),
        "phone": figures.phone(invoice.creditor_phone, language) if invoice.creditor_phone else None,
        **invoice_figures(invoice.currency, language),
    }


def invoice_figures(currency: str, language: Locale) -> dict[str, Any]:
    """How a page in this language writes amounts and dates."""
    return {
        "amount": partial(figures.amount, currency=currency, language=language),
        "day": partial(figures.long_date, language=language),
        "short_day": partial(figures.short_date, language=language),
        "percent": partial(figures.rate, language=language),
    }
