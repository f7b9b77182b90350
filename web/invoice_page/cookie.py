"""The cookie that a browser has of an invoice page it opened: which link, and what was proven in it since.

One for each link, so that two invoices in two tabs know nothing of each other. No script can read it, no other site can
have it sent along with a form of its own, and what it says is sealed. Beside it a second one says in which language its
reader chose to see our pages: it names nobody, and ends with the browser.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from connectors.links import Link, Links
from domain.languages import LANGUAGES, Language
from web.invoice_page.rights import Level

KEPT_FOR: Final = timedelta(days=30)
ABOUT: Final = "page cookie"
LANGUAGE: Final = "lang"  # no key of a page is so short
MOMENT: Final = 5  # bytes of a moment in seconds


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody proved beyond having the link, and when (UTC)."""

    level: Level
    at: datetime


@dataclass(frozen=True, slots=True)
class Pass:
    """What a browser may show of itself: a link, through which day it is good, and what was proven last."""

    link: Link
    last_day: date
    proof: Proof | None = None


def name_of(key: str, *, secure: bool) -> str:
    """The cookie's name for a page's short name. `__Host-` is for encrypted addresses alone: the demo has none."""
    return f"__Host-i-{key}" if secure else f"i-{key}"


def read(links: Links, key: str, cookie: str) -> Pass:
    """What a cookie of this page says; raises BadLink."""
    said = links.opened(cookie, ABOUT, key)
    link, last_day = links.says(said[MOMENT + 1 :].decode())
    level, at = said[0], int.from_bytes(said[1 : MOMENT + 1])
    return Pass(link, last_day, Proof(Level(level), datetime.fromtimestamp(at, UTC)) if level else None)


def keep(links: Links, response: Response, key: str, given: Pass, *, secure: bool) -> None:
    """The browser keeps what it was given, for this page."""
    level, at = (given.proof.level, int(given.proof.at.timestamp())) if given.proof else (0, 0)
    said = bytes([level]) + at.to_bytes(MOMENT) + links.token(given.link, given.last_day).encode()
    response.set_cookie(
        name_of(key, secure=secure),
        links.seal(said, ABOUT, key),
        max_age=int(KEPT_FOR.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def language_in(request: Request, *, secure: bool) -> Language | None:
    """The language that is asked for with a page, else that its reader chose before; None: the debtor's own."""
    chosen = request.cookies.get(name_of(LANGUAGE, secure=secure), "")
    return _language(request.query_params.get(LANGUAGE, "")) or _language(chosen)


def keep_language(response: Response, chosen: Language, *, secure: bool) -> None:
    """The browser keeps a choice of language until it is closed."""
    response.set_cookie(
        name_of(LANGUAGE, secure=secure), chosen, path="/", secure=secure, httponly=True, samesite="lax"
    )


def forget_language(response: Response, *, secure: bool) -> None:
    """From now on the pages are in the debtor's own language."""
    response.delete_cookie(name_of(LANGUAGE, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")


def _language(said: str) -> Language | None:
    return next((each for each in LANGUAGES if each == said), None)
