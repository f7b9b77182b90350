"""A case's card for the creditor's own system: small, to be read only, at an address that is good for minutes.

Whoever has the address sees it, so that it says little and opens nothing: to do anything, one goes to the desk and signs in.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from connectors.links import BadLink, Links
from domain.desk.reach import Reach
from domain.languages import Language
from facts import clock
from facts.desk import audit
from facts.parties.creditors import framed_by
from views.desk_cases import desk_cases
from web.desk.door import NotHere
from web.desk.find import case_address
from web.desk.pages import HEADERS, texts_for
from web.pages import html
from web.services import Here

router = APIRouter(include_in_schema=False)

GOOD_FOR: Final = timedelta(minutes=15)
ABOUT: Final = "desk card"
LANGUAGES: Final[tuple[Language, ...]] = ("nb", "en")
SEEN_BY: Final = "a creditor's system"  # in the audit: no user has such a name
WIDTHS: Final = (5, 5, 1)  # bytes of the case, the second until which it is good, the language


@dataclass(frozen=True, slots=True)
class Card:
    """Which case a card is of, until when (UTC) and in which language."""

    case: int
    good_until: datetime
    language: Language


def card_token(links: Links, card: Card) -> str:
    """What the address of a card ends in: it tells nothing of what it opens."""
    said = (card.case, int(card.good_until.timestamp()), LANGUAGES.index(card.language))
    return links.seal(b"".join(number.to_bytes(width) for number, width in zip(said, WIDTHS, strict=True)), ABOUT)


def card_of(links: Links, token: str) -> Card:
    """Which card a token opens; raises BadLink."""
    said = links.opened(token, ABOUT)
    case, until, language = map(int.from_bytes, (said[:5], said[5:10], said[10:]))
    return Card(case, datetime.fromtimestamp(until, UTC), LANGUAGES[language])


@router.get("/desk/card/{token}")
async def card(token: str, services: Here) -> Response:
    """The card; nothing once its minutes are over."""
    try:
        wanted = card_of(services.links, token)
    except BadLink:
        raise NotHere from None
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        found = await desk_cases(connection, Reach(), [wanted.case], now)
        if now >= wanted.good_until or not found:
            raise NotHere
        (shown,) = found
        await audit.looked(connection, SEEN_BY, shown.debtor_id, now, shown.case_id, "card")
        systems = await framed_by(connection, shown.creditor)
    frames = f"frame-ancestors {' '.join(systems)}" if systems else "frame-ancestors 'none'"
    policy = HEADERS["Content-Security-Policy"].replace("frame-ancestors 'none'", frames)
    page = html("desk/card.html.j2", row=shown, at_desk=case_address(shown), **texts_for(wanted.language))
    return HTMLResponse(page, headers=HEADERS | {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})
