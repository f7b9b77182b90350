"""The desk's pages: one layout with its ways around, one style, one script, and headers that let nothing else in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from typing import Any, Final, cast

from babel.dates import format_timedelta
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from config.files import HOME
from domain.desk.roles import Act
from domain.languages import Language
from domain.moment import moment_in
from facts.desk.users import User
from messages import figures
from web.desk.sentences import spoken
from web.desk.undo import undo_of
from web.pages import FOLDER, html, language_name, words

router = APIRouter(include_in_schema=False)

WORDS: Final = "desk/words"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
FILES: Final = {"desk.css": "text/css", "desk.js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Way:
    """A place of the desk that its head leads to, for those who may go there."""

    word: str  # of the desk's texts
    to: str
    needs: Act


WAYS: Final[Sequence[Way]] = (
    Way("way_start", "/desk/", Act.LOOK),
    Way("way_inbox", "/desk/inbox", Act.ANSWER),
    Way("way_calls", "/desk/calls", Act.CALL),
    Way("way_queues", "/desk/queues", Act.SERVE),
    Way("way_notices", "/desk/notices", Act.MANY),
    Way("way_reports", "/desk/reports", Act.REPORTS),
    Way("way_many", "/desk/many", Act.MANY),
    Way("way_system", "/desk/system", Act.SYSTEM),
    Way("way_users", "/desk/users", Act.USERS),
    Way("way_audit", "/desk/audit", Act.AUDIT),
)
"""In the order of the head."""


@cache
def _version(file: str) -> str:
    return sha256((FOLDER / "desk" / file).read_bytes()).hexdigest()[:12]


@router.get("/desk/files/{file}")
async def desk_file(file: str) -> Response:
    """The style and the script, which browsers keep until there is another."""
    if file not in FILES:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response((FOLDER / "desk" / file).read_bytes(), media_type=FILES[file], headers=headers)


def desk_page(user: User, request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page for somebody who is signed in, in their language."""
    language = cast(Language, user.language)
    was_done = request.query_params.get("done", "")
    done = texts_of(user).get(f"done_{was_done}")
    return HTMLResponse(
        html(
            f"desk/{template}",
            **texts_for(language),
            user=user,
            ways=[way for way in WAYS if user.may(way.needs)],
            here=request.url.path,
            done=done,
            undo=undo_of(was_done, request.url.path),
            who_else="/desk/incoming" if was_done == "incoming" else None,
            may=partial(_may, user),
            typed_before=getattr(request.state, "typed_before", False),
            **facts,
        ),
        status,
        headers=HEADERS,
    )


def texts_of(user: User) -> dict[str, str]:
    """The desk's words in somebody's language."""
    return words(cast(Language, user.language), WORDS)


def plain_page(template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page for whoever it is, in both languages."""
    texts = [(language, words(language, WORDS)) for language in ("nb", "en")]
    return HTMLResponse(html(template, texts=texts, **texts_for("nb"), **facts), status, headers=HEADERS)


def _may(user: User, act: str) -> bool:
    """Whether somebody may do what a template names by the act's word."""
    return user.may(Act(act))


def texts_for(language: Language) -> dict[str, Any]:
    """The words of a page in a language, and how figures and moments are written in it."""
    return {
        "t": words(language, WORDS),
        "language": language,
        "version": _version,
        "amount": partial(figures.amount, language=language),
        "day": partial(figures.long_date, language=language),
        "percent": partial(figures.rate, language=language),
        "phone": partial(figures.phone, language=language),
        "account": figures.account,
        "on": partial(figures.short_date, language=language),
        "figure": partial(_figure, language),
        "at": partial(_at, language),
        "ago": partial(_ago, language),
        "language_name": partial(language_name, reader=language),
        "spoken": partial(spoken, language=language),
    }


def _at(language: Language, at: datetime, country: str = HOME) -> str:
    """A moment as it is read at the desk: the day and the clock in a country, the debtor's where there is one."""
    there = moment_in(country, at)
    return f"{figures.short_date(there.day, language)} {there.local:%H:%M}"


def _ago(language: Language, at: datetime, now: datetime) -> str:
    """A moment as it is from now: "3 days ago", "om 2 timer"."""
    return format_timedelta(at - now, granularity="minute", add_direction=True, locale=language)


def _figure(language: Language, number: int) -> str:
    """A whole number as people read it: "10 000", "10,000"."""
    return f"{number:,}".replace(",", "\u00a0" if language == "nb" else ",")
