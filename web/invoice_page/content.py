"""What the creditor says beside the invoice: below what is to pay, never while anything hard stands, and counted without names.

Each link of a piece leads over an address of ours that knows the piece's own links and no others. Fetching that address counts
nothing, for mail gateways and previews fetch too: a click is told by the browser itself, with a POST (`ping`). Browsers that
do not tell of it are not counted.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from domain.pieces import PieceKind
from facts import pieces
from messages.piece_words import shown as in_html
from web.invoice_page.beside import beside, count
from web.invoice_page.link import ByLink, ByPaper
from web.invoice_page.messages import usual_times
from web.invoice_page.rights import Level
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown

router = APIRouter(tags=["invoice page"], include_in_schema=False)


async def facts(shown: Shown) -> Facts | None:
    """The pieces with their words, how long an answer takes where one is about that, and which of them were answered.

    Who came by paper is asked nothing.
    """
    found = await beside(shown.opened, shown.found)
    if not found.kept:
        return None
    answers = await pieces.answered(shown.connection, found.marked(shown.services.links))
    waits = any(each.piece.kind is PieceKind.WAITING_TIME for each in found.kept)
    times = await usual_times(shown.opened, shown.found) if waits else {}
    return {
        "pieces": [
            {
                "id": each.id,
                "kind": each.piece.kind.replace(" ", "_"),
                "title": words.title,
                "text": in_html(words.text),
                "answered": each.id in answers,
            }
            for each in found.kept
            if (words := each.piece.read_in(found.language))
        ],
        "asks": shown.opened.level >= Level.LINK,
        **times,
    }


@router.get("/i/{key}/content/{piece}/{link}")
async def follow(holder: ByPaper, piece: int, link: int) -> Response:
    """On to where a link of a piece leads that stands on the page; back to the page for any other."""
    async with holder.opened(snapshot=True) as opened:
        addresses = (await beside(opened, await opened.payable())).links_of(piece)
    return RedirectResponse(addresses[link] if 0 <= link < len(addresses) else holder.page, 303)


@router.post("/i/{key}/content/{piece}/{link}")
async def clicked(holder: ByPaper, piece: int, link: int) -> Response:
    """The browser tells that a link was followed."""
    async with holder.opened() as opened:
        found = await beside(opened, await opened.payable())
        if 0 <= link < len(found.links_of(piece)):
            await count(holder, opened, found, "clicked", piece)
    return Response(status_code=204)


@router.post("/i/{key}/content/{piece}")
async def answered(holder: ByLink, piece: int, helped: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Whether it helped, says who read it; the latest answer counts."""
    async with holder.opened() as opened:
        found = await beside(opened, await opened.payable())
        marked = found.marked(holder.services.links, piece)
        await pieces.count(opened.connection, marked, "answered", opened.moment.day, helped == "yes")
    return RedirectResponse(f"{holder.page}#content", 303)
