"""What happened to the invoice, what comes next, and each letter as it was sent."""

from fastapi import APIRouter
from fastapi.responses import Response

from domain.parties.life_events import LifeKind
from domain.parties.standing import standing_of
from domain.planner.consequence import Nothing
from views import history
from web.invoice_page import sentences
from web.invoice_page.link import ByLink, NotTheirs, Opened
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown
from web.pages import OF_A_FILE, for_anybody, page
from web.problems import not_found

router = APIRouter(tags=["invoice page"], include_in_schema=False)

FIRST = 6  # shown at once; the older ones are behind a word


async def facts(shown: Shown) -> Facts:
    """The newest first, and what the planner says comes next."""
    opened = shown.opened
    life = shown.found.facts.life
    happened = await history.history(
        shown.connection,
        shown.found.case,
        opened.link.invoice,
        addressee=opened.speaker,
        protected=LifeKind.PROTECTED_ADDRESS in standing_of(life, shown.today).events,
    )
    days = [(each, shown.opened.calendar.local_date(each.at)) for each in happened]
    return {
        "newest": days[:FIRST],
        "older": days[FIRST:],
        "next": sentences.of(shown).then(Nothing(), shown.now) if shown.owed else None,
    }


@router.get("/i/{key}/letters/{serial}")
async def as_sent(holder: ByLink, serial: int) -> Response:
    """A letter exactly as it was sent, to keep."""
    try:
        async with holder.opened() as opened:
            pdf = await _letter(opened, serial)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    if pdf is None:
        raise not_found("letter of this invoice")
    named = {"Content-Disposition": f'attachment; filename="{serial}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=OF_A_FILE | named)


async def _letter(opened: Opened, serial: int) -> bytes | None:
    found = await opened.payable()
    standing = standing_of(found.facts.life, opened.moment.day)
    if LifeKind.PROTECTED_ADDRESS in standing.events or not 0 < serial < 2**31:
        return None
    return await history.letter(opened.connection, found.case, serial, addressee=opened.speaker)
