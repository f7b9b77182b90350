"""What the creditor says beside the invoice: below what is to pay, never while anything hard stands, and counted without names.

Each link of a piece leads over an address of ours that knows the piece's own links and no others. Fetching that address counts
nothing, for mail gateways and previews fetch too: a click is told by the browser itself, with a POST (`ping`). Browsers that
do not tell of it are not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from connectors.links import Links
from domain.pieces import Kept, Reader, chosen, reader_of
from facts import pieces
from facts.money.payment_attempts import Payable
from messages.piece_words import shown as in_html
from messages.specs import Language
from web.invoice_page.link import ByLink, ByPaper, Holder, Opened
from web.invoice_page.rights import Level
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown

router = APIRouter(tags=["invoice page"], include_in_schema=False)

PURPOSE = "content"
WIDTH = 5  # bytes of a case


@dataclass(frozen=True, slots=True)
class Beside:
    """The pieces that stand beside an invoice now, and for whom."""

    case: int
    language: Language
    reader: Reader | None  # None: nothing is to stand there
    kept: Sequence[Kept]

    def links_of(self, piece: int) -> tuple[str, ...]:
        """Where the links of a piece lead, as its reader reads it; none where it does not stand here."""
        texts = (each.piece.words[self.language].text for each in self.kept if each.id == piece)
        return next((in_html(text).links for text in texts), ())

    def marked(self, links: Links, only: int | None = None) -> list[tuple[int, str]]:
        """Each piece, or one, with the mark by which this invoice is counted once for it, and nobody else can be."""
        return [
            (each.id, links.seal(self.case.to_bytes(WIDTH), PURPOSE, str(each.id)))
            for each in self.kept
            if only in (None, each.id)
        ]


async def facts(shown: Shown) -> Facts | None:
    """The pieces with their words, and which of them were answered; who came by paper is asked nothing."""
    found = await beside(shown.opened, shown.found)
    if not found.kept:
        return None
    answers = await pieces.answered(shown.connection, found.marked(shown.services.links))
    return {
        "pieces": [
            {
                "id": each.id,
                "kind": each.piece.kind.replace(" ", "_"),
                "title": each.piece.words[found.language].title,
                "text": in_html(each.piece.words[found.language].text),
                "answered": each.id in answers,
            }
            for each in found.kept
        ],
        "asks": shown.opened.level >= Level.LINK,
    }


async def beside(opened: Opened, found: Payable) -> Beside:
    """What stands beside the invoice of a link at this moment."""
    in_use = await pieces.in_use(opened.connection, found.creditor)
    if not in_use:
        return Beside(found.case, found.language, None, ())
    case = await pieces.beside(opened.connection, found.case)
    reader = reader_of(
        found.facts,
        found.due_date,
        opened.moment.day,
        language=found.language,
        debtor_kind=case.debtor_kind,
        segment=case.segment,
        threatened=case.threatened,
        is_debtor=opened.level >= Level.LINK and await opened.speaker() is None,
    )
    kept = chosen(in_use, reader) if reader else ()
    return Beside(found.case, found.language, reader, kept)


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
            await _count(holder, opened, found, "clicked", piece)
    return Response(status_code=204)


@router.post("/i/{key}/content/{piece}")
async def answered(holder: ByLink, piece: int, helped: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Whether it helped, says who read it; the latest answer counts."""
    async with holder.opened() as opened:
        found = await beside(opened, await opened.payable())
        marked = found.marked(holder.services.links, piece)
        await pieces.count(opened.connection, marked, "answered", opened.moment.day, helped == "yes")
    return RedirectResponse(f"{holder.page}#content", 303)


async def count_shown(holder: Holder, opened: Opened) -> None:
    """The page is in somebody's hands, with what stands on it."""
    await _count(holder, opened, await beside(opened, await opened.payable()), "shown")


async def _count(holder: Holder, opened: Opened, found: Beside, what: pieces.What, only: int | None = None) -> None:
    if found.reader and found.reader.counted:
        await pieces.count(opened.connection, found.marked(holder.services.links, only), what, opened.moment.day)
